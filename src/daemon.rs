//! The loop: the only place that owns the session, tells it the time, and logs what it decides.
//!
//! Adapters send events here and are told effects; they never call each other. A simulated panel
//! differs from a real one only in the parts it hands over in [`Setup`].

use std::future::Future;
use std::io;

use tokio::sync::{mpsc, watch};

use crate::bluez::{Bluez, ConnectError};
use crate::board::{Board, Role};
use crate::clock::Clock;
use crate::display::draw::draw;
use crate::display::{Backoff, Driver, DriverError, Frame, Report, Writer};
use crate::pairing::{
    Effect, Event, Fittings, Key, KeyFitting, KeypadFitting, Method, Outcome, Policy, PromptId,
    Refusal, Screen, Session,
};

/// The parts that the daemon is put together from.
pub struct Setup {
    /// What is attached.
    pub board: Board,
    /// What the owner has decided.
    pub policy: Policy,
    /// What tells the time.
    pub clock: Clock,
    /// The bus's address; `None` for the system bus.
    pub bus: Option<String>,
    /// Opens the board's display, whenever it has to be opened.
    pub open_display: OpenDisplay,
    /// Where everything that happens arrives, the key presses among it.
    pub events: mpsc::UnboundedReceiver<Event>,
    /// The other end of it.
    pub sender: mpsc::UnboundedSender<Event>,
    /// Tells keypads whether they are needed.
    pub listen: watch::Sender<bool>,
}

/// Opens a display.
pub type OpenDisplay = Box<dyn FnMut() -> Result<Box<dyn Driver>, DriverError> + Send>;

/// Why the daemon ended other than by being asked to.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The bus could not be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The bus went away. Everything on it starts again with it, this daemon too.
    #[error("the system bus has gone away; the service manager has to start pairpanel again")]
    BusGone,
    /// There is no thread for the display.
    #[error("cannot start the display's thread: {0}")]
    Thread(#[from] io::Error),
}

/// What a board has, in the words of the pairing core.
pub fn fittings(board: &Board) -> Fittings {
    let buttons = board.buttons.iter().map(|button| {
        let fitting = KeyFitting { label: button.label.clone(), debounce: button.debounce };
        (Key::from(button.role), fitting)
    });
    Fittings {
        display: board.display.is_some(),
        buttons: buttons.collect(),
        keypad: board.keypad.as_ref().map(|keypad| KeypadFitting {
            enter: keypad.enter.clone(),
            erase: keypad.erase.clone(),
            escape: keypad.escape.clone(),
            debounce: keypad.debounce,
        }),
        at_most: board.at_most,
    }
}

