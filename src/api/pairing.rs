//! `Pair`: a pairing that begins on this machine, on behalf of a client.

use std::future::{Future, pending};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::{mpsc, watch};
use zbus::Connection;
use zbus::fdo::DBusProxy;
use zbus::names::UniqueName;

use super::error::Error;
use crate::bluez::pair::{self, Address, Order, PAIRING, Progress};
use crate::clock::Clock;
use crate::pairing::{AdapterStatus, Outcome, Status};

/// How long an adapter may take to become pairable once the window is open.
const OPENING: Duration = Duration::from_secs(5);
/// How long a person at the panel may take to keep what has been paired, and bluetoothd to delete
/// what nobody keeps.
const KEEPING: Duration = Duration::from_secs(45);
/// How long bluetoothd may take to say why a pairing has failed that the panel has ended.
const REASON: Duration = Duration::from_secs(2);

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

/// What the panel says of the pairing that was begun here.
pub(super) struct Verdict {
    outcomes: mpsc::UnboundedReceiver<Outcome>,
    /// Whether there is a bond that stays, once that is known.
    stays: Option<bool>,
}

impl Verdict {
    pub(super) const fn new(outcomes: mpsc::UnboundedReceiver<Outcome>) -> Self {
        Self { outcomes, stays: None }
    }

    /// Returns when it is known, with it.
    async fn known(&mut self) -> bool {
        loop {
            if let Some(stays) = self.stays {
                return stays;
            }
            self.stays = match self.outcomes.recv().await {
                Some(outcome) if outcome.is_paired() => Some(true),
                Some(Outcome::Unconfirmed | Outcome::Unknown) => Some(true),
                // Of what was shown or accepted before this.
                Some(Outcome::Cancelled) => None,
                Some(_) => Some(false),
                None => pending().await,
            };
        }
    }

    async fn is_no(&mut self) {
        if self.known().await {
            pending().await
        }
    }
}

/// The end of a pairing is not the panel's yes: a bond that nobody here was asked about may still be
/// deleted. And bluetoothd, as of 5.82, does not answer `Device1.Pair` at all once the device has been
/// removed before that was over.
pub(super) async fn concluded(
    pairing: impl Future<Output = Result<(), Error>>,
    mut verdict: Verdict,
    clock: &Clock,
) -> Result<(), Error> {
    tokio::pin!(pairing);
    tokio::select! {
        biased;
        paired = &mut pairing => paired?,
        () = verdict.is_no() => tokio::select! {
            biased;
            paired = &mut pairing => paired?,
            () = clock.sleep_until(clock.now() + REASON) => {}
        },
    }
    tokio::select! {
        biased;
        stays = verdict.known() => if stays { Ok(()) } else { Err(Error::not_kept()) },
        () = clock.sleep_until(clock.now() + KEEPING) => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    use std::future::ready;

    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_pairing_is_concluded_when_the_panel_says_whether_its_bond_stays() {
        use Outcome::{Cancelled, PairedChecked, PairedUnchecked, Unconfirmed, UnknownRemoved};
        let (kept, gone) = (Some(Ok(())), Some(Err(Error::not_kept())));
        let failed = || Err(Error::in_progress());
        let cases: [(_, &[Outcome], _); 8] = [
            (Ok(()), &[], None),
            (Ok(()), &[PairedChecked], kept.clone()),
            (Ok(()), &[Unconfirmed], kept.clone()),
            (Ok(()), &[Cancelled], None),
            (Ok(()), &[Cancelled, PairedUnchecked], kept),
            (Ok(()), &[UnknownRemoved], gone.clone()),
            (Ok(()), &[Outcome::TimedOut, PairedChecked], gone),
            (failed(), &[UnknownRemoved], Some(failed())),
        ];
        for (paired, outcomes, expected) in cases {
            let (sender, told) = mpsc::unbounded_channel();
            outcomes.iter().for_each(|outcome| sender.send(*outcome).unwrap());
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            let _inside = runtime.as_ref().unwrap().enter();
            let done = concluded(ready(paired), Verdict::new(told), &Clock::Monotonic);
            assert_eq!(done.now_or_never(), expected, "{outcomes:?}");
        }
    }
}
