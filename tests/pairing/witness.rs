//! What somebody knows who sees the panel and hears bluetoothd, and cannot look into the session.
//!
//! The witness keeps what the [rules](super::rules) need, from what is told to the session. It
//! shares no code with the core: where both have to know what a press is, that is written down
//! twice.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use pairpanel::clock::Time;
use pairpanel::pairing::{
    Call, Command, DeviceChange, DeviceId, Dims, Event, Fittings, Glow, Key, Policy, PromptId,
    RequestId, Screen, Session,
};

use crate::data::Data;
use crate::lines::Lines;
use crate::world::{ADAPTER, device};

/// What is asked of the person at the panel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Question {
    Compare(u32),
    JustWorks,
    /// A random PIN, to be shown and then returned.
    FreshPin(String),
    /// A PIN, to be shown.
    ShowPin(String),
    TypePin,
    TypePasskey,
    Service,
    /// To forget a bond: the session asks that by itself.
    Forget,
    /// Nothing that makes sense.
    Nonsense,
    /// To open the pairing window, which nobody asked.
    Window,
    /// To delete every bond, which nobody asked.
    ForgetAll,
    /// To pair with who has read the data, which nobody asked.
    Scan,
}

impl Question {
    /// Whether it is about a bond, for which the window has to be open.
    pub(crate) fn is_pairing(&self) -> bool {
        *self != Self::Service
    }

    pub(crate) fn is_typing(&self) -> bool {
        matches!(self, Self::TypePin | Self::TypePasskey)
    }
}

/// A question that is open.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Asked {
    pub(crate) question: Question,
    pub(crate) device: DeviceId,
    pub(crate) at: Time,
    /// When the display first acknowledged a frame of it; on a board without one, when it was asked.
    pub(crate) seen: Option<Time>,
    /// When it last did.
    pub(crate) last_seen: Option<Time>,
    /// What was typed at a keypad.
    pub(crate) typed: String,
    /// The digits on the glass.
    pub(crate) glass: Option<String>,
    /// Something happened after which nothing may accept it.
    pub(crate) void: bool,
}

#[derive(Clone, Hash)]
pub(crate) struct Witness {
    pub(crate) policy: Rc<Policy>,
    /// The parts that the board has.
    pub(crate) display: bool,
    pub(crate) dims: bool,
    pub(crate) keypad: bool,
    pub(crate) picker: bool,
    pub(crate) lines: Lines,
    pub(crate) display_works: bool,
    /// Whether it is there.
    pub(crate) bluetoothd: bool,
    pub(crate) window_until: Option<Time>,
    /// A command to open it that has just been given.
    pub(crate) commanded: Option<Duration>,
    /// The calls without an answer.
    pub(crate) calls: BTreeMap<RequestId, Asked>,
    pub(crate) forget: Option<Asked>,
    /// Codes that a device's person is to type there.
    pub(crate) told: BTreeMap<DeviceId, String>,
    pub(crate) bonded: BTreeSet<DeviceId>,
    /// Those of which bluetoothd has said whether they are.
    pub(crate) known: BTreeSet<DeviceId>,
    pub(crate) forgetting: BTreeSet<DeviceId>,
    connected: BTreeSet<DeviceId>,
    pub(crate) listening: bool,
    pub(crate) data: Data,
}

impl Witness {
    /// Of a board that works, with the window closed.
    pub(crate) fn new(policy: &Policy, fittings: &Fittings, now: Time) -> Self {
        let button = |key| fittings.buttons.contains_key(&key);
        Self {
            policy: Rc::new(policy.clone()),
            display: fittings.display,
            dims: fittings.dims != Dims::Never,
            keypad: fittings.keypad.is_some(),
            picker: [Key::Up, Key::Down, Key::Accept].into_iter().all(button),
            lines: Lines::new(fittings, now),
            display_works: fittings.display,
            bluetoothd: true,
            window_until: None,
            commanded: None,
            calls: BTreeMap::new(),
            forget: None,
            told: BTreeMap::new(),
            bonded: BTreeSet::new(),
            known: (0..10).map(device).collect(),
            forgetting: BTreeSet::new(),
            connected: BTreeSet::new(),
            listening: false,
            data: Data::default(),
        }
    }

