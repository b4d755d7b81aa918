//! Which of the kernel's input devices is the keypad, and when to look again.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::Errno;
use tokio::net::unix::pipe;

use super::DeviceError;

/// Where their device files are. The kernel makes and removes it with the first and the last.
const FILES: &str = "/dev/input";
/// Where their names are below the root, without opening a device, which would wake its hardware up.
const CLASS: &str = "sys/class/input";

/// An input device as it presents itself.
#[derive(Clone, Debug)]
pub(super) struct DeviceInfo {
    /// Its device file.
    pub(super) path: PathBuf,
    name: String,
    phys: String,
}

/// All input devices, in no order.
pub(super) fn devices() -> Vec<DeviceInfo> {
    devices_below(Path::new("/"))
}

/// Those of the machine whose files are below `root`.
pub(super) fn devices_below(root: &Path) -> Vec<DeviceInfo> {
    let entries = std::fs::read_dir(root.join(CLASS)).into_iter().flatten().flatten();
    let info = |entry: std::fs::DirEntry| {
        let file = entry.file_name();
        let text = |name| {
            let text = std::fs::read_to_string(entry.path().join("device").join(name)).ok()?;
            Some(text.strip_suffix('\n').unwrap_or(&text).to_owned())
        };
        let is_events = file.to_string_lossy().starts_with("event");
        is_events.then_some(())?;
        Some(DeviceInfo {
            path: Path::new(FILES).join(file),
            name: text("name")?,
            phys: text("phys").unwrap_or_default(),
        })
    };
    entries.filter_map(info).collect()
}

/// The device that has this name at one of these places.
///
/// # Errors
///
/// [`DeviceError`] if none has, or several have.
pub(super) fn find<'a>(
    name: &str,
    phys: &[String],
    devices: &'a [DeviceInfo],
) -> Result<&'a DeviceInfo, DeviceError> {
    let (there, elsewhere): (Vec<_>, Vec<_>) = devices
        .iter()
        .filter(|device| device.name == name)
        .partition(|device| phys.contains(&device.phys));
    let name = name.escape_debug().to_string();
    match (there.as_slice(), elsewhere.as_slice()) {
        ([device], _) => Ok(device),
        ([], []) => Err(DeviceError::NoSuchDevice { name }),
        ([], elsewhere) => Err(DeviceError::Elsewhere {
            name,
            found: join(elsewhere.iter().map(|device| device.phys.escape_debug().to_string())),
            wanted: phys.join(" or "),
        }),
        (several, _) => Err(DeviceError::Ambiguous {
            name,
            paths: join(several.iter().map(|device| device.path.display().to_string())),
        }),
    }
}

fn join(texts: impl Iterator<Item = String>) -> String {
    let mut texts: Vec<String> = texts.collect();
    texts.sort_unstable();
    texts.join(", ")
}

/// Notices that device files come, go, or may be opened by others than before.
///
/// tokio knows how to wait for the reading end of a pipe, and asks no more of it than that it is
/// read when it says so. Its type for files of any kind cannot be had without `unsafe`.
pub(super) struct Changes(pipe::Receiver);

impl Changes {
    /// Whatever changes from now on is noticed. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// If the system has no more inotify instances, or no inotify.
    pub(super) fn watch() -> io::Result<Self> {
        let fd = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        // A file is root's alone until udev has given it to its group: that is a change, too.
        let flags = WatchFlags::CREATE
            | WatchFlags::ATTRIB
            | WatchFlags::MOVED_TO
            | WatchFlags::DELETE
            | WatchFlags::DELETE_SELF;
        let files = || match inotify::add_watch(&fd, FILES, flags) {
            Err(Errno::NOENT) => Ok(false),
            watched => watched.map(|_| true),
        };
        if !files()? {
            inotify::add_watch(&fd, "/dev", WatchFlags::CREATE)?;
            // It may have come in between.
            files()?;
        }
        Ok(Self(pipe::Receiver::from_owned_fd_unchecked(fd)?))
    }

    /// Returns once there was a change.
    ///
    /// # Errors
    ///
    /// If reading it fails.
    pub(super) async fn next(&self) -> io::Result<()> {
        // What changed is of no interest, only that something did.
        let mut buffer = [0; 1024];
        let mut any = false;
        loop {
            match self.0.try_read(&mut buffer) {
                Ok(_) => any = true,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                Err(_) if any => return Ok(()),
                Err(_) => self.0.readable().await?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: &str = "usb-0000:01:00.0-1.2/input0";

    fn device(number: u8, name: &str, phys: &str) -> DeviceInfo {
        let path = Path::new(FILES).join(format!("event{number}"));
        DeviceInfo { path, name: name.to_owned(), phys: phys.to_owned() }
    }

    #[test]
    fn a_keypad_is_found_by_its_name_at_its_place() {
        let pad = |number| device(number, "Numpad", PORT);
        let other = device(1, "Numpad", "usb-0000:01:00.0-1.3/input0");
        let keyboard = device(2, "Keyboard", PORT);
        let missing = "no input device is called \"Numpad\"; plug it in, or correct `name` in the \
                       board profile (/proc/bus/input/devices lists the names)";
        let cases: [(&[DeviceInfo], &str); 5] = [
            (&[keyboard.clone(), pad(7), other.clone()], "/dev/input/event7"),
            (&[], missing),
            (&[keyboard], missing),
            (
                &[other],
                "\"Numpad\" is plugged in at usb-0000:01:00.0-1.3/input0 and not at \
                 usb-0000:01:00.0-1.2/input0 or serio; plug it in there, or correct `phys` in the \
                 board profile",
            ),
            (
                &[pad(9), pad(8)],
                "more than one input device is called \"Numpad\" at the same place: \
                 /dev/input/event8, /dev/input/event9; unplug all but one",
            ),
        ];
        for (devices, expected) in cases {
            let said = find("Numpad", &[PORT.to_owned(), "serio".to_owned()], devices)
                .map_or_else(|error| error.to_string(), |device| device.path.display().to_string());
            assert_eq!(said, expected);
        }
    }
}
