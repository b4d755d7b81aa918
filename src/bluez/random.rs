//! Numbers that nobody can guess.

use crate::pairing::PinCode;

/// A PIN of six random digits for a legacy device, as bluetoothd makes them itself for keyboards
/// (BlueZ, `plugins/autopair.c`); `None` if the kernel has no random numbers.
pub(super) fn pin() -> Option<PinCode> {
    // The largest multiple of a million that fits: beyond it the first numbers would come up more
    // often than the others.
    const FAIR: u32 = u32::MAX - u32::MAX % 1_000_000;
    loop {
        let mut bytes = [0; 4];
        let filled = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty());
        if filled != Ok(bytes.len()) {
            log::error!("the kernel gives no random numbers");
            return None;
        }
        let number = u32::from_ne_bytes(bytes);
        if number < FAIR {
            return PinCode::new(format!("{:06}", number % 1_000_000));
        }
    }
}
