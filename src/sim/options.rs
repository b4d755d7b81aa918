//! What differs between versions and configurations of BlueZ.

use std::time::Duration;

use super::device::Address;

/// What differs between versions of BlueZ, and what a test may want otherwise.
#[derive(Clone, Debug)]
pub struct Options {
    /// `Adapter1.Address` of `hci0`; others count up from it.
    pub address: Address,
    /// `Adapter1.Alias` of `hci0`; others have a number after it (`plugins/hostname.c`).
    pub alias: String,
    /// How many LE advertisements an adapter can make at a time; `None` for adapters without LE.
    pub advertisements: Option<u8>,
    /// How long the kernel takes for `Set Bondable`; meanwhile setting `Pairable` is `Busy`. Zero
    /// still is not at once: the caller's reply comes first.
    pub settle: Duration,
    /// The link's own deadline for a pairing, from the prompt on: 30 s for the kernel's SMP timer
    /// (`SMP_TIMEOUT`, `net/bluetooth/smp.c`), and taken for the controller's on BR/EDR as well.
    pub link_timeout: Duration,
    /// Since 5.83 a failed pairing disconnects, and `Device1.Disconnected` is signalled. False:
    /// the link stays up with nothing signalled until the remote hangs up or it times out.
    pub auto_disconnect: bool,
    /// Whether services are discovered after an incoming pairing, and `Paired` is signalled then;
    /// not if `ReverseServiceDiscovery=false` in `main.conf`. Its value is right in either case.
    pub paired_signal: bool,
    /// `JustWorksRepairing` in `main.conf`.
    pub just_works_repairing: JustWorksRepairing,
}

/// What becomes of a device that is paired and pairs again by Just Works (`device_confirm_passkey`,
/// `src/device.c`). The other association models are not held to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JustWorksRepairing {
    /// Refused without asking the agent.
    #[default]
    Never,
    /// The agent is asked (`RequestAuthorization`), also where the kernel would have accepted.
    Confirm,
    /// Accepted without asking the agent.
    Always,
}

impl Options {
    /// BlueZ up to 5.82: no `Device1.Disconnected`, and a failed pairing does not disconnect.
    pub fn before_5_83() -> Self {
        Self { auto_disconnect: false, ..Self::default() }
    }
}

impl Default for Options {
    /// BlueZ 5.83 or later with the `main.conf` it comes with.
    fn default() -> Self {
        Self {
            address: Address([0x00, 0xAA, 0x01, 0x00, 0x00, 0x42]),
            alias: "panel".into(),
            advertisements: Some(5),
            settle: Duration::ZERO,
            link_timeout: Duration::from_secs(30),
            auto_disconnect: true,
            paired_signal: true,
            just_works_repairing: JustWorksRepairing::Never,
        }
    }
}
