//! A terminal, a board and a file that are not there: what a person does is a list, and what is done
//! to them can be looked at.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Duration;

use pairpanel::bench::{Bench, Ended, Happening, Parts, Subject, talk};
use pairpanel::board::{Board, Buzzer, DisplayProfile, Led};
use pairpanel::clock::Time;
use pairpanel::display::Frame;
use pairpanel::pairing::{Event, Key};

/// Something that a person does, when the program waits for it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// Types a line.
    Type(&'static str),
    /// Presses a key for a tenth of a second: the raw level is the first of these meanwhile.
    Press(Key, bool),
    /// Does nothing for as long as the program waits.
    Nothing,
}

pub(crate) struct FakeBench {
    acts: VecDeque<Act>,
    /// What keys have still to say.
    events: VecDeque<Event>,
    /// Keys whose level is high for "down" when nobody presses them.
    pub(crate) idle_down: Vec<Key>,
    now: Time,
    pub(crate) said: String,
    /// Questions that were answered.
    pub(crate) answered: usize,
    pub(crate) shown: Vec<DisplayProfile>,
    pub(crate) lit: bool,
    pub(crate) lights: Vec<Led>,
    pub(crate) sounds: Vec<Buzzer>,
    /// Lamp or buzzer are in use.
    pub(crate) busy: bool,
    pub(crate) files: BTreeMap<PathBuf, String>,
    pub(crate) refuses: bool,
}

impl FakeBench {
    pub(crate) fn new(acts: &[Act]) -> Self {
        Self {
            acts: acts.iter().copied().collect(),
            events: VecDeque::new(),
            idle_down: Vec::new(),
            now: Time::from_start(Duration::from_secs(1000)),
            said: String::new(),
            answered: 0,
            shown: Vec::new(),
            lit: false,
            lights: Vec::new(),
            sounds: Vec::new(),
            busy: false,
            files: BTreeMap::new(),
            refuses: false,
        }
    }

    /// Tries the board, all parts of which are there.
    pub(crate) fn try_all(&mut self, text: &str) -> Ended {
        let board = board(text);
        let parts = Parts::of(&board, |_| Ok(()));
        let (here, model) = (&board, "Some Board Rev 1");
        talk(self, &Subject { board: &board, text, here, parts: &parts, model })
    }

    /// What is in the one file that was written.
    pub(crate) fn written(&self) -> &str {
        assert_eq!(self.files.len(), 1, "{}", self.said);
        self.files.values().next().unwrap()
    }
}

pub(crate) fn board(text: &str) -> Board {
    Board::parse("mine.toml", text).unwrap_or_else(|error| panic!("{error}"))
}

impl Bench for FakeBench {
    fn say(&mut self, text: &str) {
        self.said.push_str(text);
    }

    fn wait(&mut self, until: Option<Time>) -> Happening {
        const LENGTH: Duration = Duration::from_millis(100);
        if let Some(event) = self.events.pop_front() {
            if let Event::Edge { at, .. } = event {
                self.now = self.now.max(at);
            }
            return Happening::Key(event);
        }
        match self.acts.pop_front() {
            None => Happening::Ended,
            Some(Act::Type(line)) => {
                self.said.push_str(&format!("{line}\n"));
                self.answered += 1;
                Happening::Line(line.to_owned())
            }
            Some(Act::Press(key, down)) => {
                self.answered += 1;
                let at = self.now + LENGTH;
                self.events.push_back(Event::Edge { key, down: !down, at: at + LENGTH });
                self.now = at;
                Happening::Key(Event::Edge { key, down, at })
            }
            Some(Act::Nothing) => {
                self.now = until.expect("somebody is waited for without end");
                Happening::Nothing
            }
        }
    }

    fn now(&self) -> Time {
        self.now
    }

    fn show(&mut self, profile: &DisplayProfile, frame: &Frame, anew: bool) -> Result<(), String> {
        let (width, height) = profile.frame_size();
        assert_eq!((frame.width(), frame.height()), (width as usize, height as usize));
        if anew {
            self.shown.push(profile.clone());
        }
        self.lit = true;
        Ok(())
    }

    fn clear(&mut self) {
        self.lit = false;
    }

    fn listen(&mut self, board: &Board) {
        let keys = board.buttons.iter().map(|button| button.role.into());
        let keypad = board.keypad.iter().flat_map(|_| Key::KEYPAD);
        let others = board.keypad.iter().flat_map(|_| [Key::Erase, Key::Escape]);
        for key in keys.chain(keypad).chain(others) {
            let down = self.idle_down.contains(&key);
            self.events.push_back(Event::KeyReady { key, down, at: self.now });
        }
    }

    fn light(&mut self, led: &Led) {
        self.busy = true;
        self.lights.push(led.clone());
    }

    fn sound(&mut self, buzzer: &Buzzer) -> Result<(), String> {
        self.busy = true;
        self.sounds.push(buzzer.clone());
        Ok(())
    }

    fn rest(&mut self) {
        self.busy = false;
    }

    fn exists(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    fn save(&mut self, path: &Path, text: &str) -> Result<(), String> {
        if self.refuses {
            return Err("cannot write it: read-only".to_owned());
        }
        self.files.insert(path.to_owned(), text.to_owned());
        Ok(())
    }
}
