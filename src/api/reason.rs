//! Why the panel can do what it can, as a sentence for a person.

use crate::pairing::{Abilities, Key, Part, Status};

/// Which parts work, which do not, and what that makes of the capability.
pub(super) fn capability_reason(status: &Status) -> String {
    let mut clauses = Vec::new();
    let parts = parts(status);
    let with = |state: fn(Part) -> bool| -> Vec<&str> {
        parts.iter().filter(|(_, part)| state(*part)).map(|(name, _)| *name).collect()
    };
    let working = with(|part| part == Part::Working);
    if !working.is_empty() {
        clauses.push(said_of(&working, "works", "work"));
    }
    clauses.extend(missing(status).map(str::to_owned));
    let starting = with(|part| part == Part::Starting);
    if !starting.is_empty() {
        clauses.push(said_of(&starting, "is starting", "are starting"));
    }
    let mut faults = Vec::new();
    for (state, one, several) in
        [(Part::Failed, "has failed", "have failed"), (Part::Stuck, "is stuck", "are stuck")]
    {
        let names: Vec<&str> =
            parts.iter().filter(|(_, part)| *part == state).map(|(name, _)| *name).collect();
        if !names.is_empty() {
            faults.push(said_of(&names, one, several));
        }
    }
    if !faults.is_empty() {
        let faults = faults.join(" and ");
        clauses.push(match status.capability {
            Some(capability) if capability != status.nominal => {
                format!("{faults}, so it is less than {}", status.nominal)
            }
            _ => faults,
        });
    }
    // What the board could be without a profile that says otherwise.
    if abilities(status).capability(None) != status.nominal {
        clauses.push(format!("the board profile allows at most {}", status.nominal));
    }
    if status.capability.is_none() {
        clauses.push("bluetoothd does not run, or has not taken the agent yet".to_owned());
    }
    clauses.join("; ")
}

/// The parts that the capability depends on, in this order.
fn parts(status: &Status) -> Vec<(&'static str, Part)> {
    let key = |key| status.keys.get(&key).copied();
    // The digit picker; on a board without a display the keys are no use for that.
    let picker = status.display.and(key(Key::Up)).zip(key(Key::Down));
    let parts = [
        ("the display", status.display),
        ("the accept key", key(Key::Accept)),
        ("the keypad", key(Key::Enter)),
        ("the digit picker", picker.map(|(up, down)| worse(up, down))),
    ];
    parts.into_iter().filter_map(|(name, part)| Some((name, part?))).collect()
}

/// `None` if nothing is.
fn missing(status: &Status) -> Option<&'static str> {
    match (status.display.is_some(), abilities(status).answer) {
        (true, true) => None,
        (true, false) => Some("the board has no accept key"),
        (false, true) => Some("the board has no display"),
        (false, false) => Some("the board has neither a display nor an accept key"),
    }
}

/// With everything working.
fn abilities(status: &Status) -> Abilities {
    let has = |key| status.keys.contains_key(&key);
    let (display, keypad) = (status.display.is_some(), has(Key::Enter));
    let picker = display && has(Key::Up) && has(Key::Down) && has(Key::Accept);
    Abilities { display, answer: has(Key::Accept) || keypad, digits: keypad || picker }
}

fn worse(one: Part, other: Part) -> Part {
    let badness = |part| match part {
        Part::Working => 0,
        Part::Starting => 1,
        Part::Stuck => 2,
        Part::Failed => 3,
    };
    if badness(one) >= badness(other) { one } else { other }
}

/// "the display and the accept key work"
fn said_of(names: &[&str], one: &str, several: &str) -> String {
    match names {
        [name] => format!("{name} {one}"),
        [all @ .., last] => format!("{} and {last} {several}", all.join(", ")),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::pairing::Capability::{
        self, DisplayOnly, DisplayYesNo, KeyboardDisplay, KeyboardOnly, NoInputNoOutput,
    };
    use crate::pairing::{Activity, DefaultAgent, Health};

    const GOOD: Part = Part::Working;

    fn status(
        display: Option<Part>,
        keys: &[(Key, Part)],
        nominal: Capability,
        capability: Option<Capability>,
    ) -> Status {
        Status {
            capability,
            nominal,
            activity: Activity::Idle,
            health: Health::Ready,
            default_agent: DefaultAgent::Yes,
            window: None,
            paused: None,
            display,
            keys: keys.iter().copied().collect(),
            adapters: BTreeMap::new(),
            devices: BTreeMap::new(),
        }
    }

    #[test]
    fn the_sentence_says_which_parts_work_and_what_they_make() {
        let bonnet = [(Key::Accept, GOOD), (Key::Reject, GOOD)];
        let stick = [(Key::Accept, GOOD), (Key::Up, GOOD), (Key::Down, GOOD)];
        let cases = [
            (
                status(Some(GOOD), &bonnet, DisplayYesNo, Some(DisplayYesNo)),
                "the display and the accept key work",
            ),
            (
                status(Some(GOOD), &[], DisplayOnly, Some(DisplayOnly)),
                "the display works; the board has no accept key",
            ),
            (
                status(None, &[(Key::Enter, GOOD)], KeyboardOnly, Some(KeyboardOnly)),
                "the keypad works; the board has no display",
            ),
            (
                status(None, &[], NoInputNoOutput, Some(NoInputNoOutput)),
                "the board has neither a display nor an accept key",
            ),
            (
                status(Some(GOOD), &stick, KeyboardDisplay, Some(KeyboardDisplay)),
                "the display, the accept key and the digit picker work",
            ),
            (
                status(Some(Part::Failed), &bonnet, DisplayYesNo, Some(NoInputNoOutput)),
                "the accept key works; the display has failed, so it is less than DisplayYesNo",
            ),
            (
                status(
                    Some(Part::Failed),
                    &[(Key::Accept, Part::Stuck)],
                    DisplayYesNo,
                    Some(NoInputNoOutput),
                ),
                "the display has failed and the accept key is stuck, so it is less than \
                 DisplayYesNo",
            ),
            (
                status(
                    Some(GOOD),
                    &[(Key::Accept, GOOD), (Key::Up, GOOD), (Key::Down, Part::Failed)],
                    KeyboardDisplay,
                    Some(DisplayYesNo),
                ),
                "the display and the accept key work; the digit picker has failed, so it is less \
                 than KeyboardDisplay",
            ),
            (
                status(Some(GOOD), &bonnet, DisplayOnly, Some(DisplayOnly)),
                "the display and the accept key work; the board profile allows at most DisplayOnly",
            ),
            (
                status(Some(Part::Starting), &bonnet, DisplayYesNo, None),
                "the accept key works; the display is starting; bluetoothd does not run, or has \
                 not taken the agent yet",
            ),
        ];
        for (status, sentence) in cases {
            assert_eq!(capability_reason(&status), sentence);
        }
    }
}
