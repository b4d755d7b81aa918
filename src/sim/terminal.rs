//! The simulated panel on a terminal: the glass in half-blocks, keys as buttons, the phone beside
//! it.

use std::fmt::Write as _;
use std::future::Future;
use std::io::{self, Read as _, Write as _};
use std::pin::Pin;
use std::time::Duration;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::sync::{mpsc, oneshot};

use super::lamp::Lamp;
use super::{Code, FakeBluetoothd, FakeBus, FakePanel, FakePhone, Options, Outcome, Person, Store};
use crate::board::{Board, Role};
use crate::clock::Clock;
use crate::daemon;
use crate::display::Frame;
use crate::display::draw::Language;
use crate::pairing::{Key, Policy};

/// Columns of the phone.
const PHONE_WIDTH: usize = 34;
const TAP: Duration = Duration::from_millis(120);
/// The arrow keys, in the order of the letters that terminals send for them: no byte of ASCII.
const UP: u8 = 0x80;
const DOWN: u8 = UP + 1;
const RIGHT: u8 = UP + 2;
const LEFT: u8 = UP + 3;

/// Runs the panel until the person quits.
///
/// # Errors
///
/// Whatever keeps the simulated world from starting, or the terminal from being read.
pub async fn run(
    board: Board,
    policy: Policy,
    language: Language,
    phone: FakePhone,
) -> Result<(), Box<dyn std::error::Error>> {
    let bus = FakeBus::start()?;
    let clock = Clock::Monotonic;
    let options = Options { alias: "box-7F3A".into(), ..Options::default() };
    let bluetoothd =
        FakeBluetoothd::start(bus.address(), clock.clone(), options, Store::default()).await?;
    let hold = policy.hold + Duration::from_millis(150);
    let labels = board.buttons.iter().map(|button| (button.role, button.label.clone())).collect();
    let (has_keypad, has_lamp) = (board.keypad.is_some(), board.led.is_some());
    let (panel, setup) = FakePanel::new(board, policy, language, clock, bus.address());
    let (stop, stopped) = oneshot::channel::<()>();
    let lamp = has_lamp.then(|| Lamp::new(setup.light.subscribe()));
    let bluetoothd = &bluetoothd;
    let table = Table { panel, bluetoothd, phone: &phone, labels, has_keypad, hold };
    let (ended, sat) = tokio::join!(daemon::run(setup, async { drop(stopped.await) }), async {
        let sat = table.sit(lamp).await;
        drop(stop);
        sat
    });
    ended?;
    Ok(sat?)
}

/// What the phone asks the person who holds it.
enum Ask {
    Compare(Code, oneshot::Sender<bool>),
    Type(oneshot::Sender<Option<Code>>),
    Show(Code),
}

/// The person is at the keyboard.
struct Typist(mpsc::UnboundedSender<Ask>);

impl Person for Typist {
    async fn compares(&mut self, number: Code) -> bool {
        let (answer, answered) = oneshot::channel();
        let _ = self.0.send(Ask::Compare(number, answer));
        answered.await.unwrap_or(false)
    }

    async fn types_passkey(&mut self) -> Option<Code> {
        let (answer, answered) = oneshot::channel();
        let _ = self.0.send(Ask::Type(answer));
        answered.await.ok().flatten()
    }

    async fn types_at_panel(&mut self, passkey: Code) -> bool {
        let _ = self.0.send(Ask::Show(passkey));
        true
    }
}

/// Something that may be going on.
struct Doing<'a, T>(Option<Pin<Box<dyn Future<Output = T> + 'a>>>);

impl<T> Doing<'_, T> {
    /// Its end; never, if nothing is going on.
    async fn done(&mut self) -> T {
        let Some(doing) = &mut self.0 else { return std::future::pending().await };
        let result = doing.await;
        self.0 = None;
        result
    }
}

/// The panel and the phone, side by side.
struct Table<'a> {
    panel: FakePanel,
    bluetoothd: &'a FakeBluetoothd,
    phone: &'a FakePhone,
    labels: Vec<(Role, String)>,
    has_keypad: bool,
    hold: Duration,
}

