//! A lamp on a GPIO line.

use gpio_cdev::LineHandle;

use super::LedError;
use crate::board::{Active, Line};
use crate::input::{self, GpioError};

/// A line that is driven from the first light on.
pub(super) struct LineLed {
    line: Line,
    active: Active,
    handle: Option<LineHandle>,
}

impl LineLed {
    /// The lamp on this line, which is not touched yet.
    pub(super) fn new(line: Line, active: Active) -> Self {
        Self { line, active, handle: None }
    }

    /// Requests the line if it is not ours yet, and drives it.
    ///
    /// # Errors
    ///
    /// [`LedError`]; then the line is not ours.
    pub(super) fn set(&mut self, on: bool) -> Result<(), LedError> {
        if self.handle.is_none() {
            let (handle, warning) = input::drive(&self.line, self.active)?;
            if let Some(warning) = warning {
                log::warn!("lamp: {warning}");
            }
            self.handle = Some(handle);
        }
        self.write(on)
    }

    /// Dark, if the line is ours. It stays so: what the line would do by itself is not known.
    ///
    /// # Errors
    ///
    /// As of [`set`](Self::set).
    pub(super) fn rest(&mut self) -> Result<(), LedError> {
        self.write(false)
    }

    fn write(&mut self, on: bool) -> Result<(), LedError> {
        let Some(handle) = &self.handle else { return Ok(()) };
        handle.set_value(on.into()).map_err(|error| {
            self.handle = None;
            LedError::Gpio(GpioError::Failed {
                line: self.line.to_string(),
                step: "driving it",
                reason: error.to_string(),
            })
        })
    }
}
