//! `devices`: who is bonded.

use serde_json::{Value, json};

use super::arguments::Output;
use super::client::with_panel;
use super::text::{Style, json_line, table};
use super::words::{field, is};
use super::{Failure, print};

pub(super) fn list(output: Output) -> Result<(), Failure> {
    with_panel(async |panel| tell(panel.state().await?.list("devices"), output))
}

fn tell(devices: &[Value], output: Output) -> Result<(), Failure> {
    if output.json {
        return print(&json_line(&json!({ "devices": devices })));
    }
    if devices.is_empty() {
        return print("no device is bonded\n");
    }
    let rows: Vec<_> = devices.iter().map(row).collect();
    print(&table(Style::of_stdout(), ["NAME", "ADDRESS", "ADAPTER", "STATE"], &rows))
}

fn row(device: &Value) -> [String; 4] {
    let path = field(device, "path");
    let adapter = path.split('/').nth(3).unwrap_or_default().to_owned();
    let states = ["bonded", "connected", "trusted", "blocked"];
    let state: Vec<_> = states.into_iter().filter(|key| is(device, key)).collect();
    [field(device, "name"), field(device, "address"), adapter, state.join(", ")]
}
