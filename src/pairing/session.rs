//! The session: every decision about pairing, and nothing else.

use std::collections::BTreeMap;
use std::time::Duration;

use super::press::{Change, KeyState};
use super::prompt::{Ended, Prompt, Settling, Shown};
use super::window::Window;
use super::{
    Abilities, AdapterState, Answer, AtStart, Capability, DeviceId, Effect, Event, Fittings, Key,
    Method, Outcome, Policy, PromptId,
};
use crate::clock::Time;

/// How long the parts of the board have to report before the agent is registered without them.
const START_GRACE: Duration = Duration::from_secs(2);
/// How long the glass says that a device was paired.
const PAIRED_SHOWN: Duration = Duration::from_secs(5);
/// How long it says why one was not: long enough to be read by somebody who looked at the phone.
const FAILURE_SHOWN: Duration = Duration::from_secs(30);

/// The state of the panel. See the [module](super) for the life of a prompt.
#[derive(Debug)]
pub struct Session {
    pub(super) policy: Policy,
    pub(super) fittings: Fittings,
    pub(super) display_works: bool,
    pub(super) accept: KeyState,
    pub(super) reject: KeyState,
    /// Whether the reject press that is going on counts: no other key came into it.
    pub(super) reject_counts: bool,
    /// Until when parts of the board may be missing because they are still starting.
    grace: Option<Time>,
    unreported: Unreported,
    wanted: Option<Capability>,
    pub(super) registered: Option<Capability>,
    pub(super) window: Window,
    window_decided: bool,
    pub(super) adapters: BTreeMap<String, AdapterState>,
    pub(super) devices: BTreeMap<DeviceId, Known>,
    pub(super) prompt: Option<Prompt>,
    pub(super) shown: Option<Shown>,
    pub(super) settling: Option<Settling>,
    pub(super) ended: Option<Ended>,
    last_id: u64,
    pub(super) effects: Vec<Effect>,
}

/// The parts of the board that have said neither that they work nor that they do not.
#[derive(Debug)]
struct Unreported {
    display: bool,
    accept: bool,
    reject: bool,
}

/// What bluetoothd has said of a device.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) address: Option<String>,
    pub(super) name: Option<String>,
    pub(super) bonded: bool,
    pub(super) paired: bool,
    pub(super) connected: bool,
}

/// What the passing of time brings about by itself.
#[derive(Clone, Copy, Debug)]
enum Timer {
    Grace,
    Settle(Key),
    Stick(Key),
    Held,
    PromptDeadline,
    ShownDeadline,
    SettlingDeadline,
    EndedOver,
    WindowEnd,
}

impl Session {
    /// A session for a board that has these fittings, none of which has reported yet.
    pub fn new(policy: Policy, fittings: Fittings, now: Time) -> Self {
        let key = |fitting: &Option<super::KeyFitting>| {
            KeyState::new(fitting.as_ref().map_or(Duration::ZERO, |key| key.debounce))
        };
        Self {
            accept: key(&fittings.accept),
            reject: key(&fittings.reject),
            unreported: Unreported {
                display: fittings.display,
                accept: fittings.accept.is_some(),
                reject: fittings.reject.is_some(),
            },
            policy,
            fittings,
            display_works: false,
            reject_counts: false,
            grace: Some(now + START_GRACE),
            wanted: None,
            registered: None,
            window: Window::default(),
            window_decided: false,
            adapters: BTreeMap::new(),
            devices: BTreeMap::new(),
            prompt: None,
            shown: None,
            settling: None,
            ended: None,
            last_id: 0,
            effects: Vec::new(),
        }
    }

    /// Tells the session what happened at `now`; returns what it wants done, in this order.
    pub fn handle(&mut self, now: Time, event: Event) -> Vec<Effect> {
        // Edges and frames carry the time at which they happened, which is before now. What was due
        // before them comes first, and what is due between them and now comes after.
        let at = match event {
            Event::Edge { at, .. } | Event::KeyReady { at, .. } | Event::Shown { at, .. } => {
                at.min(now)
            }
            _ => now,
        };
        self.run_until(at, now);
        self.apply(at, event);
        self.run_until(now, now);
        self.register_if_quiet();
        std::mem::take(&mut self.effects)
    }

    /// When [`Event::Tick`] must be handled at the latest: something is due then, or the screen
    /// looks different. Changes with every event; `None` while nothing is going on.
    pub fn deadline(&self, now: Time) -> Option<Time> {
        self.timers().map(|(at, _)| at).chain(self.next_picture(now)).min()
    }

