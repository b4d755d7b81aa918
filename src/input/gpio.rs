//! Buttons on GPIO lines, through the kernel's character device.

use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::{FutureExt as _, StreamExt as _};
use gpio_cdev::{AsyncLineEventHandle, EventRequestFlags, EventType, LineEvent, LineRequestFlags};
use tokio::sync::mpsc::UnboundedSender;

use super::GpioError;
use super::chip::{CONSUMER, chip_of, refused, with_bias};
use super::stamp::edge_time;
use crate::board::{Active, Bias, Line};
use crate::clock::{Clock, Time};
use crate::pairing::{self, Event};

/// Edges that the kernel keeps for a version 1 request; it drops those that come after
/// (drivers/gpio/gpiolib-cdev.c, `struct lineevent_state`).
const KERNEL_QUEUE: usize = 16;

/// A button whose line was granted to this process.
pub(super) struct Key {
    key: pairing::Key,
    name: String,
    down: bool,
    warning: Option<String>,
    events: AsyncLineEventHandle,
}

impl Key {
    /// Finds the button's line and requests both its edges. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`GpioError`] if there is no such line, or it is not to be had.
    pub(super) fn open(
        key: pairing::Key,
        line: &Line,
        active: Active,
        bias: Bias,
    ) -> Result<Self, GpioError> {
        let mut found = chip_of(line)?;
        let name = found.name();
        let failed = |step, error: gpio_cdev::Error| GpioError::Failed {
            line: name.clone(),
            step,
            reason: error.to_string(),
        };

        let requested = found.chip.get_line(found.offset).map_err(|e| failed("finding it", e))?;
        let flags = flags(active, bias);
        let events =
            requested.async_events(flags, EventRequestFlags::BOTH_EDGES, CONSUMER).map_err(
                |error| refused(name.clone(), &requested, bias, "requesting its edges", &error),
            )?;
        // After the request, so that no edge falls between the two.
        let down = level(&events).map_err(|error| failed("reading its level", error))?;
        Ok(Self { key, name, down, warning: found.warning, events })
    }

    /// It was pressed when its line was opened.
    pub(super) fn down(&self) -> bool {
        self.down
    }

    /// One line about something odd with the line that does not keep it from working.
    pub(super) fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// Sends the button's edges to `events` until its line is lost, or nobody listens. Returns why
    /// it is lost, in one line. Dropping the future gives the line back.
    pub(super) async fn run(mut self, clock: &Clock, events: &UnboundedSender<Event>) -> String {
        loop {
            let first = match select(self.events.next(), std::pin::pin!(events.closed())).await {
                Either::Left((first, _)) => first,
                Either::Right(_) => return "nobody listens".to_owned(),
            };
            if let Err(reason) = self.pass_on(first, clock, events) {
                return format!("{} is lost: {reason}; is it unplugged?", self.name);
            }
        }
    }

    /// Sends `first` and what waits behind it. The error is why the line is lost.
    fn pass_on(
        &mut self,
        first: Option<Result<LineEvent, gpio_cdev::Error>>,
        clock: &Clock,
        events: &UnboundedSender<Event>,
    ) -> Result<(), String> {
        let key = self.key;
        // That the receiver is gone is noticed before the next wait.
        let send = |down, at| {
            let _ = events.send(Event::Edge { key, down, at });
        };
        let mut waiting = Some(first);
        let mut passed = 0;
        while let Some(next) = waiting {
            let event = next.ok_or("end of events")?.map_err(|error| error.to_string())?;
            let down = event.event_type() == EventType::RisingEdge;
            let stamp = Time::from_start(Duration::from_nanos(event.timestamp()));
            send(down, edge_time(stamp, clock.now()));
            passed += 1;
            waiting = self.events.next().now_or_never();
        }
        // The last one may be among those dropped, and a released key must not count as held.
        if passed >= KERNEL_QUEUE
            && let Ok(down) = level(&self.events)
        {
            send(down, clock.now());
        }
        Ok(())
    }
}

fn flags(active: Active, bias: Bias) -> LineRequestFlags {
    let mut flags = LineRequestFlags::INPUT;
    if active == Active::Low {
        flags |= LineRequestFlags::ACTIVE_LOW;
    }
    with_bias(flags, bias)
}

/// Pressed, polarity already taken into account by the kernel.
fn level(events: &AsyncLineEventHandle) -> Result<bool, gpio_cdev::Error> {
    events.as_ref().get_value().map(|value| value != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_the_flags_of_the_profile() {
        let cases = [
            (Active::High, Bias::AsIs, 0b0000_0001),
            (Active::Low, Bias::AsIs, 0b0000_0101),
            (Active::Low, Bias::PullUp, 0b0010_0101),
            (Active::High, Bias::PullDown, 0b0100_0001),
            (Active::High, Bias::Off, 0b1000_0001),
        ];
        for (active, bias, expected) in cases {
            assert_eq!(flags(active, bias).bits(), expected, "{active:?} {bias:?}");
        }
    }
}