/// Runs until `stop` is ready. Then a prompt that is open is refused, the adapters are closed for
/// pairing and the display goes dark.
///
/// # Errors
///
/// [`DaemonError`] if the bus is missing at the start or goes away. Nothing else ends it.
pub async fn run(setup: Setup, stop: impl Future<Output = ()>) -> Result<(), DaemonError> {
    let Setup { board, policy, clock, bus, open_display, mut events, sender, listen } = setup;
    let glass = match &board.display {
        Some(display) => {
            let size = (display.width, display.height);
            Some(Glass::start(size, open_display, clock.clone(), sender.clone())?)
        }
        None => None,
    };
    tokio::pin!(stop);
    let bluez = tokio::select! {
        () = &mut stop => return Ok(()),
        bluez = Bluez::connect(bus.as_deref(), clock.clone(), sender) => bluez?,
    };
    let session = Session::new(policy, fittings(&board), clock.now());
    let mut daemon = Daemon { session, clock: clock.clone(), bluez, glass, listen };
    daemon.handle(Event::Tick);
    loop {
        let deadline = daemon.session.deadline(clock.now());
        let due = async {
            match deadline {
                Some(deadline) => clock.sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let event = tokio::select! {
            // What has been heard of comes before what is due.
            biased;
            () = &mut stop => break,
            Some(event) = events.recv() => event,
            () = due => Event::Tick,
            () = daemon.bluez.closed() => return Err(DaemonError::BusGone),
        };
        daemon.handle(event);
    }
    log::info!("stopping");
    daemon.handle(Event::CloseWindow);
    let Daemon { bluez, glass, .. } = daemon;
    // First the refusal, and then the display, which may be slow.
    bluez.leave().await;
    drop(glass);
    Ok(())
}

struct Daemon {
    session: Session,
    clock: Clock,
    bluez: Bluez,
    glass: Option<Glass>,
    listen: watch::Sender<bool>,
}

impl Daemon {
    fn handle(&mut self, event: Event) {
        let now = self.clock.now();
        if event != Event::Tick {
            log::debug!("event: {event:?}");
        }
        if let Event::Registered(capability) = event {
            log::info!("default agent of bluetoothd, as {capability}");
        }
        for effect in self.session.handle(now, event) {
            log::debug!("effect: {effect:?}");
            self.apply(effect);
        }
        if let Some(glass) = &mut self.glass {
            glass.show(self.session.screen(now), self.session.on_screen());
        }
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Reply { request, answer } => self.bluez.reply(request, answer),
            Effect::Disconnect(device) => self.bluez.disconnect(&device),
            Effect::Forget(device) => self.bluez.forget(&device),
            Effect::Listen(needed) => {
                self.listen.send_replace(needed);
            }
            Effect::Register(capability) => self.bluez.register(capability),
            Effect::SetAdapter { adapter, open } => self.bluez.set_adapter(adapter, open),
            Effect::Window(Some(length)) => {
                log::info!("pairing window open for {} s", length.as_secs());
            }
            Effect::Window(None) => log::info!("pairing window closed"),
            Effect::Finished { device, method, outcome } => {
                let peer = self.session.peer(&device);
                let (who, address) = (&peer.name, &peer.address);
                let how = method_name(method);
                if method == Method::Service {
                    log::info!("service of {who} ({address}): {}", reason(outcome));
                } else if matches!(outcome, Outcome::Unconfirmed | Outcome::Forgotten) {
                    log::info!("pairing with {who} ({address}) by {how}: {}", reason(outcome));
                } else if outcome.is_paired() {
                    log::info!("paired with {who} ({address}) by {how}: {}", reason(outcome));
                } else {
                    log::info!("not paired with {who} ({address}) by {how}: {}", reason(outcome));
                }
            }
            Effect::Refused { device, why } => {
                let address = self.session.peer(&device).address;
                log::info!("refused {address}: {}", refusal(why));
            }
        }
    }
}

/// The display, and what is on it.
struct Glass {
    writer: Writer,
    width: u32,
    height: u32,
    shown: Option<(Screen, Option<PromptId>)>,
}

impl Glass {
    fn start(
        (width, height): (u32, u32),
        open: OpenDisplay,
        clock: Clock,
        events: mpsc::UnboundedSender<Event>,
    ) -> io::Result<Self> {
        let report = move |report| {
            let event = match report {
                Report::Ready => {
                    log::info!("display ready");
                    Event::DisplayReady
                }
                // Frames on which nothing is asked are of no interest to anybody.
                Report::Shown { tag: 0 } => return,
                Report::Shown { tag } => Event::Shown { prompt: prompt_of(tag), at: clock.now() },
                Report::Failed(why) => {
                    log::warn!("display: {why}");
                    Event::DisplayFailed
                }
            };
            // Nobody listens once the daemon is stopping.
            let _ = events.send(event);
        };
        let writer = Writer::start(open, report, Backoff::default())?;
        Ok(Self { writer, width, height, shown: None })
    }

    /// Shows `screen` unless it is there already. What is asked for the first time is sent whole to
    /// a display that is initialised anew: one that lost its memory without a word would otherwise
    /// acknowledge a code that nobody can read.
    fn show(&mut self, screen: Screen, asked: Option<PromptId>) {
        let next = Some((screen, asked));
        if next == self.shown {
            return;
        }
        let asked_before = self.shown.as_ref().and_then(|(_, asked)| *asked);
        if let Some((screen, _)) = &next {
            let mut frame = Frame::new(self.width, self.height);
            draw(screen, &mut frame);
            let prompt = |asked: Option<PromptId>| asked.map(|asked| asked.prompt);
            let refresh = asked.is_some() && prompt(asked) != prompt(asked_before);
            self.writer.show(frame, asked.map_or(0, tag_of), refresh);
        }
        self.shown = next;
    }
}

/// Both halves of the id in one number that is never 0.
fn tag_of(asked: PromptId) -> u64 {
    u64::from(asked.prompt) << 32 | u64::from(asked.edit)
}

fn prompt_of(tag: u64) -> PromptId {
    let half = |bits| u32::try_from(bits).unwrap_or(u32::MAX);
    PromptId { prompt: half(tag >> 32), edit: half(tag & u64::from(u32::MAX)) }
}

impl From<Role> for Key {
    fn from(role: Role) -> Self {
        match role {
            Role::Accept => Self::Accept,
            Role::Reject => Self::Reject,
            Role::Up => Self::Up,
            Role::Down => Self::Down,
            Role::Left => Self::Left,
            Role::Right => Self::Right,
            Role::Select => Self::Select,
        }
    }
}

const fn method_name(method: Method) -> &'static str {
    match method {
        Method::NumericComparison => "numeric comparison",
        Method::PasskeyEntry => "passkey entry",
        Method::PinCode => "PIN",
        Method::JustWorks => "just works",
        Method::Service => "a service",
    }
}

const fn reason(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::PairedChecked => "code checked",
        Outcome::PairedUnchecked => "not verified",
        Outcome::Unconfirmed => "it was bonded before, and BlueZ does not say",
        Outcome::RejectedHere => "rejected at the panel",
        Outcome::TimedOut => "nobody answered in time",
        Outcome::Cancelled => "cancelled by the other side",
        Outcome::LinkLost => "the link was lost",
        Outcome::HungUp => "the other side ended the link",
        Outcome::NotAuthenticated => "the codes differed, or the other side refused",
        Outcome::Suspended => "this machine went to sleep",
        Outcome::Removed => "the device or its adapter was removed",
        Outcome::Refused(why) => refusal(why),
        Outcome::ServiceAllowed => "allowed at the panel",
        Outcome::Forgotten => "its bond was deleted at the panel",
        Outcome::DisplayFailed => "the display failed",
        Outcome::WindowClosed => "the pairing window closed",
        Outcome::BluetoothdGone => "bluetoothd went away",
    }
}

const fn refusal(why: Refusal) -> &'static str {
    match why {
        Refusal::WindowClosed => "the pairing window is closed",
        Refusal::Busy => "another device is being paired",
        Refusal::NoDisplay => "the display does not work, so nobody could see what they accept",
        Refusal::CannotAnswer => "this panel has no way to answer that",
        Refusal::Policy => "the policy does not allow it",
        Refusal::NotBonded => "it is not bonded, so it may use no service",
        Refusal::Malformed(why) => why,
    }
}
