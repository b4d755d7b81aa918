//! What somebody entitled to it may ask of the panel from elsewhere.

use std::time::Duration;

use super::forget::Who;
use super::session::Session;
use super::{DeviceId, Effect};
use crate::clock::Time;

/// Names one command that waits for its result. Never used twice in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u64);

/// A command. Whether its sender may give it has been found out before.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Open the pairing window for so long, or set what is left of it; `None` for as long as the
    /// policy says.
    OpenWindow(Option<Duration>),
    /// Close the pairing window.
    CloseWindow,
    /// Delete the bond with a device, and the device.
    Forget(DeviceId),
    /// Delete every bond.
    ForgetAll,
    /// A pairing with the device at this address, `XX:XX:XX:XX:XX:XX`, begins on this machine. The
    /// window opens for it, if it is not open.
    Pair(String),
    /// Make the panel recognisable among several.
    Identify,
    /// Tell what is asked or shown, the code included: for somebody who cannot read the glass.
    ReadPrompt,
    /// Tell the out-of-band data that are good now, for a product that hands them on its own way.
    ReadOutOfBand,
}

/// Why a command was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Denial {
    /// The part of the board that codes are shown or typed on does not work, so nothing can be
    /// paired.
    OutOfOrder,
    /// The policy wants more than this board can do, whatever is open.
    Policy,
    /// No such device is known.
    NoSuchDevice,
    /// bluetoothd has not deleted it.
    NotForgotten,
    /// bluetoothd does not run, or has not taken this agent.
    NoBluetoothd,
    /// The owner has not turned it on.
    NotTurnedOn,
    /// There are no out-of-band data: the window is closed, they cannot be had, or the owner has not
    /// turned them on.
    NoData,
}

impl Session {
    /// Carries out a command, or says why not.
    pub(super) fn command(&mut self, now: Time, id: CommandId, command: Command) {
        let result = match command {
            Command::OpenWindow(_) if self.registered.is_none() && self.adapters.is_empty() => {
                Err(Denial::NoBluetoothd)
            }
            Command::OpenWindow(length) => {
                let possible = self.can_open();
                possible.map(|()| self.open_window(now, length.unwrap_or(self.policy.window)))
            }
            Command::CloseWindow => {
                self.close_window(now);
                Ok(())
            }
            // Answered when bluetoothd has done it.
            Command::Forget(device) if self.devices.contains_key(&device) => {
                return self.forget(now, Who::Command(id), [device]);
            }
            Command::Forget(_) if self.registered.is_none() => Err(Denial::NoBluetoothd),
            Command::Forget(_) => Err(Denial::NoSuchDevice),
            Command::ForgetAll if self.registered.is_none() && self.adapters.is_empty() => {
                Err(Denial::NoBluetoothd)
            }
            Command::ForgetAll => return self.forget_all(now, Who::CommandAll(id)),
            Command::Pair(address) => {
                let possible = match self.registered {
                    Some(_) => self.can_open(),
                    None => Err(Denial::NoBluetoothd),
                };
                possible.map(|()| {
                    let left = self.window.remaining(now).filter(|_| self.window.admits(now));
                    if left.is_none_or(|left| left < self.policy.window) {
                        self.open_window(now, self.policy.window);
                    }
                    self.expect(now, address);
                })
            }
            Command::ReadPrompt if self.policy.prompt_command => {
                return self.effects.push(Effect::Tell(id));
            }
            Command::ReadPrompt => Err(Denial::NotTurnedOn),
            // Answered when there are any.
            Command::ReadOutOfBand => match self.read_out_of_band(now, id) {
                None => return,
                Some(denial) => Err(denial),
            },
            Command::Identify => {
                self.quiet.identify(now);
                Ok(())
            }
        };
        self.effects.push(Effect::Done { id, result });
    }

    /// Whether opening the window would make pairing possible.
    pub(super) fn can_open(&self) -> Result<(), Denial> {
        if self.is_broken() {
            Err(Denial::OutOfOrder)
        } else if self.asks_too_little() {
            Err(Denial::Policy)
        } else {
            Ok(())
        }
    }
}
