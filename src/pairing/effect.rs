//! Everything the session may ask of the world.

use std::time::Duration;

use super::{Capability, CommandId, Denial, DeviceId, Outcome, Passkey, PinCode, RequestId};
use crate::oob::OobData;

/// An order to the adapters. Its result, where there is one, comes back as an
/// [`Event`](super::Event).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Answer a call.
    Reply {
        /// Which call.
        request: RequestId,
        /// With what.
        answer: Answer,
    },
    /// Drop the link to a device: the only way to stop a pairing that bluetoothd does not ask
    /// about (`Device1.Disconnect`).
    Disconnect(DeviceId),
    /// Delete the bond with a device and the device itself (`Adapter1.RemoveDevice`).
    Forget(DeviceId),
    /// Let a device use services without asking (`Device1.Trusted`).
    Trust(DeviceId),
    /// Have the kernel turn a device away (`Device1.Blocked`).
    Block(DeviceId),
    /// Be bluetoothd's default agent again, should another one be it
    /// (`AgentManager1.RequestDefaultAgent`).
    Reclaim,
    /// Keypads are needed from now on, and are to be had alone, or are not needed any more. The
    /// session begins with the latter.
    Listen(bool),
    /// Be bluetoothd's default agent with this capability, now and whenever it comes back.
    Register(Capability),
    /// Make an adapter pairable and discoverable for so long, or neither.
    SetAdapter {
        /// The adapter's object path.
        adapter: String,
        /// How long bluetoothd itself keeps it open should this daemon die; `None` closes.
        open: Option<Duration>,
        /// Whether to advertise the adapter's name over LE meanwhile.
        advertise: bool,
    },
    /// An adapter has become pairable without our doing: another agent may be the default, or may
    /// have been.
    Doubted {
        /// The adapter's object path.
        adapter: String,
    },
    /// The pairing window opened for so long, or closed.
    Window(Option<Duration>),
    /// A pairing began: somebody at the panel is asked or shown something.
    Started {
        /// With which device.
        device: DeviceId,
        /// How it is checked.
        method: Method,
    },
    /// A pairing ended.
    Finished {
        /// With which device.
        device: DeviceId,
        /// How it was checked.
        method: Method,
        /// How it ended.
        outcome: Outcome,
    },
    /// Something was refused before a person was asked.
    Refused {
        /// The device.
        device: DeviceId,
        /// Why.
        why: Refusal,
    },
    /// A device is bonded that nobody at this panel has approved.
    UnknownPairing {
        /// The device.
        device: DeviceId,
    },
    /// Tell whoever waits for the result of this command, and nobody else, what is
    /// [on the screen](super::Session::screen).
    Tell(CommandId),
    /// Read out-of-band data of this adapter, and tell of the keys that are made with them; what was
    /// read before is to be good no more. `None`: nobody may have any.
    OutOfBand(Option<String>),
    /// Put data on the tag, with the name that phones see.
    WriteTag {
        /// Names the order, for [`Event::OnTag`](super::Event::OnTag).
        id: u32,
        /// What to put there.
        data: OobData,
        /// The name.
        name: String,
    },
    /// Take everything off the tag.
    WipeTag,
    /// Give data to whoever waits for the result of this command, and to nobody else.
    TellOutOfBand {
        /// Which command.
        id: CommandId,
        /// What to tell.
        data: OobData,
    },
    /// A command was carried out, or was not.
    Done {
        /// Which.
        id: CommandId,
        /// Why not.
        result: Result<(), Denial>,
    },
}

/// The answer to a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The method returns nothing, which means yes.
    Accept,
    /// `RequestPasskey` returns this number.
    Passkey(Passkey),
    /// `RequestPinCode` returns this PIN.
    Pin(PinCode),
    /// `org.bluez.Error.Rejected`.
    Reject,
    /// `org.bluez.Error.Canceled`: nobody waits for this answer any more.
    Cancel,
}

/// How the two devices make sure of each other, in the words of the Core Specification (Vol 3
/// Part H, 2.3.5.1) and, for PIN, of Vol 3 Part C, 3.2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Both show the same number.
    NumericComparison,
    /// One shows a number that is typed on the other.
    PasskeyEntry,
    /// What one shows is scanned, or its tag is touched, with the other (Core Specification, Vol 3 Part H,
    /// 2.3.5.6.4).
    OutOfBand,
    /// A legacy PIN, shown here and typed there, or typed on both.
    PinCode,
    /// No check at all.
    JustWorks,
    /// Nothing is paired: a bonded device wants to use a service.
    Service,
}

/// Why something was refused without asking anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The pairing window is closed.
    WindowClosed,
    /// Another device is being paired.
    Busy,
    /// The display does not work, so nobody could see what they accept.
    NoDisplay,
    /// The panel has no way to answer such a call.
    CannotAnswer,
    /// The policy does not allow it.
    Policy,
    /// The device is not bonded, so it may use no service.
    NotBonded,
    /// The person at the panel has refused it.
    SaidNo,
    /// Too much was refused, so nothing is asked for a while.
    Paused,
    /// The list of devices that may pair does not have it.
    NotAllowed,
    /// There are as many bonds as there may be.
    BondLimit,
    /// The panel is not for the adapter that it came by.
    OtherAdapter,
    /// The call's arguments were wrong.
    Malformed(&'static str),
}
