//! `open`, `close` and `identify`: orders that are carried out at once.

use std::time::Duration;

use serde_json::json;
use zbus::Structure;

use super::arguments::Output;
use super::client::{State, with_panel};
use super::status;
use super::text::json_line;
use super::{Failure, print};

pub(super) fn open(seconds: Option<Duration>, output: Output) -> Result<(), Failure> {
    // 0 is as long as the configuration says.
    let seconds = seconds.map_or(0, |seconds| u32::try_from(seconds.as_secs()).unwrap_or(u32::MAX));
    order("open the pairing window", "OpenWindow", Some((seconds,).into()), output)
}

pub(super) fn close(output: Output) -> Result<(), Failure> {
    order("close the pairing window", "CloseWindow", None, output)
}

pub(super) fn identify() -> Result<(), Failure> {
    with_panel(async |panel| {
        panel.call("identify the panel", "Identify", None).await?;
        print("the panel shows which one it is\n")
    })
}

fn order(
    what: &str,
    method: &str,
    arguments: Option<Structure<'_>>,
    output: Output,
) -> Result<(), Failure> {
    with_panel(async |panel| {
        panel.call(what, method, arguments).await?;
        tell(&panel.state().await?, output)
    })
}

fn tell(state: &State, output: Output) -> Result<(), Failure> {
    if output.json {
        let (open, remaining) = (state.get("window_open"), state.get("window_remaining"));
        return print(&json_line(&json!({ "window_open": open, "window_remaining": remaining })));
    }
    print(&format!("the pairing window is {}\n", status::window(state)))
}
