//! The daemon on a simulated panel, against the simulated bluetoothd, in simulated time.

use std::time::Duration;

use pairpanel::board::{Board, Role};
use pairpanel::clock::{Clock, ManualClock};
use pairpanel::daemon::{self, DaemonError, Setup};
use pairpanel::display::draw::{Language, read};
use pairpanel::pairing::{AtStart, Capability, Policy};
use pairpanel::sim::{
    Address, Attentive, FakeBluetoothd, FakeBus, FakePanel, FakePhone, Options, Outcome, Store,
};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// For what takes no simulated time. Only a broken test waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const BONNET: &str = r#"
schema = 1
name = "display and two keys"
confidence = "untested"
sources = ["made up"]
[display]
controller = "ssd1306"
bus = "/dev/i2c-1"
address = 0x3c
width = 128
height = 64
rotation = 0
[[button]]
role = "accept"
label = "A"
pin = { chip = "gpio", offset = 0 }
active = "low"
bias = "as-is"
[[button]]
role = "reject"
label = "B"
pin = { chip = "gpio", offset = 1 }
active = "low"
bias = "as-is"
"#;

pub(crate) fn open_window() -> Policy {
    Policy {
        window_at_start: AtStart::Always,
        window: Duration::from_secs(600),
        ..Policy::default()
    }
}

pub(crate) struct World {
    pub(crate) panel: FakePanel,
    pub(crate) clock: ManualClock,
    pub(crate) store: Store,
    pub(crate) bus: FakeBus,
    stop: Option<oneshot::Sender<()>>,
    daemon: Option<JoinHandle<Result<(), DaemonError>>>,
}

impl World {
    /// The daemon is running; bluetoothd is not.
    pub(crate) fn new(profile: &str, policy: Policy) -> Self {
        Self::on(FakeBus::start().unwrap(), profile, policy, |setup| setup)
    }

    /// The same on a bus that is there, and put together as `with` says.
    pub(crate) fn on(
        bus: FakeBus,
        profile: &str,
        policy: Policy,
        with: impl FnOnce(Setup) -> Setup,
    ) -> Self {
        let clock = ManualClock::new();
        let board = Board::parse("test.toml", profile).unwrap();
        let (panel, setup) = FakePanel::new(
            board,
            policy,
            Language::default(),
            Clock::Manual(clock.clone()),
            bus.address(),
        );
        let setup = with(setup);
        let (stop, stopped) = oneshot::channel::<()>();
        let daemon = tokio::spawn(daemon::run(setup, async { drop(stopped.await) }));
        let (stop, daemon) = (Some(stop), Some(daemon));
        Self { panel, clock, store: Store::default(), bus, stop, daemon }
    }

    pub(crate) async fn start_bluetoothd(&self) -> FakeBluetoothd {
        self.bluetoothd_with(Options::default()).await
    }

    pub(crate) async fn bluetoothd_with(&self, options: Options) -> FakeBluetoothd {
        let clock = Clock::Manual(self.clock.clone());
        let (address, store) = (self.bus.address(), self.store.clone());
        FakeBluetoothd::start(address, clock, options, store).await.unwrap()
    }

    /// bluetoothd is there, and the daemon its default agent with an open window.
    pub(crate) async fn bluetoothd(&self) -> FakeBluetoothd {
        let bluetoothd = self.start_bluetoothd().await;
        eventually("the window is open", || bluetoothd.is_discoverable()).await;
        eventually("it is the default", || bluetoothd.default_capability().is_some()).await;
        bluetoothd
    }

    /// One pairing: the phone's person compares, the panel's does what `gesture` says.
    pub(crate) async fn pair(
        &mut self,
        bluetoothd: &FakeBluetoothd,
        phone: &FakePhone,
        gesture: Gesture,
    ) -> Outcome {
        let glass = self.panel.glass.clone();
        let mut person = Attentive(|| glass.code());
        let pairing = phone.pair(bluetoothd, &mut person);
        tokio::pin!(pairing);
        loop {
            tokio::select! {
                biased;
                outcome = &mut pairing => return outcome,
                () = self.panel.prompted() => gesture.make(&mut self.panel).await,
            }
        }
    }

    pub(crate) fn shows_code(&self) -> bool {
        read(&self.panel.glass.watch().borrow()).is_some()
    }

    /// The daemon ends as on SIGKILL: it does nothing more.
    pub(crate) fn kill(&mut self) {
        self.daemon.take().unwrap().abort();
    }

    pub(crate) async fn stop(&mut self) {
        drop(self.stop.take());
        let daemon = self.daemon.take().unwrap();
        tokio::time::timeout(PATIENCE, daemon).await.unwrap().unwrap().unwrap();
    }
}

/// What the person at the panel does when something is asked.
#[derive(Clone, Copy)]
pub(crate) enum Gesture {
    Hold,
    Reject,
    Nothing,
    BreakDisplay,
    /// The accept key goes down at once and stays there.
    Lean,
}

impl Gesture {
    pub(crate) async fn make(self, panel: &mut FakePanel) {
        let ms = Duration::from_millis;
        match self {
            Self::Hold => {
                panel.pass(ms(600)).await;
                panel.hold(ms(1100)).await;
            }
            Self::Reject => panel.press(Role::Reject, ms(100)).await,
            Self::Nothing => panel.pass(ms(25_000)).await,
            Self::BreakDisplay => {
                panel.glass.break_down(true);
                panel.pass(ms(600)).await;
                panel.press(Role::Accept, ms(1100)).await;
            }
            Self::Lean => {
                panel.edge(Role::Accept, true);
                panel.pass(ms(25_000)).await;
            }
        }
    }
}

pub(crate) fn phone() -> FakePhone {
    FakePhone::new("phone", Address([0xA4, 0xC3, 0, 0x0D, 0x1E, 0x7F]))
}

pub(crate) async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "never: {what}");
}

pub(crate) async fn registered(bluetoothd: &FakeBluetoothd, capability: Capability) {
    let what = capability.as_str();
    eventually(what, || bluetoothd.default_capability() == Some(capability)).await;
}
