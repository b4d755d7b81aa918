//! Turns a [`Screen`] into a [`Frame`]: pure, and the only place that knows words and layout.
//!
//! There are five layouts, for panels of 128x64, 128x32, 64x48, 72x40 and 128x128 pixels; a larger
//! panel has the largest that fits, in its middle. The ways to check a code look and read differently,
//! because a number that is to be compared must never be typed anywhere:
//!
//! | | headline | code |
//! |---|---|---|
//! | to be compared | a question, dark on light, and not to type it | large digits |
//! | to be typed there | plain | large digits, or text for a PIN that is not six of them |
//! | to be typed here | plain | large digits in underlined cells, or text for a PIN |
//! | just works, a service | a question, dark on light | none |
//! | a bond: to be kept, forgotten | a question, dark on light | none |
//! | nothing is asked: idle, the window, lists | plain | none |
//! | nothing is asked: to be scanned | plain, beside it | dark squares on light |
//! | every bond is about to go | dark on light | none, but a large countdown of one or two digits |
//! | this is the panel that somebody looks for | none: all of it is dark on light | none |
//!
//! Nothing blinks, and a digit that is there neither moves nor changes.

mod canvas;
mod digits;
mod entry;
mod font;
mod kana;
mod menu;
mod names;
mod narrow;
mod notes;
mod scan;
mod scripts;
mod short;
mod sign;
mod tall;
mod words;

use embedded_graphics::geometry::OriginDimensions;

use self::canvas::Canvas;
use crate::display::Frame;
use crate::pairing::{PinCode, Screen};

pub use scan::has_room_for_code;
pub use words::Language;

/// What a screen leaves open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// The language of the words.
    pub language: Language,
    /// By how many pixels to the right and down everything is moved, each 0 to [`Style::SHIFT`].
    /// An OLED ages where it is lit, so what stands there for days should not always stand in the
    /// same place. Only [`Screen::Idle`] and [`Screen::Window`] heed it; digits never move.
    pub shift: (u8, u8),
}

impl Style {
    /// The most that can be shifted, in pixels.
    pub const SHIFT: u8 = 4;
}

/// Where things are on a panel of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Square,
    Tall,
    Short,
    Narrow,
    Tiniest,
}

impl Layout {
    /// From the one that shows most.
    const ALL: [Self; 5] = [Self::Square, Self::Tall, Self::Short, Self::Narrow, Self::Tiniest];

    /// Width and height in pixels.
    const fn size(self) -> (u32, u32) {
        match self {
            Self::Square => (128, 128),
            Self::Tall => (128, 64),
            Self::Short => (128, 32),
            Self::Narrow => (64, 48),
            Self::Tiniest => (72, 40),
        }
    }

    /// The largest for a panel of this size, if there is one.
    const fn of(width: u32, height: u32) -> Option<Self> {
        let mut n = 0;
        while n < Self::ALL.len() {
            let (least_width, least_height) = Self::ALL[n].size();
            if width >= least_width && height >= least_height {
                return Some(Self::ALL[n]);
            }
            n += 1;
        }
        None
    }

    fn canvas(self, frame: &mut Frame, slack: i32, shift: (u8, u8)) -> Canvas<'_> {
        let (width, height) = self.size();
        let size = (i32::try_from(width).unwrap_or(0), i32::try_from(height).unwrap_or(0));
        Canvas::new(frame, size, slack, (shift.0.into(), shift.1.into()))
    }
}

/// Draws `screen` on a dark frame of one of the sizes that [`fits`].
pub fn draw(screen: &Screen, style: &Style, frame: &mut Frame) {
    let size = frame.size();
    let Some(layout) = Layout::of(size.width, size.height) else { return };
    let moves = matches!(screen, Screen::Idle { .. } | Screen::Window { .. });
    let slack = if moves { Style::SHIFT.into() } else { 0 };
    let mut canvas = layout.canvas(frame, slack, style.shift);
    let words = style.language.words();
    match layout {
        Layout::Square => tall::draw(screen, words, &mut canvas, &tall::SQUARE),
        Layout::Tall => tall::draw(screen, words, &mut canvas, &tall::TALL),
        Layout::Short => short::draw(screen, words, &mut canvas),
        Layout::Narrow | Layout::Tiniest => {
            let page = if layout == Layout::Narrow { &narrow::NARROW } else { &narrow::TINIEST };
            narrow::draw(screen, words, &mut canvas, page);
        }
    }
}

/// The six digits that can be read on `frame`, most significant first; `None` if there are none.
#[cfg(feature = "simulator")]
pub fn read(frame: &Frame) -> Option<[u8; 6]> {
    let size = frame.size();
    let layout = Layout::of(size.width, size.height)?;
    let (mut copy, mut other) = (frame.clone(), Frame::new(size.width, size.height));
    let canvas = layout.canvas(&mut copy, 0, (0, 0));
    let mut empty = layout.canvas(&mut other, 0, (0, 0));
    let (digits, places) = match layout {
        Layout::Square => (&digits::HUGE, [tall::SQUARE.digits_at(); 2]),
        Layout::Tall => (&digits::LARGE, [tall::TALL.digits_at(); 2]),
        Layout::Short => (&digits::SMALL, [short::DIGITS; 2]),
        Layout::Narrow => (&digits::NARROW, narrow::DIGITS),
        Layout::Tiniest => (&digits::SLIM, narrow::DIGITS),
    };
    places.into_iter().find_map(|place| digits.read(&canvas, &mut empty, place))
}

/// Whether a panel of this many pixels is large enough for the screens: six digits that can be read
/// at arm's length, beside who asks and what the keys do.
///
/// 128x64, 128x32, 64x48, 72x40 and 128x128 have screens of their own. What is smaller than each of
/// these is refused: on 72x40 the digits have the 16 minutes of arc at half a metre that ISO 9241-3
/// asks for at least (18 rows of 0.13 mm; datasheet of the HP7240-01, section 5), and none of its
/// columns is free.
pub const fn fits(width: u32, height: u32) -> bool {
    Layout::of(width, height).is_some()
}

/// Minutes and seconds.
fn clock(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// One line of at most so many columns.
fn shorten(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    let kept: String = text.chars().take(columns.saturating_sub(2)).collect();
    format!("{}..", kept.trim_end())
}

/// The digits of a PIN that can be drawn as large as a passkey.
fn six_digits(pin: &PinCode) -> Option<[u8; 6]> {
    let characters: [u8; 6] = pin.as_str().as_bytes().try_into().ok()?;
    let all = characters.iter().all(u8::is_ascii_digit);
    all.then(|| characters.map(|character| character - b'0'))
}
