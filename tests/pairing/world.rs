//! A panel on the bench: the session, a clock, and a memory of what the session asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pairpanel::clock::Time;
use pairpanel::oob::OobData;
use pairpanel::pairing::{
    AdapterState, Answer, Call, Command, CommandId, DeviceChange, DeviceId, Dims, Effect, Event,
    Fittings, Glow, Key, KeyFitting, KeypadFitting, Outcome, Passkey, PinCode, Policy, RequestId,
    Screen, Session, Sound, UnknownBonds,
};

pub(crate) const ADAPTER: &str = "/org/bluez/hci0";

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(crate) fn device(n: u8) -> DeviceId {
    DeviceId::parse(&format!("{ADAPTER}/dev_00_11_22_33_44_{n:02X}")).unwrap()
}

pub(crate) fn passkey(value: u32) -> Passkey {
    Passkey::new(value).unwrap()
}

pub(crate) fn pin(text: &str) -> PinCode {
    PinCode::new(text.to_owned()).unwrap()
}

/// `RequestPinCode`, with the random PIN that the agent would make.
pub(crate) fn request_pin() -> Call {
    Call::RequestPinCode { fresh: pin("482190") }
}

/// Out-of-band data, always the same ones.
pub(crate) fn data() -> OobData {
    let uri = "PAIRPANEL:1:IZGJUHPQYOSAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HY";
    OobData::from_uri(uri).unwrap()
}

/// The board with a glass that a code fits on.
pub(crate) fn with_code(board: Fittings) -> Fittings {
    Fittings { code: true, ..board }
}

/// Opens the pairing window for so many milliseconds.
pub(crate) fn open_window(length: u64) -> Event {
    let command = Command::OpenWindow(Some(ms(length)));
    Event::Command { id: CommandId(0), command }
}

pub(crate) fn close_window() -> Event {
    Event::Command { id: CommandId(0), command: Command::CloseWindow }
}

fn button(key: Key, label: &str) -> (Key, KeyFitting) {
    (key, KeyFitting { label: label.to_owned(), debounce: ms(20) })
}

/// A display and two keys.
pub(crate) fn bonnet() -> Fittings {
    let buttons = BTreeMap::from([button(Key::Accept, "A"), button(Key::Reject, "B")]);
    Fittings { display: true, buttons, ..Fittings::default() }
}

/// A display and an accept key.
pub(crate) fn one_key() -> Fittings {
    let buttons = BTreeMap::from([button(Key::Accept, "A")]);
    Fittings { display: true, buttons, ..Fittings::default() }
}

/// A display, a stick and two keys.
pub(crate) fn stick() -> Fittings {
    let mut board = bonnet();
    for key in [Key::Up, Key::Down, Key::Left, Key::Right, Key::Select] {
        board.buttons.extend([button(key, "stick")]);
    }
    board
}

/// A keypad and nothing else.
pub(crate) fn keypad() -> Fittings {
    let keypad = KeypadFitting {
        enter: "Enter".into(),
        erase: "<-".into(),
        escape: Some("Esc".into()),
        debounce: ms(0),
    };
    Fittings { keypad: Some(keypad), ..Fittings::default() }
}

/// A display, two keys and a keypad.
pub(crate) fn bonnet_and_keypad() -> Fittings {
    Fittings { keypad: keypad().keypad, ..bonnet() }
}

/// The same with a display that is dark while nobody uses it.
pub(crate) fn dims(fittings: Fittings) -> Fittings {
    Fittings { dims: Dims::DimAndOff, ..fittings }
}

/// The keys that report when such a board works.
pub(crate) fn keys_of(fittings: &Fittings) -> Vec<Key> {
    let mut keys: Vec<Key> = fittings.buttons.keys().copied().collect();
    if fittings.keypad.is_some() {
        keys.extend(Key::KEYPAD);
        keys.extend([Key::Erase, Key::Escape]);
    }
    keys
}