impl Table<'_> {
    async fn sit(self, mut lamp: Option<Lamp>) -> io::Result<()> {
        let _raw = RawTerminal::enter()?;
        let (asks, mut asked) = mpsc::unbounded_channel();
        let mut keys = keyboard()?;
        let mut frames = self.panel.glass.watch();
        // Goes on while the picture changes.
        let mut pairing: Doing<'_, Outcome> = Doing(None);
        let mut pressing: Doing<'_, ()> = Doing(None);
        let mut screen = Phone::Idle("Press p: the phone pairs.".into());
        loop {
            let frame = frames.borrow_and_update().clone();
            self.draw(&frame, lamp.as_ref().map(Lamp::dot), &screen)?;
            let blinks = async {
                match &mut lamp {
                    Some(lamp) => lamp.changes().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = frames.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                }
                Some(ask) = asked.recv() => screen = Phone::from(ask),
                () = blinks => {}
                () = pressing.done() => {}
                outcome = pairing.done() => {
                    screen = Phone::Idle(format!("{outcome:?}\n\nPress p to pair again."));
                }
                key = keys.recv() => match key {
                    None | Some(b'q' | 0x03 | 0x04) => return Ok(()),
                    Some(key) if pressing.0.is_none()
                        && let Some((button, length)) = self.button(key, &screen) =>
                    {
                        pressing.0 = Some(Box::pin(self.panel.press(button, length)));
                    }
                    Some(b'p') if pairing.0.is_none() => {
                        let (phone, bluetoothd) = (self.phone, self.bluetoothd);
                        let mut person = Typist(asks.clone());
                        screen = Phone::Idle("Pairing...".into());
                        let pair = async move { phone.pair(bluetoothd, &mut person).await };
                        pairing.0 = Some(Box::pin(pair));
                    }
                    Some(key) => screen = screen.pressed(key),
                }
            }
        }
    }

    /// The key of the panel that a key of the keyboard stands for, and how long it is pressed. What
    /// the phone waits to have typed goes there.
    fn button(&self, key: u8, phone: &Phone) -> Option<(Key, Duration)> {
        let keypad = self.has_keypad && !matches!(phone, Phone::Typing { answer: Some(_), .. });
        let button = match key {
            b'a' => return Some((Key::Accept, self.hold)),
            b't' => Key::Accept,
            b'r' => Key::Reject,
            UP => Key::Up,
            DOWN => Key::Down,
            LEFT => Key::Left,
            RIGHT => Key::Right,
            b's' => Key::Select,
            b'0'..=b'9' if keypad => Key::Digit(key - b'0'),
            b'\r' | b'\n' if keypad => Key::Enter,
            0x08 | 0x7f if keypad => Key::Erase,
            b'x' if keypad => Key::Escape,
            _ => return None,
        };
        Some((button, TAP))
    }

    fn draw(&self, frame: &Frame, lamp: Option<char>, phone: &Phone) -> io::Result<()> {
        let rule = "─".repeat(frame.width().max(20));
        let mut left = vec![format!("┌{rule}┐")];
        left.extend(frame.to_half_blocks().lines().map(|line| format!("│{line}│")));
        if frame.height() == 0 {
            left.push(format!("│{:20}│", " (no display)"));
        }
        left.push(format!("└{rule}┘"));
        left.extend(lamp.map(|dot| format!(" {dot}")));
        for (role, label) in &self.labels {
            left.push(match role {
                Role::Accept => format!(" a  hold {label}     t  tap {label}"),
                Role::Reject => format!(" r  press {label}"),
                Role::Select => format!(" arrows, s  {label}"),
                _ => continue,
            });
        }
        if self.has_keypad {
            left.push(" 0-9, backspace, Enter, x  keypad".into());
        }
        left.push(" q  quit".into());

        let mut right =
            vec![format!("  ╭{}╮", "─".repeat(PHONE_WIDTH)), side(&self.phone.name), side("")];
        right.extend(phone.text().lines().map(side));
        right.push(side(""));
        right.push(format!("  ╰{}╯", "─".repeat(PHONE_WIDTH)));

        let width = frame.width().max(20) + 2;
        let columns = tcgetwinsize(io::stdout()).map_or(80, |size| usize::from(size.ws_col));
        let mut text = String::from("\x1b[H");
        if columns >= width + PHONE_WIDTH + 4 {
            for row in 0..left.len().max(right.len()) {
                let (left, right) = (left.get(row), right.get(row));
                let left = left.map_or("", |line| line.as_str());
                let right = right.map_or("", |line| line.as_str());
                let _ = write!(text, "{left:width$}{right}\x1b[K\r\n");
            }
        } else {
            for line in left.iter().chain(&right) {
                let _ = write!(text, "{line}\x1b[K\r\n");
            }
        }
        text.push_str("\x1b[J");
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }
}

