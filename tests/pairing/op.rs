//! What can happen at a panel, one step at a time, each judged.

use std::time::Duration;

use pairpanel::clock::Time;
use pairpanel::pairing::{
    Call, Command, CommandId, DeviceChange, Event, Fittings, Glow, Key, Passkey, Policy, PromptId,
    Reason, Screen,
};

use crate::witness::{Question, Witness};
use crate::world::{
    ADAPTER, World, close_window, data, device, ms, open_window, passkey, pin, request_pin,
};

const AUDIO: &str = "0000110d-0000-1000-8000-00805f9b34fb";

/// Devices go by numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Confirm(u8, u32),
    Authorize(u8),
    RequestPasskey(u8),
    RequestPin(u8),
    DisplayPin(u8),
    AuthorizeService(u8),
    Malformed(u8),
    DisplayPasskey(u8, u32, u16),
    Cancel,
    Release,
    Unregistered,
    Edge(Key, bool),
    /// An edge to the other level.
    Flip(Key),
    /// Down and up at once: enough for a key without bounces.
    Tap(Key),
    KeyFailed(Key),
    /// A moment later.
    KeyReady(Key, bool),
    /// The display acknowledges what is on the screen.
    Shown,
    /// The display acknowledges it on a glass that has not got light.
    DimShown,
    /// The display acknowledges the frame before that.
    OldShown,
    DisplayFailed,
    DisplayReady,
    Bonded(u8),
    Connected(u8, bool),
    Disconnected(u8, Reason),
    Removed(u8),
    AdapterRemoved,
    OpenWindow(u64),
    CloseWindow,
    /// Fresh out-of-band data come, the glass has acknowledged their code, the tag has them or those
    /// before, somebody reads them, there are none.
    Data,
    CodeShown,
    OnTag,
    OldOnTag,
    ReadData,
    DataLost,
    /// The same at the moment at which something is due, which is noticed after it.
    LateData,
    LateRead,
    /// The kernel has made an authenticated key, or failed to.
    LeKey(u8),
    LeFailed(u8),
    Wait(u64),
    /// Time passes until no key bounces.
    Settle,
    /// Time passes until something becomes possible or due.
    Next,
    /// Time passes until a millisecond before that.
    Almost,
}

/// A world with a witness in it.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) world: World,
    pub(crate) witness: Witness,
    /// What the session said yes to.
    pub(crate) granted: Vec<Question>,
}

/// The core accepts a little after the hold is complete, when it is sure of it.
const CERTAIN: Duration = Duration::from_millis(30);

impl Bench {
    /// A board that has worked for ten minutes, with the window open for an hour.
    pub(crate) fn new(policy: &Policy, fittings: &Fittings) -> Self {
        let mut world = World::closed(policy.clone(), fittings.clone());
        world.wait(ms(600_000));
        let witness = Witness::new(policy, fittings, world.now - ms(600_000));
        let mut bench = Self { world, witness, granted: Vec::new() };
        bench.apply(Op::OpenWindow(3_600_000));
        bench
    }

