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
//!  GPIO edges ──────────▶ input ────────┼─▶ Event ─▶ Session::handle ─────┤
//!  frames acknowledged ─▶ display ──────┤          (pure: pairing)        ├─ Register ─▶ bluez
//!  deadline ────────────▶ daemon ───────┘                                 └─ screen() ─▶ draw ─▶ Writer
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

pub mod bluez;
pub mod board;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod display;
pub mod input;
mod logging;
mod mistake;
pub mod pairing;
#[cfg(feature = "simulator")]
pub mod sim;

pub use mistake::Mistake;
