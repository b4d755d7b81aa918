//! Buttons that are keys of one of the kernel's input devices: gpio-keys, or a stick with a driver
//! of its own.
//!
//! A device of which the profile names every key is had alone, so that nothing else acts on them,
//! such as a console. One that has others is shared: those others may be somebody's, such as a
//! power key that systemd-logind waits for.

use std::io;
use std::time::SystemTime;

use evdev::{EventSummary, InputEvent, KeyCode, SynchronizationCode};
use tokio::sync::mpsc::UnboundedSender;

use super::device::Device;
use super::devices::Changes;
use super::stamp::TimeOfDay;
use super::{DeviceError, Trouble};
use crate::board::{InputDevice, key_name};
use crate::clock::Clock;
use crate::pairing::{Event, Key};

/// A button that is a key of the kernel.
#[derive(Clone, Debug)]
pub(super) struct KernelKey {
    pub(super) code: KeyCode,
    pub(super) key: Key,
    /// The text beside it on the board.
    pub(super) label: String,
}

/// Tells `events` what the keys of one device do, for as long as there is somebody to be told. A
/// device that cannot be had, or is lost, is named once in the log, and tried again: when an input
/// device comes or changes, or after a while.
pub(super) async fn watch(
    device: InputDevice,
    keys: Vec<KernelKey>,
    clock: Clock,
    events: UnboundedSender<Event>,
) {
    let labels: Vec<&str> = keys.iter().map(|key| key.label.as_str()).collect();
    let mut trouble = Trouble::new(format!("{} key", labels.join(", ")));
    let mut unplugged = false;
    while !events.is_closed() {
        // Before the look, so that nothing comes unnoticed between the two.
        let changes = Changes::watch();
        let error = match KernelKeys::open(&device, &keys) {
            Ok(open) => {
                // What else is plugged in is of no interest now.
                drop(changes);
                trouble.over();
                trouble.say(open.run(&clock, &events).await);
                fail(&keys, &events);
                unplugged = true;
                continue;
            }
            Err(error) => error,
        };
        // That it is not there is what the log says already when it has been lost.
        if !(unplugged && matches!(error, DeviceError::NoSuchDevice { .. })) {
            trouble.say(error.to_string());
        }
        fail(&keys, &events);
        trouble.pause_until_change(changes, &error, &clock).await;
    }
}

fn fail(keys: &[KernelKey], events: &UnboundedSender<Event>) {
    for key in keys {
        // That nobody listens any more is noticed by the loop.
        let _ = events.send(Event::KeyFailed(key.key));
    }
}

/// The keys of a device that was opened.
struct KernelKeys<'a> {
    device: Device,
    keys: &'a [KernelKey],
    clocks: TimeOfDay,
}

impl<'a> KernelKeys<'a> {
    fn open(wanted: &InputDevice, keys: &'a [KernelKey]) -> Result<Self, DeviceError> {
        let mut device = Device::open(wanted)?;
        if let Some(missing) = keys.iter().find(|key| !device.has(key.code)) {
            let (path, label) = (device.path().to_owned(), missing.label.clone());
            let code = key_name(missing.code.code());
            return Err(DeviceError::NoCode { path, code, label });
        }
        device.have_alone(true)?;
        let codes: Vec<KeyCode> = keys.iter().map(|key| key.code).collect();
        if device.has_others(&codes) {
            device.have_alone(false)?;
        }
        Ok(Self { device, keys, clocks: TimeOfDay::default() })
    }

    /// Ends when the device is lost, or nobody listens. Returns why it is lost, in one line.
    async fn run(mut self, clock: &Clock, events: &UnboundedSender<Event>) -> String {
        if let Err(error) = self.tell_levels(clock, events) {
            return self.device.lost(&error);
        }
        loop {
            let batch = tokio::select! {
                biased;
                () = events.closed() => return "nobody listens".to_owned(),
                batch = self.device.read() => batch,
            };
            if let Err(error) = batch.and_then(|batch| self.pass_on(&batch, clock, events)) {
                return self.device.lost(&error);
            }
        }
    }

    fn pass_on(
        &mut self,
        batch: &[InputEvent],
        clock: &Clock,
        events: &UnboundedSender<Event>,
    ) -> io::Result<()> {
        let at = self.clocks.read(clock.now(), SystemTime::now());
        for event in batch {
            match edge(*event, self.keys) {
                Some(Change::Edge(key, down)) => {
                    // That the receiver is gone is noticed before the next wait.
                    let _ = events.send(Event::Edge { key, down, at: at(event.timestamp()) });
                }
                Some(Change::Dropped) => return self.tell_levels(clock, events),
                None => {}
            }
        }
        Ok(())
    }

    fn tell_levels(&mut self, clock: &Clock, events: &UnboundedSender<Event>) -> io::Result<()> {
        let down = self.device.levels()?;
        for KernelKey { code, key, .. } in self.keys {
            let down = down.contains(*code);
            let _ = events.send(Event::KeyReady { key: *key, down, at: clock.now() });
        }
        Ok(())
    }
}

/// What an event of the device means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// A key went down or up.
    Edge(Key, bool),
    /// The kernel has dropped events; those that follow are older than the levels are.
    Dropped,
}

fn edge(event: InputEvent, keys: &[KernelKey]) -> Option<Change> {
    let (code, down) = match event.destructure() {
        EventSummary::Key(_, code, 0) => (code, false),
        EventSummary::Key(_, code, 1) => (code, true),
        EventSummary::Synchronization(_, SynchronizationCode::SYN_DROPPED, _) => {
            return Some(Change::Dropped);
        }
        // 2 is a key that repeats itself while it is held.
        _ => return None,
    };
    keys.iter().find(|key| key.code == code).map(|key| Change::Edge(key.key, down))
}

#[cfg(test)]
mod tests {
    use evdev::EventType;

    use super::*;

    #[test]
    fn an_event_is_the_edge_of_the_key_that_the_profile_names() {
        let key = |code, key| KernelKey { code, key, label: "A".to_owned() };
        let keys = [key(KeyCode::KEY_ENTER, Key::Accept), key(KeyCode::KEY_LEFT, Key::Reject)];
        let event = |code: KeyCode, value| InputEvent::new(EventType::KEY.0, code.code(), value);
        let cases = [
            (event(KeyCode::KEY_ENTER, 1), Some(Change::Edge(Key::Accept, true))),
            (event(KeyCode::KEY_ENTER, 2), None),
            (event(KeyCode::KEY_ENTER, 0), Some(Change::Edge(Key::Accept, false))),
            (event(KeyCode::KEY_LEFT, 1), Some(Change::Edge(Key::Reject, true))),
            // Such as the power key, which the profile does not name.
            (event(KeyCode::KEY_POWER, 1), None),
            (InputEvent::new(EventType::RELATIVE.0, KeyCode::KEY_ENTER.code(), 1), None),
            (InputEvent::new(EventType::SYNCHRONIZATION.0, 0, 0), None),
            (InputEvent::new(EventType::SYNCHRONIZATION.0, 3, 0), Some(Change::Dropped)),
        ];
        for (event, expected) in cases {
            assert_eq!(edge(event, &keys), expected, "{event:?}");
        }
    }
}
