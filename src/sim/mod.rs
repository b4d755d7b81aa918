//! The simulated world around the panel: a bus, bluetoothd and phones, keyboards and headsets.
//!
//! Fakes with BlueZ's behaviour, not scripts: what a test or the simulator sees follows from the
//! capabilities, from what the agent answers and from what the person at the phone does. They need
//! no root, no network and no D-Bus daemon, and take their time from a [`Clock`](crate::clock::Clock).
//!
//! The rules are those of BlueZ 5.66 to 5.87 (`src/agent.c`, `src/adapter.c`, `src/device.c`) and
//! of Linux's `net/bluetooth`; `doc/org.bluez.*.rst` differs from them in places.

mod adapter;
mod advertising;
mod agents;
mod autopair;
mod bluetoothd;
mod bonding;
mod bus;
mod call;
mod code;
mod device;
mod error;
mod exchange;
mod introspect;
mod lamp;
mod link;
mod objects;
mod options;
mod pairing;
mod panel;
mod person;
mod phone;
mod plug;
mod service;
mod store;
pub mod terminal;

pub use advertising::Advertised;
pub use autopair::Kind;
pub use bluetoothd::FakeBluetoothd;
pub use bus::{FakeBus, StartBus};
pub use code::{Code, Codes, NotSixDigits, Pin};
pub use device::{Address, AddressType, NotAnAddress};
pub use options::{JustWorksRepairing, Options};
pub use pairing::Keypress;
pub use panel::{FakeGlass, FakePanel};
pub use person::{Attentive, Habit, Person};
pub use phone::{FakePhone, LegacyPin, Outcome, PhoneBond, Reconnection};
pub use store::Store;
