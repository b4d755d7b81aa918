//! The keys: one after the other is asked for, on the glass and the terminal.

use super::ask::{Left, choose};
use super::{Bench, Happening};
use crate::bench::Checked;
use crate::bench::checked::level;
use crate::bench::keys::{KeyTrial, Verdict, WAIT};
use crate::bench::picture::label;
use crate::board::{Active, Board, DisplayProfile, Source};

/// Asks for every key of the board. `found` gets what the profile should say of them.
pub(super) fn check(
    bench: &mut dyn Bench,
    here: &Board,
    found: &mut Board,
    glass: Option<&DisplayProfile>,
    checked: &mut Checked,
) -> Result<(), Left> {
    let mut trial = KeyTrial::new(here);
    bench.say(&format!(
        "\nKeys. Press each one shortly when it is asked for. If that is not possible, press Enter here.\n\
         Each one is waited for {} seconds.\n",
        WAIT.as_secs()
    ));
    bench.listen(here);
    let mut talk = Talk { bench, trial: &mut trial, here, glass };
    for name in 0..talk.trial.len() {
        let outcome = talk.key(name)?;
        let key = format!("key {}", talk.trial.label(name));
        match outcome {
            Outcome::Works => checked.works.push(key),
            Outcome::Open(why) => checked.open.push(format!("{key} ({why})")),
            Outcome::None => {}
        }
    }
    trial.apply(found);
    Ok(())
}

/// What has become of a key.
enum Outcome {
    Works,
    /// It was not seen to work, and why.
    Open(String),
    /// There is no such key, and need not be.
    None,
}

struct Talk<'a> {
    bench: &'a mut dyn Bench,
    trial: &'a mut KeyTrial,
    here: &'a Board,
    glass: Option<&'a DisplayProfile>,
}

impl Talk<'_> {
    fn key(&mut self, name: usize) -> Result<Outcome, Left> {
        // One that another key was taken for before has been seen already.
        if self.trial.is_confirmed(name) {
            return Ok(Outcome::Works);
        }
        loop {
            match self.ask(name)? {
                Verdict::Seen => {
                    self.trial.confirm(name);
                    self.bench.say("right\n");
                    return Ok(Outcome::Works);
                }
                Verdict::Other(other) => {
                    if let Some(ended) = self.other(name, other)? {
                        return Ok(ended);
                    }
                }
                Verdict::Stuck => {
                    if let Some(ended) = self.stuck(name)? {
                        return Ok(ended);
                    }
                }
                Verdict::Lost if self.trial.is_optional(name) => {
                    self.bench.say("there is none\n");
                    return Ok(Outcome::None);
                }
                Verdict::Lost => {
                    let why = "its line or device is not to be had; the log above says why";
                    self.bench.say(&format!("{why}\n"));
                    return Ok(Outcome::Open(why.to_owned()));
                }
                Verdict::Silent | Verdict::Listening => {
                    self.bench.say("not seen\n");
                    return Ok(Outcome::Open("nothing arrived".to_owned()));
                }
            }
        }
    }

    fn ask(&mut self, name: usize) -> Result<Verdict, Left> {
        let text = self.trial.label(name).to_owned();
        let role = match self.trial.button(name) {
            Some(index) => format!(" ({})", self.here.buttons[index].role),
            None => " of the keypad".to_owned(),
        };
        self.bench.say(&format!("Press {text}{role}: "));
        if let Some(glass) = self.glass {
            let (width, height) = glass.frame_size();
            // The terminal asks as well.
            let _ = self.bench.show(glass, &label(width, height, "press", &text), false);
        }
        let now = self.bench.now();
        self.trial.ask(name, now);
        loop {
            let now = self.bench.now();
            let verdict = self.trial.look(now);
            if verdict != Verdict::Listening {
                return Ok(verdict);
            }
            let until = self.trial.deadline(now);
            match self.bench.wait(Some(until)) {
                Happening::Key(event) => self.trial.hear(&event),
                Happening::Line(_) => return Ok(Verdict::Silent),
                Happening::Ended => return Err(Left),
                Happening::Nothing => {}
            }
        }
    }

    /// Another key arrived. `None` to ask again.
    fn other(&mut self, name: usize, other: usize) -> Result<Option<Outcome>, Left> {
        let (wanted, came) = (self.trial.label(name), self.trial.label(other));
        let said = format!("that is {came} by the profile.");
        if self.trial.is_confirmed(other) {
            let text = format!("{said} It has been pressed as {came} before.\n");
            self.bench.say(&text);
            return Ok(None);
        }
        let again = format!("Ask for {wanted} again: it was the wrong key");
        let leave = format!("Leave {wanted} as not seen");
        let swap = format!("It was {wanted}: the profile has it and {came} the other way round");
        let mut answers = vec![again.as_str(), leave.as_str()];
        if self.trial.can_swap(name, other) {
            answers.push(swap.as_str());
        }
        match choose(self.bench, &said, &answers)? {
            0 => Ok(None),
            1 => Ok(Some(Outcome::Open("another key arrived".to_owned()))),
            _ => {
                self.trial.swap(name, other);
                self.trial.confirm(name);
                Ok(Some(Outcome::Works))
            }
        }
    }

    /// It counts as pressed while it is not, or for ever. `None` to ask again.
    fn stuck(&mut self, name: usize) -> Result<Option<Outcome>, Left> {
        let label = self.trial.label(name).to_owned();
        let said = format!("{label} counts as pressed all the time, or while it is not.");
        let again = format!("Ask for {label} again: it was pressed");
        let leave = format!("Leave {label} as not seen");
        let flip = match self.active(name) {
            Some(active) => format!(
                "Take it for pressed when it is {}, and not {}, and ask again",
                level(other_level(active)),
                level(active)
            ),
            None => String::new(),
        };
        let mut answers = vec![again.as_str(), leave.as_str()];
        if self.trial.can_flip(name) {
            answers.push(flip.as_str());
        }
        match choose(self.bench, &said, &answers)? {
            0 => Ok(None),
            1 => Ok(Some(Outcome::Open("it counts as pressed all the time".to_owned()))),
            _ => {
                self.trial.flip(name);
                Ok(None)
            }
        }
    }

    /// The level that counts as pressed now.
    fn active(&self, name: usize) -> Option<Active> {
        let (line, flipped) = self.trial.wired(name)?;
        match self.here.buttons.get(line)?.source {
            Source::Gpio { active, .. } => Some(if flipped { other_level(active) } else { active }),
            Source::Evdev { .. } => None,
        }
    }
}

const fn other_level(active: Active) -> Active {
    match active {
        Active::Low => Active::High,
        Active::High => Active::Low,
    }
}
