//! What a person sees of the picture, and what would be seen on a certain glass.
//!
//! The arithmetic is that of the data sheets about offsets and COM pins, in the coordinates of the
//! glass: a half turn changes registers, and nothing about what is shifted where.

use super::guess::{Guess, quarters};
use super::picture::mark;
use crate::board::{Controller, Rotation, Wiring};

/// A side of the glass or of the picture, as the person who stands before it has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Above.
    Top,
    /// Below.
    Bottom,
    /// On the left.
    Left,
    /// On the right.
    Right,
}

impl Side {
    /// All four, in the order of their numbers in questions.
    pub const ALL: [Self; 4] = [Self::Top, Self::Bottom, Self::Left, Self::Right];

    /// Where this side of a glass is when it is mounted like this: the picture's top is at the right
    /// edge of a glass that is turned by a quarter.
    pub(super) const fn seen(self, mounted: Rotation) -> Self {
        let mut side = self;
        let mut turns = 0;
        while turns < quarters(mounted) {
            side = match side {
                Self::Right => Self::Top,
                Self::Bottom => Self::Right,
                Self::Left => Self::Bottom,
                Self::Top => Self::Left,
            };
            turns += 1;
        }
        side
    }
}

/// Some of the four sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides(u8);

impl Sides {
    /// With this one.
    #[must_use]
    pub const fn with(self, side: Side) -> Self {
        Self(self.0 | 1 << side as u8)
    }

    /// Whether this one is among them.
    pub const fn has(self, side: Side) -> bool {
        self.0 >> side as u8 & 1 == 1
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Side> for Sides {
    fn from_iter<I: IntoIterator<Item = Side>>(sides: I) -> Self {
        sides.into_iter().fold(Self::default(), Self::with)
    }
}

/// Where the arrow points that should point up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the right.
    Right,
    /// Down.
    Down,
    /// To the left.
    Left,
}

impl Direction {
    /// How far the picture is turned clockwise then.
    pub(super) const fn quarters(self) -> usize {
        match self {
            Self::Right => 1,
            Self::Down => 2,
            Self::Left => 3,
        }
    }
}

/// One of two halves of the glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// The half at the side that was asked about.
    Near,
    /// The other one.
    Far,
}

/// What a person sees of the picture: the first that is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The arrow points up, and the frame touches all four edges.
    Right,
    /// The glass is dark.
    Dark,
    /// There is light, but no arrow to be made out.
    Unclear,
    /// TOP is in mirror writing.
    Mirrored,
    /// The arrow points elsewhere.
    Points(Direction),
    /// The arrow points up, and lines are missing, doubled or in disorder.
    Mixed,
    /// The arrow points up, every line is in its place beside the next, and the frame does not touch
    /// all four edges.
    Moved {
        /// Sides of the frame that are not to be seen.
        cut: Sides,
        /// Sides of the frame that are to be seen, and not at the edge of the glass.
        away: Sides,
    },
}

/// What a glass would show of a picture that is meant for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// Not the picture as it should be; what instead depends on what the chip makes of commands that
    /// are not its own.
    Anything,
    /// Nothing.
    Dark,
    /// The picture or a part of it.
    Picture {
        /// No line is beside another one than it should.
        in_order: bool,
        /// All of arrow and word are to be seen.
        legible: bool,
        /// Sides of the glass, however it is mounted.
        cut: Sides,
        away: Sides,
    },
}

impl Expected {
    /// Whether a person may see this there, with the picture turned so many quarters too far.
    pub(super) fn allows(self, turned: usize, mounted: Rotation, view: View) -> bool {
        let (in_order, legible, cut, away) = match self {
            Self::Anything => return view != View::Right,
            Self::Dark => return view == View::Dark,
            Self::Picture { in_order, legible, cut, away } => (in_order, legible, cut, away),
        };
        let whole = in_order && cut.is_empty() && away.is_empty();
        let seen = |sides: Sides| -> Sides {
            let sides = Side::ALL.into_iter().filter(|side| sides.has(*side));
            sides.map(|side| side.seen(mounted)).collect()
        };
        match view {
            View::Right => turned == 0 && whole,
            View::Dark => false,
            // Lines in disorder may run backwards here and there.
            View::Mirrored => !in_order,
            View::Unclear => !legible || !in_order,
            View::Points(direction) => turned == direction.quarters(),
            View::Mixed => !in_order,
            View::Moved { cut: c, away: a } => {
                turned == 0 && in_order && !whole && (c, a) == (seen(cut), seen(away))
            }
        }
    }
}

/// What `glass` shows of a picture that is drawn as for `tried`; how both are mounted is no matter.
pub(super) fn expect(glass: &Guess, tried: &Guess) -> Expected {
    match (glass.controller, tried.controller) {
        (Controller::Ssd1306, Controller::Ssd1306)
        | (Controller::Ssd1309, Controller::Ssd1306 | Controller::Ssd1309 | Controller::Sh1106)
        | (Controller::Sh1106, Controller::Sh1106)
        | (Controller::Sh1107, Controller::Sh1107) => picture_of(glass, tried),
        // Only its own initialisation starts the charge pump.
        (Controller::Ssd1306, _) => Expected::Dark,
        _ => Expected::Anything,
    }
}

