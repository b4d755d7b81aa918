//! The screens that are drawn, and what they are called.

use pairpanel::pairing::{
    EntryKeys, Health, Keys, Method, Outcome, Passkey, Peer, Pick, PinCode, Press, Refusal, Screen,
    Service, Typed,
};

use crate::quiet::{crammed_quiet, quiet};

pub(crate) fn peer() -> Peer {
    Peer::new("Anna's Pixel", "00:11:22:33:9A:4C".into())
}

pub(crate) fn long_peer() -> Peer {
    Peer::new("WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW", "00:11:22:33:44:55".into())
}

fn code(value: u32) -> Passkey {
    Passkey::new(value).unwrap()
}

pub(crate) fn keys(press: Press) -> Keys {
    Keys { accept: Some("A".into()), reject: Some("B".into()), press }
}

pub(crate) fn long_keys(press: Press) -> Keys {
    Keys { accept: Some("LABEL1".into()), reject: Some("LABEL2".into()), press }
}

fn cancel() -> Option<String> {
    Some("B".into())
}

fn typed(digits: &str) -> Typed {
    let mut typed = Typed::default();
    digits.bytes().for_each(|digit| typed.push(digit - b'0'));
    typed
}

pub(crate) fn keypad(complete: bool) -> EntryKeys {
    let (erase, cancel) = (Some("Bksp".into()), Some("Esc".into()));
    EntryKeys { submit: "Enter".into(), complete, erase, cancel }
}

fn stick(complete: bool) -> EntryKeys {
    let (erase, cancel) = (Some("LEFT".into()), Some("KEY3".into()));
    EntryKeys { submit: "KEY1".into(), complete, erase, cancel }
}

fn long_entry(complete: bool) -> EntryKeys {
    let (erase, cancel) = (Some("LABEL2".into()), Some("LABEL3".into()));
    EntryKeys { submit: "LABEL1".into(), complete, erase, cancel }
}

/// A keypad that can neither erase nor give up.
fn bare(complete: bool) -> EntryKeys {
    EntryKeys { submit: "#".into(), complete, erase: None, cancel: None }
}

pub(crate) fn compare(press: Press) -> Screen {
    Screen::Compare { peer: peer(), passkey: code(14_980), seconds: 24, keys: keys(press) }
}

pub(crate) fn type_passkey(value: u32, entered: u8) -> Screen {
    Screen::TypePasskey {
        peer: peer(),
        passkey: code(value),
        entered,
        seconds: 31,
        cancel: cancel(),
    }
}

fn type_pin(pin: &str) -> Screen {
    let pin = PinCode::new(pin.into()).unwrap();
    let keys = Keys { accept: None, reject: cancel(), press: Press::Hold };
    Screen::TypePin { peer: peer(), pin, seconds: 31, keys }
}

fn use_pin(press: Press) -> Screen {
    let keys = Keys { accept: Some("A".into()), reject: cancel(), press };
    Screen::TypePin { peer: peer(), pin: PinCode::new("482190".into()).unwrap(), seconds: 24, keys }
}

pub(crate) fn enter_passkey(digits: &str, pick: Option<Pick>, keys: EntryKeys) -> Screen {
    Screen::EnterPasskey { peer: peer(), typed: typed(digits), pick, seconds: 24, keys }
}

fn enter_pin(digits: &str, pick: Option<Pick>, keys: EntryKeys) -> Screen {
    Screen::EnterPin { peer: peer(), typed: typed(digits), pick, seconds: 24, keys }
}

pub(crate) fn just_works(press: Press) -> Screen {
    Screen::JustWorks { peer: peer(), seconds: 24, keys: keys(press) }
}

fn service(service: &'static str, press: Press) -> Screen {
    Screen::Service { peer: peer(), service, seconds: 24, keys: keys(press) }
}

fn forget(press: Press) -> Screen {
    Screen::Forget { peer: peer(), seconds: 24, keys: keys(press) }
}

fn ended(method: Method, outcome: Outcome) -> Screen {
    Screen::Ended { peer: peer(), method, outcome }
}

