//! Everything the world can tell the session.

use std::fmt;

use super::{Capability, Command, CommandId, DeviceId, Glow, Passkey, PinCode, Policy, PromptId};
use crate::clock::Time;
use crate::oob::OobData;

/// Names one call of bluetoothd that waits for its reply. Never used twice in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A key of the panel, by what it is for. Buttons have the roles that the board profile gives them;
/// a keypad has digits and the three keys that belong to them.
///
/// `Debug` does not tell the keys apart that enter a code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Says yes when held.
    Accept,
    /// Says no when pressed.
    Reject,
    /// Picks the next higher digit; with [`Down`](Self::Down) it makes up a digit picker.
    Up,
    /// Picks the next lower digit.
    Down,
    /// Takes the last digit back, as a direction of a stick.
    Left,
    /// Takes the picked digit, as a direction of a stick.
    Right,
    /// Takes the picked digit: the middle of a stick.
    Select,
    /// A digit of a keypad, 0 to 9.
    Digit(u8),
    /// Sends what was typed. On a board without an accept key it is that key, too.
    Enter,
    /// Takes the last digit back.
    Erase,
    /// Gives up. On a board without a reject key it is that key, too.
    Escape,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "Accept",
            Self::Reject => "Reject",
            Self::Enter => "Enter",
            Self::Escape => "Escape",
            Self::Up | Self::Down | Self::Left | Self::Right | Self::Select => "Stick",
            Self::Digit(_) | Self::Erase => "Keypad",
        })
    }
}

impl Key {
    /// Whether its presses, in their order, are a code.
    const fn is_secret(self) -> bool {
        !matches!(self, Self::Accept | Self::Reject | Self::Enter | Self::Escape)
    }

    /// The keys of a keypad that a panel counts as one: its digits and the key that sends them.
    pub const KEYPAD: [Self; 11] = [
        Self::Digit(0),
        Self::Digit(1),
        Self::Digit(2),
        Self::Digit(3),
        Self::Digit(4),
        Self::Digit(5),
        Self::Digit(6),
        Self::Digit(7),
        Self::Digit(8),
        Self::Digit(9),
        Self::Enter,
    ];
}

/// What happened, seen from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// bluetoothd calls the agent and waits for the answer to `request`.
    Call {
        /// Names the call.
        request: RequestId,
        /// The device that the call is about.
        device: DeviceId,
        /// The method and its arguments.
        call: Call,
    },
    /// `DisplayPasskey`, which has no answer. `passkey` is `None` if it has more than six digits.
    DisplayPasskey {
        /// The device that has to type it.
        device: DeviceId,
        /// What it has to type.
        passkey: Option<Passkey>,
        /// How many digits it has typed so far. BlueZ's counter wraps: values over 6 occur.
        entered: u16,
    },
    /// `Cancel`: the open request is void. It names no device, and may come with nothing open.
    Cancel,
    /// `Release`: bluetoothd is stopping in an orderly way.
    Release,
    /// bluetoothd has this agent as its default, with this capability.
    Registered(Capability),
    /// bluetoothd has gone, or does not have this agent any more.
    Unregistered,
    /// bluetoothd is there, and does not take this agent, or has not taken it again. Lasts until
    /// [`Registered`](Self::Registered).
    AgentLost,
    /// An adapter has appeared or changed.
    Adapter {
        /// Its object path, `/org/bluez/hciN`.
        adapter: String,
        /// Its properties now.
        state: AdapterState,
    },
    /// An adapter has gone.
    AdapterRemoved(String),
    /// All that bluetoothd has at this moment, an adapter at least, has been told. What comes after
    /// it is new.
    Inventory,
    /// A device has appeared or changed.
    Device {
        /// Which.
        device: DeviceId,
        /// What is new of it.
        change: DeviceChange,
    },
    /// The link to a device has ended, and bluetoothd says why (since BlueZ 5.83).
    Disconnected {
        /// Which device.
        device: DeviceId,
        /// Why.
        reason: Reason,
    },
    /// The device's object has gone.
    DeviceRemoved(DeviceId),
    /// The display is initialised and has acknowledged a frame.
    DisplayReady,
    /// The display did not acknowledge, or could not be opened.
    DisplayFailed,
    /// The display has acknowledged the frame that shows a prompt.
    Shown {
        /// Which prompt, and how much of it had been typed.
        prompt: PromptId,
        /// How bright the glass was then.
        glow: Glow,
        /// When; may be earlier than what was handled before.
        at: Time,
    },
    /// A key's line has been granted; `down` is its level now.
    KeyReady {
        /// Which.
        key: Key,
        /// Whether it is pressed.
        down: bool,
        /// When the level was read.
        at: Time,
    },
    /// A key's line could not be had, or was lost.
    KeyFailed(Key),
    /// A key's line changed level: a raw edge, bouncing as keys do.
    Edge {
        /// Which.
        key: Key,
        /// Whether it is pressed now.
        down: bool,
        /// When, by the kernel's clock; may be earlier than what was handled before.
        at: Time,
    },
    /// Somebody entitled to it wants something, and waits for [`Effect::Done`](super::Effect::Done).
    Command {
        /// Names the command.
        id: CommandId,
        /// What is wanted.
        command: Command,
    },
    /// The pairing that [`Command::Pair`] was for is over.
    PairEnded {
        /// The device's address.
        address: String,
    },
    /// Fresh out-of-band data are there.
    OutOfBandData {
        /// The adapter that they are for.
        adapter: String,
        /// What they are.
        data: OobData,
    },
    /// There are none to be had, or nobody tells any more what becomes of those that were.
    OutOfBandLost {
        /// Of which adapter.
        adapter: String,
        /// Whether nothing comes of it to ask again before somebody has changed something.
        lasting: bool,
    },
    /// The kernel has made an LE Secure Connections key that is authenticated, by whatever method.
    OutOfBandKey {
        /// On which adapter.
        adapter: String,
        /// For the device at this address, `XX:XX:XX:XX:XX:XX`.
        address: String,
    },
    /// A pairing has failed.
    OutOfBandFailed {
        /// On which adapter.
        adapter: String,
        /// With the device at this address, `XX:XX:XX:XX:XX:XX`.
        address: String,
    },
    /// The tag has the data that were ordered for it by this number.
    OnTag(u32),
    /// The owner has changed the rules.
    Policy(Box<Policy>),
    /// The daemon is about to stop.
    Stop,
    /// Time has passed; nothing else happened.
    Tick,
}

