//! Opening and closing one adapter: the newest order counts, and closing is not given up.

use std::future::pending;
use std::time::Duration;

use futures_util::future::join;
use tokio::sync::watch;
use zbus::Variant;

use super::owner::{Owner, failed_with, has_gone, is_busy};
use crate::clock::{Clock, Time};

pub(super) const ADAPTER1: &str = "org.bluez.Adapter1";

/// bluetoothd refuses to change what is just changing, which is so right after an agent has
/// registered (BlueZ, `src/adapter.c`, `property_set_mode`), and for as long as the kernel takes:
/// a few milliseconds.
const BUSY_RETRY: Duration = Duration::from_millis(10);
const LONGEST_BUSY_RETRY: Duration = Duration::from_millis(100);
/// How long bluetoothd may be busy before something is wrong with it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before trying again to close what could not be closed.
const CLOSE_RETRY: Duration = Duration::from_secs(1);
/// `PairableTimeout` while closed, in seconds: bluetoothd makes adapters pairable by itself whenever
/// an agent or an adapter appears (BlueZ, `src/adapter.c`, `adapter_set_io_capability`), be this
/// daemon there to close them or not. The shortest that is not for ever.
const CLOSED_PAIRABLE: u32 = 1;
/// `DiscoverableTimeout` while closed, in seconds. Nothing makes an adapter discoverable by itself,
/// so this is BlueZ's own (`main.conf`).
const CLOSED_DISCOVERABLE: u32 = 180;

/// What is wanted of an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// How long it is to be pairable and discoverable; `None` closes it.
    pub(super) open: Option<Duration>,
    /// Whether to advertise its name over LE while it is open.
    pub(super) advertise: bool,
}

impl Order {
    pub(super) const fn is_to_be_advertised(self) -> bool {
        self.open.is_some() && self.advertise
    }
}

/// Why an order came to nothing.
enum Stopped {
    /// There is a newer one.
    Superseded,
    Failed(zbus::Error),
}

/// Carries out the orders to one adapter.
pub(super) struct Setter {
    pub(super) owner: Owner,
    pub(super) clock: Clock,
    /// Its object path.
    pub(super) adapter: String,
}

impl Setter {
    /// Carries out the newest order until the sender is dropped. A newer one is begun as soon as the
    /// call that is under way has been answered; and since closing sends both its calls at once, no
    /// series of orders, however dense, keeps an adapter open. `opened` is run when one is.
    pub(super) async fn run(
        self,
        mut orders: watch::Receiver<Option<Order>>,
        opened: impl Fn(Duration),
    ) {
        loop {
            let order = *orders.borrow_and_update();
            let (what, done) = match order.map(|order| order.open) {
                Some(Some(length)) => {
                    ("open", self.open(length, &orders).await.inspect(|()| opened(length)))
                }
                Some(None) => ("close", self.close(&orders).await),
                None => ("", Ok(())),
            };
            if let Err(Stopped::Failed(error)) = done {
                self.complain(what, &error);
            }
            if orders.changed().await.is_err() {
                return;
            }
        }
    }