fn picture_of(glass: &Guess, tried: &Guess) -> Expected {
    let columns = Axis::new(glass.width, tried.width, |x| column(glass, tried, x));
    let rows = Axis::new(glass.height, tried.height, |y| row(glass, tried, y));
    if columns.is_dark || rows.is_dark {
        return Expected::Dark;
    }
    let pick = |of: fn(&Axis) -> (bool, bool)| {
        let ((left, right), (top, bottom)) = (of(&columns), of(&rows));
        let sides =
            [(Side::Left, left), (Side::Right, right), (Side::Top, top), (Side::Bottom, bottom)];
        sides.into_iter().filter(|(_, is)| *is).map(|(side, _)| side).collect()
    };
    let (wide, high) = mark_on_glass(tried);
    Expected::Picture {
        in_order: columns.in_order && rows.in_order,
        legible: columns.shows(wide) && rows.shows(high),
        cut: pick(|axis| axis.cut),
        away: pick(|axis| axis.away),
    }
}

/// The column of the picture that this column of the glass shows, if it shows one of them.
fn column(glass: &Guess, tried: &Guess, x: u32) -> Option<u32> {
    let (first, columns) = (u32::from(tried.wiring.col_offset), glass.controller.columns());
    let at = if glass.controller == Controller::Sh1107 {
        // The COM outputs drive columns, and all of them are scanned.
        let (is, should) = (tried.wiring.com_offset, glass.wiring.com_offset);
        x + u32::from(glass.wiring.col_offset) + columns + u32::from(is) - u32::from(should)
    } else {
        x + u32::from(glass.wiring.col_offset)
    };
    // A picture that is too far right for the memory goes on at its left.
    let shown = (at + 2 * columns - first) % columns;
    (shown < tried.width).then_some(shown)
}

/// The row of the picture that this row of the glass shows, if it shows one of them.
fn row(glass: &Guess, tried: &Guess, y: u32) -> Option<u32> {
    if glass.controller == Controller::Sh1107 {
        return (y < tried.height).then_some(y);
    }
    // Usually the first row is at the last one of the outputs in use (C8).
    let output = (u32::from(glass.wiring.com_offset) + glass.height - 1 - y) % COMS;
    let output = scanned(tried.wiring, pin(glass.wiring, output));
    let line = (COMS + tried.height - 1 + u32::from(tried.wiring.com_offset) - output) % COMS;
    (line < tried.height).then_some(line)
}

/// COM outputs of all controllers but the SH1107.
const COMS: u32 = 64;

/// The pin of the chip that has a certain COM output (SSD1306 datasheet, table 10-3; SH1106 datasheet,
/// "Common Output Configuration").
const fn pin(wiring: Wiring, output: u32) -> u32 {
    let pin = if wiring.com_seq { output } else { output / 2 + output % 2 * (COMS / 2) };
    if wiring.com_lrremap { pin ^ (COMS / 2) } else { pin }
}

/// The reverse: the output that a pin has.
const fn scanned(wiring: Wiring, pin: u32) -> u32 {
    let pin = if wiring.com_lrremap { pin ^ (COMS / 2) } else { pin };
    if wiring.com_seq { pin } else { pin % (COMS / 2) * 2 + pin / (COMS / 2) }
}

/// Columns and rows of the glass that arrow and word have, first and last, if it were the right one.
fn mark_on_glass(tried: &Guess) -> ((u32, u32), (u32, u32)) {
    let (w, h) = (tried.width, tried.height);
    let sideways = tried.rotation.is_sideways();
    let (x, y, width, height) = if sideways { mark(h, w) } else { mark(w, h) };
    // Some hundred pixels at most.
    let (across, down) = ((x as u32, (x + width - 1) as u32), (y as u32, (y + height - 1) as u32));
    let from_end = |(first, last): (u32, u32), all: u32| (all - 1 - last, all - 1 - first);
    match tried.rotation {
        Rotation::None => (across, down),
        Rotation::Right => (from_end(down, w), across),
        Rotation::Half => (from_end(across, w), from_end(down, h)),
        Rotation::Left => (down, from_end(across, h)),
    }
}

/// One direction of the glass: which line of the picture is where.
struct Axis {
    is_dark: bool,
    in_order: bool,
    /// The picture's first and last line are not to be seen.
    cut: (bool, bool),
    /// They are to be seen, and not at the edge.
    away: (bool, bool),
    /// The lines that are to be seen, a bit for each.
    shown: u128,
    /// The line at the glass's first row or column.
    first: Option<u32>,
}

impl Axis {
    fn new(length: u32, lines: u32, at: impl Fn(u32) -> Option<u32>) -> Self {
        let (mut shown, mut in_order) = (0u128, true);
        let mut before: Option<(u32, u32)> = None;
        for here in 0..length {
            let Some(line) = at(here) else { continue };
            if let Some((there, before)) = before {
                // What wraps around is still in order, also with a gap in between.
                let follows = here == there + 1 && line == before + 1;
                in_order &= follows || (before + 1 == lines && line == 0);
            }
            shown |= 1 << line;
            before = Some((here, line));
        }
        let first = at(0);
        let has = |line: u32| shown >> line & 1 == 1;
        let touches = (first == Some(0), at(length - 1) == Some(lines - 1));
        let cut = (!has(0), !has(lines - 1));
        let away = (!cut.0 && !touches.0, !cut.1 && !touches.1);
        Self { is_dark: shown == 0, in_order, cut, away, shown, first }
    }

    /// Whether these lines are to be seen, and in one piece.
    fn shows(&self, (first, last): (u32, u32)) -> bool {
        let all = (first..=last).all(|line| self.shown >> line & 1 == 1);
        all && self.first.is_none_or(|split| split <= first || split > last)
    }
}
