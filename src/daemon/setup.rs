//! What the daemon is put together from.

use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::{fmt, io};

use tokio::sync::{mpsc, watch};

use super::fittings::fittings;
use super::manager::Manager;
use crate::api::Service;
use crate::board::Board;
use crate::clock::Clock;
use crate::display::draw::Language;
use crate::nfc::OpenTag;
use crate::pairing::{Event, Fittings, Light, Policy, Sound};
use crate::panel::{Glass, OpenDisplay, Panel, Reporter, StartPanel};

/// The parts that the daemon is put together from.
pub struct Setup {
    /// What the panel has.
    pub fittings: Fittings,
    /// What the owner has decided.
    pub policy: Policy,
    /// What tells the time.
    pub clock: Clock,
    /// The bus's address; `None` for the system bus.
    pub bus: Option<String>,
    /// Starts what shows the screens; `None` for a board of keys alone.
    pub panel: Option<StartPanel>,
    /// Where everything that happens arrives, the key presses among it.
    pub events: mpsc::UnboundedReceiver<Event>,
    /// The other end of it.
    pub sender: mpsc::UnboundedSender<Event>,
    /// Tells keypads whether they are needed.
    pub listen: watch::Sender<bool>,
    /// Tells a lamp what to say.
    pub light: watch::Sender<Light>,
    /// Tells a buzzer what to say, if there is one.
    pub sounds: Option<Sender<Sound>>,
    /// What is told and allowed on the bus; `None` for a panel that nobody there can use.
    pub service: Option<Service>,
    /// Is told everything that goes in and out of the session, if there is somebody to tell.
    pub trace: Option<Trace>,
    /// Is told when this has become what it is for, and that it lives; `None` for a daemon that is
    /// not a service of its own.
    pub manager: Option<Manager>,
    /// The socket of what reads out-of-band data ([`SOCKET`](crate::oob::source::SOCKET)); `None` for
    /// a panel that has none.
    pub reader: Option<PathBuf>,
    /// Opens the tag, if there is one.
    pub tag: Option<OpenTag>,
}

/// Takes the lines of a trace, without an end of line: calls of bluetoothd, what else happened, the
/// state that this led to, and the replies. No line has a code in it.
pub type Trace = Box<dyn FnMut(&str) + Send>;

impl Setup {
    /// The daemon on the system bus, with a panel that has these fittings and is started by
    /// `panel`.
    pub fn new<F>(fittings: Fittings, policy: Policy, panel: F) -> Self
    where
        F: FnOnce(Reporter) -> io::Result<Box<dyn Panel>> + Send + 'static,
    {
        Self { panel: Some(Box::new(panel)), ..Self::without_panel(fittings, policy) }
    }

    /// The daemon on the system bus, for a board whose display, if it has one, is opened by
    /// `open_display` and shows words in `language`. What reports its keys has to be started beside it.
    pub fn for_board(
        board: &Board,
        policy: Policy,
        language: Language,
        open_display: OpenDisplay,
    ) -> Self {
        let (board_id, board_name) = (board.id.clone(), board.name.clone());
        let service = Service { board: board_id, board_name, ..Service::default() };
        let setup = match &board.display {
            Some(display) => {
                let size = display.frame_size();
                Self::new(fittings(board), policy, move |reporter| {
                    Ok(Box::new(Glass::start(size, language, open_display, reporter)?))
                })
            }
            None => Self::without_panel(fittings(board), policy),
        };
        Self { service: Some(service), ..setup }
    }

    fn without_panel(fittings: Fittings, policy: Policy) -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        let (clock, listen) = (Clock::Monotonic, watch::channel(false).0);
        let light = watch::Sender::new(Light::Off);
        let (bus, panel, sounds, trace, manager, reader, tag) =
            (None, None, None, None, None, None, None);
        let service = Some(Service::default());
        Self {
            fittings,
            policy,
            clock,
            bus,
            panel,
            events,
            sender,
            listen,
            light,
            sounds,
            service,
            trace,
            manager,
            reader,
            tag,
        }
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fittings, policy, clock, bus, service, .. } = self;
        f.debug_struct("Setup")
            .field("fittings", fittings)
            .field("policy", policy)
            .field("clock", clock)
            .field("bus", bus)
            .field("service", service)
            .finish_non_exhaustive()
    }
}
