//! When an edge was, by the clock that the rest of the crate goes by.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::clock::Time;

/// The kernel's time of an edge. Kernels before 5.7 give the time of day: that is nowhere near
/// `now`, which is then the better answer.
pub(super) fn edge_time(kernel: Time, now: Time) -> Time {
    const NEAR: Duration = Duration::from_secs(10);
    if kernel <= now && now.since(kernel) <= NEAR { kernel } else { now }
}

/// From the time of day, which input events carry, to [`Time`].
#[derive(Debug, Default)]
pub(super) struct TimeOfDay {
    /// How far the two clocks were apart when last looked at.
    apart: Option<Duration>,
}

impl TimeOfDay {
    /// What the stamps of the events mean that are read at `now`, when the time of day is `today`.
    /// If the time of day was set since the last events, then nobody knows which of the two a stamp
    /// is of: `now` is the better answer.
    pub(super) fn read(
        &mut self,
        now: Time,
        today: SystemTime,
    ) -> impl Fn(SystemTime) -> Time + use<> {
        const SET: Duration = Duration::from_millis(20);
        let since_epoch = today.duration_since(UNIX_EPOCH).unwrap_or_default();
        let apart = since_epoch.saturating_sub(now.since(Time::default()));
        let before = self.apart.replace(apart);
        let steady = before.is_none_or(|before| before.abs_diff(apart) < SET);
        move |stamp| match today.duration_since(stamp) {
            Ok(age) if steady => edge_time(now - age, now),
            _ => now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::from_start(Duration::from_secs(seconds))
    }

    #[test]
    fn an_edge_has_the_kernels_time_if_that_is_the_same_clocks() {
        let now = at(5000);
        for (kernel, expected) in [(4999, 4999), (4990, 4990), (4989, 5000), (5001, 5000)] {
            assert_eq!(edge_time(at(kernel), now), at(expected), "{kernel}");
        }
        assert_eq!(edge_time(at(1_760_000_000), now), now);
    }

    #[test]
    fn a_stamp_of_the_time_of_day_counts_unless_that_was_set_meanwhile() {
        let today = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let mut clocks = TimeOfDay::default();
        // (monotonic, time of day, stamp) of a batch → when its event was
        let batches = [
            (100, 1_700_000_100, 1_700_000_098, 98),
            (200, 1_700_000_200, 1_700_000_201, 200),
            (300, 1_700_000_300, 1_700_000_289, 300),
            // Set forward by an hour, and that once only.
            (400, 1_700_004_000, 1_700_003_999, 400),
            (500, 1_700_004_100, 1_700_004_099, 499),
            // Set back by a second.
            (600, 1_700_004_199, 1_700_004_198, 600),
        ];
        for (now, day, stamp, expected) in batches {
            let moment = clocks.read(at(now), today(day));
            assert_eq!(moment(today(stamp)), at(expected), "{now}");
        }
    }
}
