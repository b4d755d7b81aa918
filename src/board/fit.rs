//! From a board as its profile has it to one on a certain machine: pins of the header become lines
//! of chips, and the header's bus a device.

use std::path::Path;

use super::buzzer::BUZZER;
use super::host::{Machine, Purpose};
use super::{Board, BoardError, Bus, DisplayProfile, Host, KeypadKind, Led, Line, Source};

impl Board {
    /// The board on this host: every pin of the header is the line that it is there, and the
    /// header's bus is the host's.
    ///
    /// # Errors
    ///
    /// [`BoardError::OtherHost`] if the profile names hosts and not this one, and
    /// [`BoardError::Unfit`] if the header has not what the board needs.
    pub fn on(mut self, host: &Host) -> Result<Self, BoardError> {
        if !self.hosts.is_empty() && !self.hosts.contains(&host.id) {
            return Err(BoardError::OtherHost {
                board: self.id,
                hosts: self.hosts.join(" and "),
                machine: host.id.clone(),
            });
        }
        let mut needs = self.display.as_ref().map(DisplayProfile::header_buses).unwrap_or_default();
        needs.extend(self.nfc.as_ref().filter(|nfc| nfc.bus == Bus::Header).map(|_| Purpose::I2c));
        for (line, what) in self.lines() {
            // A line of the header may be written as one of a chip.
            let pin = match line {
                Line::Header(pin) => Some(*pin),
                Line::Chip { .. } => {
                    host.pins.iter().find(|pin| pin.line.is_same(line)).map(|pin| pin.header)
                }
            };
            if let Some(pin) = pin
                && let Some(trouble) = host.trouble(pin, &needs)
            {
                let what = format!("{what} is on pin {pin}, which {trouble}");
                return Err(self.unfit(host, what));
            }
        }
        if let Some(display) = self.display.take() {
            self.display = Some(display.on(host).map_err(|what| self.unfit(host, what))?);
        }
        if let Some(mut nfc) = self.nfc.take() {
            nfc.bus.put_on(host).map_err(|what| self.unfit(host, what))?;
            self.nfc = Some(nfc);
        }
        for line in self.lines_mut() {
            if let Line::Header(pin) = *line
                && let Some(pin) = host.pin(pin)
            {
                *line = pin.line.clone();
            }
        }
        self.reject_shared_lines(host)?;
        self.reject_two_chips(host)?;
        Ok(self)
    }

    /// The board on the machine whose files are below `root`. On one that is in no host file pins
    /// of the header stay what they are, and opening them fails.
    ///
    /// # Errors
    ///
    /// As of [`on`](Self::on), and if a host file is wrong. A profile that names hosts is refused
    /// on a machine of which nobody knows whether it is one of them.
    pub fn here(self, root: &Path) -> Result<Self, BoardError> {
        match Host::here(root)? {
            Some(host) => self.on(&host),
            None if self.hosts.is_empty() => Ok(self),
            None => Err(BoardError::UnknownMachine {
                board: self.id,
                hosts: self.hosts.join(" and "),
                machine: Machine::below(root).to_string(),
            }),
        }
    }

    /// Every line that the board uses, with what is wired to it.
    pub fn lines(&self) -> Vec<(&Line, String)> {
        let mut lines = Vec::new();
        for button in &self.buttons {
            if let Source::Gpio { line, .. } = &button.source {
                lines.push((line, format!("button \"{}\"", button.label)));
            }
        }
        if let Some(KeypadKind::Matrix { rows, cols, .. }) = self.keypad.as_ref().map(|k| &k.kind) {
            lines.extend(rows.iter().chain(cols).map(|line| (line, "the keypad".to_owned())));
        }
        if let Some(Led::Gpio { line, .. }) = &self.led {
            lines.push((line, "the lamp".to_owned()));
        }
        if let Some(buzzer) = &self.buzzer {
            lines.push((&buzzer.line, BUZZER.to_owned()));
        }
        if let Some(display) = &self.display {
            lines.extend(display.lines().into_iter().map(|(line, what)| (line, what.to_owned())));
        }
        lines
    }

    fn lines_mut(&mut self) -> Vec<&mut Line> {
        let mut lines = Vec::new();
        for button in &mut self.buttons {
            if let Source::Gpio { line, .. } = &mut button.source {
                lines.push(line);
            }
        }
        if let Some(KeypadKind::Matrix { rows, cols, .. }) =
            self.keypad.as_mut().map(|k| &mut k.kind)
        {
            lines.extend(rows.iter_mut().chain(cols));
        }
        if let Some(Led::Gpio { line, .. }) = &mut self.led {
            lines.push(line);
        }
        if let Some(buzzer) = &mut self.buzzer {
            lines.push(&mut buzzer.line);
        }
        if let Some(display) = &mut self.display {
            lines.extend(display.lines_mut());
        }
        lines
    }

    /// A profile may name one line by its chip and by its place on the header.
    fn reject_shared_lines(&self, host: &Host) -> Result<(), BoardError> {
        let lines = self.lines();
        for (i, (line, what)) in lines.iter().enumerate() {
            if let Some((_, other)) = lines[..i].iter().find(|(other, _)| line.is_same(other)) {
                let what = format!("{what} and {other} are both on {line}");
                return Err(self.unfit(host, what));
            }
        }
        Ok(())
    }

    /// Rows are driven, and columns read, at one moment: see `keypad.rs`.
    fn reject_two_chips(&self, host: &Host) -> Result<(), BoardError> {
        let Some(KeypadKind::Matrix { rows, cols, .. }) = self.keypad.as_ref().map(|k| &k.kind)
        else {
            return Ok(());
        };
        for (lines, name) in [(rows, "rows"), (cols, "columns")] {
            let chip = |line: &Line| match line {
                Line::Chip { labels, .. } => labels.clone(),
                Line::Header(_) => Vec::new(),
            };
            if lines.windows(2).any(|pair| chip(&pair[0]) != chip(&pair[1])) {
                return Err(self.unfit(host, format!("the keypad's {name} are on two chips")));
            }
        }
        Ok(())
    }

    fn unfit(&self, host: &Host, what: String) -> BoardError {
        BoardError::Unfit { board: self.id.clone(), host: host.id.clone(), what }
    }
}

impl Line {
    /// Whether a machine that has both has them as one.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Header(pin), Self::Header(other)) => pin == other,
            (
                Self::Chip { labels, offset, .. },
                Self::Chip { labels: other_labels, offset: other_offset, .. },
            ) => offset == other_offset && labels.iter().any(|label| other_labels.contains(label)),
            _ => false,
        }
    }
}
