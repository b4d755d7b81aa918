//! A buzzer on a GPIO line.

use gpio_cdev::LineHandle;

use super::Switch;
use crate::board::{Active, Line};
use crate::input::{self, GpioError};

/// A line that is driven from the first sound on, and off in between.
pub(super) struct LineBuzzer {
    line: Line,
    active: Active,
    handle: Option<LineHandle>,
}

impl LineBuzzer {
    /// The buzzer on this line, which is not touched yet.
    pub(super) fn new(line: Line, active: Active) -> Self {
        Self { line, active, handle: None }
    }
}

impl Switch for LineBuzzer {
    type Error = GpioError;

    /// Requests the line if it is not ours yet, and drives it. One that was never had is off.
    fn set(&mut self, on: bool) -> Result<(), GpioError> {
        if self.handle.is_none() && on {
            let (handle, warning) = input::drive(&self.line, self.active)?;
            if let Some(warning) = warning {
                log::warn!("buzzer: {warning}");
            }
            self.handle = Some(handle);
        }
        let Some(handle) = &self.handle else { return Ok(()) };
        handle.set_value(on.into()).map_err(|error| {
            // It is requested anew at the next sound, and off then.
            self.handle = None;
            GpioError::Failed {
                line: self.line.to_string(),
                step: "driving it",
                reason: error.to_string(),
            }
        })
    }
}
