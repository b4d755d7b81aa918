//! `prompt`: what is asked or shown at the panel, for somebody who cannot read the glass.

use serde_json::{Value, json};

use super::arguments::Output;
use super::client::with_panel;
use super::text::{Style, escape, json_line, labelled};
use super::words::{field, is, peer};
use super::{Failure, print};

pub(super) fn prompt(output: Output) -> Result<(), Failure> {
    with_panel(async |panel| {
        let prompt = panel.read("read the prompt", "ReadPrompt").await?.into_json();
        let open = prompt["asks"].is_string();
        if output.json {
            let prompt = if open { prompt } else { Value::Null };
            return print(&json_line(&json!({ "prompt": prompt })));
        }
        if open {
            print(&page(Style::of_stdout(), &prompt))
        } else {
            print("nothing is asked or shown\n")
        }
    })
}

fn page(style: Style, prompt: &Value) -> String {
    let asks = match prompt["asks"].as_str().unwrap_or_default() {
        "compare" => "is this the same number as on the device? it is not to be typed anywhere",
        "type-there" => "the code is to be typed on the device",
        "type-here" => "the code that the device shows is to be typed here",
        "just-works" => "may the device pair? there is no code to compare",
        "service" => "may the device use the service?",
        "forget" => "is the old bond with the device to be deleted?",
        "keep" => "is the bond to be kept that the device has made without a check?",
        "settling" => "accepted here; the device has still to do its part",
        other => other,
    };
    let mut lines = vec![("asked", escape(asks)), ("device", peer(prompt))];
    if let Some(code) = prompt["code"].as_str() {
        lines.push(("code", spelled(code)));
    }
    let has = |key: &str| prompt[key].is_string();
    if has("service") {
        lines.push(("service", field(prompt, "service")));
    }
    if let Some(typed) = prompt["typed"].as_u64() {
        lines.push(("typed", format!("{typed} digits")));
    }
    if has("pick") {
        lines.push(("picked", field(prompt, "pick")));
    }
    let press = if is(prompt, "hold") { "hold" } else { "press" };
    for (key, label, how) in
        [("accept", "yes", press), ("erase", "back", "press"), ("reject", "no", "press")]
    {
        if has(key) {
            lines.push((label, format!("{how} {}", field(prompt, key))));
        }
    }
    if let Some(left) = prompt["seconds"].as_u64() {
        lines.push(("left", format!("{left} s")));
    }
    labelled(style, &lines)
}

/// With a space after each character, for a voice that would make a number of it.
fn spelled(code: &str) -> String {
    let characters = escape(code).chars().map(String::from).collect::<Vec<_>>();
    characters.join(" ")
}
