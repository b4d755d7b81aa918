//! A panel without hardware: its glass can be read, its keys are pressed by calling a function.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::code::Code;
use crate::api::{Access, Service};
use crate::board::{Board, DisplayProfile, Role};
use crate::clock::{Clock, Time};
use crate::daemon::Setup;
use crate::display::draw::Language;
use crate::display::{Driver, DriverError, Frame};
use crate::pairing::{Event, Glow, Key, Policy, PromptId};

/// The person's side of a simulated panel.
#[derive(Debug)]
pub struct FakePanel {
    /// What can be seen.
    pub glass: FakeGlass,
    has_keypad: bool,
    /// The key that says yes.
    accept: Key,
    clock: Clock,
    events: mpsc::UnboundedSender<Event>,
    acknowledged: watch::Receiver<Option<(PromptId, Time)>>,
    /// Whether the keypad is listened to.
    listened: watch::Receiver<bool>,
    /// The prompt that the person has seen last.
    seen: Option<u32>,
}

impl FakePanel {
    /// A panel with the fittings of `board`, all of which work, with words in `language`, and the
    /// daemon's parts to drive it. Needs a tokio runtime, and runs on it.
    pub fn new(
        board: Board,
        policy: Policy,
        language: Language,
        clock: Clock,
        bus: &str,
    ) -> (Self, Setup) {
        let glass =
            FakeGlass::new(board.display.as_ref().map_or((0, 0), DisplayProfile::frame_size));
        let (sender, mut raw) = mpsc::unbounded_channel();
        let (forward, events) = mpsc::unbounded_channel();
        let (acknowledge, acknowledged) = watch::channel(None);
        tokio::spawn(async move {
            while let Some(event) = raw.recv().await {
                let shown = match &event {
                    Event::Shown { prompt, at, .. } => Some((*prompt, *at)),
                    _ => None,
                };
                // The daemon and the person are gone together.
                let _ = forward.send(event);
                if shown.is_some() {
                    acknowledge.send_replace(shown);
                }
            }
        });
        let buttons = board.buttons.iter().map(|button| Key::from(button.role));
        let keypad = Key::KEYPAD.into_iter().chain([Key::Erase, Key::Escape]);
        for key in buttons.chain(keypad.filter(|_| board.keypad.is_some())) {
            let _ = sender.send(Event::KeyReady { key, down: false, at: clock.now() });
        }
        let has_accept = board.buttons.iter().any(|button| button.role == Role::Accept);
        let open = {
            let glass = glass.clone();
            Box::new(move || glass.open())
        };
        let setup = Setup::for_board(&board, policy, language, open);
        let panel = Self {
            glass: glass.clone(),
            listened: setup.listen.subscribe(),
            has_keypad: board.keypad.is_some(),
            accept: if has_accept { Key::Accept } else { Key::Enter },
            clock: clock.clone(),
            events: sender.clone(),
            acknowledged,
            seen: None,
        };
        let bus = Some(bus.to_owned());
        // Nobody else is on a simulated bus.
        let users = vec![rustix::process::getuid().as_raw()];
        let access = Access { users, ..Access::default() };
        let service = setup.service.map(|service| Service { access, ..service });
        (panel, Setup { clock, bus, events, sender, service, ..setup })
    }