    /// Time has passed: the window may have closed, and keys have stopped bouncing.
    pub(crate) fn pass(&mut self, now: Time) {
        if self.window_until.is_some_and(|until| until <= now) {
            self.close_window();
        }
        for (key, since) in self.lines.pass(now) {
            let asked = self.calls.values_mut().next().filter(|asked| asked.question.is_typing());
            let arm = self.policy.arm;
            let asked = asked.filter(|asked| asked.seen.is_some_and(|seen| since >= seen + arm));
            let Some(Asked { question, typed, .. }) = asked else { continue };
            let most = if *question == Question::TypePasskey { 6 } else { 16 };
            match key {
                Key::Digit(digit) if typed.len() < most => typed.push(char::from(b'0' + digit)),
                Key::Erase => drop(typed.pop()),
                _ => {}
            }
        }
    }

    /// What is about to be told to the session.
    pub(crate) fn note(&mut self, now: Time, event: &Event, session: &Session) {
        self.pass(now);
        self.data.note(event);
        match event {
            Event::Call { request, device, call } => {
                let question = self.question_of(now, call);
                self.calls.insert(*request, self.ask(now, question, device));
            }
            Event::DisplayPasskey { device, passkey: Some(passkey), .. } => {
                self.told.insert(device.clone(), format!("{:06}", passkey.value()));
            }
            Event::Cancel => self.calls.values_mut().for_each(|asked| asked.void = true),
            Event::Release | Event::Unregistered => {
                self.bluetoothd = false;
                self.lose_all();
            }
            Event::AdapterRemoved(adapter) if adapter == ADAPTER => self.lose_all(),
            Event::Device { device, change } => self.changed(device, change),
            Event::Disconnected { device, .. } => self.gone(device),
            Event::DeviceRemoved(device) => {
                self.gone(device);
                self.bonded.remove(device);
                self.known.remove(device);
                self.void(|asked| asked.device == *device);
            }
            Event::DisplayReady => self.display_works = true,
            Event::DisplayFailed => {
                self.display_works = false;
                self.told.clear();
                let display = self.display;
                self.void(|_| display);
            }
            Event::Shown { prompt, glow: Glow::Full, .. } => {
                self.acknowledged(now, *prompt, session);
            }
            Event::KeyReady { key, down, .. } => self.lines.ready(*key, *down, now),
            Event::KeyFailed(key) => self.lines.failed(*key, now),
            Event::Edge { key, down, .. } => {
                let glass = self.open().and_then(|asked| asked.glass.clone());
                let lit = session.look(now).glow == Glow::Full;
                self.lines.edge(*key, *down, now, (glass, lit));
            }
            Event::Command { command: Command::OpenWindow(Some(length)), .. } => {
                self.commanded = Some(*length);
            }
            Event::Command { command: Command::CloseWindow, .. } | Event::Stop => {
                self.close_window();
            }
            _ => {}
        }
    }

    fn question_of(&self, now: Time, call: &Call) -> Question {
        match call {
            Call::RequestConfirmation(passkey) => Question::Compare(passkey.value()),
            Call::RequestAuthorization => Question::JustWorks,
            Call::RequestPasskey => Question::TypePasskey,
            Call::RequestPinCode { .. } if self.can_type(now) => Question::TypePin,
            Call::RequestPinCode { fresh } => Question::FreshPin(fresh.as_str().to_owned()),
            Call::DisplayPinCode(Some(pin)) => Question::ShowPin(pin.as_str().to_owned()),
            Call::AuthorizeService { .. } => Question::Service,
            Call::DisplayPinCode(None) | Call::Malformed(_) => Question::Nonsense,
        }
    }

