//! The evidence and what follows from it, on one screen or as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::board::Confidence;
use crate::cli::text::{Style, escape};
use crate::config::DEFAULT_PATH;
use crate::detect::{Applied, Evidence, Outcome, Probe, Probed, Suggestion};
use crate::doctor::wrap;

/// No line is wider, unless a single word is.
const WIDTH: usize = 100;
/// As many suggestions are shown with their reasons, and of the others the names.
const SHOWN: usize = 3;
/// As much of a text that somebody else has chosen is shown.
const LONGEST: usize = 60;

pub(super) fn text(style: Style, evidence: &Evidence, outcome: &Outcome, apply: bool) -> String {
    let seen = seen(evidence);
    let margin = seen.iter().map(|(label, _)| label.len()).max().unwrap_or_default() + 2;
    let mut text = String::new();
    for (label, line) in seen {
        let lines = wrap(&line, WIDTH - margin).join(&format!("\n{:margin$}", ""));
        let _ = writeln!(text, "{}{lines}", style.bold(&format!("{label:margin$}")));
    }
    text.push('\n');
    for suggestion in outcome.suggestions.iter().take(SHOWN) {
        text.push_str(&entry(style, suggestion));
    }
    for left_out in outcome.left_out.iter().filter(|left_out| left_out.exact) {
        let _ = writeln!(text, "{}", style.bad(&escape(&left_out.id)));
        item(&mut text, "  - ", &format!("is what the HAT says that it is, but {}", left_out.why));
    }
    text.push_str(&if outcome.suggestions.is_empty() { rest(outcome) } else { counts(outcome) });
    let next = next(evidence, outcome, apply);
    if !next.is_empty() {
        text.push('\n');
    }
    for line in next {
        item(&mut text, "", &line);
    }
    text
}

/// The profiles that are no suggestions, where there is none.
fn rest(outcome: &Outcome) -> String {
    let mut text = String::new();
    let mut names = |what: &str, names: Vec<&str>| {
        if !names.is_empty() {
            item(&mut text, "", &format!("{what}: {}", names.join(", ")));
        }
    };
    // Many boards have one thing against them.
    let mut reasons: BTreeMap<Option<&String>, Vec<&str>> = BTreeMap::new();
    for suggestion in &outcome.silent {
        reasons.entry(suggestion.against.first()).or_default().push(&suggestion.board.id);
    }
    let mut alone = Vec::new();
    for (why, boards) in reasons {
        match (why, boards.as_slice()) {
            (None, _) => names("fit, and nothing speaks for them", boards),
            (Some(_), [board]) => alone.push(*board),
            (Some(why), _) => names(&format!("fit, but {why}"), boards),
        }
    }
    names("fit, but something is missing or taken (--json says what)", alone);
    let left_out = |broken: bool| {
        let left_out = outcome.left_out.iter().filter(move |l| !l.exact && l.broken == broken);
        left_out.map(|left_out| left_out.id.as_str()).collect()
    };
    names("do not fit (--json says why)", left_out(false));
    names("cannot be read (pairpanel check NAME says why)", left_out(true));
    text
}

