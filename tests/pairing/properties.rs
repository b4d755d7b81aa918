use std::collections::BTreeMap;
use std::time::Duration;

use pairpanel::clock::Time;
use pairpanel::pairing::{
    Answer, Call, DeviceId, Effect, Event, Fittings, Key, Policy, PromptId, RequestId, Screen,
};
use proptest::prelude::*;

use crate::world::{World, bonnet, device, ms, passkey, request_pin};

/// Everything that can happen at a panel.
#[derive(Clone, Debug)]
enum Op {
    Confirm(u8, u32),
    Authorize(u8),
    ShowPin(u8),
    OtherCall(u8, u8),
    DisplayPasskey(u8, u32, u16),
    Cancel,
    Release,
    Unregistered,
    Edge(Key, bool),
    KeyFailed(Key),
    KeyReady(Key, bool),
    Shown,
    StaleShown(u32),
    DisplayFailed,
    DisplayReady,
    Bonded(u8),
    Connected(u8, bool),
    Removed(u8),
    OpenWindow(u64),
    CloseWindow,
    Wait(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let key = prop_oneof![Just(Key::Accept), Just(Key::Reject)];
    let peer = 0..3u8;
    let code = 0..4u32;
    let wait = prop_oneof![
        Just(1u64),
        Just(19),
        Just(20),
        Just(100),
        Just(500),
        Just(999),
        Just(1000),
        Just(1100),
        Just(5000),
        Just(24_000),
        Just(36_000),
        Just(120_000),
    ];
    prop_oneof![
        6 => (peer.clone(), code.clone()).prop_map(|(d, c)| Op::Confirm(d, c)),
        2 => peer.clone().prop_map(Op::Authorize),
        1 => peer.clone().prop_map(Op::ShowPin),
        1 => (peer.clone(), 0..4u8).prop_map(|(d, k)| Op::OtherCall(d, k)),
        2 => (peer.clone(), code, 0..300u16).prop_map(|(d, c, n)| Op::DisplayPasskey(d, c, n)),
        1 => Just(Op::Cancel),
        1 => Just(Op::Release),
        1 => Just(Op::Unregistered),
        12 => (key.clone(), any::<bool>()).prop_map(|(k, d)| Op::Edge(k, d)),
        1 => key.clone().prop_map(Op::KeyFailed),
        1 => (key, any::<bool>()).prop_map(|(k, d)| Op::KeyReady(k, d)),
        8 => Just(Op::Shown),
        1 => (0..5u32).prop_map(Op::StaleShown),
        1 => Just(Op::DisplayFailed),
        2 => Just(Op::DisplayReady),
        2 => peer.clone().prop_map(Op::Bonded),
        2 => (peer.clone(), any::<bool>()).prop_map(|(d, c)| Op::Connected(d, c)),
        1 => peer.prop_map(Op::Removed),
        2 => prop_oneof![Just(1000u64), Just(30_000), Just(600_000)].prop_map(Op::OpenWindow),
        1 => Just(Op::CloseWindow),
        14 => wait.prop_map(Op::Wait),
    ]
}

/// What the rules of acceptance need to know, kept without looking into the session.
struct Witness {
    fittings: Fittings,
    world: World,
    calls: BTreeMap<RequestId, Asked>,
    display_works: bool,
    window_until: Option<Time>,
    /// Raw level of each key, and since when.
    keys: BTreeMap<Key, (bool, Time)>,
    /// Whether a key that is down went there from up, with no edge missing since.
    sure: BTreeMap<Key, bool>,
    /// Since when a key that is down is taken for stuck.
    stuck: BTreeMap<Key, Time>,
    keys_granted: BTreeMap<Key, bool>,
    seen_effects: usize,
}

struct Asked {
    device: DeviceId,
    call: Call,
    /// When the display acknowledged a screen with exactly this code for this device.
    seen: Option<Time>,
    /// When it last acknowledged one.
    last_seen: Option<Time>,
    /// Something happened after which nothing may accept it.
    void: bool,
    answered: bool,
}

impl Witness {
    fn new(fittings: &Fittings) -> Self {
        let world = World::ready(Policy::default(), fittings.clone());
        let now = world.now;
        let keys = BTreeMap::from([(Key::Accept, (false, now)), (Key::Reject, (false, now))]);
        let keys_granted = BTreeMap::from([
            (Key::Accept, fittings.buttons.contains_key(&Key::Accept)),
            (Key::Reject, fittings.buttons.contains_key(&Key::Reject)),
        ]);
        Self {
            window_until: Some(now + ms(600_000)),
            world,
            fittings: fittings.clone(),
            calls: BTreeMap::new(),
            display_works: fittings.display,
            keys,
            sure: BTreeMap::new(),
            stuck: BTreeMap::new(),
            keys_granted,
            seen_effects: 0,
        }
    }