    /// The capability that the working parts of the board have now.
    pub fn capability(&self) -> Capability {
        let abilities =
            Abilities { display: self.display_works, answer: self.accept.works(), digits: false };
        abilities.capability(self.fittings.at_most)
    }

    fn apply(&mut self, now: Time, event: Event) {
        match event {
            Event::Call { request, device, call } => self.call(now, request, device, call),
            Event::DisplayPasskey { device, passkey, entered } => {
                self.display_passkey(now, device, passkey, entered);
            }
            Event::Cancel => self.end_prompt(now, Answer::Cancel, Outcome::Cancelled),
            Event::Release | Event::Unregistered => self.bluetoothd_gone(now),
            Event::Registered(capability) => self.registered = Some(capability),
            Event::Adapter { adapter, state } => {
                self.adapters.insert(adapter.clone(), state);
                self.set_adapter(now, &adapter);
            }
            Event::AdapterRemoved(adapter) => {
                self.adapters.remove(&adapter);
            }
            Event::Bonds { any } => self.decide_window(now, any),
            Event::Device { device, change } => self.device_changed(now, device, change),
            Event::DeviceRemoved(device) => {
                self.devices.remove(&device);
                self.link_lost(now, &device);
            }
            Event::DisplayReady => {
                self.unreported.display = false;
                self.display_works = true;
                self.set_adapters(now);
            }
            Event::DisplayFailed => self.display_failed(now),
            Event::Shown { prompt, .. } => self.on_glass(now, prompt),
            Event::KeyReady { key, down, at } => {
                self.key_reported(key);
                self.key(key).ready(down, at);
            }
            Event::KeyFailed(key) => {
                self.key_reported(key);
                self.key(key).failed();
            }
            Event::Edge { key, down, .. } => self.key(key).edge(down, now),
            Event::OpenWindow(length) => {
                self.window_decided = true;
                self.open_window(now, length);
            }
            Event::CloseWindow => {
                self.window_decided = true;
                self.close_window(now);
            }
            Event::Tick => {}
        }
    }

    /// Lets happen what is due up to `until`; `now` is the time of this wake-up.
    fn run_until(&mut self, until: Time, now: Time) {
        let due = |(at, _): &(Time, Timer)| *at <= until;
        while let Some((at, timer)) = self.timers().filter(due).min_by_key(|(at, _)| *at) {
            match timer {
                Timer::Grace => self.grace = None,
                Timer::Settle(key) => match (self.key(key).settle(), key) {
                    (Some(Change::Pressed(since)), Key::Accept) => self.accept_pressed(since),
                    (Some(Change::Pressed(_)), Key::Reject) => self.reject_pressed(),
                    (Some(Change::Released { pressed }), Key::Accept) => {
                        self.accept_released(at, pressed);
                    }
                    (Some(Change::Released { pressed }), Key::Reject) => {
                        self.reject_released(at, pressed);
                    }
                    (None, _) => {}
                },
                Timer::Stick(key) => self.key(key).stick(),
                Timer::Held => self.hold_due(at, now),
                Timer::PromptDeadline => self.end_prompt(at, Answer::Reject, Outcome::TimedOut),
                Timer::ShownDeadline => self.shown_for_long(at),
                Timer::SettlingDeadline => {
                    if let Some(settling) = self.settling.take() {
                        self.finish(at, settling.device, settling.method, settling.silence);
                    }
                }
                Timer::EndedOver => self.ended = None,
                Timer::WindowEnd => self.close_window(at),
            }
        }
    }

    fn timers(&self) -> impl Iterator<Item = (Time, Timer)> {
        [
            (self.grace, Timer::Grace),
            (self.accept.settles_at(), Timer::Settle(Key::Accept)),
            (self.reject.settles_at(), Timer::Settle(Key::Reject)),
            (self.accept.sticks_at(), Timer::Stick(Key::Accept)),
            (self.reject.sticks_at(), Timer::Stick(Key::Reject)),
            (self.prompt.as_ref().map(|p| p.deadline), Timer::PromptDeadline),
            (self.shown.as_ref().map(|s| s.deadline), Timer::ShownDeadline),
            (self.settling.as_ref().map(|s| s.deadline), Timer::SettlingDeadline),
            (self.ended.as_ref().map(|e| e.until), Timer::EndedOver),
            (self.window.deadline(), Timer::WindowEnd),
            // Last, because the first of those due at one moment wins: a refusal.
            (self.held_at(), Timer::Held),
        ]
        .into_iter()
        .filter_map(|(at, timer)| Some((at?, timer)))
    }

