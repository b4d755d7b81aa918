//! What a display might be.

use crate::board::{Backend, Controller, DisplayProfile, OledProfile, Rotation, Wiring};

/// What a display on a bus might be: all that its profile says about it but the way to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The chip.
    pub controller: Controller,
    /// Pixels per row of the glass, however it is mounted.
    pub width: u32,
    /// Its rows.
    pub height: u32,
    /// How it is mounted.
    pub rotation: Rotation,
    /// How it is soldered to the chip.
    pub wiring: Wiring,
}

impl Guess {
    /// What a profile says; `None` if a driver in the kernel has the display.
    pub fn of(profile: &DisplayProfile) -> Option<Self> {
        let Backend::Oled(OledProfile { controller, wiring, .. }) = profile.backend else {
            return None;
        };
        let DisplayProfile { width, height, rotation, .. } = *profile;
        Some(Self { controller, width, height, rotation, wiring })
    }

    /// A glass of one of the [sizes](Controller::sizes) as it usually is.
    pub const fn usual(controller: Controller, (width, height): (u32, u32)) -> Self {
        let wiring = Wiring::usual(controller, width, height);
        Self { controller, width, height, rotation: Rotation::None, wiring }
    }

    /// The profile with this in it, on the same bus and with the same lines.
    pub fn put_into(&self, profile: &DisplayProfile) -> DisplayProfile {
        let backend = match &profile.backend {
            Backend::Oled(oled) => Backend::Oled(OledProfile {
                controller: self.controller,
                wiring: self.wiring,
                ..oled.clone()
            }),
            kernel @ Backend::Framebuffer(_) => kernel.clone(),
        };
        let Self { width, height, rotation, .. } = *self;
        DisplayProfile { backend, width, height, rotation }
    }

    /// Apart from how it is mounted.
    pub(super) fn is_same_glass(&self, other: &Self) -> bool {
        Self { rotation: other.rotation, ..*self } == *other
    }

    /// What differs from the usual wiring, for people.
    fn unusual(&self) -> String {
        let usual = Wiring::usual(self.controller, self.width, self.height);
        let Wiring { col_offset, com_offset, com_seq, com_lrremap } = self.wiring;
        let mut text = String::new();
        let mut add = |differs: bool, key: &str, value: String| {
            if differs {
                text.push_str(&format!(", {key} = {value}"));
            }
        };
        add(col_offset != usual.col_offset, "col-offset", col_offset.to_string());
        add(com_offset != usual.com_offset, "com-offset", com_offset.to_string());
        add(com_seq != usual.com_seq, "com-seq", com_seq.to_string());
        add(com_lrremap != usual.com_lrremap, "com-lrremap", com_lrremap.to_string());
        text
    }

    /// In one line, for people.
    pub(super) fn describe(&self) -> String {
        let Self { controller, width, height, rotation, .. } = self;
        let degrees = degrees(*rotation);
        format!("{controller}, {width}x{height}, rotation {degrees}{}", self.unusual())
    }
}

/// As `rotation` of a profile has it.
pub(super) const fn degrees(rotation: Rotation) -> u16 {
    match rotation {
        Rotation::None => 0,
        Rotation::Right => 90,
        Rotation::Half => 180,
        Rotation::Left => 270,
    }
}

/// In the order of their quarter turns.
pub(super) const ROTATIONS: [Rotation; 4] =
    [Rotation::None, Rotation::Right, Rotation::Half, Rotation::Left];

/// So many quarters clockwise.
pub(super) const fn quarters(rotation: Rotation) -> usize {
    match rotation {
        Rotation::None => 0,
        Rotation::Right => 1,
        Rotation::Half => 2,
        Rotation::Left => 3,
    }
}