/// When every world begins. No other number of the session's is as large, which tells a moment from
/// a length of time.
pub(crate) const START: Duration = Duration::from_secs(1_000_000);

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) session: Session,
    pub(crate) now: Time,
    pub(crate) effects: Vec<Effect>,
    pub(crate) heard: Vec<Sound>,
    old_bonds: BTreeSet<DeviceId>,
    last_request: u64,
}

impl World {
    /// A board whose parts all work, registered, with the window open for ten minutes.
    pub(crate) fn ready(policy: Policy, fittings: Fittings) -> Self {
        let mut world = Self::closed(policy, fittings);
        world.tell(open_window(600_000));
        world.effects.clear();
        world
    }

    /// The same with the window closed.
    pub(crate) fn closed(policy: Policy, fittings: Fittings) -> Self {
        let now = Time::from_start(START);
        let session = Session::new(policy, fittings.clone(), now);
        let mut world = Self {
            session,
            now,
            effects: Vec::new(),
            heard: Vec::new(),
            old_bonds: BTreeSet::new(),
            last_request: 0,
        };
        if fittings.display {
            world.tell(Event::DisplayReady);
        }
        for key in keys_of(&fittings) {
            world.tell(Event::KeyReady { key, down: false, at: now });
        }
        world.tell(Event::Registered(world.session.capability()));
        world.adapter(true, false, false);
        // The panel knows their bonds from before.
        let bonds = (0..10).map(device);
        bonds.clone().for_each(|device| {
            world.bonded(&device);
        });
        world.tell(close_window()).tell(Event::Inventory);
        for device in bonds {
            world.tell(Event::DeviceRemoved(device.clone())).not_bonded(&device);
        }
        world.effects.clear();
        world
    }

    pub(crate) fn adapter(&mut self, powered: bool, pairable: bool, discoverable: bool) {
        let (address, alias) = ("00:AA:BB:CC:DD:EE".into(), "box".into());
        let state = AdapterState { address, alias, powered, pairable, discoverable };
        self.tell(Event::Adapter { adapter: ADAPTER.into(), state });
    }

    pub(crate) fn tell(&mut self, event: Event) -> &mut Self {
        let before = self.session.asked();
        let effects = self.session.handle(self.now, event);
        self.heard.extend(self.session.sound(&effects, before));
        self.effects.extend(effects);
        self
    }

    pub(crate) fn call(&mut self, device: &DeviceId, call: Call) -> RequestId {
        let request = self.new_request();
        self.tell(Event::Call { request, device: device.clone(), call });
        request
    }

    pub(crate) fn new_request(&mut self) -> RequestId {
        self.last_request += 1;
        RequestId(self.last_request)
    }

    pub(crate) fn confirm(&mut self, device: &DeviceId, value: u32) -> RequestId {
        self.call(device, Call::RequestConfirmation(passkey(value)))
    }

    /// The display acknowledges the frame that belongs to the present state.
    pub(crate) fn shown(&mut self) -> &mut Self {
        if let Some(id) = self.session.asked() {
            self.tell(Event::Shown { prompt: id, glow: Glow::Full, at: self.now });
        }
        self
    }

    /// Time passes; the session is woken when it asked to be, as the daemon does.
    pub(crate) fn wait(&mut self, time: Duration) -> &mut Self {
        let end = self.now + time;
        while !self.step(end) {}
        self
    }

    /// Time passes until the session's next deadline, or to the `end`; true when it is reached.
    pub(crate) fn step(&mut self, end: Time) -> bool {
        let deadline = self.session.deadline(self.now);
        // One that has passed would wake the daemon at once, for ever.
        assert!(deadline.is_none_or(|deadline| deadline > self.now), "a deadline in the past");
        let deadline = deadline.filter(|deadline| *deadline < end);
        self.now = deadline.unwrap_or(end);
        self.tell(Event::Tick);
        deadline.is_none()
    }