/// How many profiles are no suggestions that are shown.
fn counts(outcome: &Outcome) -> String {
    let broken = outcome.left_out.iter().filter(|left_out| left_out.broken).count();
    let parts = [
        (outcome.suggestions.len().saturating_sub(SHOWN), "with less reason"),
        (outcome.silent.len(), "that fit, and nothing speaks for"),
        (outcome.left_out.len() - broken, "that do not fit"),
        (broken, "that cannot be read"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
    let mut text = String::new();
    if !parts.is_empty() {
        let parts = parts.join(", ");
        item(&mut text, "", &format!("other profiles: {parts} (--json has all with the reasons)"));
    }
    text
}

/// A line for each kind of thing that was looked at.
fn seen(evidence: &Evidence) -> Vec<(&'static str, String)> {
    let host = evidence.host.as_ref();
    let host = host.map_or_else(|| "in no host file".to_owned(), |host| escape(&host.id));
    let machine = match &evidence.model {
        Some(model) => format!("{} ({host})", cut(model)),
        None => format!("without a device tree ({host})"),
    };
    let hats: Vec<String> = evidence
        .hats
        .iter()
        .map(|hat| {
            let mut text = cut(&hat.identity());
            if hat.node != "hat" {
                text =
                    format!("{text} at {}, which is not known to be the one below", cut(&hat.node));
            }
            for rubbish in &hat.rubbish {
                let _ = write!(text, "; {} is no text of a HAT: {}", rubbish.field, rubbish.shown);
            }
            text
        })
        .collect();
    let chips = evidence.chips.iter().map(|chip| {
        format!(
            "{} ({} of {} lines in use)",
            cut(&chip.info.label),
            chip.held.len(),
            chip.info.lines
        )
    });
    let chips = match &evidence.chips_unknown {
        Some(why) => format!("not looked at: {}", cut(why)),
        None => some(chips.collect()),
    };
    let i2c = evidence.i2c.iter().map(|device| {
        let driver = device.driver.as_ref().map(|driver| format!(" (driver {})", cut(driver)));
        let driver = driver.unwrap_or_default();
        format!("{} at {:#04x} on bus {}{driver}", cut(&device.name), device.address, device.bus)
    });
    let framebuffers = evidence.framebuffers.iter().map(|f| format!("\"{}\"", cut(&f.name)));
    let inputs = evidence.inputs.iter().map(|input| format!("\"{}\"", cut(&input.name)));
    let leds = evidence.leds.iter().map(|led| cut(led));
    vec![
        ("machine", machine),
        ("HAT", some(hats)),
        ("GPIO", chips),
        ("I2C", format!("{}; {}", some(i2c.collect()), probed(&evidence.probe))),
        ("SPI", some(evidence.spi.iter().map(|device| cut(device)).collect())),
        ("framebuffers", some(framebuffers.collect())),
        ("inputs", some(inputs.collect())),
        ("LEDs", some(leds.collect())),
    ]
}

/// A few of them, so that a machine with many leaves the screen to the rest.
fn some(mut texts: Vec<String>) -> String {
    const MOST: usize = 6;
    match texts.len() {
        0 => "none".to_owned(),
        n if n <= MOST => texts.join(", "),
        n => {
            texts.truncate(MOST);
            format!("{} and {} more (--json)", texts.join(", "), n - MOST)
        }
    }
}

fn probed(probe: &Probe) -> String {
    match probe {
        Probe::NotWanted => "displays not asked for".to_owned(),
        Probe::Impossible(why) => format!("displays not asked for: {}", escape(why)),
        Probe::Done { bus, found } => {
            let said = found.iter().map(|(address, found)| match found {
                Probed::Answers(byte) => {
                    format!("something answers at {address:#04x} ({byte:#04x})")
                }
                Probed::Silent => format!("nothing at {address:#04x}"),
                Probed::Owned(driver) => {
                    format!("{address:#04x} not asked, as the driver {} has it", cut(driver))
                }
                Probed::Failed(why) => format!("{address:#04x} failed: {}", escape(why)),
            });
            format!("on {} {}", escape(bus), said.collect::<Vec<_>>().join(", "))
        }
    }
}

fn entry(style: Style, suggestion: &Suggestion) -> String {
    let board = &suggestion.board;
    let id = escape(&board.id);
    let name = escape(&format!("{} ({})", board.name, confidence(board.confidence)));
    let lines = wrap(&name, WIDTH - id.len() - 2).join("\n    ");
    let mut text = format!("{}  {lines}\n", style.bold(&id));
    for reason in &suggestion.reasons {
        item(&mut text, "  + ", reason);
    }
    for reason in &suggestion.against {
        item(&mut text, "  - ", reason);
    }
    text
}

/// What to do now.
fn next(evidence: &Evidence, outcome: &Outcome, apply: bool) -> Vec<String> {
    let mut next = Vec::new();
    let (exact, best) = (outcome.exact(), outcome.suggestions.first());
    match (exact.as_slice(), best) {
        ([_], Some(best)) if best.exact && !apply => next.push(
            "next: pairpanel detect --apply writes it into the configuration, and board = \"auto\" \
             leaves it to the HAT at each start"
                .to_owned(),
        ),
        ([_], Some(best)) if best.exact => {}
        (_, Some(_)) => next.push(format!(
            "next: if one of them is what you have, write board = \"NAME\" into {DEFAULT_PATH}"
        )),
        (_, None) => next.push(format!(
            "next: nothing says which board this is; pairpanel boards lists all of them, to be \
             written into {DEFAULT_PATH} as board = \"NAME\""
        )),
    }
    let boards = outcome.suggestions.iter().chain(&outcome.silent);
    if exact.is_empty() && boards.filter(|s| s.board.display.is_some()).count() > 1 {
        next.push(
            "No program can tell an SSD1306 from an SH1106, nor 32 rows from 64: pairpanel check \
             NAME finds that by eye."
                .to_owned(),
        );
        let has_bus = evidence.header_bus.is_some();
        if evidence.probe == Probe::NotWanted && has_bus {
            next.push(
                "pairpanel detect --probe-i2c says whether something answers where displays are; \
                 it reads a byte and writes none."
                    .to_owned(),
            );
        }
    }
    next
}

/// A text after a lead, with escapes for what a terminal would obey; its further lines are indented.
fn item(text: &mut String, lead: &str, words: &str) {
    let margin = lead.len().max(2);
    let lines = wrap(&escape(words), WIDTH - margin).join(&format!("\n{:margin$}", ""));
    let _ = writeln!(text, "{lead}{lines}");
}

/// A text that somebody else has chosen: without what a terminal would obey, and not too long.
fn cut(text: &str) -> String {
    let mut beginning: String = text.chars().take(LONGEST).collect();
    if beginning.len() < text.len() {
        beginning.push_str("...");
    }
    escape(&beginning)
}

const fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Verified => "verified",
        Confidence::Documented => "documented",
        Confidence::Untested => "untested",
    }
}

