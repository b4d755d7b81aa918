//! The rules that hold whatever happens, each from what the [witness](super::witness) has seen.

use std::time::Duration;

use pairpanel::clock::Time;
use pairpanel::pairing::{
    Answer, Capability, DeviceId, Effect, Glow, Key, Look, Outcome, Screen, ServiceRule, Session,
};

use crate::lines::{Line, Press};
use crate::witness::{Asked, Question, Witness};
use crate::world::{ADAPTER, ms};

impl Witness {
    /// Judges what the session did; returns what it said yes to.
    pub(crate) fn judge(
        &mut self,
        now: Time,
        effects: &[Effect],
        session: &Session,
    ) -> Vec<Question> {
        self.pass(now);
        let mut granted = Vec::new();
        for effect in effects {
            if self.data.judge(effect, self.window_until.is_some()) {
                granted.push(Question::Scan);
            }
            match effect {
                Effect::Reply { request, answer } => {
                    let asked = self.calls.remove(request);
                    let asked = asked.expect("only an open call is answered, and only once");
                    if self.judge_answer(now, &asked, answer) {
                        granted.push(asked.question);
                    }
                }
                Effect::Forget(device) => {
                    assert!(self.bonded.contains(device), "a bond is deleted that is none");
                    self.forgetting.insert(device.clone());
                    match self.forget.take() {
                        _ if self.data.refuses(device) => {}
                        Some(asked) => {
                            assert_eq!(asked.device, *device, "another device's bond is deleted");
                            self.judge_presence(now, &asked);
                            granted.push(asked.question);
                        }
                        None => {
                            self.judge_forget_all(now);
                            granted.push(Question::ForgetAll);
                        }
                    }
                }
                Effect::Window(Some(length)) => {
                    if self.commanded.take() != Some(*length) {
                        self.judge_opened_by_hand(now, *length);
                        granted.push(Question::Window);
                    }
                    self.window_until = Some(now + *length);
                }
                Effect::Window(None) => self.close_window(),
                Effect::SetAdapter { open, .. } => self.judge_adapter(now, *open),
                Effect::Register(capability) => self.judge_capability(now, *capability),
                Effect::Listen(needed) => {
                    assert!(self.keypad && self.listening != *needed, "asked for keypads in vain");
                    self.listening = *needed;
                }
                Effect::Finished { device, outcome, .. } if outcome.is_paired() => {
                    assert!(self.bonded.contains(device), "said to be paired without a bond");
                }
                Effect::Finished { device, outcome: Outcome::Forgotten, .. } => {
                    let forgets = self.forgetting.remove(device);
                    let gone = !self.known.contains(device);
                    assert!(forgets && gone, "said to be forgotten and is not");
                }
                _ => {}
            }
        }
        let works = if self.display { self.display_works } else { !self.keypad };
        let possible = works && self.bluetoothd;
        assert!(self.commanded.take().is_none() || !possible, "a command to open it is ignored");
        self.judge_screen(now, session);
        for asked in self.calls.values() {
            assert!(now < asked.at + self.policy.prompt, "a call is open after its deadline");
            self.judge_no(now, asked);
        }
        granted
    }

    /// Whether the answer is a yes, for which everything has to be right.
    fn judge_answer(&mut self, now: Time, asked: &Asked, answer: &Answer) -> bool {
        match (&asked.question, answer) {
            (_, Answer::Reject | Answer::Cancel) => return false,
            (Question::Compare(_) | Question::JustWorks, Answer::Accept) => {
                self.judge_presence(now, asked);
            }
            (Question::ShowPin(pin), Answer::Accept) => {
                self.judge_circumstances(now, asked);
                self.told.insert(asked.device.clone(), pin.clone());
            }
            (Question::FreshPin(fresh), Answer::Pin(pin)) => {
                self.judge_presence(now, asked);
                assert!(asked.seen.is_some(), "a PIN is returned before it is on the glass");
                assert_eq!(pin.as_str(), fresh, "another PIN is returned than the one shown");
                self.told.insert(asked.device.clone(), fresh.clone());
            }
            (Question::TypePin, Answer::Pin(pin)) => self.judge_typed(now, asked, pin.as_str()),
            (Question::TypePasskey, Answer::Passkey(passkey)) => {
                self.judge_typed(now, asked, &format!("{:06}", passkey.value()));
            }
            (Question::Service, Answer::Accept) => {
                assert!(self.bonded.contains(&asked.device), "a service without a bond");
                let rule = self.policy.services.get("audio");
                assert_ne!(rule, Some(&ServiceRule::Never), "a service that nobody may use");
                if rule != Some(&ServiceRule::Always) {
                    self.judge_presence(now, asked);
                }
            }
            (question, answer) => panic!("{question:?} is answered with {answer:?}"),
        }
        true
    }

