//! Screens that nobody asked bluetoothd for: the menu, and what else a key held in quiet brings up.

use super::canvas::Canvas;
use crate::pairing::Screen;

/// Draws one of these screens, on a panel of any size.
pub(super) fn draw(screen: &Screen, canvas: &mut Canvas<'_>) {
    let headline = match screen {
        Screen::Opening { .. } => "OPEN PAIRING",
        Screen::ForgetAll { .. } => "FORGET ALL",
        Screen::ForgotAll { .. } => "FORGOTTEN",
        Screen::Paused { .. } => "PAUSED",
        Screen::Menu { .. } => "MENU",
        Screen::Devices { .. } => "DEVICES",
        Screen::Device { .. } => "FORGET DEVICE?",
        Screen::About { .. } => "ABOUT",
        Screen::Identify { .. } => "HERE",
        Screen::Keep { .. } => "KEEP PAIRING?",
        _ => "",
    };
    canvas.centred(0, headline);
}
