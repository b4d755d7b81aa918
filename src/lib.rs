//! pairpanel turns the screen and buttons of a Linux board into its Bluetooth pairing panel: a
//! BlueZ pairing agent that claims exactly the input/output capability that the attached hardware
//! can honour, draws the code on the display, and pairs only when somebody at the box holds a
//! button.
//!
//! Everything passes one point, and in one direction:
//!
//! ```text
//!  bluetoothd ──Agent1──▶ bluez::agent ─┐                                 ┌─ Reply ──▶ bluez ──▶ bluetoothd
//!  Device1, Adapter1 ───▶ bluez::watch ─┤                                 ├─ SetAdapter, Disconnect ─▶ bluez
//!  Panel1 ──────────────▶ api ──────────┤                                 ├─ Done, Started ─▶ api
//!  GPIO edges ──────────▶ input ────────┼─▶ Event ─▶ Session::handle ─────┤
//!  frames acknowledged ─▶ panel ────────┤          (pure: pairing)        ├─ Register ─▶ bluez
//!  deadline ────────────▶ daemon ───────┘                                 └─ screen() ─▶ Panel::show
//! ```
//!
//! The rules:
//!
//! - [`pairing`] decides everything about pairing and does no IO. What is not in it only translates.
//! - [`daemon`] owns the only loop and the only session, and tells it the time; adapters ask the
//!   [`clock`] only to date what they report.
//! - Adapters never call each other; the result of an effect comes back as an event.
//! - The screen is a value derived from the state. A frame is drawn when it differs from the last.
//! - No board is known here: boards are files, read by [`board`].
//! - The simulator is the same daemon with other parts (`sim`, feature `simulator`).
//!
//! # A panel of one's own
//!
//! Whatever can show a picture and say so when people can see it is a panel; [`panel`] says what
//! else it owes them.
//!
//! ```no_run
//! use std::collections::BTreeMap;
//! use std::io::{self, BufRead as _, Write as _};
//! use std::time::Duration;
//!
//! use pairpanel::daemon::{self, DaemonError, Setup};
//! use pairpanel::panel::{Panel, Reporter};
//! use pairpanel::pairing::{Fittings, Key, KeyFitting, Policy, PromptId, Screen};
//!
//! /// A serial console with a person at it, who presses Enter to accept.
//! struct Console(Reporter);
//!
//! impl Panel for Console {
//!     fn show(&mut self, screen: &Screen, asked: Option<PromptId>) {
//!         // What is not shown here is not acknowledged, so nobody can accept it.
//!         let (Screen::Compare { peer, passkey, .. }, Some(prompt)) = (screen, asked) else {
//!             return;
//!         };
//!         match writeln!(io::stdout(), "{} shows {:?}? Enter!", peer.name, passkey.digits()) {
//!             Ok(()) => self.0.shown(prompt),
//!             Err(error) => self.0.failed(error),
//!         }
//!     }
//! }
//!
//! # async fn example() -> Result<(), DaemonError> {
//! let accept = KeyFitting { label: "Enter".to_owned(), debounce: Duration::ZERO };
//! let buttons = BTreeMap::from([(Key::Accept, accept)]);
//! let fittings = Fittings { display: true, buttons, ..Fittings::default() };
//! // Enter has no length, so it is a plain press.
//! let policy = Policy { hold: Duration::ZERO, ..Policy::default() };
//! let setup = Setup::new(fittings, policy, |reporter| {
//!     reporter.ready();
//!     reporter.key_ready(Key::Accept, false);
//!     let keys = reporter.clone();
//!     std::thread::spawn(move || {
//!         for _ in io::stdin().lock().lines() {
//!             keys.pressed(Key::Accept);
//!             keys.released(Key::Accept);
//!         }
//!     });
//!     Ok(Box::new(Console(reporter)))
//! });
//! daemon::run(setup, std::future::pending()).await
//! # }
//! ```

pub mod api;
pub mod bench;
pub mod bluez;
pub mod board;
pub mod buzzer;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod detect;
pub mod display;
pub mod doctor;
pub mod input;
pub mod led;
mod logging;
mod mistake;
pub mod nfc;
pub mod oob;
pub mod pairing;
pub mod panel;
#[cfg(test)]
mod schema;
#[cfg(feature = "simulator")]
pub mod sim;
mod tree;

pub use mistake::Mistake;
