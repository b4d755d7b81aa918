//! The buttons: GPIO lines whose edges become [`Event`]s.
//!
//! Every edge is passed on as it comes, bouncing included. What counts as a press, and for how
//! long a level must last, the pairing core decides.

mod error;
mod gpio;
mod resolve;

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

pub use error::GpioError;

use crate::board::Button;
use crate::clock::Clock;
use crate::pairing::Event;

/// How long to wait before a line that is missing is asked for again: twice as long each time.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// Tells `events` what the button does, for as long as there is somebody to be told. A line that
/// cannot be had, or is lost, is named once in the log, and tried again without end.
pub async fn watch(button: Button, clock: Clock, events: UnboundedSender<Event>) {
    let key = button.role.into();
    let mut wait = FIRST_RETRY;
    let mut said = String::new();
    while !events.is_closed() {
        let why = match gpio::Key::open(&button) {
            Ok(line) => {
                if let Some(warning) = line.warning() {
                    log::warn!("{} key: {warning}", button.label);
                }
                log::info!("{} key ready", button.label);
                wait = FIRST_RETRY;
                let ready = Event::KeyReady { key, down: line.down(), at: clock.now() };
                // That nobody listens any more is noticed by the loop.
                let _ = events.send(ready);
                line.run(&clock, &events).await
            }
            Err(error) => error.to_string(),
        };
        if why != said {
            log::warn!("{} key: {why}", button.label);
            said = why;
        }
        let _ = events.send(Event::KeyFailed(key));
        clock.sleep_until(clock.now() + wait).await;
        wait = (wait * 2).min(LONGEST_RETRY);
    }
}
