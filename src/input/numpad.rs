//! A keypad that is one of the kernel's input devices (evdev).

use std::io;
use std::time::SystemTime;

use evdev::{EventSummary, InputEvent, SynchronizationCode};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use super::DeviceError;
use super::codes::{self, Levels};
use super::device::Device;
use super::keys::Keys;
use super::stamp::TimeOfDay;
use crate::board::InputDevice;
use crate::clock::Clock;
use crate::pairing::{Event, Key};

/// An input device that can be had alone, and has all keys that a keypad needs.
pub(super) struct Numpad {
    device: Device,
    levels: Levels,
    clocks: TimeOfDay,
}

impl Numpad {
    /// Opens the device. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`DeviceError`] if there is none, it is not to be had, or it is no keypad.
    pub(super) fn open(wanted: &InputDevice) -> Result<Self, DeviceError> {
        let mut device = Device::open(wanted)?;
        let keys = keys_of(&device);
        if let Some(key) = Key::KEYPAD.into_iter().find(|key| !keys.contains(*key)) {
            let path = device.path().to_owned();
            return Err(DeviceError::NoKey { path, key: codes::name(key) });
        }
        // It has to be proved now that it can be had alone, and not when digits are typed.
        device.have_alone(true)?;
        device.have_alone(false)?;
        Ok(Self { device, levels: Levels::default(), clocks: TimeOfDay::default() })
    }

    /// Tells `events` which keys there are, and what is typed while `listen` says so; the device is
    /// then had alone. Ends when the device is lost, or nobody listens. Returns why it is lost, in
    /// one line. Dropping the future gives the device back.
    pub(super) async fn run(
        mut self,
        clock: &Clock,
        events: &UnboundedSender<Event>,
        listen: &mut watch::Receiver<bool>,
    ) -> String {
        let (mut listens, mut told) = (false, false);
        loop {
            let wanted = *listen.borrow_and_update();
            if wanted != listens {
                listens = wanted;
                // A key that is down already was not pressed for what is asked from now on.
                told &= !listens;
                if let Err(error) = self.device.have_alone(listens) {
                    return error.to_string();
                }
            }
            if !std::mem::replace(&mut told, true)
                && let Err(error) = self.tell_levels(clock, events)
            {
                return self.device.lost(&error);
            }
            let batch = tokio::select! {
                biased;
                () = events.closed() => return "nobody listens".to_owned(),
                Ok(()) = listen.changed() => continue,
                batch = self.device.read() => batch,
            };
            let passed = batch.and_then(|batch| self.pass_on(&batch, clock, events, listens));
            if let Err(error) = passed {
                return self.device.lost(&error);
            }
        }
    }

    fn pass_on(
        &mut self,
        batch: &[InputEvent],
        clock: &Clock,
        events: &UnboundedSender<Event>,
        listens: bool,
    ) -> io::Result<()> {
        let at = self.clocks.read(clock.now(), SystemTime::now());
        for event in batch {
            let (code, down) = match event.destructure() {
                EventSummary::Key(_, code, 0) => (code, false),
                EventSummary::Key(_, code, 1) => (code, true),
                // The kernel has dropped events; those that follow are older than the levels are.
                EventSummary::Synchronization(_, SynchronizationCode::SYN_DROPPED, _) => {
                    return self.tell_levels(clock, events);
                }
                // 2 is a key that repeats itself while it is held.
                _ => continue,
            };
            if let Some((key, down)) = self.levels.change(code, down, listens) {
                // That the receiver is gone is noticed before the next wait.
                let _ = events.send(Event::Edge { key, down, at: at(event.timestamp()) });
            }
        }
        Ok(())
    }

    /// Tells the level of each key, and of keys that the device has not that they do not work.
    fn tell_levels(&mut self, clock: &Clock, events: &UnboundedSender<Event>) -> io::Result<()> {
        let down = self.device.levels()?;
        let at = clock.now();
        self.levels.reset(|code| down.contains(code));
        let keys = keys_of(&self.device);
        for key in Keys::ALL.iter() {
            let event = if keys.contains(key) {
                Event::KeyReady { key, down: self.levels.is_down(key), at }
            } else {
                Event::KeyFailed(key)
            };
            let _ = events.send(event);
        }
        Ok(())
    }
}

fn keys_of(device: &Device) -> Keys {
    codes::keys(|code| device.has(code))
}
