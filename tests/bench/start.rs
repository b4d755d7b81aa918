//! `cargo bench`: how long it takes from exec until bluetoothd has a default agent. On this
//! machine's processor, with a bus and a bluetoothd in this process, and a board without display and
//! keys: what a display adds depends on its bus.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pairpanel::clock::Clock;
use pairpanel::sim::{FakeBluetoothd, FakeBus, Options, Store};

const RUNS: usize = 31;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let bus = FakeBus::start().unwrap();
    let store = Store::default();
    let options = Options::default();
    let bluetoothd =
        FakeBluetoothd::start(bus.address(), Clock::Monotonic, options, store).await.unwrap();
    let mut times = Vec::new();
    let mut threads = String::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        let mut daemon = Command::new(env!("CARGO_BIN_EXE_pairpanel"))
            .args(["run", "--board", "none", "--window", "0"])
            .env("DBUS_SYSTEM_BUS_ADDRESS", bus.address())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while bluetoothd.default_capability().is_none() {
            tokio::task::yield_now().await;
        }
        times.push(start.elapsed());
        let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("Threads:"));
        threads = line.unwrap_or_default().trim().to_owned();
        daemon.kill().unwrap();
        daemon.wait().unwrap();
        while bluetoothd.default_capability().is_some() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    times.sort();
    println!("exec to default agent: median {:?}, least {:?} of {RUNS}", times[RUNS / 2], times[0]);
    println!("threads: {threads}");
}