    /// The time-outs come first, so that bluetoothd closes the window by itself if this daemon
    /// does not live to do it.
    async fn open(
        &self,
        length: Duration,
        orders: &watch::Receiver<Option<Order>>,
    ) -> Result<(), Stopped> {
        let seconds = u32::try_from(length.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        let settings = [
            ("PairableTimeout", Variant::U32(seconds)),
            ("DiscoverableTimeout", Variant::U32(seconds)),
            ("Pairable", Variant::Bool(true)),
            ("Discoverable", Variant::Bool(true)),
        ];
        for (property, value) in settings {
            if orders.has_changed().unwrap_or(false) {
                return Err(Stopped::Superseded);
            }
            self.set(property, value, orders).await?;
        }
        Ok(())
    }

    /// The time-outs come last: `DiscoverableTimeout` set while `Discoverable` is on its way to
    /// false would bring it back (BlueZ, `src/adapter.c`, `property_set_discoverable_timeout`).
    async fn close(&self, orders: &watch::Receiver<Option<Order>>) -> Result<(), Stopped> {
        let pairable = self.unset_pairable(orders);
        // One that cannot be closed is no reason to leave the other one open.
        let discoverable = self.set("Discoverable", Variant::Bool(false), orders);
        let (pairable, discoverable) = join(pairable, discoverable).await;
        pairable?;
        match discoverable {
            // Nobody discovers what is switched off.
            Err(Stopped::Failed(error)) if failed_with(&error, "Not Powered") => {}
            discoverable => discoverable?,
        }
        let time_outs =
            [("PairableTimeout", CLOSED_PAIRABLE), ("DiscoverableTimeout", CLOSED_DISCOVERABLE)];
        for (property, seconds) in time_outs {
            if orders.has_changed().unwrap_or(false) {
                return Err(Stopped::Superseded);
            }
            self.set_anew(property, seconds).await.map_err(Stopped::Failed)?;
        }
        Ok(())
    }

    /// Tries until it is done, there is a newer order, or nothing is left to be closed.
    async fn unset_pairable(&self, orders: &watch::Receiver<Option<Order>>) -> Result<(), Stopped> {
        let mut complained = false;
        loop {
            match self.set("Pairable", Variant::Bool(false), orders).await {
                Err(Stopped::Failed(error)) if !has_gone(&error) => {
                    if !std::mem::replace(&mut complained, true) {
                        self.complain("close", &error);
                    }
                    self.wait(self.clock.now() + CLOSE_RETRY, orders).await?;
                }
                done => return done,
            }
        }
    }

    async fn set(
        &self,
        property: &'static str,
        value: Variant<'static>,
        orders: &watch::Receiver<Option<Order>>,
    ) -> Result<(), Stopped> {
        let give_up = self.clock.now() + PATIENCE;
        let mut retry = BUSY_RETRY;
        loop {
            match self.owner.set(&self.adapter, ADAPTER1, property, value.clone()).await {
                Ok(()) => return Ok(()),
                Err(error) if is_busy(&error) && self.clock.now() < give_up => {
                    self.wait(self.clock.now() + retry, orders).await?;
                    retry = (retry * 2).min(LONGEST_BUSY_RETRY);
                }
                Err(error) => return Err(Stopped::Failed(error)),
            }
        }
    }

    /// Sets what is not so already: bluetoothd writes its settings file each time.
    async fn set_anew(&self, property: &'static str, seconds: u32) -> zbus::Result<()> {
        let now = self.owner.get(&self.adapter, ADAPTER1, property).await?;
        if now.downcast_ref::<u32>() == Ok(seconds) {
            return Ok(());
        }
        self.owner.set(&self.adapter, ADAPTER1, property, Variant::U32(seconds)).await
    }

    async fn wait(
        &self,
        until: Time,
        orders: &watch::Receiver<Option<Order>>,
    ) -> Result<(), Stopped> {
        let mut orders = orders.clone();
        let newer = async {
            if orders.changed().await.is_err() {
                // This one is the last.
                pending().await
            }
        };
        tokio::select! {
            () = newer => Err(Stopped::Superseded),
            () = self.clock.sleep_until(until) => Ok(()),
        }
    }

    fn complain(&self, what: &str, error: &zbus::Error) {
        // Whoever comes after a bluetoothd or an adapter that has gone is told anew, and so is one that
        // is switched on.
        if has_gone(error) || failed_with(error, "Not Powered") {
            log::debug!("{} is not set: {error}", self.adapter);
            return;
        }
        log::warn!(
            "cannot {what} {} for pairing: {error}; see what bluetoothd says (journalctl -u \
             bluetooth), or restart it",
            self.adapter,
        );
    }
}
