//! `watch`: a line for each thing that happens.

use std::io::{self, Write as _};

use futures_util::{FutureExt as _, StreamExt as _};
use serde_json::{Value, json};
use zbus::fdo::DBusProxy;
use zbus::{Connection, Message};

use super::arguments::Output;
use super::client::{Client, NAME, Signal, bus_gone, on_the_bus, stopped};
use super::text::{escape, json_line};
use super::{Failure, failed, status, words};

pub(super) fn watch(output: Output) -> Result<(), Failure> {
    on_the_bus(async |connection| {
        let stopped = stopped()?;
        tokio::select! {
            () = stopped => Ok(()),
            ended = follow(connection, output) => match ended {
                Err(Ended::Unread) => Ok(()),
                Err(Ended::Failed(failure)) => Err(failure),
                Ok(never) => match never {},
            },
        }
    })
}

enum Ended {
    /// Nobody reads standard output any more.
    Unread,
    Failed(Failure),
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

enum Never {}

/// Follows one daemon after the other.
async fn follow(connection: &Connection, output: Output) -> Result<Never, Ended> {
    let bus = DBusProxy::new(connection).await.map_err(failed)?;
    let owners = bus.receive_name_owner_changed_with_args(&[(0, NAME)]).await;
    let mut owners = owners.map_err(failed)?;
    let mut panel = Some(Client::of(connection).await?);
    loop {
        let Some(present) = panel else {
            let change = owners.next().await.ok_or_else(bus_gone)?;
            let has_come = change.args().is_ok_and(|args| args.new_owner().is_some());
            panel = if has_come { Client::of(connection).await.ok() } else { None };
            continue;
        };
        // Before the state is read, so that no change is missed.
        let mut signals = present.signals().await?;
        match present.state().await {
            Ok(state) => begin(state, output)?,
            Err(Failure::NotRunning(_)) => {}
            Err(failure) => return Err(failure.into()),
        }
        loop {
            tokio::select! {
                biased;
                signal = signals.next() => {
                    tell(&signal.ok_or_else(bus_gone)?.map_err(failed)?, output)?;
                }
                change = owners.next() => {
                    change.ok_or_else(bus_gone)?;
                    break;
                }
            }
        }
        while let Some(Some(Ok(signal))) = signals.next().now_or_never() {
            tell(&signal, output)?;
        }
        say(output, "stopped", json!({}), || "pairpanel has stopped".to_owned())?;
        panel = Client::of(connection).await.ok();
    }
}

fn begin(state: super::client::State, output: Output) -> Result<(), Ended> {
    let line = format!("watching pairpanel on {}", escape(state.text("board_name")));
    say(output, "watching", json!({ "state": state.into_json() }), || line)
}

fn tell(message: &Message, output: Output) -> Result<(), Ended> {
    for signal in Signal::read(message) {
        match signal {
            Signal::Pairing(event, fields) => {
                let line = words::pairing(event, &fields);
                say(output, event, fields, || line)?;
            }
            Signal::Changed(key, value) => {
                let label = key.replace('_', " ");
                let line = format!("{}: {}", escape(&label), status::words_of(&key, &value));
                say(output, "changed", json!({ "property": key, "value": value }), || line)?;
            }
        }
    }
    Ok(())
}

/// One line, at once.
fn say(
    output: Output,
    event: &str,
    mut fields: Value,
    line: impl FnOnce() -> String,
) -> Result<(), Ended> {
    let text = if output.json {
        fields["event"] = event.into();
        json_line(&fields)
    } else {
        format!("{}\n", line())
    };
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Ended::Unread),
        Err(error) => Err(failed(format!("cannot write: {error}")).into()),
    }
}
