//! `pair`: has the running daemon pair with a device, and says what comes of it.

use std::future::Future;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use serde_json::{Value, json};
use zbus::Message;

use super::arguments::{Output, within};
use super::client::{Client, Signal, bus_gone, refused, stopped, with_panel};
use super::text::json_line;
use super::{Failure, failed, print, words};
use crate::bluez::pair::Address;

#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The device's address, as A4:C3:F0:1D:9A:4C
    address: Address,
    /// By this adapter (instead of one that is switched on)
    #[arg(long, value_name = "hciN", value_parser = adapter_name)]
    adapter: Option<String>,
    /// Cancel after so long, 5 to 600; the kernel gives up after 120
    #[arg(long, value_name = "SECONDS", default_value = "160", value_parser = within(5, 600))]
    timeout: Duration,
    #[command(flatten)]
    output: Output,
}

fn adapter_name(name: &str) -> Result<String, String> {
    let number = name.strip_prefix("hci").unwrap_or_default();
    if !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()) {
        return Ok(name.to_owned());
    }
    Err("no adapter; they are called hci0, hci1, ...".to_owned())
}

pub(super) fn pair(options: Options) -> Result<(), Failure> {
    with_panel(async |panel| {
        let mut waiting = Waiting { options: &options, finished: None };
        let done = waiting.ask(&panel, stopped()?).await;
        let json = options.output.json;
        match &waiting.finished {
            Some(finished) if json => print(&json_line(finished))?,
            Some(finished) if done.is_ok() => {
                print(&format!("{}\n", words::pairing("pairing-finished", finished)))?;
            }
            None if done.is_ok() && json => {
                print(&json_line(&json!({ "address": options.address.as_str(), "paired": true })))?;
            }
            None if done.is_ok() => print(&format!("paired with {}\n", options.address))?,
            _ => {}
        }
        done
    })
}

/// Somebody who has asked for a pairing.
struct Waiting<'a> {
    options: &'a Options,
    /// How it has ended.
    finished: Option<Value>,
}

impl Waiting<'_> {
    /// Whatever ends this leaves the bus, and with that the daemon ends what it did for us.
    async fn ask(&mut self, panel: &Client, stop: impl Future<Output = ()>) -> Result<(), Failure> {
        let Options { address, adapter, timeout, .. } = self.options;
        let what = format!("pair with {address}");
        let mut signals = panel.signals().await?;
        self.say(&format!("asked the panel to pair with {address}"));
        let pairing = panel.pair(address.as_str(), adapter.as_deref().unwrap_or_default());
        let give_up = tokio::time::sleep(*timeout);
        tokio::pin!(pairing, stop, give_up);
        let ended = loop {
            tokio::select! {
                biased;
                () = &mut stop => return Err(failed(format!("cannot {what}: cancelled"))),
                () = &mut give_up => {
                    let seconds = timeout.as_secs();
                    return Err(failed(format!("cannot {what}: cancelled after {seconds} s")));
                }
                signal = signals.next() => match signal {
                    Some(Ok(signal)) => self.hear(&signal),
                    _ => return Err(bus_gone()),
                },
                ended = &mut pairing => break ended,
            }
        };
        // An answer to another question comes after whatever the daemon has signalled.
        let _ = panel.state().await;
        while let Some(Some(Ok(signal))) = signals.next().now_or_never() {
            self.hear(&signal);
        }
        ended.map_err(|error| refused(&what, &error))
    }

    fn hear(&mut self, message: &Message) {
        for signal in Signal::read(message) {
            let Signal::Pairing(event, fields) = signal else { continue };
            if !is_of(&fields, &self.options.address) {
                continue;
            }
            match event {
                "pairing-started" => {
                    self.say(&format!("{}: follow the panel", words::pairing(event, &fields)));
                }
                "pairing-finished" => self.finished = Some(fields),
                _ => {}
            }
        }
    }

    fn say(&self, line: &str) {
        if !self.options.output.json {
            // Who has closed standard output wants to know the exit status only.
            let _ = print(&format!("{line}\n"));
        }
    }
}

/// Whether a pairing is with this device: its path keeps the address under which it was first seen.
fn is_of(fields: &Value, address: &Address) -> bool {
    let path = format!("/dev_{}", address.as_str().replace(':', "_"));
    let has_path = fields["device"].as_str().is_some_and(|device| device.ends_with(&path));
    has_path || fields["address"].as_str() == Some(address.as_str())
}
