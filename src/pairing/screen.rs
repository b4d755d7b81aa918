//! What the panel shows, as a value: derived from the session's state and the time, never stored.

use std::fmt;

use super::{Capability, Method, Passkey, Peer, PinCode, Refusal, Typed};
use crate::oob::Modules;

/// Names one thing on the glass that was asked or shown, so that its frame can be told from the
/// frames before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PromptId {
    /// Which prompt: never 0, never used twice in a run.
    pub prompt: u32,
    /// How often what was typed at it has changed.
    pub edit: u32,
}

/// One picture of the panel. Seconds are whole and rounded up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Nothing to do.
    Idle {
        /// The name that phones see; empty while no adapter is there.
        name: String,
        /// What keeps devices from pairing, if anything does.
        health: Health,
        /// The label of the key that opens the pairing window when it is held, if there is one that
        /// works.
        open: Option<String>,
    },
    /// The key that opens the pairing window is being held.
    Opening {
        /// How far the hold is, in [`Press::STEPS`].
        step: u8,
    },
    /// The two keys are being held that forget every device.
    ForgetAll {
        /// How many bonds there are, 1 at least.
        bonds: usize,
        /// Until they are deleted.
        seconds: u64,
    },
    /// Every bond was deleted that could be.
    ForgotAll {
        /// How many were.
        forgotten: usize,
        /// How many bluetoothd has not deleted.
        left: usize,
    },
    /// Too many pairings came to nothing: nothing is asked for a while.
    Paused {
        /// For how long.
        seconds: u64,
        /// The label of the key that ends it when it is held.
        open: Option<String>,
    },
    /// What can be done here.
    Menu {
        /// The lines, in this order.
        items: Vec<MenuItem>,
        /// The chosen one, by its place from 0.
        at: usize,
    },
    /// The bonded devices.
    Devices {
        /// In an order that stays; may be empty.
        peers: Vec<Peer>,
        /// The chosen one, by its place from 0.
        at: usize,
    },
    /// One of them, which is forgotten when the accept key is held.
    Device {
        /// Which.
        peer: Peer,
        /// Whether it is connected.
        connected: bool,
        /// What the keys do; the reject key leads back.
        keys: Keys,
    },
    /// What this is.
    About {
        /// The name that phones see.
        name: String,
        /// The address of the adapter; empty while none is there.
        address: String,
        /// What bluetoothd has been told that this machine can do.
        capability: Option<Capability>,
        /// How many bonds there are.
        bonds: usize,
    },
    /// Somebody elsewhere wants to know which panel this is. Drawn to be seen from afar.
    Identify {
        /// The name that phones see.
        name: String,
    },
    /// A device is bonded without a check, or without anybody here having approved it: it is asked
    /// whether to keep the bond.
    Keep {
        /// Which device.
        peer: Peer,
        /// Until the bond is deleted.
        seconds: u64,
        /// What the keys do.
        keys: Keys,
    },
    /// The pairing window is open and nobody has come yet.
    Window {
        /// The name that phones see.
        name: String,
        /// What keeps devices from pairing, if anything does.
        health: Health,
        /// Until it closes.
        seconds: u64,
        /// The label of the key that closes it, if there is one that works.
        close: Option<String>,
        /// The label of the key that shows a code to scan, if there is one.
        scan: Option<String>,
    },
    /// The pairing window is open, and a code is to be scanned.
    Scan {
        /// The name that phones see.
        name: String,
        /// What a camera is to see.
        code: Modules,
        /// Until the window closes.
        seconds: u64,
        /// The label of the key that leads back to [`Window`](Self::Window), if there is one.
        switch: Option<String>,
        /// The label of the key that closes the window, if there is one that works.
        close: Option<String>,
    },
    /// Two numbers are to be compared.
    Compare {
        /// With whom.
        peer: Peer,
        /// Our number.
        passkey: Passkey,
        /// Until it is refused.
        seconds: u64,
        /// What the keys do.
        keys: Keys,
    },
    /// A device wants to pair without any check.
    JustWorks {
        /// Which.
        peer: Peer,
        /// Until it is refused.
        seconds: u64,
        /// What the keys do.
        keys: Keys,
    },
    /// A number is to be typed on the other device.
    TypePasskey {
        /// On which.
        peer: Peer,
        /// The number.
        passkey: Passkey,
        /// How many digits have been typed, 0 to 6.
        entered: u8,
        /// Until the pairing is given up.
        seconds: u64,
        /// The label of the key that gives it up.
        cancel: Option<String>,
    },
    /// A PIN is to be typed on the other device.
    TypePin {
        /// On which.
        peer: Peer,
        /// The PIN.
        pin: PinCode,
        /// Until the pairing is given up.
        seconds: u64,
        /// What the keys do; the accept key has to be held before the PIN is sent.
        keys: Keys,
    },
    /// A number that the other device shows is to be typed here.
    EnterPasskey {
        /// Which device shows it.
        peer: Peer,
        /// What has been typed.
        typed: Typed,
        /// What the digit picker offers, on a panel that has one instead of a keypad.
        pick: Option<Pick>,
        /// Until it is refused.
        seconds: u64,
        /// What the keys do.
        keys: EntryKeys,
    },
    /// A PIN is to be typed here, the same as on the other device: any 1 to 16 digits.
    EnterPin {
        /// Which device.
        peer: Peer,
        /// What has been typed.
        typed: Typed,
        /// What the digit picker offers, on a panel that has one instead of a keypad.
        pick: Option<Pick>,
        /// Until it is refused.
        seconds: u64,
        /// What the keys do.
        keys: EntryKeys,
    },
    /// A bonded device wants to use a service.
    Service {
        /// Which device.
        peer: Peer,
        /// What it wants, in at most 18 characters.
        service: &'static str,
        /// Until it is refused.
        seconds: u64,
        /// What the keys do.
        keys: Keys,
    },
    /// A bonded device comes and goes without getting anywhere, as one does that has forgotten this
    /// one: its bond can be forgotten here, too.
    Forget {
        /// Which device.
        peer: Peer,
        /// Until the offer ends.
        seconds: u64,
        /// What the keys do.
        keys: Keys,
    },
    /// Accepted here; the other device has still to do its part.
    Settling {
        /// Which.
        peer: Peer,
        /// The number that the other side's person compares, if there is one.
        passkey: Option<Passkey>,
        /// The label of the key that gives it up.
        cancel: Option<String>,
    },
    /// A pairing ended.
    Ended {
        /// With whom.
        peer: Peer,
        /// By which method.
        method: Method,
        /// How.
        outcome: Outcome,
    },
}

