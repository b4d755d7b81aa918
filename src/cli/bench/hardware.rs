//! What of a board this machine has, and what is free. Nothing is requested or opened but the chips.

use std::fs;
use std::path::Path;

use crate::bench::Parts;
use crate::board::{Board, KeypadKind, Led, Line, Source};
use crate::display;
use crate::input::{self, CONSUMER, ChipInfo, GpioError, HeldLine};

/// The parts of the board that can be tried, and why the others cannot.
pub(super) fn parts(board: &Board) -> Parts {
    let lines = Lines::of_machine(board);
    Parts::of(board, |part| match part {
        "display" => match &board.display {
            Some(display) => display::locate(Path::new("/"), display)
                .map_err(|error| error.to_string())
                .and_then(|_| {
                    display.lines().into_iter().try_for_each(|(line, _)| lines.free(line))
                }),
            None => Ok(()),
        },
        "keys" => keys(board, &lines),
        "lamp" => match &board.led {
            Some(Led::Gpio { line, .. }) => lines.free(line),
            Some(Led::Class(name)) => {
                let path = Path::new("/sys/class/leds").join(name);
                path.exists().then_some(()).ok_or_else(|| format!("there is no {}", path.display()))
            }
            None => Ok(()),
        },
        _ => board.buzzer.as_ref().map_or(Ok(()), |buzzer| lines.free(&buzzer.line)),
    })
}

/// One key that can be tried is enough. What is wrong with the others is said when they are asked for.
fn keys(board: &Board, lines: &Lines) -> Result<(), String> {
    let device = |device| input::locate_device(Path::new("/"), device).map_err(|e| e.to_string());
    let mut tries = Vec::new();
    for button in &board.buttons {
        tries.push(match &button.source {
            Source::Gpio { line, .. } => lines.free(line),
            Source::Evdev { device: wanted, .. } => device(wanted).map(drop),
        });
    }
    match board.keypad.as_ref().map(|keypad| &keypad.kind) {
        Some(KeypadKind::Evdev(wanted)) => tries.push(device(wanted).map(drop)),
        Some(KeypadKind::Matrix { rows, cols, .. }) => {
            tries.push(rows.iter().chain(cols).try_for_each(|line| lines.free(line)));
        }
        None => {}
    }
    let first = tries.iter().find_map(|tried| tried.as_ref().err().cloned());
    match first {
        Some(why) if tries.iter().all(Result::is_err) => Err(why),
        _ => Ok(()),
    }
}

/// The chips of the machine, and which of their lines somebody has.
struct Lines(Result<(Vec<ChipInfo>, Vec<Vec<HeldLine>>), String>);

impl Lines {
    /// Not looked at for a board that is on none.
    fn of_machine(board: &Board) -> Self {
        if board.lines().is_empty() {
            return Self(Ok(Default::default()));
        }
        Self(input::survey().map(|chips| chips.into_iter().unzip()).map_err(|e| e.to_string()))
    }

    /// Why a line is not to be had.
    fn free(&self, line: &Line) -> Result<(), String> {
        let (chips, held) = self.0.as_ref().map_err(String::clone)?;
        let (chip, offset) = input::find_chip(line, chips).map_err(|error| error.to_string())?;
        let of_chip = chips.iter().position(|other| other.path == chip.path);
        let held = of_chip.and_then(|n| held[n].iter().find(|held| held.offset == offset));
        let Some(HeldLine { consumer, .. }) = held else { return Ok(()) };
        let line = format!("line {offset} of {}", chip.label);
        if consumer == CONSUMER {
            return Err(format!(
                "{line} is in use by another pairpanel; stop it (systemctl stop pairpanel)"
            ));
        }
        let consumer = match consumer.as_str() {
            "" => "the kernel".to_owned(),
            consumer => format!("\"{}\"", consumer.escape_debug()),
        };
        Err(GpioError::Busy { line, consumer }.to_string())
    }
}

/// What the machine below `root` calls itself.
pub(super) fn model(root: &Path) -> String {
    let files = ["sys/firmware/devicetree/base/model", "sys/class/dmi/id/product_name"];
    let read = |file: &&str| {
        let text = fs::read(root.join(file)).ok()?;
        let text = String::from_utf8_lossy(&text);
        let line: String =
            text.trim_end_matches('\0').chars().filter(|c| !c.is_control()).collect();
        (!line.trim().is_empty()).then(|| line.trim().to_owned())
    };
    files.iter().find_map(read).unwrap_or_else(|| "a machine without a name".to_owned())
}
