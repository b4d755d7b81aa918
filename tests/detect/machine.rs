//! Machines as files in a directory, with what was recorded of real ones in them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

const TREE: &str = "/sys/firmware/devicetree/base";

/// A machine, whose directory is removed when dropped.
pub(crate) struct Machine(PathBuf);

impl Machine {
    /// One without a device tree, such as a PC.
    pub(crate) fn bare() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pairpanel-detect-{}-{number}", std::process::id());
        let machine = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(machine.root()).unwrap();
        machine
    }

    /// A Raspberry Pi 4 with its I2C bus enabled, and nothing on its header.
    pub(crate) fn raspberry_pi_4() -> Self {
        let machine = Self::bare();
        machine.write(&format!("{TREE}/compatible"), b"raspberrypi,4-model-b\0brcm,bcm2711\0");
        machine.write(&format!("{TREE}/model"), b"Raspberry Pi 4 Model B Rev 1.4\0");
        machine.link("/proc/device-tree", TREE);
        machine.write("/dev/i2c-1", b"");
        machine.write("/sys/bus/i2c/devices/i2c-1/name", b"bcm2835 (i2c@7e804000)\n");
        machine.write("/sys/class/leds/ACT/brightness", b"0\n");
        machine.write("/sys/class/leds/PWR/brightness", b"255\n");
        machine.write("/proc/bus/input/devices", VC4_HDMI.as_bytes());
        machine
    }

    /// A HAT with these fields, as the firmware writes them.
    pub(crate) fn with_hat(self, fields: &[(&str, &[u8])]) -> Self {
        for (field, bytes) in fields {
            self.write(&format!("{TREE}/hat/{field}"), bytes);
        }
        self
    }

    /// A HAT that says what that one says whose driver names vendor `pisugar` and product 1.
    pub(crate) fn with_known_hat(self) -> Self {
        self.with_hat(&[
            ("vendor", b"PiSugar\0"),
            ("product", b"Whisplay\0"),
            ("product_id", b"0x0001\0"),
            ("product_ver", b"0x0001\0"),
            ("uuid", b"3a1b2c3d-0000-4444-8888-001122334455\0"),
        ])
    }

    /// A display that a driver of the kernel has.
    pub(crate) fn with_driven_display(self) -> Self {
        let device = "/sys/bus/i2c/devices/1-003c";
        self.write(&format!("{device}/name"), b"ssd1306\n");
        self.link(&format!("{device}/driver"), "../../../bus/i2c/drivers/ssd130x-i2c");
        self.write("/sys/class/graphics/fb0/name", b"ssd130xdrmfb\n");
        self
    }

    /// A HAT of sensors and a stick, whose drivers the firmware has loaded.
    pub(crate) fn with_stick(self) -> Self {
        self.write("/proc/bus/input/devices", format!("{VC4_HDMI}{STICK}").as_bytes());
        self.write("/sys/class/graphics/fb0/name", b"RPi-Sense FB\n");
        self
    }

    /// A profile in `/etc`.
    pub(crate) fn with_profile(self, name: &str, more: &str) -> Self {
        let text = format!(
            "schema = 1\nname = \"Mine\"\nconfidence = \"untested\"\nsources = [\"me\"]\n{more}"
        );
        self.write(&format!("/etc/pairpanel/boards/{name}.toml"), text.as_bytes());
        self
    }

    pub(crate) fn root(&self) -> &Path {
        &self.0
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.0.join(path.trim_start_matches('/'))
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let file = self.path(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }

    fn link(&self, path: &str, target: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    /// What `pairpanel detect` says of it.
    pub(crate) fn detect(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_pairpanel"))
            .args(["detect", "--root", self.root().to_str().unwrap()])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What every Raspberry Pi 4 has.
const VC4_HDMI: &str = "I: Bus=001e Vendor=0000 Product=0000 Version=0001
N: Name=\"vc4-hdmi-0\"
P: Phys=vc4-hdmi-0/input0
S: Sysfs=/devices/platform/soc/fef00700.hdmi/rc/rc0/input0
U: Uniq=
H: Handlers=kbd event0
B: PROP=20

";

const STICK: &str = "I: Bus=0018 Vendor=0000 Product=0000 Version=0000
N: Name=\"Raspberry Pi Sense HAT Joystick\"
P: Phys=rpi-sense-joy/input0
S: Sysfs=/devices/platform/rpi-sense-js/input/input2
U: Uniq=
H: Handlers=event2
B: PROP=0
B: EV=100003

";
