//! Why a button or keypad does not work, in one line with what to do about it.

use std::io;

/// Why a button or key matrix does not work. Displays as one line, remedy included.
#[derive(Debug, thiserror::Error)]
pub enum GpioError {
    /// The machine has no GPIO chip that programs can open.
    #[error(
        "no /dev/gpiochip*; the kernel needs a GPIO driver for this machine and CONFIG_GPIO_CDEV"
    )]
    NoChips,
    /// The line is a pin of a header that nobody knows.
    #[error(
        "where header pin {pin} leads on this machine no host file tells; write one \
         (boards/README.md), or write `chip` and `offset` instead in the board profile"
    )]
    NoHost {
        /// The pin's position.
        pin: u8,
    },
    /// No chip has any of the labels.
    #[error(
        "no GPIO chip is labelled {wanted}, only {present}; plug it in, or correct `chip` in the \
         board profile or host file"
    )]
    NoSuchChip {
        /// The labels in the profile.
        wanted: String,
        /// The labels there are.
        present: String,
    },
    /// Several chips have the label.
    #[error("more than one GPIO chip is labelled {label}: {paths}; unplug all but one")]
    Ambiguous {
        /// The label.
        label: String,
        /// Their device files.
        paths: String,
    },
    /// The chip has too few lines.
    #[error(
        "{chip} has lines 0 to {last} only; correct `offset = {offset}` in the board profile or \
         host file"
    )]
    NoSuchLine {
        /// The chip.
        chip: String,
        /// What the profile asks for.
        offset: u32,
        /// The chip's last line.
        last: u32,
    },
    /// The name in the profile is that of another line.
    #[error(
        "on {chip} line {offset} is called {found}, and {expected} is line {other}; correct \
         `offset` or `name` in the board profile or host file"
    )]
    OtherLine {
        /// The chip.
        chip: String,
        /// What the profile asks for.
        offset: u32,
        /// The name of that line.
        found: String,
        /// The name in the profile.
        expected: String,
        /// The line that has it.
        other: u32,
    },
    /// A chip's device file cannot be opened.
    #[error(
        "cannot open {path}: permission denied; add the user that runs pairpanel to the group gpio"
    )]
    Denied {
        /// The device file.
        path: String,
    },
    /// Somebody else has the line.
    #[error("{line} is in use by {consumer}; stop that, or take its dtoverlay out of config.txt")]
    Busy {
        /// The line.
        line: String,
        /// Who has it, as the kernel says.
        consumer: String,
    },
    /// The kernel cannot switch the pull resistor.
    #[error(
        "{line}: the kernel refuses the request with bias = \"{bias}\"; it needs Linux 5.5, or a \
         resistor on the board and bias = \"as-is\""
    )]
    NoBias {
        /// The line.
        line: String,
        /// What the profile asks for.
        bias: &'static str,
    },
    /// The kernel was built without the interface that this crate uses.
    #[error(
        "{path}: the kernel does not know GPIO requests of version 1; it needs CONFIG_GPIO_CDEV_V1=y"
    )]
    NoVersion1 {
        /// The device file.
        path: String,
    },
    /// Anything else.
    #[error("{line}: {step} failed: {reason}; see the kernel's log")]
    Failed {
        /// The line or the chip.
        line: String,
        /// What was tried.
        step: &'static str,
        /// What the system said.
        reason: String,
    },
}

/// Why an input device cannot be the keypad, or have the keys of buttons. Displays as one line, remedy included.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// No input device has the name.
    #[error(
        "no input device is called \"{name}\"; plug it in, or correct `name` in the board profile \
         (/proc/bus/input/devices lists the names)"
    )]
    NoSuchDevice {
        /// The name in the profile.
        name: String,
    },
    /// One has the name, and is plugged in at another place.
    #[error(
        "\"{name}\" is plugged in at {found} and not at {wanted}; plug it in there, or correct \
         `phys` in the board profile"
    )]
    Elsewhere {
        /// The name in the profile.
        name: String,
        /// Where it is.
        found: String,
        /// The places in the profile.
        wanted: String,
    },
    /// Several have the name and the place.
    #[error(
        "more than one input device is called \"{name}\" at the same place: {paths}; unplug all \
         but one"
    )]
    Ambiguous {
        /// The name in the profile.
        name: String,
        /// Their device files.
        paths: String,
    },
    /// Its device file may not be opened.
    #[error(
        "cannot open {path}: permission denied; add the user that runs pairpanel to the group input"
    )]
    Denied {
        /// The device file.
        path: String,
    },
    /// It has no key for something that a keypad needs.
    #[error("{path} has no key for {key}; name another device in the board profile")]
    NoKey {
        /// The device file.
        path: String,
        /// What for.
        key: String,
    },
    /// It has not the key that a button is: kernels disagree about some.
    #[error(
        "{path} has no key {code} for button \"{label}\"; correct `code` in the board profile, as \
         evtest prints what it has"
    )]
    NoCode {
        /// The device file.
        path: String,
        /// What the profile names.
        code: String,
        /// The text beside the button.
        label: String,
    },
    /// Another program has it for itself.
    #[error(
        "{path} is grabbed by another program, so nothing typed on it gets here; stop that, or \
         take the device out of its configuration"
    )]
    Grabbed {
        /// The device file.
        path: String,
    },
    /// Anything else.
    #[error("{path}: {step} failed: {reason}; see the kernel's log")]
    Failed {
        /// The device file.
        path: String,
        /// What was tried.
        step: &'static str,
        /// What the system said.
        reason: String,
    },
}

impl DeviceError {
    /// Whether it ends with no other sign than that a device file comes, goes, or is given to
    /// somebody else.
    pub(super) const fn ends_with_a_change(&self) -> bool {
        !matches!(self, Self::Grabbed { .. } | Self::Failed { .. })
    }
}

/// What the system answered. The error of gpio-cdev does not give its errno away: it is in the
/// source, as an [`io::Error`] or as an error of a `nix` of its own, which displays as
/// `EBUSY: Device or resource busy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Busy,
    Denied,
    Unknown,
    Gone,
    Other,
}

pub(super) fn answer(error: &gpio_cdev::Error) -> Answer {
    let Some(source) = std::error::Error::source(error) else { return Answer::Other };
    if let Some(error) = source.downcast_ref::<io::Error>() {
        return match error.kind() {
            io::ErrorKind::ResourceBusy => Answer::Busy,
            io::ErrorKind::PermissionDenied => Answer::Denied,
            io::ErrorKind::NotFound => Answer::Gone,
            _ => Answer::Other,
        };
    }
    let text = source.to_string();
    match text.split(':').next().unwrap_or_default() {
        "EBUSY" => Answer::Busy,
        "EACCES" | "EPERM" => Answer::Denied,
        "EINVAL" | "ENOTTY" => Answer::Unknown,
        "ENODEV" | "ENXIO" => Answer::Gone,
        _ => Answer::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text that `answer` relies on is that of another crate: this notices a change.
    #[test]
    fn the_errno_of_a_refused_request_is_found() {
        // Both open, and neither is a GPIO chip.
        let not_a_chip = gpio_cdev::Chip::new("/dev/null").unwrap_err();
        assert_eq!(answer(&not_a_chip), Answer::Unknown, "{not_a_chip}");
        let nothing = gpio_cdev::Chip::new("/dev/null/nothing").unwrap_err();
        assert_eq!(answer(&nothing), Answer::Other, "{nothing}");
        let missing = gpio_cdev::Chip::new("/missing").unwrap_err();
        assert_eq!(answer(&missing), Answer::Gone, "{missing}");
    }
}
