//! `org.bluez.LEAdvertisement1`: the adapter's name in the air while pairing is open.
//!
//! A phone's list shows an LE device that advertises, and a box without Bluetooth services of its
//! own does not. Best effort throughout: nobody waits for it, and what goes wrong is said once.

use std::collections::HashMap;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use zbus::message::Header;
use zbus::{OwnedObjectPath, OwnedVariant};

use super::adapter::ADAPTER1;
use super::owner::{Owner, has_gone, lacks, name};
use crate::clock::{Clock, Time};

const MANAGER: &str = "org.bluez.LEAdvertisingManager1";
/// Below it there is one object for each adapter.
const ROOT: &str = "/org/pairpanel/advertisement";
/// bluetoothd has the adapter before it has asked the kernel how that can advertise (BlueZ,
/// `src/advertising.c`, `read_adv_features_callback`).
const NOT_YET: Duration = Duration::from_millis(100);
const NOT_YET_TRIES: usize = 30;
/// By how much the end of an advertisement may differ before it is made anew.
const SAME: Duration = Duration::from_secs(1);

/// That an adapter is to be advertised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// When bluetoothd itself ends it, should this daemon hang; if it dies, bluetoothd does so at
    /// once.
    pub(super) until: Time,
}

/// Advertises one adapter when that is wanted.
pub(super) struct Advertiser {
    owner: Owner,
    clock: Clock,
    /// The adapter's object path.
    adapter: String,
    /// Where the advertisement is served.
    path: String,
    /// Until when bluetoothd has it, and the name in it, if it has.
    registered: Option<(Time, String)>,
    /// Told when bluetoothd ends the present one.
    released: Arc<Notify>,
    /// What has been complained about.
    said: Option<&'static str>,
}

impl Advertiser {
    pub(super) fn new(owner: Owner, clock: Clock, adapter: String) -> Self {
        let path = format!("{ROOT}/{}", adapter.rsplit('/').next().unwrap_or_default());
        let released = Arc::default();
        Self { owner, clock, adapter, path, registered: None, released, said: None }
    }

    /// Does what is wanted until the sender is dropped, and then takes the advertisement back.
    pub(super) async fn run(mut self, mut wanted: watch::Receiver<Option<Wanted>>) {
        loop {
            let newest = *wanted.borrow_and_update();
            match newest {
                Some(newest) => self.begin(newest, &wanted).await,
                None => self.end().await,
            }
            let released = Arc::clone(&self.released);
            tokio::select! {
                changed = wanted.changed() => if changed.is_err() { return self.end().await },
                () = released.notified() => {
                    // Its time is over, or the adapter's or bluetoothd's is (`client_release`).
                    log::debug!("bluetoothd has ended the advertisement of {}", self.adapter);
                    self.registered = None;
                    self.withdraw().await;
                    // Whoever wants it again says so.
                    if wanted.changed().await.is_err() { return }
                }
            }
        }
    }

    /// bluetoothd reads the object while it handles the call, and puts the flag for a device
    /// without BR/EDR in the packet if the adapter is not discoverable at that moment (BlueZ,
    /// `src/advertising.c`, `set_flags`): this comes after that.
    async fn begin(&mut self, newest: Wanted, wanted: &watch::Receiver<Option<Wanted>>) {
        if let Some((until, name)) = &self.registered
            && newest.until <= *until + SAME
            && self.alias().await.is_ok_and(|alias| alias == *name)
        {
            return;
        }
        self.end().await;
        for _ in 0..NOT_YET_TRIES {
            match self.register(newest, wanted).await {
                Ok(()) => return self.said = None,
                Err(error) if lacks(&error) && !is_newer(wanted) => {
                    self.withdraw().await;
                    self.wait(NOT_YET, wanted).await;
                }
                Err(error) => {
                    self.withdraw().await;
                    return self.complain(&error);
                }
            }
            if is_newer(wanted) {
                return;
            }
        }
        self.say(
            "lacks",
            "bluetoothd has no LE advertising for it: not every adapter has LE, and with \
             ControllerMode = bredr in main.conf none has; advertise = false ends the attempts",
        );
    }

