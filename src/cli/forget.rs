//! `forget`: deletes bonds.

use serde_json::{Value, json};
use zbus::ObjectPath;

use super::arguments::Output;
use super::client::{Client, with_panel};
use super::text::{escape, json_line};
use super::words::{field, is, peer};
use super::{Failure, failed, print};

/// Forgets these devices; all that are bonded if there are none.
pub(super) fn forget(devices: &[String], output: Output) -> Result<(), Failure> {
    with_panel(async |panel| {
        let state = panel.state().await?;
        let known = state.list("devices");
        if devices.is_empty() {
            let bonded = known.iter().filter(|device| is(device, "bonded")).collect::<Vec<_>>();
            panel.call("forget the devices", "ForgetAll", None).await?;
            return tell(&bonded, output);
        }
        // A wrong name must not leave half of it done.
        let mut found = Vec::new();
        for device in devices {
            let device = find(known, device)?;
            if !found.contains(&device) {
                found.push(device);
            }
        }
        for (index, device) in found.iter().enumerate() {
            if let Err(failure) = forget_one(&panel, device).await {
                if index > 0 {
                    tell(&found[..index], output)?;
                }
                return Err(failure);
            }
        }
        tell(&found, output)
    })
}

async fn forget_one(panel: &Client, device: &Value) -> Result<(), Failure> {
    let path = ObjectPath::try_from(device["path"].as_str().unwrap_or_default()).map_err(failed)?;
    panel.call(&format!("forget {}", peer(device)), "Forget", Some((path,).into())).await
}

/// The device with this path, address or name.
fn find<'a>(known: &'a [Value], wanted: &str) -> Result<&'a Value, Failure> {
    let has = |key: &str, device: &&Value| device[key].as_str() == Some(wanted);
    let has_address = |device: &&Value| {
        device["address"].as_str().is_some_and(|address| address.eq_ignore_ascii_case(wanted))
    };
    let mut matches: Vec<_> = known.iter().filter(|device| has("path", device)).collect();
    if matches.is_empty() {
        matches = known.iter().filter(has_address).collect();
    }
    // A device could take another one's address for a name.
    if matches.is_empty() {
        matches = known.iter().filter(|device| has("name", device)).collect();
    }
    match matches.as_slice() {
        [device] => Ok(device),
        [] => Err(Failure::Failed(format!(
            "no device is called {}; pairpanel devices lists them",
            escape(wanted)
        ))),
        several => {
            let paths = several.iter().map(|device| format!("\n  {}", field(device, "path")));
            Err(Failure::Failed(format!(
                "{} devices are called {}; take one of these instead:{}",
                several.len(),
                escape(wanted),
                paths.collect::<String>()
            )))
        }
    }
}

fn tell(forgotten: &[&Value], output: Output) -> Result<(), Failure> {
    if output.json {
        return print(&json_line(&json!({ "forgotten": forgotten })));
    }
    let lines = forgotten.iter().map(|device| format!("forgot {}\n", peer(device)));
    let lines: String = lines.collect();
    print(if lines.is_empty() { "no device is bonded\n" } else { &lines })
}
