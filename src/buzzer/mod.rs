//! The buzzer: what happens at the panel, for somebody who does not look at it.
//!
//! ```text
//! Session::sound ─▶ daemon ── channel ──▶ a thread ── tune ──▶ line (GPIO)
//! ```
//!
//! Nothing about pairing depends on it. The thread sleeps until there is something to be heard; the
//! line is requested then, and off from then on whenever nothing is.

mod line;
#[cfg(test)]
mod tests;
mod tune;

use std::num::NonZeroU64;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{fmt, io};

pub use tune::{Note, tune};

use self::line::LineBuzzer;
use crate::board::{Buzzer, BuzzerKind};
use crate::pairing::Sound;

/// How late the kernel may wake this thread to save power, in nanoseconds. The default, 50 µs, is a
/// third of the shortest half wave.
const SLACK: NonZeroU64 = NonZeroU64::MIN;
/// How often somebody who waits for a silence, or for a buzzer with a tone of its own, looks whether
/// there is something else to do.
const LOOK: Duration = Duration::from_millis(20);

/// Starts the thread. It says what is sent, the newest first, until the sender is gone; then, and
/// after every sound, the buzzer is off. One that fails is named in the log, each reason once, and
/// tried again at the next sound.
///
/// # Errors
///
/// If the system gives no thread.
pub fn start(buzzer: Buzzer) -> io::Result<(Sender<Sound>, JoinHandle<()>)> {
    let (sender, sounds) = mpsc::channel();
    let player = Player::new(LineBuzzer::new(buzzer.line, buzzer.active), buzzer.kind, sounds);
    let thread = thread::Builder::new().name("buzzer".to_owned()).spawn(|| {
        // Without it a tone is rougher, and that is all.
        let _ = rustix::thread::set_current_timer_slack(Some(SLACK));
        player.run();
    })?;
    Ok((sender, thread))
}

/// What can be switched on and off.
trait Switch {
    type Error: fmt::Display;

    /// On or off from now on.
    fn set(&mut self, on: bool) -> Result<(), Self::Error>;
}

struct Player<S> {
    switch: S,
    kind: BuzzerKind,
    sounds: Receiver<Sound>,
    /// Came while another one was being said.
    next: Option<Sound>,
    /// What is wrong with the buzzer, as far as the log knows.
    trouble: String,
}

impl<S: Switch> Player<S> {
    fn new(switch: S, kind: BuzzerKind, sounds: Receiver<Sound>) -> Self {
        Self { switch, kind, sounds, next: None, trouble: String::new() }
    }

    fn run(mut self) {
        while let Some(sound) = self.next.take().or_else(|| self.sounds.recv().ok()) {
            let said = self.say(tune(sound));
            // Off in any case, also when it has failed in the middle.
            match said.and(self.switch.set(false)) {
                Ok(()) => self.trouble.clear(),
                Err(error) => {
                    let why = error.to_string();
                    if why != self.trouble {
                        log::warn!("buzzer: {why}");
                        self.trouble = why;
                    }
                }
            }
        }
    }

    /// Plays the notes until there is something else to do.
    fn say(&mut self, notes: &[Note]) -> Result<(), S::Error> {
        for note in notes {
            let end = Instant::now() + note.length;
            let goes_on = match (note.hertz, self.kind) {
                (0, _) => {
                    self.switch.set(false)?;
                    self.wait(end)
                }
                (_, BuzzerKind::Active) => {
                    self.switch.set(true)?;
                    self.wait(end)
                }
                (hertz, BuzzerKind::Tone) => self.swing(hertz, end)?,
            };
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    fn wait(&mut self, end: Instant) -> bool {
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || self.has_something_else() {
                return left.is_zero();
            }
            thread::sleep(left.min(LOOK));
        }
    }

    /// Switches on and off so many times a second. A wave that comes late is not made up for: a
    /// machine that is busy plays a lower tone, and no faster one after it.
    fn swing(&mut self, hertz: u16, end: Instant) -> Result<bool, S::Error> {
        let half = Duration::from_secs(1) / (2 * u32::from(hertz));
        let mut at = Instant::now();
        let mut on = true;
        while at < end {
            self.switch.set(on)?;
            if self.has_something_else() {
                return Ok(false);
            }
            on = !on;
            at = (at + half).max(Instant::now());
            thread::sleep(at.saturating_duration_since(Instant::now()));
        }
        Ok(true)
    }

    /// A newer sound goes first, and an end before everything.
    fn has_something_else(&mut self) -> bool {
        match self.sounds.try_recv() {
            Ok(sound) => {
                self.next = Some(sound);
                true
            }
            Err(TryRecvError::Empty) => false,
            Err(TryRecvError::Disconnected) => true,
        }
    }
}
