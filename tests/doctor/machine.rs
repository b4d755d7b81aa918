//! A machine as files in a directory, and the two services on its bus.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use pairpanel::doctor::{Finding, System, examine};
use pairpanel::sim::FakeBus;
use zbus::connection::Builder;
use zbus::{Connection, ObjectPath, OwnedObjectPath, OwnedVariant, Variant};

/// A policy with the parts and rules of the one that Debian 12 installs with BlueZ 5.66.
pub(crate) const BLUETOOTH_CONF: &str = "<!-- What bluetoothd <needs> of the bus. -->

<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN\"
 \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">
<busconfig>

  <!-- <policy context=\"mandatory\"><deny send_destination=\"org.bluez\"/></policy> -->

  <policy user=\"root\">
    <allow own=\"org.bluez\"/>
    <allow send_destination=\"org.bluez\"/>
    <allow send_interface=\"org.bluez.Agent1\"/>
    <allow send_interface=\"org.freedesktop.DBus.Properties\"/>
  </policy>

  <!-- a group of Debian's -->
  <policy group=\"bluetooth\">
    <allow send_destination=\"org.bluez\"/>
  </policy>

  <policy context=\"default\">
    <allow send_destination=\"org.bluez\"/>
  </policy>

</busconfig>
";
/// Where it is open to everybody.
const OPEN: &str = "<policy context=\"default\">\n    <allow send_destination=\"org.bluez\"/>";
pub(crate) const DENY: &str =
    "<deny send_destination=\"org.bluez\" send_interface=\"org.bluez.AgentManager1\"/>";
const GROUP: &str =
    "<policy group=\"bluetooth\">\n    <allow send_destination=\"org.bluez\"/>\n  </policy>";

const PAIRPANEL_CONF: &str = "<busconfig>
  <policy user=\"pairpanel\">
    <allow own=\"org.pairpanel\"/>
    <allow send_destination=\"org.bluez\"/>
  </policy>
  <policy context=\"default\">
    <allow send_destination=\"org.pairpanel\" send_interface=\"org.pairpanel.Panel1\"/>
  </policy>
</busconfig>
";

const FILES: &[(&str, &str)] = &[
    ("/etc/passwd", "root:x:0:0::/root:/bin/sh\npairpanel:x:64711:64711::/:/bin/false\n"),
    (
        "/usr/lib/systemd/system/pairpanel.service",
        "[Service]\nExecStart=/usr/bin/pairpanel run\nUser=pairpanel\nSupplementaryGroups=panel\n",
    ),
    (
        "/usr/lib/systemd/system/bluetooth.service",
        "[Service]\nExecStart=/usr/libexec/bluetooth/bluetoothd\nStateDirectory=bluetooth\n",
    ),
    ("/usr/libexec/bluetooth/bluetoothd", ""),
    ("/usr/share/dbus-1/system.d/org.pairpanel.conf", PAIRPANEL_CONF),
    ("/etc/pairpanel/pairpanel.toml", "board = \"adafruit-oled-bonnet-128x64\"\n"),
    (
        "/etc/bluetooth/main.conf",
        "[General]\n#AlwaysPairable = false\nJustWorksRepairing = never\n",
    ),
    ("/etc/bluetooth/input.conf", "[General]\nClassicBondedOnly = true\n"),
    ("/etc/modules-load.d/i2c.conf", "i2c-dev\n"),
    ("/sys/firmware/devicetree/base/compatible", "raspberrypi,4-model-b\0brcm,bcm2711\0"),
    ("/dev/i2c-1", ""),
    ("/dev/gpiochip0", ""),
    ("/sys/class/i2c-dev/i2c-1/name", "bcm2835 (i2c@7e804000)\n"),
    ("/sys/class/i2c-adapter/i2c-1/of_node/clock-frequency", ""),
    ("/sys/class/gpio/gpiochip512/label", "pinctrl-bcm2711\n"),
    ("/sys/class/gpio/gpiochip512/device/gpiochip0/dev", "254:0\n"),
    ("/sys/class/bluetooth/hci0/type", ""),
    ("/var/lib/dpkg/status", "Package: bluez\nStatus: install ok installed\nVersion: 5.87-1\n"),
    ("/var/lib/bluetooth/DC:A6:32:01:02:03/A4:C3:F0:1D:9A:4C/info", "[LinkKey]\nKey=0\n"),
    ("/proc/self/mountinfo", "22 1 179:2 / / rw,noatime shared:1 - ext4 /dev/root rw\n"),
    ("/proc/42/comm", "bluetoothd\n"),
    ("/proc/42/cmdline", "/usr/libexec/bluetooth/bluetoothd\0"),
];

