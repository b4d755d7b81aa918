//! What is to be heard of what happens, by somebody who does not look at the panel.

use super::session::Session;
use super::{Effect, Outcome, PromptId};

/// What a buzzer says. Unlike a [`Light`](super::Light) it is said once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sound {
    /// The pairing window has opened.
    Window,
    /// Somebody has to come and do something.
    Request,
    /// It went well.
    Good,
    /// It did not.
    Bad,
}

impl Session {
    /// What is to be heard of `effects`, which have just come from
    /// [`handle`](Self::handle); `before` is what was [asked](Self::asked) until then. A
    /// new question goes before how the last one has ended.
    pub fn sound(&self, effects: &[Effect], before: Option<PromptId>) -> Option<Sound> {
        let number = |asked: Option<PromptId>| asked.map(|asked| asked.prompt);
        let asked = number(self.asked());
        if !self.policy.sound {
            None
        } else if asked.is_some() && asked != number(before) {
            Some(Sound::Request)
        } else {
            effects.iter().rev().find_map(of)
        }
    }
}

/// What a pairing ends with is said after the window, which it may have closed.
fn of(effect: &Effect) -> Option<Sound> {
    match effect {
        Effect::Window(Some(_)) => Some(Sound::Window),
        Effect::Finished { outcome, .. } => match outcome {
            Outcome::Unconfirmed => None,
            outcome if outcome.is_good() => Some(Sound::Good),
            _ => Some(Sound::Bad),
        },
        _ => None,
    }
}
