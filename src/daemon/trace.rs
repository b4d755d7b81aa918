//! What goes in and out of the session, a line each, for somebody who follows a pairing.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Trace;
use crate::clock::Time;
use crate::pairing::{
    Answer, Call, Capability, Command, DeviceChange, DeviceId, Effect, Event, Peer, Press,
    PromptId, RequestId, Screen,
};

pub(super) struct Tracer {
    sink: Trace,
    /// When the calls came that wait for a reply.
    calls: BTreeMap<RequestId, Time>,
    /// When the pairing window closes.
    window: Option<Time>,
    registered: Option<Capability>,
    /// The last state told, without its times.
    state: Option<String>,
    /// The last prompt told to be on the glass.
    shown: Option<PromptId>,
}

impl Tracer {
    pub(super) fn new(sink: Trace) -> Self {
        Self {
            sink,
            calls: BTreeMap::new(),
            window: None,
            registered: None,
            state: None,
            shown: None,
        }
    }

    pub(super) fn event(&mut self, now: Time, event: &Event) {
        match event {
            Event::Call { request, .. } => {
                self.calls.insert(*request, now);
            }
            Event::Registered(capability) => self.registered = Some(*capability),
            Event::Unregistered | Event::Release => self.registered = None,
            // Each step of a countdown or hold bar is acknowledged.
            Event::Shown { prompt, .. } if self.shown.replace(*prompt) == Some(*prompt) => return,
            _ => {}
        }
        (self.sink)(&of_event(event));
    }

    pub(super) fn effect(&mut self, now: Time, effect: &Effect) {
        let line = match effect {
            Effect::Reply { request, answer } => {
                let answer = match answer {
                    Answer::Accept => "accept",
                    Answer::Passkey(_) => "passkey ******",
                    Answer::Pin(_) => "PIN ******",
                    Answer::Reject => "reject",
                    Answer::Cancel => "cancel",
                };
                let took = self.calls.remove(request).map(|since| now.since(since));
                let took = took.unwrap_or_default().as_secs_f64();
                format!("reply #{} {answer} after {took:.1} s", request.0)
            }
            Effect::Disconnect(device) => format!("effect Disconnect {}", short(device)),
            Effect::Forget(device) => format!("effect Forget {}", short(device)),
            Effect::Listen(true) => "effect Listen to keypads".to_owned(),
            Effect::Listen(false) => "effect Listen to keypads no more".to_owned(),
            Effect::Register(capability) => format!("effect Register {capability}"),
            Effect::Trust(device) => format!("effect Trust {}", short(device)),
            Effect::Block(device) => format!("effect Block {}", short(device)),
            Effect::Reclaim => "effect Reclaim".to_owned(),
            Effect::Tell(_) => "effect Tell the prompt".to_owned(),
            Effect::OutOfBand(Some(adapter)) => {
                format!("effect OutOfBand {}", under_bluez(adapter))
            }
            Effect::OutOfBand(None) => "effect OutOfBand no more".to_owned(),
            Effect::WriteTag { .. } => "effect WriteTag ******".to_owned(),
            Effect::WipeTag => "effect WipeTag".to_owned(),
            Effect::TellOutOfBand { .. } => "effect TellOutOfBand ******".to_owned(),
            Effect::Doubted { adapter } => format!("effect Doubted {}", under_bluez(adapter)),
            Effect::SetAdapter { adapter, open: Some(length), advertise } => {
                let advertised = if *advertise { ", advertised" } else { "" };
                let seconds = length.as_secs();
                let adapter = under_bluez(adapter);
                format!("effect SetAdapter {adapter}, open for {seconds} s{advertised}")
            }
            Effect::SetAdapter { adapter, open: None, .. } => {
                format!("effect SetAdapter {}, closed", under_bluez(adapter))
            }
            Effect::Window(length) => {
                self.window = length.map(|length| now + length);
                match length {
                    Some(length) => format!("effect Window open for {} s", length.as_secs()),
                    None => "effect Window closed".to_owned(),
                }
            }
            Effect::Finished { device, method, outcome } => {
                format!("effect Finished {}, {method:?}: {outcome:?}", short(device))
            }
            Effect::Refused { device, why } => format!("effect Refused {}: {why:?}", short(device)),
            Effect::Started { device, method } => {
                format!("effect Started {}, {method:?}", short(device))
            }
            Effect::UnknownPairing { device } => {
                format!("effect UnknownPairing {}", short(device))
            }
            Effect::Done { id, result: Ok(()) } => format!("done #{}", id.0),
            Effect::Done { id, result: Err(denial) } => format!("denied #{}: {denial:?}", id.0),
        };
        (self.sink)(&line);
    }