    async fn register(
        &mut self,
        newest: Wanted,
        wanted: &watch::Receiver<Option<Wanted>>,
    ) -> zbus::Result<()> {
        let alias = self.alias().await?;
        // What is still said of an earlier one is not said of this one.
        self.released = Arc::default();
        let seconds = newest.until.since(self.clock.now()).as_secs() + 1;
        let object = Advertisement {
            owner: self.owner.name.clone(),
            name: alias.clone(),
            timeout: u16::try_from(seconds).unwrap_or(u16::MAX),
            released: Arc::clone(&self.released),
        };
        let server = self.owner.connection.object_server();
        self.withdraw().await;
        server.at(self.path.as_str(), object).await?;
        let options = HashMap::<String, OwnedVariant>::new();
        let body = (self.object_path()?, options);
        let call = self.owner.call(&self.adapter, MANAGER, "RegisterAdvertisement", body);
        tokio::pin!(call);
        let registered = tokio::select! {
            reply = &mut call => reply,
            () = no_longer(wanted) => {
                // bluetoothd ends at once what it has only begun (`client_free`), and what it has
                // begun meanwhile it is told again.
                self.unregister().await;
                let reply = call.await;
                if reply.is_ok() {
                    self.unregister().await;
                }
                self.withdraw().await;
                return Ok(());
            }
        };
        registered?;
        self.registered = Some((newest.until, alias));
        log::info!("advertising {} over LE", self.adapter);
        Ok(())
    }

    /// What phones are to see.
    async fn alias(&self) -> zbus::Result<String> {
        let alias = self.owner.get(&self.adapter, ADAPTER1, "Alias").await?;
        Ok(<&str>::try_from(&*alias).unwrap_or_default().to_owned())
    }

    /// Takes the advertisement back.
    async fn end(&mut self) {
        if self.registered.take().is_some() {
            self.unregister().await;
        }
        self.withdraw().await;
    }

    async fn unregister(&self) {
        let Ok(path) = self.object_path() else { return };
        let call = self.owner.call(&self.adapter, MANAGER, "UnregisterAdvertisement", path);
        if let Err(error) = call.await {
            log::debug!("no advertisement of {} to end: {error}", self.adapter);
        }
    }

    /// Has nobody read the object any more.
    async fn withdraw(&self) {
        let server = self.owner.connection.object_server();
        let _ = server.remove::<Advertisement, _>(self.path.as_str()).await;
    }

    fn object_path(&self) -> zbus::Result<OwnedObjectPath> {
        OwnedObjectPath::try_from(self.path.as_str())
    }

    async fn wait(&self, length: Duration, wanted: &watch::Receiver<Option<Wanted>>) {
        let mut newer = wanted.clone();
        tokio::select! {
            _ = newer.changed() => {}
            () = self.clock.sleep_until(self.clock.now() + length) => {}
        }
    }

    fn complain(&mut self, error: &zbus::Error) {
        match name(error) {
            _ if has_gone(error) => log::debug!("{} is not advertised: {error}", self.adapter),
            Some("org.bluez.Error.NotPermitted") => self.say(
                "NotPermitted",
                "every advertisement that it can make at a time is taken; stop what else \
                 advertises (bluetoothctl show lists ActiveInstances)",
            ),
            _ => {
                log::debug!("{} is not advertised: {error}", self.adapter);
                self.say("other", "see what bluetoothd says (journalctl -u bluetooth)");
            }
        }
    }

    /// Says why it is not advertised, unless that was the last that was said.
    fn say(&mut self, what: &'static str, why: &str) {
        if self.said.replace(what) != Some(what) {
            log::warn!("cannot advertise {} over LE: {why}", self.adapter);
        }
    }
}

fn is_newer(wanted: &watch::Receiver<Option<Wanted>>) -> bool {
    wanted.has_changed().unwrap_or(true)
}

/// Returns when it is not wanted any more.
async fn no_longer(wanted: &watch::Receiver<Option<Wanted>>) {
    if wanted.clone().wait_for(Option::is_none).await.is_err() {
        pending().await
    }
}

/// The object that bluetoothd reads (BlueZ, `doc/org.bluez.LEAdvertisement.rst`).
struct Advertisement {
    /// The unique name of bluetoothd's connection.
    owner: String,
    name: String,
    /// In seconds.
    timeout: u16,
    released: Arc<Notify>,
}

#[zbus::interface(name = "org.bluez.LEAdvertisement1")]
impl Advertisement {
    /// bluetoothd does not have it any more.
    fn release(&self, #[zbus(header)] header: Header<'_>) {
        if header.sender().is_some_and(|sender| sender.as_str() == self.owner) {
            self.released.notify_one();
        }
    }

    /// One that can be connected to.
    #[zbus(property(emits_changed_signal = "const"), name = "Type")]
    fn kind(&self) -> &'static str {
        "peripheral"
    }

    /// Whole, unlike that of `Includes`, of which the kernel sends ten characters (Linux,
    /// `net/bluetooth/eir.c`, `eir_append_local_name`); bluetoothd cuts it where the packet ends.
    #[zbus(property(emits_changed_signal = "const"))]
    fn local_name(&self) -> &str {
        &self.name
    }

    /// General discoverable mode. With a `DiscoverableTimeout` it would be the limited one, which
    /// phones may not look for.
    #[zbus(property(emits_changed_signal = "const"))]
    fn discoverable(&self) -> bool {
        true
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn timeout(&self) -> u16 {
        self.timeout
    }
}