    fn ask(&mut self, n: u8, call: Call) {
        let device = device(n);
        let (device_of, call_of) = (device.clone(), call.clone());
        let asked = Asked {
            device: device_of,
            call: call_of,
            seen: None,
            last_seen: None,
            void: false,
            answered: false,
        };
        // The call's own answer may come at once, so it has to be known before.
        let request = RequestId(self.calls.len() as u64 + 1);
        self.calls.insert(request, asked);
        assert_eq!(self.world.call(&device, call), request);
    }

    fn void_all(&mut self) {
        self.calls.values_mut().for_each(|call| call.void = true);
    }

    fn void_of(&mut self, device: &DeviceId) {
        self.calls.values_mut().filter(|c| c.device == *device).for_each(|c| c.void = true);
    }

    fn acknowledge(&mut self) {
        let (call, peer) = match self.world.screen() {
            Screen::Compare { passkey, peer, .. } => (Call::RequestConfirmation(passkey), peer),
            Screen::JustWorks { peer, .. } => (Call::RequestAuthorization, peer),
            _ => {
                self.world.shown();
                return;
            }
        };
        let now = self.world.now;
        let asks = |asked: &&mut Asked| {
            !asked.answered && asked.call == call && asked.device.address() == peer.address
        };
        let asked = self.calls.values_mut().rev().find(asks);
        let asked = asked.expect("the screen belongs to a call");
        asked.seen.get_or_insert(now);
        asked.last_seen = Some(now);
        self.world.shown();
    }

    fn apply(&mut self, op: &Op) {
        match op.clone() {
            Op::Confirm(d, code) => self.ask(d, Call::RequestConfirmation(passkey(code))),
            Op::Authorize(d) => self.ask(d, Call::RequestAuthorization),
            Op::ShowPin(d) => {
                let pin = pairpanel::pairing::PinCode::new("1234".into()).unwrap();
                self.ask(d, Call::DisplayPinCode(Some(pin)));
            }
            Op::OtherCall(d, kind) => self.ask(
                d,
                match kind {
                    0 => request_pin(),
                    1 => Call::RequestPasskey,
                    2 => Call::AuthorizeService { uuid: String::new() },
                    _ => Call::Malformed("odd"),
                },
            ),
            Op::DisplayPasskey(d, code, entered) => {
                let (device, passkey) = (device(d), Some(passkey(code)));
                self.world.tell(Event::DisplayPasskey { device, passkey, entered });
            }
            Op::Cancel => {
                self.void_all();
                self.world.tell(Event::Cancel);
            }
            Op::Release | Op::Unregistered => {
                self.void_all();
                let gone = matches!(op, Op::Release);
                self.world.tell(if gone { Event::Release } else { Event::Unregistered });
            }
            Op::Edge(key, down) => {
                if self.keys_granted[&key] {
                    let now = self.world.now;
                    let (was_down, _) = self.keys[&key];
                    self.sure.insert(key, down && !was_down);
                    self.keys.insert(key, (down, now));
                    let stuck = self.stuck.get(&key).is_some_and(|since| *since <= now);
                    if down && !stuck {
                        self.stuck.insert(key, now + ms(10_000));
                    }
                }
                self.world.edge(key, down);
            }
            Op::KeyFailed(key) => {
                self.keys_granted.insert(key, false);
                self.keys.insert(key, (false, self.world.now));
                self.world.tell(Event::KeyFailed(key));
            }
            Op::KeyReady(key, down) => {
                self.keys_granted.insert(key, true);
                self.keys.insert(key, (down, self.world.now));
                self.sure.insert(key, false);
                self.stuck.insert(key, self.world.now);
                self.world.tell(Event::KeyReady { key, down, at: self.world.now });
            }
            Op::Shown => self.acknowledge(),
            Op::StaleShown(id) => {
                let id = PromptId { prompt: id, edit: 0 };
                if self.world.session.on_screen() != Some(id) {
                    let at = self.world.now;
                    self.world.tell(Event::Shown { prompt: id, at });
                }
            }
            Op::DisplayFailed => {
                self.display_works = false;
                self.void_all();
                self.world.tell(Event::DisplayFailed);
            }
            Op::DisplayReady => {
                self.display_works = true;
                self.world.tell(Event::DisplayReady);
            }
            Op::Bonded(d) => {
                self.world.bonded(&device(d));
            }
            Op::Connected(d, connected) => {
                self.world.connected(&device(d), connected);
            }
            Op::Removed(d) => {
                self.void_of(&device(d));
                self.world.tell(Event::DeviceRemoved(device(d)));
            }
            Op::OpenWindow(length) => {
                self.window_until = Some(self.world.now + ms(length));
                self.world.tell(Event::OpenWindow(ms(length)));
            }
            Op::CloseWindow => {
                self.window_until = None;
                self.void_all();
                self.world.tell(Event::CloseWindow);
            }
            Op::Wait(time) => {
                let end = self.world.now + ms(time);
                while !self.world.step(end) {
                    self.judge_answers();
                    self.judge_screen();
                }
            }
        }
        self.judge_answers();
        self.judge_screen();
    }

