//! Finds and opens an I2C bus.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use linux_embedded_hal::I2cdev;
use linux_embedded_hal::i2cdev::linux::LinuxI2CError;

use super::DriverError;
use crate::board::Bus;

/// Opens the bus on which a panel at `address` is expected. Nothing is sent. Also gives the path
/// of the device, for messages.
///
/// # Errors
///
/// [`DriverError`] if there is no such bus, if several fit, if this process may not open it, or if a
/// kernel driver owns the address.
pub fn open(bus: &Bus, address: u8) -> Result<(I2cdev, PathBuf), DriverError> {
    let path = locate(Path::new("/"), bus, address)?;
    match I2cdev::new(&path) {
        Ok(i2c) => Ok((i2c, path)),
        Err(error) => {
            let source = match error {
                LinuxI2CError::Io(source) => source,
                LinuxI2CError::Errno(errno) => io::Error::from_raw_os_error(errno),
            };
            Err(DriverError::OpenFailed { path: path.display().to_string(), source })
        }
    }
}

/// The device file, below `root`, of the bus on which a panel at `address` is expected. It is not
/// opened.
pub(crate) fn locate(root: &Path, bus: &Bus, address: u8) -> Result<PathBuf, DriverError> {
    let machine = Machine { root };
    let path = machine.find(bus)?;
    machine.reject_owned(&path, address)?;
    Ok(path)
}

/// The file system in which buses are looked up.
struct Machine<'a> {
    root: &'a Path,
}

/// An adapter: what its device is called under `/dev`, and what its driver calls it.
struct Adapter {
    device: String,
    name: String,
}

impl Machine<'_> {
    fn find(&self, bus: &Bus) -> Result<PathBuf, DriverError> {
        match bus {
            Bus::Header => {
                Err(DriverError::NoHeader { what: "I2C bus", example: "bus = \"/dev/i2c-1\"" })
            }
            Bus::Path(path) => {
                let found = self.root.join(path.trim_start_matches('/'));
                if found.exists() { Ok(found) } else { Err(self.missing(path)) }
            }
            Bus::Adapter(wanted) => {
                let mut adapters = self.adapters("sys/class/i2c-dev");
                adapters.retain(|adapter| adapter.name.starts_with(wanted));
                match adapters.as_slice() {
                    [] => Err(self.missing(wanted)),
                    [one] => Ok(self.root.join("dev").join(&one.device)),
                    _ => Err(DriverError::Ambiguous {
                        wanted: wanted.clone(),
                        present: list(&adapters),
                    }),
                }
            }
        }
    }

    fn missing(&self, wanted: &str) -> DriverError {
        let wanted = wanted.to_owned();
        let (usable, all) =
            (self.adapters("sys/class/i2c-dev"), self.adapters("sys/bus/i2c/devices"));
        if !usable.is_empty() {
            return DriverError::NoSuchBus { wanted, present: list(&usable) };
        }
        // Without i2c-dev the adapters are there all the same, only not for programs.
        if all.is_empty() {
            DriverError::NoBus { wanted }
        } else {
            DriverError::NoDevices { wanted }
        }
    }

    fn adapters(&self, class: &str) -> Vec<Adapter> {
        let entries = fs::read_dir(self.root.join(class)).into_iter().flatten().flatten();
        let mut adapters: Vec<Adapter> = entries
            .filter_map(|entry| {
                let name = fs::read_to_string(entry.path().join("name")).ok()?;
                // Beside the adapters stand the chips on them, such as 1-003c.
                let device =
                    entry.file_name().into_string().ok().filter(|d| d.starts_with("i2c-"))?;
                Some(Adapter { device, name: name.trim_end().to_owned() })
            })
            .collect();
        adapters.sort_by(|a, b| (a.device.len(), &a.device).cmp(&(b.device.len(), &b.device)));
        adapters
    }

    /// The kernel would refuse too, but without a name.
    fn reject_owned(&self, path: &Path, address: u8) -> Result<(), DriverError> {
        // A path may be a link that udev made.
        let device = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let number =
            device.file_name().and_then(OsStr::to_str).and_then(|n| n.strip_prefix("i2c-"));
        let Some(number) = number else { return Ok(()) };
        let client = format!("sys/bus/i2c/devices/{number}-{address:04x}/driver");
        match fs::read_link(self.root.join(client)) {
            Ok(driver) => Err(DriverError::Owned {
                bus: path.display().to_string(),
                address,
                driver: driver.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            }),
            Err(_) => Ok(()),
        }
    }
}

