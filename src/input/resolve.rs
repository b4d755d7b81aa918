//! Which line of which chip a profile means. Pure.

use super::GpioError;
use crate::board::Line;

/// A GPIO chip as it presents itself.
#[derive(Clone, Debug)]
pub struct ChipInfo {
    /// Its device file.
    pub path: String,
    /// What its driver calls it.
    pub label: String,
    /// How many lines it has.
    pub lines: u32,
}

/// A line that is not to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldLine {
    /// Its number on the chip.
    pub offset: u32,
    /// Who has it, as `gpioinfo` shows it; empty if the kernel does not say.
    pub consumer: String,
}

/// The chip that a line is on, and its number there. Of several labels the first one that the
/// machine has decides.
///
/// # Errors
///
/// [`GpioError`] if no chip or more than one fits, if it has too few lines, or if the line is a pin
/// of a header still.
pub fn find_chip<'a>(line: &Line, chips: &'a [ChipInfo]) -> Result<(&'a ChipInfo, u32), GpioError> {
    let (labels, offset) = match line {
        Line::Header(pin) => return Err(GpioError::NoHost { pin: *pin }),
        Line::Chip { labels, offset, .. } => (labels, *offset),
    };
    if chips.is_empty() {
        return Err(GpioError::NoChips);
    }
    let labelled = |label: &String| -> Vec<&ChipInfo> {
        chips.iter().filter(|chip| chip.label == *label).collect()
    };
    let found = labels.iter().map(labelled).find(|found| !found.is_empty());
    match found.as_deref() {
        Some([chip]) if offset < chip.lines => Ok((chip, offset)),
        Some([chip]) => Err(GpioError::NoSuchLine {
            chip: chip.label.clone(),
            offset,
            last: chip.lines.saturating_sub(1),
        }),
        None | Some([]) => Err(GpioError::NoSuchChip {
            wanted: labels.join(" or "),
            present: join(chips.iter().map(|chip| &chip.label)),
        }),
        Some(several @ [first, ..]) => Err(GpioError::Ambiguous {
            label: first.label.clone(),
            paths: join(several.iter().map(|chip| &chip.path)),
        }),
    }
}

/// Compares the line's name with those in the profile: `Ok` with a warning if it is another one.
/// `names` has one entry for each line of the chip, empty where a line has no name.
///
/// Kernels disagree about names: Raspberry Pi's own have GPIO2 where others have SDA1, and older
/// ones have none. So another name alone is no error, but an expected name on another line is.
///
/// # Errors
///
/// [`GpioError::OtherLine`] if a name in the profile is that of another line.
pub fn check_name(
    line: &Line,
    chip: &ChipInfo,
    names: &[String],
) -> Result<Option<String>, GpioError> {
    let Line::Chip { offset, names: expected, .. } = line else { return Ok(None) };
    let found = names.get(*offset as usize).map_or("", String::as_str);
    if expected.is_empty() || found.is_empty() || expected.iter().any(|name| name == found) {
        return Ok(None);
    }
    let elsewhere = |name: &String| (0..).zip(names).find(|(_, other)| *other == name);
    if let Some((other, name)) = expected.iter().find_map(elsewhere) {
        return Err(GpioError::OtherLine {
            chip: chip.label.clone(),
            offset: *offset,
            found: found.to_owned(),
            expected: name.clone(),
            other,
        });
    }
    Ok(Some(format!(
        "line {offset} of {} is called {found} and not {}; going by the number",
        chip.label,
        expected.join(" or "),
    )))
}

fn join<'a>(texts: impl Iterator<Item = &'a String>) -> String {
    let mut texts: Vec<&str> = texts.map(String::as_str).collect();
    texts.sort_unstable();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chip(path: &str, label: &str, lines: u32) -> ChipInfo {
        ChipInfo { path: path.to_owned(), label: label.to_owned(), lines }
    }

    fn line(chips: &[&str], offset: u32, names: &[&str]) -> Line {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Line::Chip { labels: owned(chips), offset, names: owned(names) }
    }

    #[test]
    fn a_chip_is_found_by_the_first_label_that_the_machine_has() {
        let machine = [chip("/dev/gpiochip0", "soc", 54), chip("/dev/gpiochip1", "expander", 8)];
        let cases = [
            (line(&["soc"], 5, &[]), "/dev/gpiochip0"),
            (line(&["newer", "expander", "soc"], 5, &[]), "/dev/gpiochip1"),
            (line(&["expander"], 7, &[]), "/dev/gpiochip1"),
            (
                line(&["expander"], 8, &[]),
                "expander has lines 0 to 7 only; correct `offset = 8` in the board profile or host \
                 file",
            ),
            (
                Line::Header(29),
                "where header pin 29 leads on this machine no host file tells; write one \
                 (boards/README.md), or write `chip` and `offset` instead in the board profile",
            ),
            (
                line(&["newer", "older"], 5, &[]),
                "no GPIO chip is labelled newer or older, only expander, soc; plug it in, or \
                 correct `chip` in the board profile or host file",
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(outcome(&line, &machine), expected, "{line:?}");
        }
    }

    #[test]
    fn a_label_of_two_chips_is_refused_with_both() {
        let machine = [chip("/dev/gpiochip4", "bridge", 8), chip("/dev/gpiochip3", "bridge", 8)];
        assert_eq!(
            outcome(&line(&["bridge"], 0, &[]), &machine),
            "more than one GPIO chip is labelled bridge: /dev/gpiochip3, /dev/gpiochip4; unplug \
             all but one"
        );
    }

    #[test]
    fn a_machine_without_chips_is_told_so() {
        assert!(outcome(&line(&["soc"], 0, &[]), &[]).starts_with("no /dev/gpiochip*;"));
    }

    #[test]
    fn a_name_is_only_a_cross_check() {
        let soc = chip("/dev/gpiochip0", "soc", 4);
        let warned = "line 2 of soc is called SDA1 and not GPIO2; going by the number";
        let refused = "on soc line 3 is called SCL1, and GPIO1 is line 1; correct `offset` or \
                       `name` in the board profile or host file";
        let cases = [
            (line(&["soc"], 1, &["GPIO1"]), ""),
            (line(&["soc"], 2, &["GPIO2", "SDA1"]), ""),
            (line(&["soc"], 2, &[]), ""),
            (line(&["soc"], 0, &["GPIO0"]), ""),
            (line(&["soc"], 2, &["GPIO2"]), warned),
            (line(&["soc"], 3, &["GPIO3", "GPIO1"]), refused),
        ];
        let names = ["", "GPIO1", "SDA1", "SCL1"].map(str::to_owned);
        for (line, expected) in cases {
            let said = check_name(&line, &soc, &names)
                .map_or_else(|error| error.to_string(), Option::unwrap_or_default);
            assert_eq!(said, expected, "{line:?}");
        }
    }

    fn outcome(line: &Line, machine: &[ChipInfo]) -> String {
        find_chip(line, machine)
            .map_or_else(|error| error.to_string(), |(chip, _)| chip.path.clone())
    }
}