    /// The rules of acceptance, each from what was seen from outside.
    fn judge_answers(&mut self) {
        let now = self.world.now;
        let new: Vec<Effect> = self.world.effects[self.seen_effects..].to_vec();
        self.seen_effects = self.world.effects.len();
        for effect in new {
            let Effect::Reply { request, answer } = effect else { continue };
            let asked = self.calls.get_mut(&request).expect("an answer to a call");
            assert!(!std::mem::replace(&mut asked.answered, true), "{request:?} answered twice");
            if answer != Answer::Accept {
                continue;
            }
            let open = self.window_until.is_some_and(|until| until > now);
            assert!(open, "accepted while the window is closed");
            assert!(!asked.void, "accepted after it was void");
            assert!(self.display_works, "accepted unseen");
            match asked.call {
                Call::RequestConfirmation(_) => assert!(asked.seen.is_some(), "not on the glass"),
                Call::RequestAuthorization | Call::DisplayPinCode(_) => {}
                _ => panic!("accepted {:?}", asked.call),
            }
            if self.fittings.buttons.contains_key(&Key::Accept)
                && !matches!(asked.call, Call::DisplayPinCode(_))
            {
                let seen = asked.seen.expect("accepted before it was on the glass");
                let (down, since) = self.keys[&Key::Accept];
                assert!(down, "accepted with the key up");
                assert!(self.sure[&Key::Accept], "accepted by a key that was not seen up");
                assert!(since >= seen + ms(500), "accepted by a press that began too early");
                assert!(now.since(since) >= Duration::from_secs(1), "accepted by a short press");
                assert!(asked.last_seen >= Some(since), "accepted on a display that may be dead");
                let (reject_down, reject_since) = self.keys[&Key::Reject];
                // A level counts once it has lasted for the debounce time, and a stuck key does not.
                let fresh = now.since(reject_since) <= ms(20);
                let stuck = self.stuck.get(&Key::Reject).is_some_and(|stuck| *stuck <= since);
                assert!(!reject_down || fresh || stuck, "accepted by two keys");
            }
        }
    }

    /// A screen that counts down or asks always ends by itself; a code is only on a screen that
    /// belongs to a call.
    fn judge_screen(&self) {
        let now = self.world.now;
        match self.world.screen() {
            Screen::Idle { .. } => assert_eq!(self.world.session.on_screen(), None),
            Screen::Window { .. } | Screen::Settling { .. } | Screen::Ended { .. } => {
                assert_eq!(self.world.session.on_screen(), None);
                assert!(self.world.session.deadline(now).is_some());
            }
            _ => {
                assert!(self.world.session.on_screen().is_some());
                assert!(self.world.session.deadline(now).is_some());
                assert!(self.display_works, "a code on a display that does not work");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..Default::default() })]

    /// Whatever happens in whatever order: every call is answered exactly once, and what is
    /// accepted was on the glass, in an open window, and answered by a hold that began after it.
    #[test]
    fn nothing_pairs_without_presence(
        ops in proptest::collection::vec(op(), 1..60),
        with_keys in any::<bool>(),
    ) {
        let alone = Fittings { display: true, ..Fittings::default() };
        let mut witness = Witness::new(&if with_keys { bonnet() } else { alone });
        for op in &ops {
            witness.apply(op);
        }
        witness.apply(&Op::Wait(60_000));
        prop_assert!(witness.calls.values().all(|asked| asked.answered), "a call without answer");
    }
}
