//! `pair`: a pairing that begins on this machine, and is answered at the running daemon's panel.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, print};
use crate::bluez::pair::{self, Address, Order, PAIRING, Progress, SEARCH};
use crate::clock::Clock;
use crate::logging;

#[derive(Debug)]
pub(super) struct Options {
    pub(super) address: Address,
    pub(super) adapter: Option<String>,
    pub(super) timeout: Duration,
}

impl Options {
    pub(super) fn new(address: Address) -> Self {
        Self { address, adapter: None, timeout: PAIRING }
    }
}

pub(super) fn pair(options: Options) -> Result<(), Failure> {
    logging::start(log::LevelFilter::Warn);
    let Options { address, adapter, timeout } = options;
    let order = Order { address: address.clone(), adapter, timeout };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let paired = runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let stop = async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        let say = |progress| {
            let line = match progress {
                Progress::Searching(adapter) => {
                    format!("looking for {address} by {adapter}, {} s at most\n", SEARCH.as_secs())
                }
                Progress::Pairing(peer) => {
                    format!("pairing with {} ({}): follow the panel\n", peer.name, peer.address)
                }
            };
            // Who has closed standard output wants to know the exit status only.
            let _ = print(&line);
        };
        pair::pair(None, &Clock::Monotonic, &order, say, stop).await.map_err(failed)
    })?;
    print(&format!(
        "paired with {} ({}); the panel says whether a code was checked\n",
        paired.name, paired.address
    ))
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Failed(error.to_string())
}