    /// Waits until a code or question that was not there before is on the glass.
    pub async fn prompted(&mut self) {
        let seen = self.seen;
        let is_new =
            |shown: &Option<(PromptId, Time)>| shown.is_some_and(|(id, _)| Some(id.prompt) != seen);
        match self.acknowledged.wait_for(is_new).await.map(|shown| *shown) {
            Ok(shown) => self.seen = shown.map(|(id, _)| id.prompt),
            // The daemon has ended, and nothing will be asked any more.
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits until the keypad is listened to: all that tells of a prompt without a display.
    pub async fn listened(&mut self) {
        if self.listened.wait_for(|listened| *listened).await.is_err() {
            std::future::pending().await
        }
    }

    /// The key goes down or up.
    pub fn edge(&self, key: impl Into<Key>, down: bool) {
        let (key, at): (Key, Time) = (key.into(), self.clock.now());
        let _ = self.events.send(Event::Edge { key, down, at });
    }

    /// Anything else that can happen to a panel.
    pub fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// Presses the key for so long. A manual clock is moved on; with a real one time passes.
    pub async fn press(&self, key: impl Into<Key>, length: Duration) {
        let key = key.into();
        let pressed = self.clock.now();
        self.edge(key, true);
        self.linger(pressed + length).await;
        self.edge(key, false);
        // Until the contacts have stopped bouncing.
        self.pass(Duration::from_millis(50)).await;
    }

    /// Holds the accept key for so long, at a prompt that is on the glass: waits until the panel
    /// shows that it has noticed.
    pub async fn hold(&mut self, length: Duration) {
        let noticing = Duration::from_millis(100);
        let pressed = self.clock.now();
        self.edge(self.accept, true);
        self.pass(noticing).await;
        let noticed = |shown: &Option<(PromptId, Time)>| shown.is_some_and(|(_, at)| at > pressed);
        let _ = self.acknowledged.wait_for(noticed).await;
        self.linger(pressed + length).await;
        self.edge(self.accept, false);
        self.pass(Duration::from_millis(50)).await;
    }

    /// Types the code that is asked for, on the keypad or with the stick, waits until the glass has
    /// shown all of it, and sends it.
    pub async fn enter(&mut self, code: Code) {
        let tap = Duration::from_millis(80);
        let digits = code.to_string();
        // Every press changes what is to be seen.
        let mut presses = 0;
        for digit in digits.bytes().map(|digit| digit - b'0') {
            let keys = if self.has_keypad {
                vec![Key::Digit(digit)]
            } else {
                [vec![Key::Up; digit.into()], vec![Key::Select]].concat()
            };
            for key in keys {
                self.press(key, tap).await;
                presses += 1;
            }
        }
        if self.glass.size.0 > 0 {
            let shown =
                |shown: &Option<(PromptId, Time)>| shown.is_some_and(|(id, _)| id.edit >= presses);
            let _ = self.acknowledged.wait_for(shown).await;
        }
        let send = if self.has_keypad { Key::Enter } else { self.accept };
        self.press(send, tap).await;
    }

    /// Lets time pass with the daemon there all the time, and not only at the end.
    async fn linger(&self, until: Time) {
        while self.clock.now() < until {
            self.pass(until.since(self.clock.now()).min(Duration::from_millis(10))).await;
            tokio::task::yield_now().await;
        }
    }

    /// Lets time pass.
    pub async fn pass(&self, time: Duration) {
        let until = self.clock.now() + time;
        if let Clock::Manual(clock) = &self.clock {
            clock.advance(time);
        }
        self.clock.sleep_until(until).await;
    }
}

/// A display whose frames anybody can look at. Clones are the same display.
#[derive(Clone, Debug)]
pub struct FakeGlass {
    size: (u32, u32),
    works: Arc<AtomicBool>,
    current: Arc<watch::Sender<Frame>>,
    /// How bright it is.
    glow: Arc<watch::Sender<Glow>>,
    /// Each frame that has been on the glass and that nobody has taken.
    history: Arc<Mutex<Vec<Frame>>>,
}

impl FakeGlass {
    fn new(size: (u32, u32)) -> Self {
        let current = Arc::new(watch::Sender::new(Frame::new(size.0, size.1)));
        let works = Arc::new(AtomicBool::new(true));
        let glow = Arc::new(watch::Sender::new(Glow::Full));
        Self { size, works, current, glow, history: Arc::default() }
    }

    fn open(&self) -> Result<Box<dyn Driver>, DriverError> {
        self.check()?;
        self.glow.send_replace(Glow::Full);
        Ok(Box::new(self.clone()))
    }

    /// From now on the display acknowledges nothing, or again everything.
    pub fn break_down(&self, broken: bool) {
        self.works.store(!broken, Ordering::SeqCst);
    }

    /// What is on the glass, and is told of changes.
    pub fn watch(&self) -> watch::Receiver<Frame> {
        self.current.subscribe()
    }

    /// How bright it is.
    pub fn glow(&self) -> Glow {
        *self.glow.borrow()
    }

    /// The frames that have been on the glass since this was last asked.
    pub fn take_history(&self) -> Vec<Frame> {
        std::mem::take(&mut *self.history.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The six digits on the glass, once there are any.
    pub async fn code(&self) -> Option<Code> {
        let mut frames = self.watch();
        let frame = frames.wait_for(|frame| Code::on(frame).is_some()).await.ok()?;
        Code::on(&frame)
    }

    fn check(&self) -> Result<(), DriverError> {
        if self.works.load(Ordering::SeqCst) { Ok(()) } else { Err(DriverError::None) }
    }
}

impl Driver for FakeGlass {
    fn show(&mut self, frame: &Frame) -> Result<(), DriverError> {
        self.check()?;
        self.history.lock().unwrap_or_else(PoisonError::into_inner).push(frame.clone());
        self.current.send_replace(frame.clone());
        Ok(())
    }

    fn refresh(&mut self, frame: &Frame) -> Result<(), DriverError> {
        self.show(frame)
    }

    fn blank(&mut self) -> Result<(), DriverError> {
        self.check()?;
        self.current.send_replace(Frame::new(self.size.0, self.size.1));
        Ok(())
    }

    fn dim(&mut self, glow: Glow) -> Result<(), DriverError> {
        self.check()?;
        self.glow.send_replace(glow);
        if glow == Glow::Off { self.blank() } else { Ok(()) }
    }
}
