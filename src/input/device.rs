//! One of the kernel's input devices (evdev), opened.

use std::io;
use std::os::fd::AsFd as _;

use evdev::raw_stream::RawDevice;
use evdev::{AttributeSet, InputEvent, KeyCode};
use rustix::fs::{Mode, OFlags};
use tokio::net::unix::pipe;

use super::DeviceError;
use super::devices::{devices, find};
use crate::board::InputDevice;

/// An input device whose events come here.
pub(super) struct Device {
    raw: RawDevice,
    /// The same device once more, to wait for: see [`Changes`](super::devices::Changes).
    ready: pipe::Receiver,
    path: String,
}

impl Device {
    /// Finds the device that has this name at one of these places. Must be called within a tokio
    /// runtime.
    ///
    /// # Errors
    ///
    /// [`DeviceError`] if there is none, or it is not to be had.
    pub(super) fn open(wanted: &InputDevice) -> Result<Self, DeviceError> {
        let InputDevice { name, phys } = wanted;
        let devices = devices();
        let info = find(name, phys, &devices)?;
        let path = info.path.display().to_string();
        let failed = |step, error| failed(&path, step, &error);
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = rustix::fs::open(&info.path, flags, Mode::empty())
            .map_err(|error| failed("opening it", error.into()))?;
        let raw = RawDevice::from_fd(fd).map_err(|e| failed("asking what it is", e))?;
        // Another device may have got the number meanwhile.
        let is_same = raw.name() == Some(name)
            && raw.physical_path().is_some_and(|at| phys.iter().any(|phys| phys == at));
        if !is_same {
            return Err(DeviceError::NoSuchDevice { name: name.escape_debug().to_string() });
        }
        let ready = raw.as_fd().try_clone_to_owned();
        let ready = ready
            .and_then(pipe::Receiver::from_owned_fd_unchecked)
            .map_err(|error| failed("waiting for it", error))?;
        Ok(Self { raw, ready, path })
    }

    /// Its device file.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn has(&self, code: KeyCode) -> bool {
        self.raw.supported_keys().is_some_and(|keys| keys.contains(code))
    }

    /// Whether it has other keys than these.
    pub(super) fn has_others(&self, codes: &[KeyCode]) -> bool {
        let mut keys = self.raw.supported_keys().into_iter().flat_map(|keys| keys.iter());
        keys.any(|key| !codes.contains(&key))
    }

    /// Nobody else gets its events from now on, or others do, too.
    ///
    /// # Errors
    ///
    /// [`DeviceError::Grabbed`] if somebody else has it alone; anything else if it is lost.
    pub(super) fn have_alone(&mut self, alone: bool) -> Result<(), DeviceError> {
        let done = if alone { self.raw.grab() } else { self.raw.ungrab() };
        done.map_err(|error| failed(&self.path, "having it alone", &error))
    }

    /// The keys that are down. Events from before do not come any more.
    pub(super) fn levels(&mut self) -> io::Result<AttributeSet<KeyCode>> {
        // What waits to be read is older than the levels.
        match fetch(&mut self.raw) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            _ => {}
        }
        self.raw.get_key_state()
    }

    /// Waits for events and takes all that there are.
    pub(super) async fn read(&mut self) -> io::Result<Vec<InputEvent>> {
        loop {
            match self.ready.try_io(|| fetch(&mut self.raw)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                taken => return taken,
            }
            self.ready.readable().await?;
        }
    }

    /// What to say of it once it has failed.
    pub(super) fn lost(&self, error: &io::Error) -> String {
        format!("{} is lost: {error}; is it unplugged?", self.path)
    }
}

fn failed(path: &str, step: &'static str, error: &io::Error) -> DeviceError {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::PermissionDenied => DeviceError::Denied { path },
        io::ErrorKind::ResourceBusy => DeviceError::Grabbed { path },
        _ => DeviceError::Failed { path, step, reason: error.to_string() },
    }
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