    pub(crate) fn ask(&self, now: Time, question: Question, device: &DeviceId) -> Asked {
        let seen = (!self.display).then_some(now);
        Asked {
            question,
            device: device.clone(),
            at: now,
            seen,
            last_seen: seen,
            typed: String::new(),
            glass: None,
            void: false,
        }
    }

    /// The one thing that is asked at the moment.
    pub(crate) fn open(&self) -> Option<&Asked> {
        self.calls.values().next().or(self.forget.as_ref())
    }

    fn acknowledged(&mut self, now: Time, frame: PromptId, session: &Session) {
        let on_screen = session.asked();
        // An older frame of the same prompt asks the same question, with other digits in it.
        if on_screen.is_none_or(|id| id.prompt != frame.prompt) {
            return;
        }
        let open = self.calls.values_mut().next().or(self.forget.as_mut());
        let Some(asked) = open else { return };
        asked.seen.get_or_insert(now);
        asked.last_seen = Some(now);
        asked.glass = match session.screen(now) {
            Screen::EnterPasskey { typed, .. } | Screen::EnterPin { typed, .. } => {
                let digits = typed.digits().iter().map(ToString::to_string).collect();
                (on_screen == Some(frame)).then_some(digits)
            }
            _ => None,
        };
        self.lines.shown(now, &asked.glass);
    }

    fn changed(&mut self, device: &DeviceId, change: &DeviceChange) {
        // An old bond of a device that was not known says nothing of what goes on.
        let was_known = change.bonded.is_some() && !self.known.insert(device.clone());
        if change.bonded == Some(true) {
            if self.bonded.insert(device.clone()) && was_known {
                self.told.remove(device);
            }
        } else if change.bonded == Some(false) {
            self.bonded.remove(device);
        }
        if change.connected == Some(true) {
            self.connected.insert(device.clone());
        } else if change.connected == Some(false) && self.connected.contains(device) {
            self.gone(device);
        }
    }

    /// Its link is lost. A bond can be forgotten all the same.
    fn gone(&mut self, device: &DeviceId) {
        self.connected.remove(device);
        self.told.remove(device);
        self.calls.values_mut().filter(|c| c.device == *device).for_each(|c| c.void = true);
    }

    fn void(&mut self, which: impl Fn(&Asked) -> bool) {
        let open = self.calls.values_mut().chain(&mut self.forget);
        open.filter(|asked| which(asked)).for_each(|asked| asked.void = true);
    }

    pub(crate) fn close_window(&mut self) {
        self.window_until = None;
        self.told.clear();
        self.void(|asked| asked.question.is_pairing());
    }

    /// Since when a key is down that works, whatever else is.
    pub(crate) fn held_since(&self, key: Key, now: Time) -> Option<Time> {
        let line = self.lines.get(key).filter(|line| line.works(now) && line.down && !line.lost)?;
        line.press.as_ref().map(|press| press.since)
    }

    /// bluetoothd, or its adapter, has gone.
    fn lose_all(&mut self) {
        self.told.clear();
        self.bonded.clear();
        self.known.clear();
        self.connected.clear();
        self.void(|_| true);
    }

    pub(crate) fn works(&self, key: Key, now: Time) -> bool {
        self.lines.get(key).is_some_and(|line| line.works(now))
    }

    /// Whether digits can be typed or picked.
    pub(crate) fn can_type(&self, now: Time) -> bool {
        let granted = |key: &Key| self.lines.get(*key).is_some_and(|line| line.granted);
        let types = self.keypad && Key::KEYPAD.iter().all(granted) && self.works(Key::Enter, now);
        let picks = [Key::Up, Key::Down, Key::Accept].into_iter().all(|key| self.works(key, now));
        types || self.picker && self.display_works && picks
    }
}