    /// What has to be so whoever accepts.
    fn judge_circumstances(&self, now: Time, asked: &Asked) {
        assert!(!asked.void, "accepted after it was void");
        let open = self.window_until.is_some_and(|until| until > now);
        assert!(open || !asked.question.is_pairing(), "accepted while the window is closed");
        assert!(self.display_works || !self.display, "accepted on a display that does not work");
    }

    /// Somebody is there: the accept key was held for long enough, alone, since a time at which they
    /// had read the question. On a board without such a key, the open window says so.
    fn judge_presence(&self, now: Time, asked: &Asked) {
        self.judge_circumstances(now, asked);
        let compares = matches!(asked.question, Question::Compare(_));
        assert!(!compares || asked.seen.is_some(), "accepted before it was on the glass");
        let Some(line) = self.lines.get(Key::Accept) else {
            assert!(asked.question.is_pairing() && asked.question != Question::Forget, "unasked");
            return;
        };
        if self.policy.hold.is_zero() {
            let (press, _) = line.ended.as_ref().expect("accepted without a press");
            assert!(press.sure, "accepted by a press of which something is missing");
            return self.judge_press(asked, press);
        }
        let Line { press: Some(press), down: true, lost: false, .. } = line else {
            panic!("accepted with the key up, or by a press of which an edge was lost");
        };
        self.judge_press(asked, press);
        assert!(now.since(press.since) >= self.policy.hold, "accepted by a short press");
        let alive = !self.display || asked.last_seen >= Some(press.since);
        assert!(alive, "accepted on a display that may have died during the hold");
    }

    fn judge_press(&self, asked: &Asked, press: &Press) {
        let seen = asked.seen.expect("accepted before it was on the glass");
        assert!(press.since >= seen + self.policy.arm, "accepted by a press that began too early");
        assert!(press.alone, "accepted by two keys");
        assert!(press.lit, "accepted by the press that has lit the glass");
    }

    /// What is sent was typed, was on the glass before the press began that sends it, and that press
    /// has ended.
    fn judge_typed(&self, now: Time, asked: &Asked, code: &str) {
        self.judge_circumstances(now, asked);
        let keys = [Key::Accept, Key::Enter].map(|key| self.lines.get(key));
        let mut ended = keys.into_iter().flatten().filter_map(|line| line.ended.as_ref());
        let (press, _) = ended.next().expect("digits are sent without a press that sends them");
        assert!(press.sure, "digits are sent by a press of which something is missing");
        self.judge_press(asked, press);
        assert!(!self.keypad || asked.typed == code, "other digits are sent than were typed");
        let shown = !self.display || press.glass.as_deref() == Some(code);
        assert!(shown, "digits are sent that were not on the glass when the press began");
    }

    /// The accept key was held, alone, while nothing was asked, or took a line of the menu.
    fn judge_opened_by_hand(&self, now: Time, length: Duration) {
        assert!(self.calls.is_empty(), "the window opens in the middle of a question");
        assert!(self.display_works || !self.display, "the window of a broken board opens");
        assert_eq!(length, self.policy.window, "the window opens for another time");
        if self.picker {
            return;
        }
        let since = self.held_since(Key::Accept, now).expect("the window opens by itself");
        let press = self.lines.get(Key::Accept).and_then(|line| line.press.as_ref());
        assert!(press.is_some_and(|press| press.alone), "the window opens by two keys");
        assert!(press.is_some_and(|press| press.lit), "the press that has lit the glass opens it");
        assert!(now.since(since) >= ms(2000), "the window opens by a short press");
    }

    /// Both keys were held, and for long.
    fn judge_forget_all(&self, now: Time) {
        assert!(self.calls.is_empty(), "every bond is deleted in the middle of a question");
        let keys = [Key::Accept, Key::Reject].map(|key| self.held_since(key, now));
        let held =
            keys.into_iter().all(|key| key.is_some_and(|since| now.since(since) >= ms(5000)));
        assert!(held || self.picker, "every bond is deleted by less than both keys");
        let lit =
            |key| self.lines.get(key).and_then(|line| line.press.as_ref()).is_none_or(|p| p.lit);
        let lit = [Key::Accept, Key::Reject].into_iter().all(lit);
        assert!(lit, "every bond is deleted by a press that has lit the glass");
    }

    /// A short press of a key that says no ends what is asked.
    fn judge_no(&self, now: Time, asked: &Asked) {
        for key in [Key::Reject, Key::Escape] {
            let ended = self.lines.get(key).and_then(|line| line.ended.as_ref());
            let Some((press, _)) = ended.filter(|(_, at)| *at == now) else { continue };
            assert!(!press.alone || press.since <= asked.at, "a no is not taken for one");
        }
    }

    fn judge_adapter(&self, now: Time, open: Option<Duration>) {
        let Some(length) = open else { return };
        let left = self.window_until.map_or(Duration::ZERO, |until| until.since(now));
        assert!(!left.is_zero(), "{ADAPTER} is opened outside the window");
        assert!(length <= left, "{ADAPTER} is opened for longer than the window");
        assert!(self.display_works || !self.display, "a board that is broken is opened");
    }