impl Event {
    /// Whether a row of such events is a code, and not for a log: the presses of a keypad, and the
    /// pictures of digits that are picked, which can be counted.
    pub const fn is_secret(&self) -> bool {
        match self {
            Self::Edge { key, .. } => key.is_secret(),
            Self::Shown { prompt, .. } => prompt.edit > 0,
            _ => false,
        }
    }
}

/// An Agent1 method that has an answer (BlueZ, `doc/org.bluez.Agent.rst`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Asks for a PIN to answer a legacy device with.
    RequestPinCode {
        /// A random one, for a panel that shows a PIN and cannot type one.
        fresh: PinCode,
    },
    /// Asks to show a PIN; the pairing goes on only when this is answered. `None` if it is not 1 to
    /// 16 printable characters.
    DisplayPinCode(Option<PinCode>),
    /// Asks for the number that the other device shows.
    RequestPasskey,
    /// Asks whether the other device shows the same number.
    RequestConfirmation(Passkey),
    /// Asks whether a device may pair without any check (just works).
    RequestAuthorization,
    /// Asks whether a device may use a service.
    AuthorizeService {
        /// The service's UUID.
        uuid: String,
    },
    /// The arguments were not what bluetoothd sends: refused whatever it is.
    Malformed(&'static str),
}

/// Why a link ended: `org.bluez.Reason.*` of `Device1.Disconnected` (BlueZ, `src/device.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Pairing or encryption failed: wrong digits, a refusal, or a key that one side has lost.
    Authentication,
    /// Nothing was heard of the other side.
    Timeout,
    /// This machine ended it.
    Local,
    /// The other side ended it.
    Remote,
    /// This machine went to sleep.
    Suspend,
    /// Anything else.
    Unknown,
}

/// The properties of an adapter that the pairing window is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AdapterState {
    /// `Adapter1.Address`.
    pub address: String,
    /// `Adapter1.Alias`: the name that phones see.
    pub alias: String,
    /// `Adapter1.Powered`.
    pub powered: bool,
    /// `Adapter1.Pairable`.
    pub pairable: bool,
    /// `Adapter1.Discoverable`.
    pub discoverable: bool,
}

/// Properties of `Device1`, where they are new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceChange {
    /// `Address`; it changes when a phone reveals its identity.
    pub address: Option<String>,
    /// `Name`, as the device sent it.
    pub name: Option<String>,
    /// `Bonded`.
    pub bonded: Option<bool>,
    /// `Paired`. BlueZ signals it only when service discovery has ended.
    pub paired: Option<bool>,
    /// `Connected`.
    pub connected: Option<bool>,
    /// `Trusted`.
    pub trusted: Option<bool>,
    /// `Blocked`.
    pub blocked: Option<bool>,
    /// Whether `AddressType` is `random`.
    pub random: Option<bool>,
}
