//! `oob`: what a device has to know to pair out of band, for a product that hands it on its own way.

use serde_json::json;

use super::arguments::Output;
use super::client::with_panel;
use super::text::{Style, escape, json_line, labelled};
use super::words::field;
use super::{Failure, print};

/// The group may not do this.
fn for_root(failure: Failure) -> Failure {
    match failure {
        Failure::NotAllowed(_) => {
            Failure::NotAllowed("not allowed to read out-of-band data; be root".to_owned())
        }
        failure => failure,
    }
}

pub(super) fn oob(output: Output) -> Result<(), Failure> {
    with_panel(async |panel| {
        let data = panel.read("read out-of-band data", "ReadOutOfBand").await.map_err(for_root)?;
        let data = data.into_json();
        if output.json {
            return print(&json_line(&json!({ "oob": data })));
        }
        let lines = ["address", "uri", "data"].map(|key| (key, escape(&field(&data, key))));
        print(&labelled(Style::of_stdout(), &lines))
    })
}