fn list(adapters: &[Adapter]) -> String {
    let adapters: Vec<_> =
        adapters.iter().map(|Adapter { device, name }| format!("/dev/{device} ({name})")).collect();
    adapters.join(", ")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A directory that looks like a machine with these adapters, and is removed when dropped.
    struct FakeMachine(PathBuf);

    impl FakeMachine {
        fn with(test: &str, adapters: &[(&str, &str)]) -> Self {
            let root = format!("pairpanel-bus-{}-{test}", std::process::id());
            let root = std::env::temp_dir().join(root);
            fs::create_dir_all(root.join("dev")).unwrap();
            for (device, name) in adapters {
                fs::write(root.join("dev").join(device), "").unwrap();
                let class = root.join("sys/class/i2c-dev").join(device);
                fs::create_dir_all(&class).unwrap();
                fs::write(class.join("name"), format!("{name}\n")).unwrap();
            }
            Self(root)
        }

        /// What is said when this bus is looked for, or where it was found.
        fn find(&self, bus: Bus) -> String {
            match (Machine { root: &self.0 }).find(&bus) {
                Ok(path) => format!("/{}", path.strip_prefix(&self.0).unwrap().display()),
                Err(error) => error.to_string(),
            }
        }
    }

    impl Drop for FakeMachine {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    const TWO: [(&str, &str); 2] = [("i2c-1", "bcm2835 (i2c@7e804000)"), ("i2c-11", "Bridge on A")];

    #[test]
    fn a_bus_is_found_by_path_or_by_how_its_adapters_name_begins() {
        let machine = FakeMachine::with("found", &TWO);
        assert_eq!(machine.find(Bus::Path("/dev/i2c-1".into())), "/dev/i2c-1");
        assert_eq!(machine.find(Bus::Adapter("Bridge".into())), "/dev/i2c-11");
    }

    #[test]
    fn a_missing_bus_is_told_with_those_that_are_there() {
        let machine = FakeMachine::with("missing", &TWO);
        assert_eq!(
            machine.find(Bus::Path("/dev/i2c-7".into())),
            "no I2C bus /dev/i2c-7 among /dev/i2c-1 (bcm2835 (i2c@7e804000)), /dev/i2c-11 (Bridge \
             on A); enable or plug it in, or correct `bus` in the board profile"
        );
    }

    #[test]
    fn the_bus_of_an_unknown_header_is_refused_with_what_to_do() {
        assert_eq!(
            FakeMachine::with("header", &TWO).find(Bus::Header),
            "the board is on the header's I2C bus, and no host file tells of this machine; write \
             a path, such as bus = \"/dev/i2c-1\", into the board profile, or write a host file"
        );
    }

    #[test]
    fn a_machine_without_buses_is_told_how_to_enable_them() {
        let machine = FakeMachine::with("none", &[]);
        assert_eq!(
            machine.find(Bus::Adapter("Bridge".into())),
            "no I2C bus: neither Bridge nor any other is there; on a Raspberry Pi put \
             dtparam=i2c_arm=on into config.txt and restart"
        );
        let adapter = machine.0.join("sys/bus/i2c/devices/i2c-0");
        fs::create_dir_all(&adapter).unwrap();
        fs::write(adapter.join("name"), "Bridge\n").unwrap();
        assert_eq!(
            machine.find(Bus::Adapter("Bridge".into())),
            "Bridge cannot be opened, because there is no /dev/i2c-*; load the module i2c-dev"
        );
    }

    #[test]
    fn two_adapters_of_one_name_are_refused() {
        let machine =
            FakeMachine::with("two", &[("i2c-3", "Bridge on A"), ("i2c-4", "Bridge on B")]);
        assert_eq!(
            machine.find(Bus::Adapter("Bridge".into())),
            "more than one I2C bus is called \"Bridge\": /dev/i2c-3 (Bridge on A), /dev/i2c-4 \
             (Bridge on B); write the path of one as `bus`"
        );
    }

    #[test]
    fn an_address_that_a_kernel_driver_owns_is_refused_with_its_name() {
        let fake = FakeMachine::with("owned", &TWO);
        let client = fake.0.join("sys/bus/i2c/devices/1-003c");
        fs::create_dir_all(&client).unwrap();
        symlink("../../../bus/i2c/drivers/ssd1307fb", client.join("driver")).unwrap();
        let machine = Machine { root: &fake.0 };
        let path = machine.find(&Bus::Path("/dev/i2c-1".into())).unwrap();
        let said = machine.reject_owned(&path, 0x3c).unwrap_err().to_string();
        assert!(said.contains("belongs to the kernel driver ssd1307fb"), "{said}");
        assert!(machine.reject_owned(&path, 0x3d).is_ok());
    }
}