    /// Told when it is another one than before; that a countdown goes on is no news.
    pub(super) fn state(&mut self, now: Time, screen: &Screen) {
        let left = self.window.map(|until| until.since(now)).filter(|left| !left.is_zero());
        let window = left.map_or("window closed", |_| "window open");
        let capability = self.registered.map_or("not registered", Capability::as_str);
        let screen = of_screen(screen);
        let state = Some(format!("{screen}, {window}, {capability}"));
        if state == self.state {
            return;
        }
        self.state = state;
        let window = left.map_or_else(
            || window.to_owned(),
            |left| format!("window {} s", left.as_millis().div_ceil(1000)),
        );
        (self.sink)(&format!("state: {screen}, {window}, {capability}"));
    }
}

fn of_event(event: &Event) -> String {
    let level = |down: &bool| if *down { "down" } else { "up" };
    match event {
        Event::Call { request, device, call } => {
            let (method, arguments) = of_call(call);
            format!("call #{} {method} {} ({arguments})", request.0, short(device))
        }
        Event::DisplayPasskey { device, passkey, entered } => {
            let passkey = if passkey.is_some() { "******" } else { "too large" };
            format!("call DisplayPasskey {} ({passkey}, {entered} typed)", short(device))
        }
        Event::Cancel => "call Cancel".to_owned(),
        Event::Release => "call Release".to_owned(),
        Event::Registered(capability) => format!("event Registered as {capability}"),
        Event::Adapter { adapter, state } => {
            let mut line = format!("event Adapter {}", under_bluez(adapter));
            let flags = [
                (state.powered, "powered"),
                (state.pairable, "pairable"),
                (state.discoverable, "discoverable"),
            ];
            for (flag, name) in flags {
                let _ = write!(line, "{}{name}", if flag { ", " } else { ", not " });
            }
            line
        }
        Event::AdapterRemoved(adapter) => format!("event AdapterRemoved {}", under_bluez(adapter)),
        Event::Device { device, change } => {
            format!("event Device {}{}", short(device), of_change(change))
        }
        Event::Disconnected { device, reason } => {
            format!("event Disconnected {}, {reason:?}", short(device))
        }
        Event::DeviceRemoved(device) => format!("event DeviceRemoved {}", short(device)),
        Event::Shown { prompt, .. } => {
            format!("event Shown, prompt {} edit {}", prompt.prompt, prompt.edit)
        }
        Event::KeyReady { key, down, .. } => format!("event KeyReady {key:?}, {}", level(down)),
        Event::KeyFailed(key) => format!("event KeyFailed {key:?}"),
        Event::Edge { key, down, .. } => format!("event Edge {key:?} {}", level(down)),
        Event::Command { id, command } => format!("command #{} {}", id.0, of_command(command)),
        Event::PairEnded { address } => format!("event PairEnded {}", address.escape_debug()),
        Event::OutOfBandData { adapter, .. } => {
            format!("event OutOfBandData {} ******", under_bluez(adapter))
        }
        Event::OutOfBandLost { adapter, lasting } => {
            let lasting = if *lasting { ", for good" } else { "" };
            format!("event OutOfBandLost {}{lasting}", under_bluez(adapter))
        }
        Event::OutOfBandKey { adapter, address } => {
            format!("event OutOfBandKey {} {}", under_bluez(adapter), address.escape_debug())
        }
        Event::OutOfBandFailed { adapter, address } => {
            format!("event OutOfBandFailed {} {}", under_bluez(adapter), address.escape_debug())
        }
        Event::Policy(_) => "event Policy".to_owned(),
        Event::Unregistered
        | Event::AgentLost
        | Event::OnTag(_)
        | Event::DisplayReady
        | Event::DisplayFailed
        | Event::Inventory
        | Event::Stop
        | Event::Tick => format!("event {event:?}"),
    }
}

fn of_command(command: &Command) -> String {
    match command {
        Command::OpenWindow(Some(length)) => format!("OpenWindow for {} s", length.as_secs()),
        Command::Forget(device) => format!("Forget {}", short(device)),
        Command::Pair(address) => format!("Pair {}", address.escape_debug()),
        Command::OpenWindow(None)
        | Command::CloseWindow
        | Command::ForgetAll
        | Command::Identify
        | Command::ReadPrompt
        | Command::ReadOutOfBand => format!("{command:?}"),
    }
}

