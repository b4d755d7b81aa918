//! Why there are no data, and what to do about it.

use rustix::io::Errno;

use super::AdError;

/// Why the reader has no data. Displays as one line with what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// There is no adapter of that number.
    #[error("there is no adapter hci{0}; attach it, or see which there are (bluetoothctl list)")]
    NoAdapter(u16),
    /// The adapter is off.
    #[error(
        "hci{0} is switched off; switch it on (bluetoothctl power on, and rfkill unblock \
         bluetooth if that is refused)"
    )]
    Off(u16),
    /// Privacy is on, or LE is off: the kernel says the same for both.
    #[error(
        "the kernel refuses it for hci{0}, as it does with privacy on or LE off; take Privacy and \
         ControllerMode out of /etc/bluetooth/main.conf (systemctl restart bluetooth)"
    )]
    Rejected(u16),
    /// The controller lacks LE or Secure Simple Pairing.
    #[error(
        "the kernel reads it only from controllers with both LE and BR/EDR, which that of hci{0} \
         has not; attach another, or pair by code"
    )]
    NotSupported(u16),
    /// The kernel is from before 4.1.
    #[error("this kernel has no out-of-band data of LE; it takes Linux 4.1 or later")]
    OldKernel,
    /// The kernel has no keys to give because Secure Connections is off.
    #[error(
        "Secure Connections is off on hci{0}; take SecureConnections out of \
         /etc/bluetooth/main.conf (systemctl restart bluetooth), or attach a controller that has it"
    )]
    NoSecureConnections(u16),
    /// The reader has no capability.
    #[error(
        "the kernel gives it only to a process with CAP_NET_ADMIN, which the reader lacks; see \
         what changes its unit (systemctl cat pairpanel-oob@.service)"
    )]
    NotPermitted,
    /// Sockets of Bluetooth cannot be had.
    #[error(
        "this kernel has no Bluetooth for the reader; load it (modprobe bluetooth), and take \
         PrivateNetwork= or RestrictAddressFamilies= out of what changes pairpanel-oob@.service"
    )]
    NoBluetooth,
    /// Somebody else is at it.
    #[error("hci{0} is busy; try again")]
    Busy(u16),
    /// No answer came.
    #[error("the kernel gives no answer for hci{0}; see dmesg, and switch the adapter off and on")]
    Silent(u16),
    /// Any other status of the management interface (BlueZ, `doc/mgmt-protocol.rst`, Error Codes).
    #[error("the kernel answers with status {1:#04x} for hci{0}; see dmesg, and try again")]
    Status(u16, u8),
    /// The answer is none.
    #[error("the kernel's answer for hci{0} is not understood: {1}; please report it")]
    Answer(u16, AdError),
    /// The answer has not the length that it says.
    #[error("the kernel's answer for hci{0} is not understood: it is cut off; please report it")]
    Length(u16),
    /// A system call failed.
    #[error("the reader's {0} fails: {1}; see dmesg")]
    Call(&'static str, Errno),
    /// What was asked is no question of this version.
    #[error(
        "the daemon and the reader are of different versions; start the daemon anew (systemctl \
         restart pairpanel)"
    )]
    Question,
}

/// The same without the words, for programs and for the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// [`Cause::NoAdapter`].
    NoAdapter = 1,
    /// [`Cause::Off`].
    Off = 2,
    /// [`Cause::Rejected`].
    Rejected = 3,
    /// [`Cause::NotSupported`].
    NotSupported = 4,
    /// [`Cause::OldKernel`].
    OldKernel = 5,
    /// [`Cause::NoSecureConnections`].
    NoSecureConnections = 6,
    /// [`Cause::NotPermitted`].
    NotPermitted = 7,
    /// [`Cause::NoBluetooth`].
    NoBluetooth = 8,
    /// [`Cause::Busy`].
    Busy = 9,
    /// [`Cause::Silent`].
    Silent = 10,
    /// [`Cause::Question`].
    Question = 11,
    /// Everything else, and codes of later versions.
    Other = 255,
}

impl Cause {
    /// The cause without the words.
    pub fn code(self) -> Code {
        match self {
            Self::NoAdapter(_) => Code::NoAdapter,
            Self::Off(_) => Code::Off,
            Self::Rejected(_) => Code::Rejected,
            Self::NotSupported(_) => Code::NotSupported,
            Self::OldKernel => Code::OldKernel,
            Self::NoSecureConnections(_) => Code::NoSecureConnections,
            Self::NotPermitted => Code::NotPermitted,
            Self::NoBluetooth => Code::NoBluetooth,
            Self::Busy(_) => Code::Busy,
            Self::Silent(_) => Code::Silent,
            Self::Question => Code::Question,
            Self::Status(..) | Self::Answer(..) | Self::Length(_) | Self::Call(..) => Code::Other,
        }
    }

    /// What the status of an answer of the management interface for an adapter means.
    pub(super) fn of_status(adapter: u16, status: u8) -> Self {
        match status {
            0x01 => Self::OldKernel,
            0x0a => Self::Busy(adapter),
            0x0b => Self::Rejected(adapter),
            0x0c => Self::NotSupported(adapter),
            0x0f | 0x12 => Self::Off(adapter),
            0x11 => Self::NoAdapter(adapter),
            0x14 => Self::NotPermitted,
            _ => Self::Status(adapter, status),
        }
    }

    /// What the error of a system call on a management socket means.
    pub(super) fn of_errno(call: &'static str, errno: Errno) -> Self {
        match errno {
            Errno::AFNOSUPPORT | Errno::PROTONOSUPPORT => Self::NoBluetooth,
            Errno::PERM | Errno::ACCESS => Self::NotPermitted,
            _ => Self::Call(call, errno),
        }
    }
}

impl Code {
    /// Nothing if it stands for success.
    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        const KNOWN: [Code; 11] = [
            Code::NoAdapter,
            Code::Off,
            Code::Rejected,
            Code::NotSupported,
            Code::OldKernel,
            Code::NoSecureConnections,
            Code::NotPermitted,
            Code::NoBluetooth,
            Code::Busy,
            Code::Silent,
            Code::Question,
        ];
        let before = byte.checked_sub(1)?;
        Some(KNOWN.get(usize::from(before)).copied().unwrap_or(Self::Other))
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire;
    use super::*;

    #[test]
    fn codes_keep_their_numbers() {
        assert_eq!(Code::from_byte(0), None);
        for byte in 1..=11 {
            assert_eq!(Code::from_byte(byte).unwrap() as u8, byte);
        }
        for byte in [12, 254, 255] {
            assert_eq!(Code::from_byte(byte), Some(Code::Other));
        }
    }

    #[test]
    fn a_line_is_one_line_that_says_what_to_do() {
        let causes = [
            Cause::NoAdapter(0),
            Cause::Off(1),
            Cause::Rejected(2),
            Cause::NotSupported(3),
            Cause::OldKernel,
            Cause::NoSecureConnections(4),
            Cause::NotPermitted,
            Cause::NoBluetooth,
            Cause::Busy(5),
            Cause::Silent(6),
            Cause::Status(7, 3),
            Cause::Answer(8, AdError::Missing(0x1b)),
            Cause::Length(9),
            Cause::Call("bind", Errno::NOMEM),
            Cause::Question,
        ];
        for cause in causes {
            let line = cause.to_string();
            assert!(line.contains("; ") && !line.contains('\n'), "{line}");
            assert!(line.len() <= wire::MOST - wire::HEAD, "{line}");
        }
    }
}
