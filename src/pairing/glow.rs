//! How bright the glass is. Nothing vanishes that somebody has to see: while something is asked,
//! shown, said or open, it is lit. What is spared is a panel that nobody uses.

use std::time::Duration;

use super::Dims;
use super::session::Session;
use crate::clock::Time;

/// How long the picture of an idle panel stays in one place of the glass, or its pixels would age
/// more than those around them.
const STAYS: Duration = Duration::from_secs(180);
/// How many places it has; which ones, is for the panel to know.
const PLACES: u64 = 16;

/// How bright the glass is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Glow {
    /// As the board profile has it.
    #[default]
    Full,
    /// As dark as it can be and still be seen.
    Dim,
    /// Nothing is to be seen.
    Off,
}

/// How a picture is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Look {
    /// How bright.
    pub glow: Glow,
    /// In which of 16 places, 0 to 15, about a pixel from each other. Always 0 while there is
    /// something on the glass that may be a code.
    pub place: u8,
}

impl Session {
    /// How the screen should be shown at `now`: as [`screen`](Self::screen), a function of the state
    /// and the time.
    pub fn look(&self, now: Time) -> Look {
        let glow = self.glow(now);
        let moves = glow != Glow::Off && self.can_rest() && !self.is_in_use(now);
        let place = if moves { now.since(Time::default()).as_secs() / STAYS.as_secs() } else { 0 };
        Look { glow, place: u8::try_from(place % PLACES).unwrap_or(0) }
    }

    /// When that changes by itself. Never again for a glass that is off.
    pub(super) fn next_look(&self, now: Time) -> Option<Time> {
        let since = self.resting.filter(|_| self.can_rest() && !self.is_in_use(now))?;
        let after = |limit: Duration| (!limit.is_zero()).then(|| since + limit);
        let moves = STAYS - remainder(now.since(Time::default()), STAYS);
        let moves = (self.glow(now) != Glow::Off).then(|| now + moves);
        let dims = after(self.policy.dim_after).filter(|_| self.can_be_dim());
        let changes = [dims, after(self.policy.off_after), moves];
        let last = after(self.policy.off_after);
        changes.into_iter().flatten().filter(|at| *at > now && last.is_none_or(|l| *at <= l)).min()
    }

    /// Takes note of whether the panel is used, at the end of whatever happened.
    pub(super) fn rest_or_not(&mut self, now: Time) {
        self.resting = if self.is_in_use(now) { None } else { self.resting.or(Some(now)) };
    }

    /// Whether a press that begins now is made before a glass that nobody can read well. All that
    /// it does is to light the glass: who makes it cannot mean what is not to be seen.
    pub(super) fn is_wake_up(&self, now: Time) -> bool {
        self.glow(now) != Glow::Full
    }

    fn glow(&self, now: Time) -> Glow {
        let Some(since) = self.resting.filter(|_| self.can_rest()) else { return Glow::Full };
        let over = |limit: Duration| !limit.is_zero() && now.since(since) >= limit;
        if over(self.policy.off_after) {
            Glow::Off
        } else if self.can_be_dim() && over(self.policy.dim_after) {
            Glow::Dim
        } else {
            Glow::Full
        }
    }

    /// Whether there is a glass that can be dark.
    fn can_rest(&self) -> bool {
        self.fittings.display && self.fittings.dims != Dims::Never && self.display_works
    }

    /// Whether there is something between lit and dark. A press before a glass that is as bright as
    /// ever is no press to light it.
    fn can_be_dim(&self) -> bool {
        self.fittings.dims == Dims::DimAndOff
    }

    /// Whether somebody has to see something, or does something. A stuck key is nobody.
    fn is_in_use(&self, now: Time) -> bool {
        let said = self.ended.is_some() || self.forget.told.is_some();
        let found = self.quiet.menu.is_some() || self.quiet.identify.is_some();
        self.something_is_open()
            || said
            || found
            || self.window.remaining(now).is_some()
            || self.controls.pressed().next().is_some()
    }
}

fn remainder(time: Duration, of: Duration) -> Duration {
    let left = time.as_nanos().checked_rem(of.as_nanos()).unwrap_or(0);
    Duration::from_nanos(u64::try_from(left).unwrap_or(0))
}
