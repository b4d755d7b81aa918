//! `Pair`: a pairing that begins on this machine, on behalf of a client.

use std::future::Future;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::watch;
use zbus::Connection;
use zbus::fdo::DBusProxy;
use zbus::names::UniqueName;

use super::error::Error;
use crate::bluez::pair::{self, Address, Order, PAIRING, Progress};
use crate::clock::Clock;
use crate::pairing::{AdapterStatus, Status};

/// How long an adapter may take to become pairable once the window is open.
const OPENING: Duration = Duration::from_secs(5);

/// The device, and by which adapter if that matters.
pub(super) struct Wish {
    pub(super) address: Address,
    pub(super) adapter: Option<String>,
}

impl Wish {
    pub(super) fn parse(address: &str, adapter: &str) -> Result<Self, Error> {
        let address = address.parse().map_err(|error| Error::invalid(format!("{error}")))?;
        let is_name = adapter.strip_prefix("hci").is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
        });
        if !adapter.is_empty() && !is_name {
            return Err(Error::invalid("not an adapter, which is named as hci0; \"\" is any"));
        }
        Ok(Self { address, adapter: is_name.then(|| adapter.to_owned()) })
    }
}

/// Pairs once the window is open, until `stop`.
pub(super) async fn pair(
    bus: Option<&str>,
    clock: &Clock,
    status: watch::Receiver<Status>,
    wish: Wish,
    stop: impl Future<Output = ()>,
) -> Result<(), Error> {
    tokio::pin!(stop);
    let adapter = tokio::select! {
        () = &mut stop => return Err(pair::PairError::Stopped.into()),
        adapter = pairable(status, clock, wish.adapter) => adapter,
    };
    let order = Order { address: wish.address, adapter, timeout: PAIRING };
    let say = |progress| match progress {
        Progress::Searching(adapter) => log::info!("looking for {} by {adapter}", order.address),
        Progress::Pairing(peer) => log::info!("pairing with {} ({})", peer.name, peer.address),
    };
    pair::pair(bus, clock, &order, say, stop).await?;
    Ok(())
}

/// Waits until an adapter that the panel is for is pairable, and names it where another one could
/// be taken for it. If none becomes so, what tries next says why.
async fn pairable(
    mut status: watch::Receiver<Status>,
    clock: &Clock,
    wanted: Option<String>,
) -> Option<String> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let is_candidate = |path: &str, adapter: &AdapterStatus| {
        adapter.used
            && adapter.powered
            && wanted.as_ref().is_none_or(|wanted| *wanted == name(path))
    };
    let settled = |status: &Status| {
        let mut candidates =
            status.adapters.iter().filter(|(path, adapter)| is_candidate(path, adapter)).peekable();
        candidates.peek().is_none() || candidates.any(|(_, adapter)| adapter.pairable)
    };
    tokio::select! {
        // The daemon is gone if this fails, and that stops everything.
        _ = status.wait_for(settled) => {}
        () = clock.sleep_until(clock.now() + OPENING) => {}
    }
    let status = status.borrow();
    let first = status.adapters.iter().find(|(path, a)| is_candidate(path, a) && a.pairable);
    let all_used = status.adapters.values().all(|adapter| adapter.used);
    wanted.or_else(|| first.filter(|_| !all_used).map(|(path, _)| name(path)))
}

/// Returns when the connection has left the bus.
pub(super) async fn left(connection: Connection, client: UniqueName<'static>) {
    let watching = async {
        let bus = DBusProxy::new(&connection).await?;
        let client = client.as_str();
        // Before the question, so that it cannot leave between the two.
        let mut owners = bus.receive_name_owner_changed_with_args(&[(0, client)]).await?;
        while bus.get_name_owner(client.try_into()?).await.is_ok() && owners.next().await.is_some()
        {
        }
        Ok::<_, zbus::Error>(())
    };
    if let Err(error) = watching.await {
        log::debug!("cannot watch {client}: {error}");
    }
}