fn side(line: &str) -> String {
    format!("  │ {line:<width$}│", width = PHONE_WIDTH - 1)
}

/// What the phone shows.
enum Phone {
    Idle(String),
    Comparing { number: Code, answer: Option<oneshot::Sender<bool>> },
    Typing { digits: String, answer: Option<oneshot::Sender<Option<Code>>> },
}

impl From<Ask> for Phone {
    fn from(ask: Ask) -> Self {
        match ask {
            Ask::Compare(number, answer) => Self::Comparing { number, answer: Some(answer) },
            Ask::Type(answer) => Self::Typing { digits: String::new(), answer: Some(answer) },
            Ask::Show(code) => Self::Idle(format!("Type {} on the panel.", code.spaced())),
        }
    }
}

impl Phone {
    fn text(&self) -> String {
        match self {
            Self::Idle(text) => text.clone(),
            Self::Comparing { number, answer: Some(_) } => {
                format!("{}\n\nSame as on the panel?\n\ny  yes     n  no", number.spaced())
            }
            Self::Comparing { number, answer: None } => {
                format!("{}\n\nNow answer at the panel.", number.spaced())
            }
            Self::Typing { digits, answer: Some(_) } => {
                format!("Type the panel's code:\n\n{digits:_<6}\n\n0-9, backspace, Enter")
            }
            Self::Typing { .. } => "Checking...".into(),
        }
    }

    fn pressed(mut self, key: u8) -> Self {
        match (&mut self, key) {
            (Self::Comparing { answer, .. }, b'y' | b'n') => {
                if let Some(answer) = answer.take() {
                    // The pairing may have ended in the meantime.
                    let _ = answer.send(key == b'y');
                }
            }
            (Self::Typing { digits, .. }, b'0'..=b'9') if digits.len() < 6 => {
                digits.push(char::from(key));
            }
            (Self::Typing { digits, .. }, 0x08 | 0x7f) => drop(digits.pop()),
            (Self::Typing { digits, answer }, b'\r' | b'\n') if digits.len() == 6 => {
                if let Some(answer) = answer.take() {
                    let _ = answer.send(digits.parse().ok());
                }
            }
            _ => {}
        }
        self
    }
}

/// Single key presses, read on a thread: standard input cannot be waited for in any other way
/// that works for terminals and files alike.
fn keyboard() -> io::Result<mpsc::UnboundedReceiver<u8>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::Builder::new().name("keyboard".into()).spawn(move || {
        let mut byte = [0];
        // An arrow key is three bytes, of which the last tells which.
        let mut arrow = 0;
        while matches!(io::stdin().read(&mut byte), Ok(1)) {
            let key = match (arrow, byte[0]) {
                (0, 0x1b) | (1, b'[' | b'O') => {
                    arrow += 1;
                    continue;
                }
                (2, letter @ b'A'..=b'D') => UP + (letter - b'A'),
                (_, key) => key,
            };
            arrow = 0;
            if sender.send(key).is_err() {
                return;
            }
        }
    })?;
    Ok(receiver)
}

/// The terminal without line editing and echo, on its other screen, until it is dropped.
struct RawTerminal(Termios);

impl RawTerminal {
    fn enter() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        print!("\x1b[?1049h\x1b[?25l\x1b[2J");
        Ok(Self(before))
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        print!("\x1b[?25h\x1b[?1049l");
        let _ = io::stdout().flush();
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