fn of_call(call: &Call) -> (&'static str, String) {
    let stars = || "******".to_owned();
    match call {
        Call::RequestPinCode { .. } => ("RequestPinCode", String::new()),
        Call::DisplayPinCode(Some(_)) => ("DisplayPinCode", stars()),
        Call::DisplayPinCode(None) => ("DisplayPinCode", "not printable".to_owned()),
        Call::RequestPasskey => ("RequestPasskey", String::new()),
        Call::RequestConfirmation(_) => ("RequestConfirmation", stars()),
        Call::RequestAuthorization => ("RequestAuthorization", String::new()),
        // Text that came in from outside.
        Call::AuthorizeService { uuid } => ("AuthorizeService", uuid.escape_debug().to_string()),
        Call::Malformed(why) => ("malformed", (*why).to_owned()),
    }
}

fn of_change(change: &DeviceChange) -> String {
    let DeviceChange { address, name, bonded, paired, connected, trusted, blocked, .. } = change;
    let mut line = String::new();
    if address.is_some() || name.is_some() {
        let peer = Peer::new(name.as_deref().unwrap_or_default(), String::new());
        let address = address.as_deref().unwrap_or("same address").escape_debug();
        let _ = write!(line, ", {} ({address})", peer.name);
    }
    let flags = [
        (bonded, "bonded"),
        (paired, "paired"),
        (connected, "connected"),
        (trusted, "trusted"),
        (blocked, "blocked"),
    ];
    for (flag, name) in flags {
        if let Some(flag) = flag {
            let _ = write!(line, "{}{name}", if *flag { ", " } else { ", not " });
        }
    }
    line
}

/// The screen without its seconds and its code.
fn of_screen(screen: &Screen) -> String {
    let who = |peer: &Peer| format!("{} ({})", peer.name, peer.address);
    let press = |press: Press| match press {
        Press::Tap | Press::Hold => "waiting for a press",
        Press::Holding(_) => "key held",
        Press::Blocking(_) => "reject key held",
        Press::LetGo => "key to be let go",
    };
    match screen {
        Screen::Idle { health, .. } => format!("Idle, {health:?}"),
        Screen::Window { health, .. } => format!("Window, {health:?}"),
        Screen::Scan { .. } => "Scan".to_owned(),
        Screen::Opening { .. } => "Opening".to_owned(),
        Screen::ForgetAll { bonds, .. } => format!("ForgetAll {bonds}"),
        Screen::ForgotAll { forgotten, left } => format!("ForgotAll {forgotten}, {left} left"),
        Screen::Paused { .. } => "Paused".to_owned(),
        Screen::Menu { at, items } => format!("Menu at {:?}", items.get(*at)),
        Screen::Devices { at, peers } => format!("Devices at {:?}", peers.get(*at).map(who)),
        Screen::Device { peer, keys, .. } => format!("Device {}, {}", who(peer), press(keys.press)),
        Screen::About { .. } => "About".to_owned(),
        Screen::Identify { .. } => "Identify".to_owned(),
        Screen::Keep { peer, keys, .. } => format!("Keep {}, {}", who(peer), press(keys.press)),
        Screen::Compare { peer, keys, .. } => {
            format!("Compare {}, {}", who(peer), press(keys.press))
        }
        Screen::JustWorks { peer, keys, .. } => {
            format!("JustWorks {}, {}", who(peer), press(keys.press))
        }
        Screen::TypePasskey { peer, entered, .. } => {
            format!("TypePasskey {}, {entered} typed", who(peer))
        }
        Screen::TypePin { peer, .. } => format!("TypePin {}", who(peer)),
        Screen::EnterPasskey { peer, typed, .. } => {
            format!("EnterPasskey {}, {} typed", who(peer), typed.digits().len())
        }
        Screen::EnterPin { peer, typed, .. } => {
            format!("EnterPin {}, {} typed", who(peer), typed.digits().len())
        }
        Screen::Service { peer, service, keys, .. } => {
            format!("Service {} wants {service}, {}", who(peer), press(keys.press))
        }
        Screen::Forget { peer, keys, .. } => {
            format!("Forget {}, {}", who(peer), press(keys.press))
        }
        Screen::Settling { peer, .. } => format!("Settling {}", who(peer)),
        Screen::Ended { peer, method, outcome } => {
            format!("Ended {}, {method:?}: {outcome:?}", who(peer))
        }
    }
}

fn short(device: &DeviceId) -> &str {
    under_bluez(device.as_str())
}

fn under_bluez(path: &str) -> &str {
    path.strip_prefix("/org/bluez/").unwrap_or(path)
}