/// Those that stand in the files.
pub(crate) fn screens() -> Vec<(&'static str, Screen)> {
    let mut screens = Vec::new();
    screens.extend(idle());
    screens.extend(quiet());
    screens.extend(questions());
    screens.extend(codes());
    screens.extend(entries());
    screens.extend(endings());
    screens
}

pub(crate) fn name() -> String {
    "box-7F3A".to_owned()
}

pub(crate) fn idle_with_hint(health: Health) -> Screen {
    Screen::Idle { name: name(), health, open: Some("A".into()) }
}

pub(crate) fn window_with_hint(health: Health) -> Screen {
    Screen::Window { name: name(), health, seconds: 108, close: cancel(), scan: None }
}

fn idle() -> [(&'static str, Screen); 12] {
    let idle = |name, health| Screen::Idle { name, health, open: None };
    let window =
        |health| Screen::Window { name: name(), health, seconds: 108, close: None, scan: None };
    [
        ("idle", idle(name(), Health::Ready)),
        ("idle-no-bluetoothd", idle(name(), Health::NoBluetoothd)),
        ("idle-no-adapter", idle(String::new(), Health::NoAdapter)),
        ("idle-off", idle(name(), Health::PoweredOff)),
        ("idle-no-keypad", idle(name(), Health::NoKeypad)),
        ("idle-hint", idle_with_hint(Health::Ready)),
        ("idle-off-hint", idle_with_hint(Health::PoweredOff)),
        ("window", window(Health::Ready)),
        ("window-key", window(Health::NoAcceptKey)),
        ("window-keypad", window(Health::NoKeypad)),
        ("window-hint", window_with_hint(Health::Ready)),
        ("window-key-hint", window_with_hint(Health::NoAcceptKey)),
    ]
}

fn questions() -> [(&'static str, Screen); 18] {
    let no_keys = Keys { accept: None, reject: None, press: Press::Hold };
    let compare_with = |peer, passkey, keys| Screen::Compare { peer, passkey, seconds: 25, keys };
    [
        ("compare", compare(Press::Hold)),
        ("compare-press", compare(Press::Tap)),
        ("compare-holding", compare(Press::Holding(9))),
        ("compare-let-go", compare(Press::LetGo)),
        ("compare-blocking", compare(Press::Blocking(9))),
        ("compare-long", compare_with(long_peer(), code(888_888), long_keys(Press::Hold))),
        ("compare-no-keys", compare_with(peer(), code(1), no_keys)),
        ("just-works", just_works(Press::Hold)),
        ("just-works-holding", just_works(Press::Holding(4))),
        ("just-works-blocking", just_works(Press::Blocking(4))),
        ("service", service("Audio (A2DP)", Press::Hold)),
        ("service-long", service("Remote ctl (AVRCP)", Press::Hold)),
        ("service-holding", service("Audio (A2DP)", Press::Holding(4))),
        ("service-blocking", service("Audio (A2DP)", Press::Blocking(4))),
        ("forget", forget(Press::Hold)),
        ("forget-holding", forget(Press::Holding(4))),
        ("forget-let-go", forget(Press::LetGo)),
        ("forget-blocking", forget(Press::Blocking(4))),
    ]
}

fn codes() -> [(&'static str, Screen); 10] {
    let settling = |passkey| Screen::Settling { peer: peer(), passkey, cancel: cancel() };
    [
        ("type-passkey", type_passkey(234_567, 0)),
        ("type-passkey-progress", type_passkey(234_567, 4)),
        ("type-pin", type_pin("482190")),
        ("use-pin", use_pin(Press::Hold)),
        ("use-pin-holding", use_pin(Press::Holding(9))),
        ("use-pin-blocking", use_pin(Press::Blocking(9))),
        ("type-pin-short", type_pin("0000")),
        ("type-pin-long", type_pin("WWWWWWWWWWWWWWWW")),
        ("settling", settling(Some(code(14_980)))),
        ("settling-no-code", settling(None)),
    ]
}

fn entries() -> [(&'static str, Screen); 22] {
    let digit = |digit| Some(Pick::Digit(digit));
    let (erase, submit) = (Some(Pick::Erase), Some(Pick::Submit));
    [
        ("enter-passkey-empty", enter_passkey("", None, keypad(false))),
        ("enter-passkey", enter_passkey("0149", None, keypad(false))),
        ("enter-passkey-unseen", enter_passkey("014980", None, keypad(false))),
        ("enter-passkey-whole", enter_passkey("014980", None, keypad(true))),
        ("enter-passkey-long", enter_passkey("888888", None, long_entry(true))),
        ("enter-passkey-bare", enter_passkey("0149", None, bare(false))),
        ("pick-passkey-empty", enter_passkey("", digit(0), stick(false))),
        ("pick-passkey", enter_passkey("0149", digit(8), stick(false))),
        ("pick-passkey-erase", enter_passkey("0149", erase, stick(false))),
        ("pick-passkey-unseen", enter_passkey("014980", submit, stick(false))),
        ("pick-passkey-whole", enter_passkey("014980", submit, stick(true))),
        ("pick-passkey-whole-erase", enter_passkey("014980", erase, stick(false))),
        ("pick-passkey-long", enter_passkey("88888", digit(8), long_entry(false))),
        ("enter-pin-empty", enter_pin("", None, keypad(false))),
        ("enter-pin", enter_pin("0000", None, keypad(true))),
        ("enter-pin-long", enter_pin("8888888888888888", None, long_entry(true))),
        ("pick-pin-empty", enter_pin("", digit(0), stick(false))),
        ("pick-pin", enter_pin("00", digit(7), stick(false))),
        ("pick-pin-erase", enter_pin("00", erase, stick(false))),
        ("pick-pin-submit", enter_pin("000", submit, stick(true))),
        ("pick-pin-long", enter_pin("888888888888888", digit(8), long_entry(false))),
        ("pick-pin-full", enter_pin("8888888888888888", submit, stick(true))),
    ]
}

fn endings() -> [(&'static str, Screen); 40] {
    let passkey = |outcome| ended(Method::PasskeyEntry, outcome);
    let compared = |outcome| ended(Method::NumericComparison, outcome);
    let service = |outcome| ended(Method::Service, outcome);
    let refused = |why| compared(Outcome::Refused(why));
    [
        ("paired-checked", compared(Outcome::PairedChecked)),
        ("paired-unchecked", ended(Method::JustWorks, Outcome::PairedUnchecked)),
        ("unconfirmed", compared(Outcome::Unconfirmed)),
        ("rejected", compared(Outcome::RejectedHere)),
        ("timed-out", compared(Outcome::TimedOut)),
        ("cancelled", compared(Outcome::Cancelled)),
        ("link-lost", compared(Outcome::LinkLost)),
        ("hung-up", compared(Outcome::HungUp)),
        ("codes-differ", compared(Outcome::NotAuthenticated)),
        ("wrong-code", passkey(Outcome::NotAuthenticated)),
        ("wrong-pin", ended(Method::PinCode, Outcome::NotAuthenticated)),
        ("said-no", ended(Method::JustWorks, Outcome::NotAuthenticated)),
        ("suspended", compared(Outcome::Suspended)),
        ("removed", compared(Outcome::Removed)),
        ("refused-closed", refused(Refusal::WindowClosed)),
        ("refused-busy", refused(Refusal::Busy)),
        ("refused-no-display", refused(Refusal::NoDisplay)),
        ("refused-cannot-answer", refused(Refusal::CannotAnswer)),
        ("refused-policy", refused(Refusal::Policy)),
        ("refused-just-now", refused(Refusal::SaidNo)),
        ("refused-not-bonded", refused(Refusal::NotBonded)),
        ("refused-malformed", refused(Refusal::Malformed("a passkey over 999999"))),
        ("service-allowed", service(Outcome::ServiceAllowed)),
        ("service-rejected", service(Outcome::RejectedHere)),
        ("service-timed-out", service(Outcome::TimedOut)),
        ("service-cancelled", service(Outcome::Cancelled)),
        ("service-link-lost", service(Outcome::LinkLost)),
        ("paired-by-pin", ended(Method::PinCode, Outcome::PairedUnchecked)),
        ("not-forgotten", ended(Method::JustWorks, Outcome::NotForgotten)),
        ("forgotten", ended(Method::JustWorks, Outcome::Forgotten)),
        ("display-failed", compared(Outcome::DisplayFailed)),
        ("window-closed", compared(Outcome::WindowClosed)),
        ("bluetoothd-gone", compared(Outcome::BluetoothdGone)),
        ("blocked", compared(Outcome::Blocked)),
        ("unknown-pairing", ended(Method::JustWorks, Outcome::Unknown)),
        ("unknown-pairing-removed", ended(Method::JustWorks, Outcome::UnknownRemoved)),
        ("refused-paused", refused(Refusal::Paused)),
        ("refused-not-allowed", refused(Refusal::NotAllowed)),
        ("refused-bond-limit", refused(Refusal::BondLimit)),
        ("refused-other-adapter", refused(Refusal::OtherAdapter)),
    ]
}

/// Every state of the keys.
pub(crate) const PRESSES: [Press; 5] = [
    Press::Tap,
    Press::Hold,
    Press::Holding(Press::STEPS),
    Press::Blocking(Press::STEPS),
    Press::LetGo,
];

/// What has the longest labels and names there can be, in every state of the keys.
pub(crate) fn crammed() -> Vec<Screen> {
    let (seconds, label) = (120, || Some("LABEL2".to_owned()));
    let mut screens = Vec::new();
    for press in PRESSES {
        let (peer, keys) = (long_peer, || long_keys(press));
        let passkey = code(888_888);
        screens.push(Screen::Compare { peer: peer(), passkey, seconds, keys: keys() });
        screens.push(Screen::JustWorks { peer: peer(), seconds, keys: keys() });
        screens.push(Screen::Forget { peer: peer(), seconds, keys: keys() });
        for service in Service::ALL.map(|service| service.label) {
            screens.push(Screen::Service { peer: peer(), service, seconds, keys: keys() });
        }
    }
    for length in 0..=Typed::MOST {
        let digits = "8".repeat(length);
        let offered = (0..10).map(Pick::Digit).chain([Pick::Erase, Pick::Submit]);
        for pick in [None].into_iter().chain(offered.map(Some)) {
            // What is offered has to be taken before anything can be sent.
            let sends = [None, Some(Pick::Submit)].contains(&pick);
            let (peer, typed) = (long_peer, || typed(&digits));
            for complete in [false, sends && length == 6].into_iter().filter(|_| length <= 6) {
                let (peer, typed, keys) = (peer(), typed(), long_entry(complete));
                screens.push(Screen::EnterPasskey { peer, typed, pick, seconds, keys });
            }
            for complete in [false, sends && length > 0] {
                let (peer, typed, keys) = (peer(), typed(), long_entry(complete));
                screens.push(Screen::EnterPin { peer, typed, pick, seconds, keys });
            }
        }
        if let Some(pin) = PinCode::new("W".repeat(length)) {
            let keys = Keys { accept: None, reject: label(), press: Press::Hold };
            screens.push(Screen::TypePin { peer: long_peer(), pin, seconds, keys });
        }
    }
    for (passkey, entered) in [(888_888, 0), (888_888, 6)] {
        let (peer, passkey) = (long_peer(), code(passkey));
        screens.push(Screen::TypePasskey { peer, passkey, entered, seconds, cancel: label() });
    }
    for passkey in [None, Some(code(888_888))] {
        screens.push(Screen::Settling { peer: long_peer(), passkey, cancel: label() });
    }
    for name in ["W".repeat(248), "W\nW\n".repeat(62)] {
        let (health, seconds) = (Health::Ready, 3599);
        screens.push(Screen::Idle { name: name.clone(), health, open: label() });
        screens.push(Screen::Window { name, health, seconds, close: label(), scan: label() });
    }
    screens.extend(crammed_quiet());
    for (_, ended) in endings() {
        if let Screen::Ended { method, outcome, .. } = ended {
            screens.push(Screen::Ended { peer: long_peer(), method, outcome });
        }
    }
    screens
}
