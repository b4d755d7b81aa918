//! By how many columns and rows a picture is off, found by halving.

use super::guess::Guess;
use super::view::{Half, Side, Sides};
use crate::board::{Controller, Wiring};

/// A glass of which all is known but its offsets, and where those can be.
#[derive(Clone, Debug)]
pub(super) struct Nudge {
    base: Guess,
    column: Offset,
    com: Offset,
}

/// A number that is wanted, between two others or one of them.
#[derive(Clone, Copy, Debug)]
struct Offset {
    low: i32,
    high: i32,
    /// What is tried.
    now: i32,
    /// What was tried when the picture was to be seen last.
    seen: i32,
}

impl Offset {
    /// With what was seen when `now` was tried; `None` if there is no such number.
    fn narrowed(mut self, off: Off) -> Option<Self> {
        match off {
            Off::No => (self.low, self.high) = (self.now, self.now),
            Off::TooSmall => self.low = self.low.max(self.now + 1),
            Off::TooLarge => self.high = self.high.min(self.now - 1),
        }
        self.seen = self.now;
        (self.low <= self.high).then_some(self)
    }

    /// The picture was not to be made out any more when `now` was tried. That was too far: on the way
    /// to its place more and more of it is to be seen.
    fn overshot(mut self) -> Option<Self> {
        if self.now > self.seen {
            self.high = self.high.min(self.now - 1);
        } else {
            self.low = self.low.max(self.now + 1);
        }
        self.now = self.seen;
        (self.low <= self.high).then_some(self)
    }

    const fn back(self) -> Self {
        Self { now: self.seen, ..self }
    }

    const fn is_known(self) -> bool {
        self.low == self.high
    }

    const fn halved(self) -> Self {
        Self { now: self.low + (self.high - self.low) / 2, ..self }
    }
}

/// What is wrong with an offset.
#[derive(Clone, Copy, Debug)]
enum Off {
    No,
    TooSmall,
    TooLarge,
}

/// The direction of the glass in which an offset moves the picture.
#[derive(Clone, Copy)]
struct Axis {
    /// The sides of the frame, as they are seen: that of its first line, and that of its last.
    first: Side,
    last: Side,
    /// A larger offset moves the picture towards its first line.
    forwards: bool,
    /// What is moved over one side comes in at the other.
    wraps: bool,
}

impl Axis {
    fn off(self, cut: Sides, away: Sides, half: Option<Half>) -> Option<Off> {
        let Self { first, last, forwards, wraps } = self;
        let is = |sides: Sides| (sides.has(first), sides.has(last));
        // Whether the glass begins with a later line than the first.
        let late = match (is(cut), is(away)) {
            ((false, false), (false, false)) => return Some(Off::No),
            ((true, false), (false, true)) => true,
            ((false, true), (true, false)) => false,
            ((false, false), (true, true)) if wraps => half? == Half::Far,
            _ => return None,
        };
        Some(if late == forwards { Off::TooLarge } else { Off::TooSmall })
    }
}

/// What `col-offset` and `com-offset` move.
fn axes(tried: &Guess) -> [Option<Axis>; 2] {
    let axis = |first: Side, last: Side, forwards, wraps| {
        let mounted = tried.rotation;
        Some(Axis { first: first.seen(mounted), last: last.seen(mounted), forwards, wraps })
    };
    let coms = tried.controller.coms();
    if tried.controller == Controller::Sh1107 {
        // Both move columns here, so that one of them is enough.
        [None, axis(Side::Left, Side::Right, true, tried.width == coms)]
    } else {
        [
            axis(Side::Left, Side::Right, false, false),
            axis(Side::Top, Side::Bottom, true, tried.height == coms),
        ]
    }
}

impl Nudge {
    /// Nothing is known about the offsets but that the glass is within the chip's memory.
    pub(super) fn new(tried: &Guess) -> Self {
        let Wiring { col_offset, com_offset, .. } = tried.wiring;
        let (column, com) = (i32::from(col_offset), i32::from(com_offset));
        // Some hundred at most.
        let columns = (tried.controller.columns() - tried.width) as i32;
        let half = (tried.controller.coms() / 2) as i32;
        Self {
            base: *tried,
            column: Offset { low: 0, high: columns, now: column, seen: column },
            com: Offset { low: com - half, high: com + half - 1, now: com, seen: com },
        }
    }

    /// The same with the offsets of `tried`; `None` if it is about another glass.
    pub(super) fn at(&self, tried: &Guess) -> Option<Self> {
        let Wiring { col_offset, com_offset, .. } = tried.wiring;
        let wiring = Wiring { col_offset, com_offset, ..self.base.wiring };
        if *tried != (Guess { wiring, ..self.base }) {
            return None;
        }
        let coms = self.base.controller.coms() as i32;
        // The number that stands for this one where the search is.
        let first = self.com.seen - coms / 2;
        let com = first + (i32::from(com_offset) - first).rem_euclid(coms);
        let column = Offset { now: col_offset.into(), ..self.column };
        Some(Self { column, com: Offset { now: com, ..self.com }, ..*self })
    }

    /// Which side of the frame has to be looked for, in which half of the glass: where a picture
    /// wraps around, the sides that are away do not tell which way is shorter.
    pub(super) fn asks_half(tried: &Guess, cut: Sides, away: Sides) -> Option<Side> {
        let unknown = |axis: &Axis| {
            let Axis { first, last, wraps, .. } = *axis;
            let none_cut = !cut.has(first) && !cut.has(last);
            wraps && none_cut && away.has(first) && away.has(last)
        };
        axes(tried).into_iter().flatten().find(unknown).map(|axis| axis.first)
    }

    /// With what was seen of an attempt; `None` if it is not by its offsets alone that it is wrong.
    pub(super) fn narrowed(self, cut: Sides, away: Sides, half: Option<Half>) -> Option<Self> {
        let [column, com] = axes(&self.base).map(|axis| match axis {
            Some(axis) => axis.off(cut, away, half),
            None => Some(Off::No),
        });
        let (column, com) = (self.column.narrowed(column?)?, self.com.narrowed(com?)?);
        Some(Self { column, com, ..self }.moved())
    }

    /// With the picture lost by this attempt.
    pub(super) fn overshot(self) -> Option<Self> {
        let Self { column, com, .. } = self;
        let (column, com) = match (column.now == column.seen, com.now == com.seen) {
            (true, _) => (column, com.overshot()?),
            (false, true) => (column.overshot()?, com),
            // By which of the two is not known.
            (false, false) => (column.back(), com.back()),
        };
        Some(Self { column, com, ..self }.moved())
    }

    /// One of the two at a time, so that it is known which one was too far.
    fn moved(self) -> Self {
        let Self { column, com, .. } = self;
        if column.is_known() {
            let column = Offset { now: column.low, seen: column.low, ..column };
            Self { column, com: com.halved(), ..self }
        } else {
            Self { column: column.halved(), ..self }
        }
    }

    /// What to try next.
    pub(super) fn guess(&self) -> Option<Guess> {
        let coms = self.base.controller.coms() as i32;
        let col_offset = u8::try_from(self.column.now).ok()?;
        let com_offset = u8::try_from(self.com.now.rem_euclid(coms)).ok()?;
        let wiring = Wiring { col_offset, com_offset, ..self.base.wiring };
        Some(Guess { wiring, ..self.base })
    }
}
