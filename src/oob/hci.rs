//! A management socket of the kernel: `AF_BLUETOOTH`, bound to the control channel.
//!
//! The one place with `unsafe`: nothing knows the address of such a socket, and an address is
//! memory that the kernel reads.

#![allow(unsafe_code, reason = "rustix takes an address of one's own only by an unsafe trait")]

use std::num::NonZeroU32;
use std::os::fd::OwnedFd;

use rustix::net::addr::{SocketAddrArg, SocketAddrLen, SocketAddrOpaque};
use rustix::net::{AddressFamily, Protocol, SocketFlags, SocketType, bind, socket_with};

use super::Cause;

/// `BTPROTO_HCI` (Linux, `include/net/bluetooth/bluetooth.h`).
const HCI: Option<Protocol> = match NonZeroU32::new(1) {
    Some(number) => Some(Protocol::from_raw(number)),
    None => None,
};

/// `struct sockaddr_hci` (Linux, `include/net/bluetooth/hci_sock.h`): three numbers of two bytes,
/// so no padding.
#[repr(C)]
struct Address {
    family: u16,
    device: u16,
    channel: u16,
}

/// No device, and the channel of the management interface.
const CONTROL: Address =
    Address { family: AddressFamily::BLUETOOTH.as_raw(), device: 0xffff, channel: 3 };

// SAFETY: the pointer and the length are those of `self`, which outlives the call of `f`, has no
// padding, and is what the kernel takes for an address of the family that it begins with.
unsafe impl SocketAddrArg for Address {
    unsafe fn with_sockaddr<R>(
        &self,
        f: impl FnOnce(*const SocketAddrOpaque, SocketAddrLen) -> R,
    ) -> R {
        f(std::ptr::from_ref(self).cast(), size_of::<Self>() as SocketAddrLen)
    }
}

/// Opens a management socket. Anybody may, in the initial network namespace; what can be asked
/// there is the kernel's decision.
pub(super) fn open() -> Result<OwnedFd, Cause> {
    let socket = socket_with(AddressFamily::BLUETOOTH, SocketType::RAW, SocketFlags::CLOEXEC, HCI)
        .map_err(|errno| Cause::of_errno("socket", errno))?;
    bind(&socket, &CONTROL).map_err(|errno| Cause::of_errno("bind", errno))?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_laid_out_as_the_kernel_has_it() {
        let bytes = unsafe {
            CONTROL.with_sockaddr(|at, length| {
                std::slice::from_raw_parts(at.cast::<u8>(), length as usize).to_vec()
            })
        };
        let numbers = [31_u16, 0xffff, 3].map(u16::to_ne_bytes);
        assert_eq!(bytes, numbers.concat());
    }

    #[test]
    fn a_machine_gives_the_socket_or_a_reason() {
        match open() {
            Ok(_) | Err(Cause::NoBluetooth | Cause::NotPermitted) => {}
            Err(other) => panic!("{other}"),
        }
    }
}