/// Name, address and type of address.
pub(crate) type Adapter = (&'static str, &'static str, &'static str);
const USUAL: &[Adapter] = &[("hci0", "DC:A6:32:01:02:03", "public")];

/// A healthy machine, until something is done to it.
pub(crate) struct Machine {
    root: PathBuf,
    /// The adapters of bluetoothd; `None` if that does not run.
    pub(crate) adapters: Option<Vec<Adapter>>,
    /// What pairpanel says of `DefaultAgent`; `None` if it does not run.
    pub(crate) default_agent: Option<&'static str>,
    pub(crate) running: bool,
}

impl Machine {
    pub(crate) fn healthy() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pairpanel-doctor-{}-{number}", std::process::id());
        let machine = Self {
            root: std::env::temp_dir().join(name),
            adapters: Some(USUAL.to_vec()),
            default_agent: Some("yes"),
            running: true,
        };
        for (path, text) in FILES {
            machine.write(path, text);
        }
        // 400 kHz, which is no text.
        let clock = "/sys/class/i2c-adapter/i2c-1/of_node/clock-frequency";
        machine.write_bytes(clock, &400_000_u32.to_be_bytes());
        let group = fs::metadata(machine.path("/dev/i2c-1")).unwrap().gid();
        machine.write("/etc/group", &format!("root:x:64000:\npanel:x:{group}:\n"));
        let closed = BLUETOOTH_CONF.replace(GROUP, "").replace(OPEN, &format!("{OPEN}\n{DENY}"));
        machine.write("/etc/dbus-1/system.d/bluetooth.conf", &closed);
        for node in ["/dev/i2c-1", "/dev/gpiochip0"] {
            machine.chmod(node, 0o660);
        }
        machine
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        self.write_bytes(path, text.as_bytes());
    }

    pub(crate) fn write_bytes(&self, path: &str, bytes: &[u8]) {
        let file = self.path(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, bytes).unwrap();
        self.chmod(path, 0o644);
    }

    pub(crate) fn append(&self, path: &str, text: &str) {
        let before = fs::read_to_string(self.path(path)).unwrap();
        self.write(path, &(before + text));
    }

    pub(crate) fn remove(&self, path: &str) {
        let path = self.path(path);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap()
        } else {
            fs::remove_file(path).unwrap()
        }
    }

    pub(crate) fn link(&self, path: &str, target: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(Path::new(target), path).unwrap();
    }

    pub(crate) fn chmod(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) async fn examine(&self) -> Vec<Finding> {
        self.examine_on(&Services::start(self).await).await
    }

    /// Whether it needs no services of its own.
    pub(crate) fn has_usual_services(&self) -> bool {
        self.adapters.as_deref() == Some(USUAL) && self.default_agent == Some("yes")
    }

    pub(crate) async fn examine_on(&self, services: &Services) -> Vec<Finding> {
        let bus = Some(services.bus.address().to_owned());
        examine(&System { root: self.root.clone(), running: self.running, bus }).await
    }
}

/// A bus with those of the two services that run.
pub(crate) struct Services {
    bus: FakeBus,
    _connections: Vec<Connection>,
}

impl Services {
    pub(crate) async fn start(machine: &Machine) -> Self {
        let bus = FakeBus::start().unwrap();
        let mut connections = Vec::new();
        if let Some(adapters) = &machine.adapters {
            connections.push(bluetoothd(bus.address(), adapters).await);
        }
        if let Some(answer) = machine.default_agent {
            connections.push(panel(bus.address(), answer).await);
        }
        Self { bus, _connections: connections }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// As much of bluetoothd as has adapters.
struct Adapters(Vec<Adapter>);

type Properties = HashMap<String, OwnedVariant>;

#[zbus::interface(name = "org.freedesktop.DBus.ObjectManager")]
impl Adapters {
    fn get_managed_objects(&self) -> HashMap<OwnedObjectPath, HashMap<String, Properties>> {
        let text = |text: &str| OwnedVariant::try_from(Variant::from(text)).unwrap();
        let object = |(name, address, kind): &(&str, &str, &str)| {
            let path = ObjectPath::try_from(format!("/org/bluez/{name}")).unwrap().into();
            let properties = HashMap::from([
                ("Address".to_owned(), text(address)),
                ("AddressType".to_owned(), text(kind)),
                ("Modalias".to_owned(), text("usb:v1D6Bp0246d0542")),
            ]);
            (path, HashMap::from([("org.bluez.Adapter1".to_owned(), properties)]))
        };
        self.0.iter().map(object).collect()
    }
}

async fn bluetoothd(bus: &str, adapters: &[Adapter]) -> Connection {
    let adapters = Adapters(adapters.to_vec());
    Builder::address(bus).serve_at("/", adapters).name("org.bluez").build().await.unwrap()
}

/// As much of pairpanel as knows whether it is the default agent.
struct Panel(&'static str);

#[zbus::interface(name = "org.pairpanel.Panel1")]
impl Panel {
    #[zbus(property)]
    fn default_agent(&self) -> &str {
        self.0
    }
}

async fn panel(bus: &str, answer: &'static str) -> Connection {
    let panel = Panel(answer);
    Builder::address(bus)
        .serve_at("/org/pairpanel", panel)
        .name("org.pairpanel")
        .build()
        .await
        .unwrap()
}