/// What a digit picker offers. `Debug` tells no digit.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pick {
    /// A digit, 0 to 9.
    Digit(u8),
    /// To take the last digit back.
    Erase,
    /// To send what was typed, by the accept key.
    Submit,
}

impl fmt::Debug for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Digit(_) => "Digit",
            Self::Erase => "Erase",
            Self::Submit => "Submit",
        })
    }
}

/// What the keys do where digits are typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryKeys {
    /// The label of the key that sends what was typed.
    pub submit: String,
    /// Whether it does so now: enough has been typed, and the glass has shown all of it.
    pub complete: bool,
    /// The label of the key that takes the last digit back.
    pub erase: Option<String>,
    /// The label of the key that gives up.
    pub cancel: Option<String>,
}

/// What the keys do at a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The label of the accept key; `None` where the frame itself is all that is asked for.
    pub accept: Option<String>,
    /// The label of the reject key, where there is one.
    pub reject: Option<String>,
    /// How the accept key answers at this moment.
    pub press: Press,
}

/// The state of the accept key at a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Nobody is pressing; it takes a plain press.
    Tap,
    /// Nobody is pressing; it takes a hold.
    Hold,
    /// Held for `.0` of [`Press::STEPS`] steps.
    Holding(u8),
    /// The reject key is held for `.0` of [`Press::STEPS`] steps; then the device is blocked.
    Blocking(u8),
    /// A key is down that does not count: it went down too early, or another one is down too.
    LetGo,
}

impl Press {
    /// How many steps the hold bar has.
    pub const STEPS: u8 = 16;
}

/// What keeps devices from pairing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Nothing.
    Ready,
    /// bluetoothd does not run, or has not taken this agent.
    NoBluetoothd,
    /// There is no adapter.
    NoAdapter,
    /// The adapter is switched off.
    PoweredOff,
    /// The board's accept key does not work, or is stuck.
    NoAcceptKey,
    /// The board's keypad is not there, or does not work.
    NoKeypad,
    /// The board's display does not work, which cannot be said there.
    NoDisplay,
}

/// How a pairing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Paired, and a person has checked the code, or the device had it from here (out of band).
    PairedChecked,
    /// Paired; nobody could check anything.
    PairedUnchecked,
    /// Nothing was heard of it, as is usual for a device that was bonded before.
    Unconfirmed,
    /// A person at the panel said no.
    RejectedHere,
    /// Nobody answered in time.
    TimedOut,
    /// The other side gave up, or its person said no.
    Cancelled,
    /// The link was lost.
    LinkLost,
    /// The other side ended the link.
    HungUp,
    /// The two devices found that they do not agree: a wrong code, or a no over there.
    NotAuthenticated,
    /// This machine went to sleep.
    Suspended,
    /// The device, or its adapter, was removed here.
    Removed,
    /// It was refused before anybody was asked.
    Refused(Refusal),
    /// A person at the panel let a bonded device use a service.
    ServiceAllowed,
    /// A person at the panel had the bond deleted; the device has to pair anew.
    Forgotten,
    /// The same, but bluetoothd has not done it.
    NotForgotten,
    /// The display failed, so nobody could see what they accept.
    DisplayFailed,
    /// The pairing window closed.
    WindowClosed,
    /// bluetoothd went away.
    BluetoothdGone,
    /// A person at the panel said no for good: the device is blocked.
    Blocked,
    /// There is a bond that nobody at this panel has approved.
    Unknown,
    /// There was one, and it was deleted.
    UnknownRemoved,
}

/// A line of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MenuItem {
    /// Opens the pairing window.
    OpenWindow,
    /// Closes it.
    CloseWindow,
    /// Lists the bonded devices.
    Devices,
    /// Forgets all of them, after a hold.
    ForgetAll,
    /// Says what this is.
    About,
}
