//! What `ReadPrompt` replies: what is asked or shown, with the code. This is the one place that makes
//! text of a code which is not to be drawn, and what it makes goes into one reply to one caller.

use super::view::{Code, Entry, Value};
use super::words;
use crate::oob::OobData;
use crate::pairing::{EntryKeys, Keys, Method, Passkey, Peer, Pick, PinCode, Press, Screen, Typed};

/// What is on the screen, empty if nothing is asked or shown. No other screen has a code on it.
pub(super) fn prompt(screen: &Screen) -> Entry {
    let mut reply = Reply(Entry::new());
    match screen {
        Screen::Compare { peer, passkey, seconds, keys } => {
            reply.begin("compare", Some(Method::NumericComparison), peer, Some(*seconds));
            reply.passkey(passkey);
            reply.keys(keys);
        }
        Screen::TypePasskey { peer, passkey, entered, seconds, cancel } => {
            reply.begin("type-there", Some(Method::PasskeyEntry), peer, Some(*seconds));
            reply.passkey(passkey);
            reply.number("Typed", u64::from(*entered));
            reply.label("Reject", cancel.as_deref());
        }
        Screen::TypePin { peer, pin, seconds, keys } => {
            reply.begin("type-there", Some(Method::PinCode), peer, Some(*seconds));
            reply.pin(pin);
            reply.keys(keys);
        }
        Screen::EnterPasskey { peer, typed, pick, seconds, keys } => {
            reply.begin("type-here", Some(Method::PasskeyEntry), peer, Some(*seconds));
            reply.typed(typed, *pick, keys);
        }
        Screen::EnterPin { peer, typed, pick, seconds, keys } => {
            reply.begin("type-here", Some(Method::PinCode), peer, Some(*seconds));
            reply.typed(typed, *pick, keys);
        }
        Screen::JustWorks { peer, seconds, keys } => {
            reply.begin("just-works", Some(Method::JustWorks), peer, Some(*seconds));
            reply.keys(keys);
        }
        Screen::Service { peer, service, seconds, keys } => {
            reply.begin("service", Some(Method::Service), peer, Some(*seconds));
            reply.label("Service", Some(service));
            reply.keys(keys);
        }
        Screen::Forget { peer, seconds, keys } => {
            reply.begin("forget", None, peer, Some(*seconds));
            reply.keys(keys);
        }
        Screen::Keep { peer, seconds, keys } => {
            reply.begin("keep", None, peer, Some(*seconds));
            reply.keys(keys);
        }
        Screen::Settling { peer, passkey, cancel } => {
            reply.begin("settling", None, peer, None);
            if let Some(passkey) = passkey {
                reply.passkey(passkey);
            }
            reply.label("Reject", cancel.as_deref());
        }
        _ => {}
    }
    reply.0
}

/// What a device has to know to pair out of band.
pub(super) fn out_of_band(data: &OobData) -> Entry {
    let mut reply = Reply(Entry::new());
    reply.label("Address", Some(&data.address.to_string()));
    reply.secret("Uri", |text| text.push_str(data.uri().as_str()));
    reply.secret("Data", |text| {
        for byte in data.ad().as_bytes() {
            text.extend(
                [byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)] as char),
            );
        }
    });
    reply.0
}

struct Reply(Entry);

impl Reply {
    fn begin(
        &mut self,
        asks: &'static str,
        method: Option<Method>,
        peer: &Peer,
        seconds: Option<u64>,
    ) {
        self.label("Asks", Some(asks));
        self.label("Method", method.map(words::method));
        self.label("Address", Some(&peer.address));
        self.label("Name", Some(&peer.name));
        if let Some(seconds) = seconds {
            self.number("Seconds", seconds);
        }
    }

    fn passkey(&mut self, passkey: &Passkey) {
        let digits = passkey.digits();
        self.secret("Code", |text| text.extend(digits.map(|digit| char::from(b'0' + digit))));
    }

    fn pin(&mut self, pin: &PinCode) {
        self.secret("Code", |text| text.push_str(pin.as_str()));
    }

    /// What is typed here is known to whoever types it. What a digit picker offers is not.
    fn typed(&mut self, typed: &Typed, pick: Option<Pick>, keys: &EntryKeys) {
        self.number("Typed", typed.digits().len() as u64);
        match pick {
            Some(Pick::Digit(digit)) => {
                self.secret("Pick", |text| text.extend(char::from_digit(digit.into(), 10)));
            }
            Some(Pick::Erase) => self.label("Pick", Some("erase")),
            Some(Pick::Submit) => self.label("Pick", Some("send")),
            None => {}
        }
        self.label("Accept", Some(&keys.submit));
        self.label("Erase", keys.erase.as_deref());
        self.label("Reject", keys.cancel.as_deref());
    }

    fn keys(&mut self, keys: &Keys) {
        self.label("Accept", keys.accept.as_deref());
        self.label("Reject", keys.reject.as_deref());
        if keys.accept.is_some() {
            self.0.insert("Hold", Value::Flag(keys.press != Press::Tap));
        }
    }

    fn label(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.0.insert(name, Value::Text(text.to_owned()));
        }
    }

    fn secret(&mut self, name: &'static str, write: impl FnOnce(&mut String)) {
        self.0.insert(name, Value::Code(Code::new(write)));
    }

    fn number(&mut self, name: &'static str, number: u64) {
        self.0.insert(name, Value::Number(u32::try_from(number).unwrap_or(u32::MAX)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_sent_and_not_printed() {
        let peer = || Peer::new("phone", "A4:C3:F0:1D:9A:4C".to_owned());
        let keys = || Keys { accept: None, reject: None, press: Press::Hold };
        let passkey = || Passkey::new(7_788).unwrap();
        let entry =
            EntryKeys { submit: "A".to_owned(), complete: false, erase: None, cancel: None };
        let screens = [
            (
                Screen::Compare { peer: peer(), passkey: passkey(), seconds: 9, keys: keys() },
                "007788",
            ),
            (
                Screen::TypePasskey {
                    peer: peer(),
                    passkey: passkey(),
                    entered: 0,
                    seconds: 9,
                    cancel: None,
                },
                "007788",
            ),
            (
                Screen::TypePin {
                    peer: peer(),
                    pin: PinCode::new("0123456789abcd\\'".to_owned()).unwrap(),
                    seconds: 9,
                    keys: keys(),
                },
                "0123456789abcd\\'",
            ),
            (Screen::Settling { peer: peer(), passkey: Some(passkey()), cancel: None }, "007788"),
            (
                Screen::EnterPasskey {
                    peer: peer(),
                    typed: Typed::default(),
                    pick: Some(Pick::Digit(8)),
                    seconds: 9,
                    keys: entry,
                },
                "8",
            ),
        ];
        for (screen, code) in screens {
            let mut reply = prompt(&screen);
            let printed = format!("{reply:?}");
            assert!(!printed.contains(code), "{printed}");
            let sent = reply.remove("Code").or(reply.remove("Pick"));
            assert_eq!(sent, Some(Value::Code(Code::new(|text| text.push_str(code)))));
        }
    }
}
