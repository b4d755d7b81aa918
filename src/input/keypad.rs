//! Keeps a keypad at work for as long as the daemon runs.

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use super::devices::Changes;
use super::keys::Keys;
use super::matrix::Matrix;
use super::numpad::Numpad;
use super::{DeviceError, Trouble};
use crate::board::{Bias, InputDevice, Keypad, KeypadKind, Line};
use crate::clock::Clock;
use crate::pairing::{Event, Key};

/// Tells `events` what is typed on the keypad while `listen` says so, for as long as there is
/// somebody to be told. A keypad that cannot be had, or is lost, is named once in the log, and
/// tried again: when an input device comes or changes, or after a while.
///
/// Each key that there is is told as [`Event::KeyReady`] as soon as the keypad can be had, and
/// again, with its level, whenever listening begins. Without a listener no press is told.
pub async fn watch_keypad(
    keypad: Keypad,
    clock: Clock,
    events: UnboundedSender<Event>,
    listen: watch::Receiver<bool>,
) {
    let trouble = Trouble::new("keypad".to_owned());
    let mut watch = Watch { clock, events, listen, trouble, failed: false };
    match &keypad.kind {
        KeypadKind::Evdev(device) => watch.numpad(device).await,
        KeypadKind::Matrix { rows, cols, keys, bias } => {
            watch.matrix(rows, cols, keys, *bias).await;
        }
    }
}

struct Watch {
    clock: Clock,
    events: UnboundedSender<Event>,
    listen: watch::Receiver<bool>,
    trouble: Trouble,
    /// The session knows that the keypad does not work.
    failed: bool,
}

impl Watch {
    async fn numpad(&mut self, device: &InputDevice) {
        let mut unplugged = false;
        while !self.events.is_closed() {
            // Before the look, so that nothing comes unnoticed between the two.
            let changes = Changes::watch();
            let error = match Numpad::open(device) {
                Ok(numpad) => {
                    // What else is plugged in is of no interest now.
                    drop(changes);
                    self.works();
                    let why = numpad.run(&self.clock, &self.events, &mut self.listen).await;
                    self.fails(why, Keys::ALL);
                    unplugged = true;
                    continue;
                }
                Err(error) => error,
            };
            // That it is not there is what the log says already when it has been lost.
            let known = unplugged && matches!(error, DeviceError::NoSuchDevice { .. });
            self.fails(if known { String::new() } else { error.to_string() }, Keys::ALL);
            self.trouble.pause_until_change(changes, &error, &self.clock).await;
        }
    }

    async fn matrix(
        &mut self,
        rows: &[Line],
        cols: &[Line],
        keys: &[Vec<Option<Key>>],
        bias: Bias,
    ) {
        while !self.events.is_closed() {
            let why = match Matrix::open(rows, cols, keys, bias) {
                Ok(matrix) => {
                    for warning in matrix.warnings() {
                        log::warn!("keypad: {warning}");
                    }
                    self.works();
                    matrix.run(&self.clock, &self.events, &mut self.listen).await
                }
                Err(error) => error.to_string(),
            };
            self.fails(why, keys.iter().flatten().flatten().copied().collect());
            self.trouble.pause(&self.clock).await;
        }
    }

    fn works(&mut self) {
        self.trouble.over();
        self.failed = false;
    }

    /// `why` is empty if the log has it.
    fn fails(&mut self, why: String, keys: Keys) {
        if !why.is_empty() {
            self.trouble.say(why);
        }
        if std::mem::replace(&mut self.failed, true) {
            return;
        }
        for key in keys.iter() {
            // That nobody listens any more is noticed by the loop.
            let _ = self.events.send(Event::KeyFailed(key));
        }
    }
}
