//! What systemd hears from the program that it starts.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::{env, fs, process};

use pairpanel::clock::Clock;
use pairpanel::sim::{FakeBluetoothd, FakeBus, Options, Store};
use rustix::process::{Pid, Signal, kill_process};
use tokio::net::UnixDatagram;
use tokio::time::timeout;

use crate::world::PATIENCE;

/// The service manager's end of `NOTIFY_SOCKET`, and the service.
struct Service {
    directory: PathBuf,
    socket: UnixDatagram,
    daemon: Child,
}

impl Service {
    /// With a watchdog that is fed ten times a second.
    fn start(name: &str, bus: &FakeBus) -> Self {
        let directory = env::temp_dir().join(format!("pairpanel-{name}-{}", process::id()));
        fs::create_dir_all(&directory).unwrap();
        let config = directory.join("pairpanel.toml");
        fs::write(&config, "board = \"none\"\n").unwrap();
        let path = directory.join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let daemon = Command::new(env!("CARGO_BIN_EXE_pairpanel"))
            .args(["run", "--window", "0", "--config"])
            .arg(config)
            .env("DBUS_SYSTEM_BUS_ADDRESS", bus.address())
            .env("NOTIFY_SOCKET", path)
            .env("WATCHDOG_USEC", "200000")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { directory, socket, daemon }
    }

    /// The next thing that it says, but for the food of the watchdog.
    async fn says(&self) -> String {
        loop {
            let said = self.hears().await;
            if said != "WATCHDOG=1\n" {
                return said;
            }
        }
    }

    async fn hears(&self) -> String {
        let mut buffer = [0; 512];
        let length = timeout(PATIENCE, self.socket.recv(&mut buffer)).await.unwrap().unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.daemon), signal).unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

#[tokio::test]
async fn the_service_is_ready_when_bluetoothd_has_taken_the_agent_and_not_before() {
    let bus = FakeBus::start().unwrap();
    let service = Service::start("ready", &bus);
    assert_eq!(service.says().await, "STATUS=waiting for bluetoothd\n");
    // It lives, and has nothing else to say.
    for _ in 0..3 {
        assert_eq!(service.hears().await, "WATCHDOG=1\n");
    }
    // Somebody may be early with it; by its second meal it has heard of that.
    service.signal(Signal::HUP);
    for _ in 0..2 {
        assert_eq!(service.hears().await, "WATCHDOG=1\n");
    }
    let (options, store) = (Options::default(), Store::default());
    let bluetoothd =
        FakeBluetoothd::start(bus.address(), Clock::Monotonic, options, store).await.unwrap();
    let ready = "READY=1\nSTATUS=default agent of bluetoothd, as NoInputNoOutput\n";
    assert_eq!(service.says().await, ready);
    assert!(bluetoothd.default_capability().is_some());

    // A configuration that is not valid ends a reload, too.
    for text in ["board = \"none\"\n", "board = none\n"] {
        fs::write(service.directory.join("pairpanel.toml"), text).unwrap();
        service.signal(Signal::HUP);
        let said = service.says().await;
        assert!(said.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{said}");
        assert_eq!(service.says().await, "READY=1\n");
    }

    drop(bluetoothd);
    assert_eq!(service.says().await, "STATUS=waiting for bluetoothd\n");
    service.signal(Signal::TERM);
    assert_eq!(service.says().await, "STOPPING=1\nSTATUS=stopping\n");
}

#[tokio::test]
async fn a_service_that_nobody_started_as_one_tells_nobody() {
    let socket = env::temp_dir().join(format!("pairpanel-nobody-{}", process::id()));
    let listener = UnixDatagram::bind(&socket).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_pairpanel"))
        .arg("simulate")
        .env("NOTIFY_SOCKET", &socket)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_eq!(listener.try_recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    fs::remove_file(socket).unwrap();
}