    pub(crate) fn apply(&mut self, op: Op) {
        match op {
            Op::Confirm(d, code) => self.call(d, Call::RequestConfirmation(passkey(code))),
            Op::Authorize(d) => self.call(d, Call::RequestAuthorization),
            Op::RequestPasskey(d) => self.call(d, Call::RequestPasskey),
            Op::RequestPin(d) => self.call(d, request_pin()),
            Op::DisplayPin(d) => self.call(d, Call::DisplayPinCode(Some(pin("1234")))),
            Op::AuthorizeService(d) => self.call(d, Call::AuthorizeService { uuid: AUDIO.into() }),
            Op::Malformed(d) => self.call(d, Call::Malformed("odd")),
            Op::DisplayPasskey(d, code, entered) => {
                let passkey = Passkey::new(code);
                self.tell(Event::DisplayPasskey { device: device(d), passkey, entered });
            }
            Op::Cancel => self.tell(Event::Cancel),
            Op::Release => self.tell(Event::Release),
            Op::Unregistered => self.tell(Event::Unregistered),
            Op::Edge(key, down) => self.tell(Event::Edge { key, down, at: self.world.now }),
            Op::Flip(key) => {
                let down = self.witness.lines.get(key).is_some_and(|line| line.down);
                self.apply(Op::Edge(key, !down));
            }
            Op::Tap(key) => {
                self.apply(Op::Edge(key, true));
                self.apply(Op::Edge(key, false));
            }
            Op::KeyFailed(key) => self.tell(Event::KeyFailed(key)),
            Op::KeyReady(key, down) => {
                self.apply(Op::Wait(1));
                self.tell(Event::KeyReady { key, down, at: self.world.now });
            }
            Op::Shown => self.shown(self.world.session.asked()),
            Op::DimShown => {
                if let Some(prompt) = self.world.session.asked() {
                    let (glow, at) = (Glow::Dim, self.world.now);
                    self.tell(Event::Shown { prompt, glow, at });
                }
            }
            Op::OldShown => self.shown(self.world.session.asked().map(|id| match id.edit {
                0 => PromptId { prompt: id.prompt - 1, edit: 0 },
                edit => PromptId { edit: edit - 1, ..id },
            })),
            Op::DisplayFailed | Op::DisplayReady if !self.witness.display => {}
            Op::DisplayFailed => self.tell(Event::DisplayFailed),
            Op::DisplayReady => self.tell(Event::DisplayReady),
            Op::Bonded(d) => {
                self.device(d, DeviceChange { bonded: Some(true), ..DeviceChange::default() });
            }
            Op::Connected(d, is) => {
                self.device(d, DeviceChange { connected: Some(is), ..DeviceChange::default() });
            }
            Op::Disconnected(d, reason) => {
                self.tell(Event::Disconnected { device: device(d), reason });
            }
            Op::Removed(d) => self.tell(Event::DeviceRemoved(device(d))),
            Op::AdapterRemoved => self.tell(Event::AdapterRemoved(ADAPTER.into())),
            Op::OpenWindow(length) => self.tell(open_window(length)),
            Op::CloseWindow => self.tell(close_window()),
            Op::Data => self.tell(Event::OutOfBandData { adapter: ADAPTER.into(), data: data() }),
            Op::CodeShown => {
                let code = matches!(self.world.screen(), Screen::Scan { .. });
                let id = self.world.session.on_screen(self.world.now);
                self.shown(id.filter(|_| code));
            }
            Op::OnTag => self.on_tag(0),
            Op::OldOnTag => self.on_tag(1),
            Op::ReadData => {
                let (id, command) = (CommandId(1), Command::ReadOutOfBand);
                self.tell(Event::Command { id, command });
            }
            Op::LateData | Op::LateRead => {
                self.world.now = self.next_boundary();
                self.apply(if op == Op::LateData { Op::Data } else { Op::ReadData });
            }
            Op::DataLost => {
                self.tell(Event::OutOfBandLost { adapter: ADAPTER.into(), lasting: false });
            }
            Op::LeKey(d) => {
                let (adapter, address) = (ADAPTER.into(), device(d).address());
                self.tell(Event::OutOfBandKey { adapter, address });
            }
            Op::LeFailed(d) => {
                let (adapter, address) = (ADAPTER.into(), device(d).address());
                self.tell(Event::OutOfBandFailed { adapter, address });
            }
            Op::Wait(time) => self.wait_until(self.world.now + ms(time)),
            Op::Settle => {
                self.wait_until(self.witness.lines.settled_at().unwrap_or(self.world.now))
            }
            Op::Next => self.wait_until(self.next_boundary()),
            Op::Almost => {
                let end = self.next_boundary() - ms(1);
                if end > self.world.now {
                    self.wait_until(end);
                }
            }
        }
    }

    /// The tag has what was ordered by the last number, or by one so much before it.
    fn on_tag(&mut self, before: u32) {
        if let Some(id) = self.witness.data.on_tag {
            self.tell(Event::OnTag(id.saturating_sub(before)));
        }
    }

    fn call(&mut self, n: u8, call: Call) {
        let request = self.world.new_request();
        self.tell(Event::Call { request, device: device(n), call });
    }

    fn device(&mut self, n: u8, change: DeviceChange) {
        self.tell(Event::Device { device: device(n), change });
    }

    fn shown(&mut self, prompt: Option<PromptId>) {
        if let Some(prompt) = prompt {
            self.tell(Event::Shown { prompt, glow: Glow::Full, at: self.world.now });
        }
    }

    fn tell(&mut self, event: Event) {
        let World { session, now, .. } = &self.world;
        self.witness.note(*now, &event, session);
        self.world.tell(event);
        self.judge();
    }

    fn judge(&mut self) {
        let effects = std::mem::take(&mut self.world.effects);
        let granted = self.witness.judge(self.world.now, &effects, &self.world.session);
        self.granted.extend(granted);
    }

    fn wait_until(&mut self, end: Time) {
        while !self.world.step(end) {
            self.judge();
        }
        self.judge();
    }

    /// When the next of the moments comes at which a rule begins or ceases to hold: a press counts,
    /// a hold is complete, a question or the window ends. With none of them ahead, when the session
    /// wants to be woken, unless that is for the countdown of the window only.
    fn next_boundary(&self) -> Time {
        let now = self.world.now;
        let Witness { policy, lines, .. } = &self.witness;
        let open = self.witness.open();
        let asked = open.map(|asked| asked.at);
        let seen = open.and_then(|asked| asked.seen);
        let down = lines.get(Key::Accept).filter(|line| line.down);
        let held = down.map(|line| line.since + policy.hold + CERTAIN);
        let held_for = |key, length| {
            let since = self.witness.held_since(key, now).filter(|_| open.is_none());
            since.map(|since| since + length + CERTAIN)
        };
        let moments = [
            held_for(Key::Accept, ms(2000)),
            held_for(Key::Accept, ms(5000)),
            held_for(Key::Reject, ms(5000)),
            asked.map(|at| at + policy.arm),
            asked.map(|at| at + policy.prompt),
            seen.map(|at| at + policy.arm),
            held,
            self.witness.window_until,
        ];
        let ahead = moments.into_iter().flatten().filter(|at| *at > now);
        let near = ahead.filter(|at| at.since(now) < ms(60_000)).min();
        let screen = match self.world.screen() {
            Screen::Idle { .. } | Screen::Window { .. } | Screen::Scan { .. } => None,
            _ => self.world.session.deadline(now),
        };
        near.or(screen).unwrap_or(now)
    }
}
