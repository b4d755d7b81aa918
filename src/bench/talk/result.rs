//! What is going to be done, and what has come of it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::ask::{Left, line, yes};
use super::{Bench, Ended, Subject};
use crate::bench::Checked;
use crate::bench::checked::changes;
use crate::board::{Backend, Board, DIRECTORIES, KeypadKind, Led, Source};

/// What will be written to, driven and requested, line by line.
pub(super) fn plan(subject: &Subject<'_>) -> String {
    let Subject { here, parts, .. } = subject;
    let mut text = String::from("\nThis board can be tried here, with somebody who looks at it:\n");
    for (part, is_there) in parts.all() {
        let what = match is_there {
            Err(why) => format!("left alone: {why}"),
            Ok(()) => match part {
                "display" => display(here),
                "keys" => keys(here),
                "lamp" => match &here.led {
                    Some(Led::Gpio { line, .. }) => format!("{line} is driven"),
                    Some(Led::Class(name)) => format!("{name} in /sys/class/leds is switched"),
                    None => String::new(),
                },
                _ => here
                    .buzzer
                    .as_ref()
                    .map_or_else(String::new, |b| format!("{} is driven", b.line)),
            },
        };
        let _ = writeln!(text, "  {part:<8} {what}");
    }
    text + "Nothing else is written to or driven. Ctrl-C ends it at any time, and nothing is written then.\n"
}

fn display(here: &Board) -> String {
    let Some(display) = &here.display else { return String::new() };
    let lines = display.lines().into_iter().map(|(line, _)| format!("; {line} is driven"));
    let lines: String = lines.collect();
    match &display.backend {
        Backend::Framebuffer(_) => {
            format!("pictures are written to the display {}{lines}", display.place())
        }
        Backend::Oled(_) => format!(
            "pictures are written {}{lines}. If one is not right, it is initialised as other\n           \
             displays of that bus are: ssd1306, ssd1309, sh1106 and sh1107. If something else than a \
             display is\n           there, do not try it",
            display.place()
        ),
    }
}

fn keys(here: &Board) -> String {
    let mut parts = Vec::new();
    for button in &here.buttons {
        parts.push(match &button.source {
            Source::Gpio { line, .. } => format!("{line} is read"),
            Source::Evdev { device, .. } => format!("\"{}\" is read", device.name),
        });
    }
    if let Some(keypad) = &here.keypad {
        parts.push(match &keypad.kind {
            KeypadKind::Evdev(device) => format!("\"{}\" is read, and had alone", device.name),
            KeypadKind::Matrix { .. } => {
                "the rows of the keypad are driven low in turn, its columns read".to_owned()
            }
        });
    }
    parts.dedup();
    parts.join("; ")
}

/// Says what was found, and writes it where the person says.
pub(super) fn finish(
    bench: &mut dyn Bench,
    subject: &Subject<'_>,
    found: &Board,
    checked: &Checked,
) -> Result<Ended, Left> {
    let mut text = String::from("\nResult\n");
    for works in &checked.works {
        let _ = writeln!(text, "  works      {works}");
    }
    for open in &checked.open {
        let _ = writeln!(text, "  not seen   {open}");
    }
    let changes = changes(subject.board, found);
    for change in &changes {
        let _ = writeln!(text, "  changed    {change}");
    }
    bench.say(&text);
    if changes.is_empty() && checked.open.is_empty() {
        bench.say("As shipped; nothing to write.\n");
        say_line(bench, &subject.board.id);
        return Ok(Ended::AsShipped);
    }
    if changes.is_empty() {
        bench.say("Nothing differs from the profile as far as was seen; nothing to write.\n");
        return Ok(Ended::NotConfirmed);
    }
    save(bench, subject, found, checked)
}

fn save(
    bench: &mut dyn Bench,
    subject: &Subject<'_>,
    found: &Board,
    checked: &Checked,
) -> Result<Ended, Left> {
    let usual = Path::new(DIRECTORIES[0]).join(format!("{}.toml", subject.board.id));
    let mut why_not = String::new();
    loop {
        let question = format!(
            "Write the profile to which file? Enter is {}, \"no\" is none.\n> ",
            usual.display()
        );
        let typed = line(bench, &question)?;
        let path = match typed.as_str() {
            "" => usual.clone(),
            "n" | "no" => {
                let ended = Ended::Failed(why_not.clone());
                return Ok(if why_not.is_empty() { Ended::NotWritten } else { ended });
            }
            typed => PathBuf::from(typed),
        };
        if path.extension().is_none_or(|extension| extension != "toml") {
            bench.say("Its name has to end in .toml.\n");
            continue;
        }
        if bench.exists(&path) && !yes(bench, &format!("{} is there. Replace it?", path.display()))?
        {
            continue;
        }
        let Subject { board, text, model, .. } = subject;
        let file = path.display().to_string();
        let text = match checked.write(text, board, found, &file, model) {
            Ok(text) => text,
            Err(error) => return Ok(Ended::Failed(error.to_string())),
        };
        match bench.save(&path, &text) {
            Ok(()) => {
                bench.say(&format!("Written to {}.\n", path.display()));
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                let is_searched = DIRECTORIES.iter().any(|d| path.parent() == Some(Path::new(d)));
                say_line(bench, if is_searched { &name } else { &file });
                return Ok(Ended::Written(path));
            }
            Err(why) => {
                bench.say(&format!("{why}\n"));
                why_not = why;
            }
        }
    }
}

fn say_line(bench: &mut dyn Bench, name: &str) {
    bench.say(&format!(
        "In the configuration ({}): board = {name:?}\n",
        crate::config::DEFAULT_PATH
    ));
}
