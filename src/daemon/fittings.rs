//! A board in the words of the pairing core.

use crate::board::{Backend, Board, DisplayProfile, Role};
use crate::display::draw::has_room_for_code;
use crate::pairing::{Dims, Fittings, Key, KeyFitting, KeypadFitting};

/// What a board has, in the words of the pairing core.
pub fn fittings(board: &Board) -> Fittings {
    let buttons = board.buttons.iter().map(|button| {
        let fitting = KeyFitting { label: button.label.clone(), debounce: button.debounce };
        (Key::from(button.role), fitting)
    });
    Fittings {
        display: board.display.is_some(),
        dims: board.display.as_ref().map_or(Dims::Never, dims),
        code: board.display.as_ref().is_some_and(|display| has_room_for_code(display.frame_size())),
        tag: board.nfc.is_some(),
        buttons: buttons.collect(),
        keypad: board.keypad.as_ref().map(|keypad| KeypadFitting {
            enter: keypad.enter.clone(),
            erase: keypad.erase.clone(),
            escape: keypad.escape.clone(),
            debounce: keypad.debounce,
        }),
        at_most: board.at_most,
    }
}

/// A driver of the kernel has no brightness for programs, only a switch.
fn dims(display: &DisplayProfile) -> Dims {
    match display.backend {
        Backend::Oled(_) => Dims::DimAndOff,
        Backend::Framebuffer(_) => Dims::OffOnly,
    }
}

impl From<Role> for Key {
    fn from(role: Role) -> Self {
        match role {
            Role::Accept => Self::Accept,
            Role::Reject => Self::Reject,
            Role::Up => Self::Up,
            Role::Down => Self::Down,
            Role::Left => Self::Left,
            Role::Right => Self::Right,
            Role::Select => Self::Select,
        }
    }
}
