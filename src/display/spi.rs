//! Finds and opens an SPI device.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use linux_embedded_hal::SpidevDevice;
use linux_embedded_hal::spidev::{SpiModeFlags, SpidevOptions};

use super::DriverError;
use crate::board::{SpiBus, SpiMode};

/// Opens the device. Nothing is sent. Also gives its path, for messages.
///
/// # Errors
///
/// [`DriverError`] if there is no such device, if this process may not open it, if a kernel driver
/// owns it, or if it cannot have this clock or mode.
pub(super) fn open(
    bus: &SpiBus,
    hz: u32,
    mode: SpiMode,
) -> Result<(SpidevDevice, PathBuf), DriverError> {
    let path = locate(Path::new("/"), bus)?;
    let mode = match mode {
        SpiMode::Mode0 => SpiModeFlags::SPI_MODE_0,
        SpiMode::Mode3 => SpiModeFlags::SPI_MODE_3,
    };
    let failed = |source| DriverError::OpenFailed { path: path.display().to_string(), source };
    let mut spi = linux_embedded_hal::spidev::Spidev::open(&path).map_err(failed)?;
    let options = SpidevOptions::new().bits_per_word(8).max_speed_hz(hz).mode(mode).build();
    spi.configure(&options).map_err(failed)?;
    Ok((SpidevDevice(spi), path))
}

/// The device file, below `root`. It is not opened.
pub(super) fn locate(root: &Path, bus: &SpiBus) -> Result<PathBuf, DriverError> {
    let SpiBus::Path(path) = bus else {
        return Err(DriverError::NoHeader { what: "SPI bus", example: "spi = \"/dev/spidev0.0\"" });
    };
    let found = root.join(path.trim_start_matches('/'));
    reject_owned(root, &found)?;
    if found.exists() {
        return Ok(found);
    }
    let entries = fs::read_dir(root.join("dev")).into_iter().flatten().flatten();
    let mut present: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with("spidev"))
        .map(|name| format!("/dev/{name}"))
        .collect();
    present.sort();
    Err(DriverError::NoSpi {
        wanted: path.clone(),
        present: if present.is_empty() {
            "nor any other".to_owned()
        } else {
            format!("among {}", present.join(", "))
        },
    })
}

/// With a kernel's driver on the chip select there is no device, and the reason is not obvious.
fn reject_owned(root: &Path, path: &Path) -> Result<(), DriverError> {
    // A path may be a link that udev made.
    let device = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = device.file_name().and_then(OsStr::to_str);
    let Some(number) = name.and_then(|name| name.strip_prefix("spidev")) else { return Ok(()) };
    let driver = fs::read_link(root.join(format!("sys/bus/spi/devices/spi{number}/driver")));
    let driver = driver.ok().and_then(|driver| Some(driver.file_name()?.to_str()?.to_owned()));
    match driver.filter(|driver| driver != "spidev") {
        Some(driver) => {
            Err(DriverError::SpiOwned { device: format!("/dev/spidev{number}"), driver })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// What is said when this device is looked for on a machine with these, or where it was found.
    fn find(test: &str, devices: &[&str], owned: Option<&str>, wanted: &str) -> String {
        let root = format!("pairpanel-spi-{}-{test}", std::process::id());
        let root = std::env::temp_dir().join(root);
        fs::create_dir_all(root.join("dev")).unwrap();
        for device in devices {
            fs::write(root.join("dev").join(device), "").unwrap();
        }
        if let Some(driver) = owned {
            let device = root.join("sys/bus/spi/devices/spi0.0");
            fs::create_dir_all(&device).unwrap();
            symlink(format!("../../../bus/spi/drivers/{driver}"), device.join("driver")).unwrap();
        }
        let found = locate(&root, &SpiBus::Path(wanted.to_owned()));
        let said = found.map_or_else(
            |error| error.to_string(),
            |path| format!("/{}", path.strip_prefix(&root).unwrap().display()),
        );
        fs::remove_dir_all(&root).unwrap();
        said
    }

    #[test]
    fn a_device_is_found_or_told_with_those_that_are_there() {
        let two = ["spidev0.1", "spidev0.0", "null"];
        assert_eq!(find("found", &two, Some("spidev"), "/dev/spidev0.0"), "/dev/spidev0.0");
        assert_eq!(
            find("missing", &two, None, "/dev/spidev1.0"),
            "no SPI device /dev/spidev1.0 among /dev/spidev0.0, /dev/spidev0.1; enable the bus (on \
             a Raspberry Pi put dtparam=spi=on into config.txt and restart), or correct `spi` in \
             the board profile"
        );
        assert!(
            find("none", &[], None, "/dev/spidev0.0")
                .starts_with("no SPI device /dev/spidev0.0 nor any other; ")
        );
    }

    #[test]
    fn a_device_that_a_kernel_driver_owns_is_refused_with_its_name() {
        assert_eq!(
            find("owned", &["spidev0.1"], Some("fb_sh1106"), "/dev/spidev0.0"),
            "/dev/spidev0.0 belongs to the kernel driver fb_sh1106; take its dtoverlay out of \
             config.txt, or write controller = \"framebuffer\" into the board profile"
        );
    }

    #[test]
    fn what_is_no_spi_device_is_refused() {
        let Err(error) = open(&SpiBus::Path("/dev/null".to_owned()), 1_000_000, SpiMode::Mode0)
        else {
            panic!("it is one")
        };
        assert_eq!(
            error.to_string(),
            "cannot open /dev/null: Inappropriate ioctl for device (os error 25); see the \
             kernel's log"
        );
    }

    #[test]
    fn a_bus_of_an_unknown_header_is_refused_with_what_to_do() {
        let said = locate(Path::new("/"), &SpiBus::Header { chip_select: 0 }).unwrap_err();
        assert_eq!(
            said.to_string(),
            "the board is on the header's SPI bus, and no host file tells of this machine; write \
             a path, such as spi = \"/dev/spidev0.0\", into the board profile, or write a host file"
        );
    }
}