    fn judge_capability(&self, now: Time, capability: Capability) {
        assert!(self.calls.is_empty(), "registered anew in the middle of a question");
        use Capability::{DisplayOnly, DisplayYesNo, KeyboardDisplay, KeyboardOnly};
        let display = matches!(capability, DisplayOnly | DisplayYesNo | KeyboardDisplay);
        assert!(self.display_works || !display, "{capability} without a display that works");
        let digits = matches!(capability, KeyboardOnly | KeyboardDisplay);
        assert!(self.can_type(now) || !digits, "{capability} where nothing can be typed");
        let works = self.works(Key::Accept, now);
        assert!(works || capability != DisplayYesNo, "{capability} without a key that works");
    }

    /// What is asked is on the screen, and what is on the screen is asked.
    fn judge_screen(&mut self, now: Time, session: &Session) {
        let screen = session.screen(now);
        let asks = self.question_on(&screen);
        self.forget_or_not(now, asks.as_ref());
        assert!(self.calls.len() <= 1, "two questions at once");
        let open = self.open().map(|asked| (asked.question.clone(), asked.device.address()));
        assert_eq!(asks, open, "what is asked is not what the screen asks");
        assert!(self.open().is_none_or(|asked| !asked.void), "what is void is still asked");
        let tells = asks.is_none() && self.judge_code(&screen);
        let something = asks.is_some() || tells;
        assert_eq!(session.asked().is_some(), something, "{screen:?}");
        let seen = self.display_works || !self.display;
        assert!(seen || !something, "shown on a display that does not work");

        let (idle, window) =
            (matches!(screen, Screen::Idle { .. }), matches!(screen, Screen::Window { .. }));
        let open = self.window_until.is_some();
        self.data.judge_state(now, open, session);
        assert!(!idle || !open, "the window is open and not shown");
        assert!(!window || open, "the window is closed and shown");
        let pairing = self.open().is_some_and(|asked| asked.question.is_pairing());
        assert!(!pairing || open, "asked while the window is closed");
        assert!(idle || session.deadline(now).is_some(), "the screen stays for ever");
        self.judge_glow(now, session, &screen);
        let quiet = asks.is_none() && !tells && !matches!(screen, Screen::Settling { .. });
        let busy = !quiet;
        assert!(!self.keypad || self.listening == busy, "keypads are needed: {busy}");
    }

    /// What somebody has to see is lit, and where it was.
    fn judge_glow(&self, now: Time, session: &Session, screen: &Screen) {
        let look = session.look(now);
        if !matches!(screen, Screen::Idle { .. }) {
            assert_eq!(look, Look::default(), "{screen:?}");
        }
        assert!(self.dims || look == Look::default(), "a glass that is always lit is to be dark");
        let used = self.lines.is_pressed(now);
        assert!(!used || look.glow == Glow::Full, "dark under somebody's finger");
    }

    /// Whether the screen tells a code that is to be typed elsewhere, which then has to be right.
    fn judge_code(&self, screen: &Screen) -> bool {
        let (peer, code) = match screen {
            Screen::TypePasskey { peer, passkey, .. } => {
                (peer, passkey.digits().iter().map(ToString::to_string).collect())
            }
            Screen::TypePin { peer, pin, .. } => (peer, pin.as_str().to_owned()),
            _ => return false,
        };
        let mut told = self.told.iter().filter(|(device, _)| device.address() == peer.address);
        assert!(told.any(|(_, told)| *told == code), "a code that is not to be typed there");
        true
    }

    fn forget_or_not(&mut self, now: Time, asks: Option<&(Question, String)>) {
        let Some((Question::Forget, address)) = asks else {
            self.forget = None;
            return;
        };
        let device = self.bonded.iter().find(|device| device.address() == *address).cloned();
        let device: DeviceId = device.expect("it is asked whether to forget what is not bonded");
        if self.forget.is_none() {
            self.forget = Some(self.ask(now, Question::Forget, &device));
        }
    }

    fn question_on(&self, screen: &Screen) -> Option<(Question, String)> {
        let (question, peer) = match screen {
            Screen::Compare { passkey, peer, .. } => (Question::Compare(passkey.value()), peer),
            Screen::JustWorks { peer, .. } => (Question::JustWorks, peer),
            Screen::EnterPasskey { peer, .. } => (Question::TypePasskey, peer),
            Screen::EnterPin { peer, .. } => (Question::TypePin, peer),
            Screen::Service { peer, .. } => (Question::Service, peer),
            Screen::Forget { peer, .. } => (Question::Forget, peer),
            // A PIN that stays after it was returned is asked no more.
            Screen::TypePin { peer, pin, .. } if !self.calls.is_empty() => {
                (Question::FreshPin(pin.as_str().to_owned()), peer)
            }
            _ => return None,
        };
        Some((question, peer.address.clone()))
    }
}
