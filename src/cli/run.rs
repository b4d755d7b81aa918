//! `run`: the daemon on the hardware that the board profile names.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

use super::arguments::within;
use super::reload::reload;
use super::trace::{Pace, trace};
use super::{Failure, block_on, failed, log_level, usage};
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon::{self, Manager, Setup};
use crate::nfc::{self, OpenTag};
use crate::oob::source::SOCKET;
use crate::pairing::{AtStart, Light, Policy};
use crate::{buzzer, detect, display, input, led, logging};

/// What `run` is started with.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Options {
    /// The board profile, by name or path, or "auto" (instead of the configuration's)
    #[arg(long, value_name = "NAME")]
    pub(super) board: Option<String>,
    /// The configuration (instead of /etc/pairpanel/pairpanel.toml)
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Open the pairing window at start for so long; 0 keeps it closed
    #[arg(long, value_name = "SECONDS", value_parser = within(0, u32::MAX))]
    pub(super) window: Option<Duration>,
    /// Log every event and effect
    #[arg(short, long)]
    verbose: bool,
    /// Write a line for each call of bluetoothd, event, state and reply; no codes
    #[arg(long)]
    trace: bool,
}

impl Options {
    /// The name of the board that the configuration and these options make up.
    pub(super) fn board(&self, config: &Config) -> Option<String> {
        self.board.clone().or_else(|| config.board.clone())
    }

    /// The policy that they make up.
    pub(super) fn policy(&self, config: Config) -> Policy {
        let mut policy = config.policy;
        if let Some(window) = self.window {
            if window.is_zero() {
                // A window that somebody opens later is as long as the configuration says.
                policy.window_at_start = AtStart::Never;
            } else {
                policy.window_at_start = AtStart::Always;
                policy.window = window;
            }
        }
        policy
    }
}

pub(super) fn run(options: Options) -> Result<(), Failure> {
    let config = Config::load(options.config.as_deref()).map_err(usage)?;
    let name = options.board(&config).ok_or_else(no_board)?;
    let board = detect::load(&name).map_err(usage)?.here(Path::new("/")).map_err(usage)?;
    let language = config.language;
    let policy = options.policy(config);
    logging::start(log_level(options.verbose));
    block_on(Box::pin(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let hangup = signal(SignalKind::hangup()).map_err(failed)?;
        // From here on no signal kills without a word.
        log::info!("board {}: {}", board.id, board.name);
        if let Some(display) = board.display.as_ref().filter(|display| !display.answers()) {
            let place = display.place();
            log::info!(
                "the display {place} cannot answer: that it is there, only the profile says"
            );
        }
        let stop = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        let (sender, events) = mpsc::unbounded_channel();
        input::watch(&board.buttons, &Clock::Monotonic, &sender);
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
        let (sounds, buzzer) = match board.buzzer.clone().map(buzzer::start).transpose() {
            Ok(started) => started.unzip(),
            Err(error) => return Err(failed(error)),
        };
        let profile = board.display.clone();
        let open_display = Box::new(move || match &profile {
            Some(profile) => display::open(profile),
            None => Err(display::DriverError::None),
        });
        let trace = options.trace.then(|| trace(Pace::Running));
        let manager = Manager::of_this_process();
        tokio::spawn(reload(hangup, options, (name, language), sender.clone(), manager.clone()));
        let setup = Setup::for_board(&board, policy, language, open_display);
        let manager = Some(manager);
        let reader = Some(PathBuf::from(SOCKET));
        let tag = board
            .nfc
            .clone()
            .map(|profile| -> OpenTag { Box::new(move || Ok(Box::new(nfc::open(&profile)?))) });
        let setup =
            Setup { events, sender, listen, light, sounds, trace, manager, reader, tag, ..setup };
        let ended = daemon::run(setup, stop).await.map_err(failed);
        if let Some(lamp) = lamp {
            // It is given back to what had it before.
            let _ = lamp.await;
        }
        if let Some(buzzer) = buzzer {
            // It goes off as soon as there is nobody to tell it anything.
            let _ = buzzer.join();
        }
        ended
    }))
}

pub(super) fn no_board() -> Failure {
    Failure::Usage(format!(
        "no board is named; put board = \"NAME\" into {} or say --board NAME \
         (pairpanel boards lists the names, pairpanel detect says what speaks for which, and \
         \"none\" is a machine without screen and keys)",
        crate::config::DEFAULT_PATH
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_that_stays_closed_at_start_has_its_length_later() {
        let cases = [
            (None, AtStart::IfUnpaired, 120),
            (Some(0), AtStart::Never, 120),
            (Some(30), AtStart::Always, 30),
        ];
        for (window, at_start, seconds) in cases {
            let options = Options {
                board: None,
                config: None,
                window: window.map(Duration::from_secs),
                verbose: false,
                trace: false,
            };
            let policy = options.policy(Config::default());
            let expected = (at_start, Duration::from_secs(seconds));
            assert_eq!((policy.window_at_start, policy.window), expected, "--window {window:?}");
        }
    }
}
