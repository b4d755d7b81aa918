//! `run`: the daemon on the hardware that the board profile names.

use std::path::PathBuf;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

use super::trace::{Pace, trace};
use super::{Failure, log_level};
use crate::board::Board;
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon::{self, Setup};
use crate::pairing::{AtStart, Light};
use crate::{display, input, led, logging};

#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) board: Option<String>,
    pub(super) config: Option<PathBuf>,
    pub(super) window: Option<Duration>,
    pub(super) verbose: bool,
    pub(super) trace: bool,
}

pub(super) fn run(options: Options) -> Result<(), Failure> {
    let config = Config::load(options.config.as_deref()).map_err(usage)?;
    let name = options.board.or(config.board).ok_or_else(no_board)?;
    let board = Board::load(&name).map_err(usage)?;
    let mut policy = config.policy;
    if let Some(window) = options.window {
        let opens = !window.is_zero();
        policy.window_at_start = if opens { AtStart::Always } else { AtStart::Never };
        policy.window = window;
    }
    logging::start(log_level(options.verbose));
    log::info!("board {}: {}", board.id, board.name);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let stop = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        let (sender, events) = mpsc::unbounded_channel();
        for button in board.buttons.clone() {
            tokio::spawn(input::watch(button, Clock::Monotonic, sender.clone()));
        }
        let listen = watch::Sender::new(false);
        if let Some(keypad) = board.keypad.clone() {
            let (sender, listen) = (sender.clone(), listen.subscribe());
            tokio::spawn(input::watch_keypad(keypad, Clock::Monotonic, sender, listen));
        }
        let light = watch::Sender::new(Light::Off);
        let lamp = board
            .led
            .clone()
            .map(|lamp| tokio::spawn(led::follow(lamp, Clock::Monotonic, light.subscribe())));
        let profile = board.display.clone();
        let open_display = Box::new(move || match &profile {
            Some(profile) => display::open(profile),
            None => Err(display::DriverError::None),
        });
        let trace = options.trace.then(|| trace(Pace::Running));
        let setup = Setup::for_board(&board, policy, open_display);
        let setup = Setup { events, sender, listen, light, trace, ..setup };
        let ended = daemon::run(setup, stop).await.map_err(failed);
        if let Some(lamp) = lamp {
            // It is given back to what had it before.
            let _ = lamp.await;
        }
        ended
    })
}

fn no_board() -> Failure {
    Failure::Usage(format!(
        "no board is named; put board = \"NAME\" into {} or say --board NAME \
         (pairpanel boards lists the names; \"none\" is a machine without screen and keys)",
        crate::config::DEFAULT_PATH
    ))
}

fn usage(error: impl std::fmt::Display) -> Failure {
    Failure::Usage(error.to_string())
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Failed(error.to_string())
}
