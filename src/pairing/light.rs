//! What a lamp says of a screen, to somebody who does not see the glass.

use super::{Outcome, Screen};

/// What a lamp says to somebody who does not see the glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Light {
    /// Nothing to do.
    Off,
    /// The pairing window is open.
    Window,
    /// Somebody has to do something at the panel.
    Waiting,
    /// It went well.
    Good,
    /// It did not.
    Bad,
    /// This is the panel that somebody looks for.
    Identify,
}

impl Outcome {
    /// Whether there is a bond now.
    pub const fn is_paired(self) -> bool {
        matches!(self, Self::PairedChecked | Self::PairedUnchecked)
    }

    /// Whether what was wanted at the panel is done.
    pub const fn is_good(self) -> bool {
        self.is_paired() || matches!(self, Self::ServiceAllowed | Self::Forgotten)
    }
}

impl Screen {
    /// What a lamp says meanwhile.
    pub const fn light(&self) -> Light {
        match self {
            Self::Idle { .. } | Self::Menu { .. } | Self::Devices { .. } | Self::About { .. } => {
                Light::Off
            }
            Self::Opening { .. } | Self::Window { .. } | Self::Scan { .. } => Light::Window,
            Self::Paused { .. } => Light::Bad,
            Self::ForgotAll { left, .. } => {
                if *left == 0 {
                    Light::Good
                } else {
                    Light::Bad
                }
            }
            Self::Ended { outcome, .. } => match outcome {
                Outcome::Unconfirmed => Light::Off,
                outcome if outcome.is_good() => Light::Good,
                _ => Light::Bad,
            },
            Self::Identify { .. } => Light::Identify,
            Self::ForgetAll { .. }
            | Self::Device { .. }
            | Self::Keep { .. }
            | Self::Compare { .. }
            | Self::JustWorks { .. }
            | Self::TypePasskey { .. }
            | Self::TypePin { .. }
            | Self::EnterPasskey { .. }
            | Self::EnterPin { .. }
            | Self::Service { .. }
            | Self::Forget { .. }
            | Self::Settling { .. } => Light::Waiting,
        }
    }
}
