//! The lamp and the buzzer: switched on, and somebody says whether they do it.

use super::ask::{Left, choose, line};
use super::{Bench, Subject};
use crate::bench::Checked;
use crate::board::{Active, Board, Buzzer, Led};

/// Asks for each one that there is and can be tried. `found` gets the level that switches it on.
pub(super) fn check(
    bench: &mut dyn Bench,
    subject: &Subject<'_>,
    found: &mut Board,
    checked: &mut Checked,
) -> Result<(), Left> {
    let Subject { here, parts, .. } = subject;
    if let (Some(led), Some(Ok(()))) = (&here.led, &parts.lamp) {
        let mut led = led.clone();
        let ended = lamp(bench, &mut led)?;
        if let (Led::Gpio { active: is, .. }, Some(Led::Gpio { active, .. })) =
            (&led, &mut found.led)
        {
            *active = *is;
        }
        note(checked, "the lamp", ended);
    }
    if let (Some(buzzer), Some(Ok(()))) = (&here.buzzer, &parts.buzzer) {
        let mut buzzer = buzzer.clone();
        let ended = sound(bench, &mut buzzer)?;
        if let Some(found) = &mut found.buzzer {
            found.active = buzzer.active;
        }
        note(checked, "the buzzer", ended);
    }
    Ok(())
}

fn note(checked: &mut Checked, part: &str, ended: Option<String>) {
    match ended {
        None => checked.works.push(part.to_owned()),
        Some(why) => checked.open.push(format!("{part} ({why})")),
    }
}

fn lamp(bench: &mut dyn Bench, led: &mut Led) -> Result<Option<String>, Left> {
    loop {
        line(bench, "\nLamp. Enter lights it for two seconds; it is dark before and after. ")?;
        bench.light(led);
        let answers = [
            "It was lit for two seconds",
            "Again: I have not looked",
            "Nothing was to be seen",
            "It was the other way round: lit, but for two seconds",
        ];
        let can_flip = matches!(led, Led::Gpio { .. });
        let answers = &answers[..if can_flip { 4 } else { 3 }];
        match choose(bench, "What did it do?", answers)? {
            0 => return Ok(None),
            1 => {}
            2 => return Ok(Some("nothing was to be seen".to_owned())),
            _ => {
                bench.rest();
                if let Led::Gpio { active, .. } = led {
                    flip(active);
                }
            }
        }
    }
}

fn sound(bench: &mut dyn Bench, buzzer: &mut Buzzer) -> Result<Option<String>, Left> {
    loop {
        line(bench, "\nBuzzer. Enter has it sound twice, shortly. ")?;
        if let Err(why) = bench.sound(buzzer) {
            bench.say(&format!("{why}\n"));
            return Ok(Some(why));
        }
        let answers = [
            "It sounded twice, and is silent now",
            "Again: I have not listened",
            "Nothing was to be heard",
            "It was the other way round: it sounds all the time now",
        ];
        match choose(bench, "What did it do?", &answers)? {
            0 => return Ok(None),
            1 => {}
            2 => return Ok(Some("nothing was to be heard".to_owned())),
            _ => {
                bench.rest();
                flip(&mut buzzer.active);
            }
        }
    }
}

fn flip(active: &mut Active) {
    *active = match active {
        Active::Low => Active::High,
        Active::High => Active::Low,
    };
}
