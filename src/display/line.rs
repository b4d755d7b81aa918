//! GPIO lines that are driven for a display.

use gpio_cdev::LineHandle;

use super::{DriverError, Output};
use crate::board::{Active, Line};
use crate::input::{self, GpioError};

/// A line that is driven for as long as this lives; off at first.
pub(super) struct GpioOutput {
    handle: LineHandle,
    /// What errors call it.
    what: &'static str,
}

impl GpioOutput {
    /// Requests the line, which is then driven off. 'On' is `active`.
    ///
    /// # Errors
    ///
    /// [`DriverError::Line`] if there is no such line, or it is not to be had.
    pub(super) fn request(
        what: &'static str,
        line: &Line,
        active: Active,
    ) -> Result<Self, DriverError> {
        let (handle, warning) =
            input::drive(line, active).map_err(|source| DriverError::Line { what, source })?;
        if let Some(warning) = warning {
            log::warn!("{what} of the display: {warning}");
        }
        Ok(Self { handle, what })
    }
}

impl Output for GpioOutput {
    fn set(&mut self, on: bool) -> Result<(), DriverError> {
        self.handle.set_value(on.into()).map_err(|error| DriverError::Line {
            what: self.what,
            source: GpioError::Failed {
                line: format!("line {}", self.handle.line().offset()),
                step: "driving it",
                reason: error.to_string(),
            },
        })
    }
}