pub(super) fn json(evidence: &Evidence, outcome: &Outcome, applied: Option<&Applied>) -> Value {
    let hats = evidence.hats.iter().map(|hat| {
        let rubbish: Vec<&str> = hat.rubbish.iter().map(|rubbish| rubbish.field).collect();
        json!({
            "node": hat.node, "vendor": hat.vendor, "product": hat.product,
            "product_id": hat.product_id, "product_ver": hat.product_ver, "uuid": hat.uuid,
            "rubbish": rubbish,
        })
    });
    let chips = evidence.chips.iter().map(|chip| {
        let held = chip.held.iter();
        let held = held.map(|line| json!({ "offset": line.offset, "consumer": line.consumer }));
        let (label, device, lines) = (&chip.info.label, &chip.info.path, chip.info.lines);
        let held: Vec<Value> = held.collect();
        json!({ "label": label, "device": device, "lines": lines, "held": held })
    });
    let i2c = evidence
        .i2c
        .iter()
        .map(|d| json!({ "bus": d.bus, "address": d.address, "name": d.name, "driver": d.driver }));
    let framebuffers =
        evidence.framebuffers.iter().map(|f| json!({ "device": f.device, "name": f.name }));
    let inputs = evidence.inputs.iter().map(|i| json!({ "name": i.name, "phys": i.phys }));
    let list = |values: &mut dyn Iterator<Item = Value>| values.collect::<Vec<_>>();
    let suggestion = |s: &Suggestion| {
        json!({
            "board": s.board.id, "name": s.board.name, "exact": s.exact,
            "confidence": confidence(s.board.confidence),
            "reasons": s.reasons, "against": s.against,
        })
    };
    let left_out = outcome
        .left_out
        .iter()
        .map(|l| json!({ "board": l.id, "exact": l.exact, "broken": l.broken, "why": l.why }));
    json!({
        "model": evidence.model,
        "compatible": evidence.compatible,
        "host": evidence.host.as_ref().map(|host| &host.id),
        "hats": list(&mut hats.into_iter()),
        "gpio": list(&mut chips.into_iter()),
        "gpio_unknown": evidence.chips_unknown,
        "i2c": list(&mut i2c.into_iter()),
        "spi": evidence.spi,
        "framebuffers": list(&mut framebuffers.into_iter()),
        "inputs": list(&mut inputs.into_iter()),
        "leds": evidence.leds,
        "probe": probe_json(&evidence.probe),
        "suggestions": list(&mut outcome.suggestions.iter().map(suggestion)),
        "silent": list(&mut outcome.silent.iter().map(suggestion)),
        "left_out": list(&mut left_out.into_iter()),
        "applied": applied.map(|applied| match applied {
            Applied::Written { board } | Applied::AlreadyThere { board } => board,
        }),
    })
}

fn probe_json(probe: &Probe) -> Value {
    match probe {
        Probe::NotWanted => Value::Null,
        Probe::Impossible(why) => json!({ "impossible": why }),
        Probe::Done { bus, found } => {
            let found = found.iter().map(|(address, found)| {
                let (state, detail) = match found {
                    Probed::Answers(byte) => ("answers", json!(byte)),
                    Probed::Silent => ("silent", Value::Null),
                    Probed::Owned(driver) => ("owned", json!(driver)),
                    Probed::Failed(why) => ("failed", json!(why)),
                };
                json!({ "address": address, "state": state, "detail": detail })
            });
            json!({ "bus": bus, "found": found.collect::<Vec<_>>() })
        }
    }
}