    /// Registers anew when the hardware can do more or less than before, but never in the middle
    /// of a pairing, which goes on with the capability that it began with.
    fn register_if_quiet(&mut self) {
        let Unreported { display, accept, reject } = self.unreported;
        let starting = self.grace.is_some() && (display || accept || reject);
        let busy = self.prompt.is_some() || self.shown.is_some() || self.settling.is_some();
        let capability = self.capability();
        if !starting && !busy && self.wanted != Some(capability) {
            self.grace = None;
            self.wanted = Some(capability);
            self.effects.push(Effect::Register(capability));
        }
    }

    fn bluetoothd_gone(&mut self, now: Time) {
        self.registered = None;
        self.end_prompt(now, Answer::Cancel, Outcome::BluetoothdGone);
        if let Some(shown) = self.shown.take() {
            self.finish(now, shown.device.clone(), shown.method(), Outcome::BluetoothdGone);
        }
        if let Some(settling) = self.settling.take() {
            self.finish(now, settling.device, settling.method, Outcome::BluetoothdGone);
        }
        self.adapters.clear();
        self.devices.clear();
    }

    fn display_failed(&mut self, now: Time) {
        self.unreported.display = false;
        self.display_works = false;
        if self.fittings.display {
            self.end_prompt(now, Answer::Reject, Outcome::DisplayFailed);
            self.drop_shown(now, Outcome::DisplayFailed);
            self.set_adapters(now);
        }
    }

    fn key_reported(&mut self, key: Key) {
        match key {
            Key::Accept => self.unreported.accept = false,
            Key::Reject => self.unreported.reject = false,
        }
    }

    fn key(&mut self, key: Key) -> &mut KeyState {
        match key {
            Key::Accept => &mut self.accept,
            Key::Reject => &mut self.reject,
        }
    }

    fn decide_window(&mut self, now: Time, any_bond: bool) {
        if std::mem::replace(&mut self.window_decided, true) {
            return;
        }
        let opens = match self.policy.window_at_start {
            AtStart::IfUnpaired => !any_bond,
            AtStart::Always => true,
            AtStart::Never => false,
        };
        if opens {
            self.open_window(now, self.policy.window);
        }
    }

    fn open_window(&mut self, now: Time, length: Duration) {
        self.window.open(now, length);
        self.effects.push(Effect::Window(Some(length)));
        self.set_adapters(now);
    }

    fn close_window(&mut self, now: Time) {
        if self.window.deadline().is_none() {
            return;
        }
        self.window.close();
        self.effects.push(Effect::Window(None));
        self.end_prompt(now, Answer::Reject, Outcome::WindowClosed);
        self.drop_shown(now, Outcome::WindowClosed);
        self.set_adapters(now);
    }

    fn set_adapters(&mut self, now: Time) {
        for adapter in self.adapters.keys().cloned().collect::<Vec<_>>() {
            self.set_adapter(now, &adapter);
        }
    }

    /// bluetoothd makes adapters pairable by itself whenever an agent or an adapter appears
    /// (BlueZ, `src/adapter.c`, `adapter_set_io_capability`), so each change is looked at.
    ///
    /// While the display does not work, the window opens nothing: with `NoInputNoOutput` the kernel
    /// accepts BR/EDR just works without asking any agent (Linux, `net/bluetooth/hci_event.c`,
    /// `hci_user_confirm_request_evt`).
    fn set_adapter(&mut self, now: Time, adapter: &str) {
        let blind = self.fittings.display && !self.display_works;
        let open = self.window.remaining(now).filter(|_| !blind);
        let Some(state) = self.adapters.get(adapter) else { return };
        let as_wanted = state.pairable == open.is_some() && state.discoverable == open.is_some();
        if state.powered && !as_wanted {
            self.effects.push(Effect::SetAdapter { adapter: adapter.to_owned(), open });
        }
    }

    pub(super) fn finish(&mut self, now: Time, device: DeviceId, method: Method, outcome: Outcome) {
        let shown_for = if outcome.is_paired() { PAIRED_SHOWN } else { FAILURE_SHOWN };
        self.effects.push(Effect::Finished { device: device.clone(), method, outcome });
        self.ended = Some(Ended { device, outcome, since: now, until: now + shown_for });
    }

    pub(super) fn next_id(&mut self) -> PromptId {
        self.last_id += 1;
        PromptId(self.last_id)
    }
}
