//! The pairing core: every rule about what may pair, and no IO.
//!
//! There is no clock, file, bus, log or error here. Time and [`Event`]s are arguments of
//! [`Session::handle`], which returns [`Effect`]s; [`Session::screen`] is what the panel should
//! show. A refused or odd input is an ordinary outcome.
//!
//! The life of a prompt:
//!
//! ```text
//!   RequestConfirmation, RequestAuthorization, RequestPasskey, RequestPinCode, AuthorizeService
//!   refused ◀───────────── judge ──────────────▶ Prompt ── frame acknowledged, arm delay,
//!   at once   window closed, busy,                 │        press begins, hold completes; or
//!             no display, policy                   │        digits typed, shown, and sent
//!                                                  │                      │
//!                                                  │                      ▼ the one Accept
//!      Cancel, reject key, deadline, link lost,    │                   Settling ── Bonded ─┐
//!      display failed, window closed,              ▼                      │                ▼
//!      bluetoothd gone                           Ended ◀── link lost, deadline ──────── Ended
//!                                            (not paired)                             (paired)
//!
//!   DisplayPasskey, DisplayPinCode ─▶ Shown ── Bonded ─▶ Ended (paired)
//!                                       └── reject key, deadline, … ─▶ Disconnect, Ended
//!
//!   bonded device came into the window and went ─▶ Prompt of our own ── hold ─▶ Forget, Ended
//! ```
//!
//! At most one `Prompt`, one `Shown`, one `Settling` and one `Ended` exist; the screen shows the
//! first of them in this order, so a question goes before a shown code. Every exit of a prompt
//! that is not `accept_prompt` is a refusal, and each call is answered exactly once.

mod adapters;
mod allow;
pub mod association;
mod backoff;
mod bonds;
mod calls;
mod capability;
mod code;
mod command;
mod controls;
mod effect;
mod endings;
mod entry;
mod event;
mod forget;
mod gestures;
mod glow;
mod keys;
mod light;
mod menu;
mod oob;
mod peer;
mod policy;
mod press;
mod prompt;
mod screen;
mod service;
mod session;
mod showing;
mod sound;
mod status;
mod timers;
mod view;
mod window;

pub use capability::{Abilities, Capability, UnknownCapability};
pub use code::{Passkey, PinCode, Typed};
pub use command::{Command, CommandId, Denial};
pub use effect::{Answer, Effect, Method, Refusal};
pub use event::{AdapterState, Call, DeviceChange, Event, Key, Reason, RequestId};
pub use glow::{Glow, Look};
pub use light::Light;
pub use peer::{DeviceId, Peer};
pub use policy::{
    Allow, AtStart, Dims, Fittings, JustWorks, KeyFitting, KeypadFitting, Policy, Trust,
    UnknownBonds, WhenFull,
};
pub use screen::{EntryKeys, Health, Keys, MenuItem, Outcome, Pick, Press, PromptId, Screen};
pub use service::{Service, ServiceRule};
pub use session::Session;
pub use sound::Sound;
pub use status::{Activity, AdapterStatus, DefaultAgent, DeviceStatus, Part, Status};
