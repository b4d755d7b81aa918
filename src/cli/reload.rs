//! SIGHUP: the configuration is read again while the daemon runs.

use tokio::signal::unix::Signal;
use tokio::sync::mpsc;

use super::run::Options;
use crate::config::Config;
use crate::daemon::Manager;
use crate::display::draw::Language;
use crate::pairing::Event;

/// Each time that `hangup` comes, sends the policy that there is then. A configuration that is not
/// valid changes nothing; the board that runs and the language of its glass are not exchanged.
pub(super) async fn reload(
    mut hangup: Signal,
    options: Options,
    (board, language): (String, Language),
    events: mpsc::UnboundedSender<Event>,
    manager: Manager,
) {
    while hangup.recv().await.is_some() {
        let _reloading = manager.reloading();
        let config = match Config::load(options.config.as_deref()) {
            Ok(config) => config,
            Err(error) => {
                let error = error.to_string();
                // The excerpt of the file is for a person at a terminal.
                let place = error.lines().next().unwrap_or_default();
                log::warn!("the configuration was not read again, and nothing changes: {place}");
                continue;
            }
        };
        match options.board(&config) {
            // What `run` would not start with: a file that is just being written, for instance.
            None => {
                log::warn!("the configuration names no board any more, and nothing changes");
                continue;
            }
            Some(now) if now != board => {
                log::warn!("the board stays {board}; restart pairpanel to have {now:?}");
            }
            Some(_) => {}
        }
        if config.language != language {
            let (stays, now) = (language.code(), config.language.code());
            log::warn!("the language stays {stays}; restart pairpanel to have {now:?}");
        }
        log::info!("the configuration has been read again");
        if events.send(Event::Policy(Box::new(options.policy(config)))).is_err() {
            return;
        }
    }
}
