//! `status`: the page that a technician reads first.

use serde_json::Value;

use super::arguments::Output;
use super::client::{State, with_panel};
use super::text::{Style, escape, json_line, labelled};
use super::words::{self, field, is};
use super::{Failure, print};

pub(super) fn status(output: Output) -> Result<(), Failure> {
    with_panel(async |panel| {
        let state = panel.state().await?;
        if output.json {
            return print(&json_line(&state.into_json()));
        }
        print(&page(Style::of_stdout(), &state))
    })
}

fn page(style: Style, state: &State) -> String {
    let ready = state.text("health") == "ready";
    let of = |key| words_of(key, state.get(key));
    let mark = |fine: bool, text: String| if fine { style.good(&text) } else { style.bad(&text) };
    let board = format!("{} ({})", escape(state.text("board_name")), escape(state.text("board")));
    let capability = format!("{}: {}", of("capability"), of("capability_reason"));
    let mut lines = vec![
        ("board", board),
        ("capability", capability),
        ("health", mark(ready, of("health"))),
        ("state", of("activity")),
        ("window", window(state)),
    ];
    if let Some(left @ 1..) = state.get("pause_remaining").as_u64() {
        lines.push(("pause", format!("{left} s left")));
    }
    lines.push(("display", of("display")));
    lines.push(("inputs", of("inputs")));
    let is_default = state.text("default_agent") == "yes";
    lines.push(("agent", mark(is_default, of("default_agent"))));
    let adapters = state.list("adapters");
    for (index, one) in adapters.iter().enumerate() {
        lines.push((if index == 0 { "adapters" } else { "" }, adapter(one)));
    }
    if adapters.is_empty() {
        lines.push(("adapters", "none".to_owned()));
    }
    lines.push(("bonds", of("devices")));
    lines.push(("version", of("version")));
    labelled(style, &lines)
}

pub(super) fn window(state: &State) -> String {
    match (state.get("window_open").as_bool(), state.get("window_remaining").as_u64()) {
        (Some(true), Some(left @ 1..)) => format!("open, {left} s left"),
        (Some(true), _) => "open".to_owned(),
        _ => "closed".to_owned(),
    }
}

/// A property in words.
pub(super) fn words_of(key: &str, value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    match (key, value) {
        ("capability", _) if text.is_empty() => "none (not registered)".to_owned(),
        ("activity", _) => escape(words::activity(text)),
        ("health", _) => escape(words::health(text)),
        ("default_agent", _) => escape(words::default_agent(text)),
        ("window_open", _) => if value == true { "open" } else { "closed" }.to_owned(),
        ("display", _) if text == "none" => "this board has none".to_owned(),
        ("inputs", Value::Object(inputs)) if inputs.is_empty() => "this board has none".to_owned(),
        ("inputs", Value::Object(inputs)) => {
            let of = |(role, part): (&String, &Value)| {
                escape(&format!("{role} {}", part.as_str().unwrap_or_default()))
            };
            inputs.iter().map(of).collect::<Vec<_>>().join(", ")
        }
        ("adapters", Value::Array(all)) if all.is_empty() => "none".to_owned(),
        ("adapters", Value::Array(all)) => all.iter().map(adapter).collect::<Vec<_>>().join("; "),
        ("devices", Value::Array(all)) => {
            let bonded = all.iter().filter(|device| is(device, "bonded")).count();
            let blocked = all.iter().filter(|device| is(device, "blocked")).count();
            let blocked = if blocked > 0 { format!(", {blocked} blocked") } else { String::new() };
            format!("{bonded}{blocked}")
        }
        (_, Value::String(text)) => escape(text),
        (_, Value::Null) => "unknown".to_owned(),
        (_, other) => escape(&other.to_string()),
    }
}

fn adapter(object: &Value) -> String {
    let path = field(object, "path");
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut is_what = vec![if is(object, "powered") { "on" } else { "off" }];
    is_what.extend(is(object, "pairable").then_some("pairable"));
    is_what.extend(is(object, "discoverable").then_some("discoverable"));
    is_what.extend((!is(object, "used")).then_some("not used by the panel"));
    let (address, alias) = (field(object, "address"), field(object, "name"));
    format!("{name} {address} {alias}: {}", is_what.join(", "))
}
