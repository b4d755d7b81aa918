//! A keypad that is one of the kernel's input devices (evdev).

use std::io;
use std::os::fd::AsFd as _;
use std::time::SystemTime;

use evdev::raw_stream::RawDevice;
use evdev::{EventSummary, InputEvent, KeyCode, SynchronizationCode};
use rustix::fs::{Mode, OFlags};
use tokio::net::unix::pipe;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use super::NumpadError;
use super::codes::{self, Levels};
use super::devices::{devices, find};
use super::keys::Keys;
use super::stamp::TimeOfDay;
use crate::clock::Clock;
use crate::pairing::{Event, Key};

/// An input device that can be had alone, and has all keys that a keypad needs.
pub(super) struct Numpad {
    device: RawDevice,
    /// The same device once more, to wait for: see [`Changes`](super::devices::Changes).
    ready: pipe::Receiver,
    path: String,
    levels: Levels,
    clocks: TimeOfDay,
}

impl Numpad {
    /// Finds the device that has this name at one of these places. Must be called within a tokio
    /// runtime.
    ///
    /// # Errors
    ///
    /// [`NumpadError`] if there is none, it is not to be had, or it is no keypad.
    pub(super) fn open(name: &str, phys: &[String]) -> Result<Self, NumpadError> {
        let devices = devices();
        let info = find(name, phys, &devices)?;
        let path = info.path.display().to_string();
        let failed = |step, error: io::Error| match error.kind() {
            io::ErrorKind::PermissionDenied => NumpadError::Denied { path: path.clone() },
            io::ErrorKind::ResourceBusy => NumpadError::Grabbed { path: path.clone() },
            _ => NumpadError::Failed { path: path.clone(), step, reason: error.to_string() },
        };
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = rustix::fs::open(&info.path, flags, Mode::empty())
            .map_err(|error| failed("opening it", error.into()))?;
        let mut device = RawDevice::from_fd(fd).map_err(|e| failed("asking what it is", e))?;
        // Another device may have got the number meanwhile.
        let is_same = device.name() == Some(name)
            && device.physical_path().is_some_and(|at| phys.iter().any(|phys| phys == at));
        if !is_same {
            return Err(NumpadError::NoSuchDevice { name: name.escape_debug().to_string() });
        }
        let keys = keys_of(&device);
        if let Some(key) = Key::KEYPAD.into_iter().find(|key| !keys.contains(*key)) {
            return Err(NumpadError::NoKey { path, key: codes::name(key) });
        }
        // It has to be proved now that it can be had alone, and not when digits are typed.
        device
            .grab()
            .and_then(|()| device.ungrab())
            .map_err(|error| failed("having it alone", error))?;
        let ready = device.as_fd().try_clone_to_owned();
        let ready = ready
            .and_then(pipe::Receiver::from_owned_fd_unchecked)
            .map_err(|error| failed("waiting for it", error))?;
        Ok(Self { device, ready, path, levels: Levels::default(), clocks: TimeOfDay::default() })
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
        let lost = |path: &str, error| format!("{path} is lost: {error}; is it unplugged?");
        let (mut listens, mut told) = (false, false);
        loop {
            let wanted = *listen.borrow_and_update();
            if wanted != listens {
                listens = wanted;
                // A key that is down already was not pressed for what is asked from now on.
                told &= !listens;
                match if listens { self.device.grab() } else { self.device.ungrab() } {
                    Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                        return NumpadError::Grabbed { path: self.path }.to_string();
                    }
                    Err(error) => return lost(&self.path, error),
                    Ok(()) => {}
                }
            }
            if !std::mem::replace(&mut told, true)
                && let Err(error) = self.tell_levels(clock, events)
            {
                return lost(&self.path, error);
            }
            let batch = tokio::select! {
                biased;
                () = events.closed() => return "nobody listens".to_owned(),
                Ok(()) = listen.changed() => continue,
                batch = self.read() => batch,
            };
            let passed = batch.and_then(|batch| self.pass_on(&batch, clock, events, listens));
            if let Err(error) = passed {
                return lost(&self.path, error);
            }
        }
    }

    /// Waits for events and takes all that there are.
    async fn read(&mut self) -> io::Result<Vec<InputEvent>> {
        loop {
            match self.ready.try_io(|| fetch(&mut self.device)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                taken => return taken,
            }
            self.ready.readable().await?;
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
        // What waits to be read is older than the levels.
        match fetch(&mut self.device) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            _ => {}
        }
        let down = self.device.get_key_state()?;
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

fn keys_of(device: &RawDevice) -> Keys {
    let has = |code: KeyCode| device.supported_keys().is_some_and(|keys| keys.contains(code));
    codes::keys(has)
}

/// All events that wait. An error if there is none.
fn fetch(device: &mut RawDevice) -> io::Result<Vec<InputEvent>> {
    let mut batch: Vec<InputEvent> = device.fetch_events()?.collect();
    loop {
        match device.fetch_events() {
            Ok(more) => batch.extend(more),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(batch),
            Err(error) => return Err(error),
        }
    }
}