    pub(crate) fn edge(&mut self, key: Key, down: bool) -> &mut Self {
        self.tell(Event::Edge { key, down, at: self.now })
    }

    pub(crate) fn press(&mut self, key: Key, length: Duration) -> &mut Self {
        self.edge(key, true).wait(length).edge(key, false).wait(ms(30))
    }

    /// Presses the accept key for so long; the display acknowledges the bar that then grows.
    pub(crate) fn hold(&mut self, length: Duration) -> &mut Self {
        self.edge(Key::Accept, true).wait(ms(100)).shown();
        self.wait(length.saturating_sub(ms(100))).edge(Key::Accept, false).wait(ms(30))
    }

    /// Types digits, `<` for erase; the display acknowledges the last of them.
    pub(crate) fn types(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            let key = c.to_digit(10).map_or(Key::Erase, |digit| Key::Digit(digit as u8));
            self.press(key, ms(40));
        }
        self.shown()
    }

    /// Shows the frame, waits until a press counts, and holds the accept key for long enough.
    pub(crate) fn accept(&mut self) -> &mut Self {
        self.shown().wait(ms(600)).hold(ms(1100))
    }

    pub(crate) fn device(&mut self, device: &DeviceId, change: DeviceChange) -> &mut Self {
        self.tell(Event::Device { device: device.clone(), change })
    }

    pub(crate) fn connected(&mut self, device: &DeviceId, connected: bool) -> &mut Self {
        self.device(device, DeviceChange { connected: Some(connected), ..Default::default() })
    }

    /// The device had a bond already when its adapter was last plugged in.
    pub(crate) fn was_bonded(&mut self, device: &DeviceId) -> &mut Self {
        self.old_bonds.insert(device.clone());
        self.tell(Event::AdapterRemoved(ADAPTER.into())).adapter(true, false, false);
        for device in self.old_bonds.clone() {
            self.bonded(&device);
        }
        self.tell(Event::Inventory);
        for device in (0..10).map(self::device) {
            if !self.old_bonds.contains(&device) {
                self.not_bonded(&device);
            }
        }
        self
    }

    /// As bluetoothd announces what it has not seen before.
    fn not_bonded(&mut self, device: &DeviceId) -> &mut Self {
        let (bonded, paired) = (Some(false), Some(false));
        self.device(device, DeviceChange { bonded, paired, ..DeviceChange::default() })
    }

    pub(crate) fn bonded(&mut self, device: &DeviceId) -> &mut Self {
        self.device(device, DeviceChange { bonded: Some(true), ..Default::default() })
    }

    pub(crate) fn screen(&self) -> Screen {
        self.session.screen(self.now)
    }

    pub(crate) fn answer(&self, request: RequestId) -> Option<Answer> {
        let mut answers = self.effects.iter().filter_map(|effect| match effect {
            Effect::Reply { request: of, answer } if *of == request => Some(answer.clone()),
            _ => None,
        });
        let answer = answers.next();
        assert_eq!(answers.next(), None, "{request:?} was answered twice");
        answer
    }

    pub(crate) fn disconnected(&self, device: &DeviceId) -> bool {
        self.effects.contains(&Effect::Disconnect(device.clone()))
    }
}

pub(crate) fn bench() -> World {
    World::ready(Policy::default(), bonnet())
}

/// A policy under which the window stays open, and nothing is said or done about bonds.
pub(crate) fn lasting() -> Policy {
    let unknown_bonds = UnknownBonds::Keep;
    Policy { window_bonds: 0, unknown_bonds, pause_after: 0, ..Policy::default() }
}

pub(crate) fn display_alone() -> Fittings {
    Fittings { display: true, ..Fittings::default() }
}

#[track_caller]
pub(crate) fn assert_ended(world: &World, expected: Outcome) {
    match world.screen() {
        Screen::Ended { outcome, .. } => assert_eq!(outcome, expected),
        other => panic!("the screen shows {other:?}"),
    }
}
