//! The digits of a code: where they are, what they look like, and that nothing else is taken for them.

use std::collections::BTreeMap;

use pairpanel::display::Frame;
use pairpanel::pairing::{Pick, Screen};

use crate::list::{enter_passkey, keypad, screens, type_passkey};
use crate::{SIZES, drawn};

/// How six digits stand on a panel.
struct Place {
    /// The picture of each in `tests/appliance/digits.txt`, and how wide a pixel of it is.
    style: (&'static str, usize),
    /// The first one's upper left corner, and how much higher it is where digits are typed.
    at: (usize, usize),
    raised: usize,
    /// From the first one to each.
    columns: [usize; 6],
    rows: [usize; 6],
}

/// In the order of the sizes.
const PLACES: [Place; 5] = [
    Place {
        style: ("large", 2),
        at: (7, 19),
        raised: 0,
        columns: [0, 18, 36, 62, 80, 98],
        rows: [0; 6],
    },
    Place {
        style: ("small", 2),
        at: (0, 10),
        raised: 0,
        columns: [0, 16, 32, 56, 72, 88],
        rows: [0; 6],
    },
    Place {
        style: ("narrow", 2),
        at: (0, 9),
        raised: 2,
        columns: [0, 14, 28, 0, 14, 28],
        rows: [0, 0, 0, 21, 21, 21],
    },
    Place {
        style: ("slim", 2),
        at: (0, 9),
        raised: 2,
        columns: [0, 12, 24, 38, 50, 62],
        rows: [0; 6],
    },
    Place {
        style: ("large", 3),
        at: (24, 22),
        raised: 0,
        columns: [0, 28, 56, 0, 28, 56],
        rows: [0, 0, 0, 42, 42, 42],
    },
];

/// The pictures that the appliance reads codes by, drawn by hand: rows of `.` and `#` by style and
/// digit.
type Pictures = BTreeMap<(String, char), Vec<String>>;

fn pictures() -> Pictures {
    let mut pictures = Pictures::new();
    let (mut style, mut digit) = (String::new(), ' ');
    for line in include_str!("../appliance/digits.txt").lines() {
        if let Some(heading) = line.strip_prefix("style ") {
            style = heading.split(' ').next().unwrap().to_owned();
        } else if line.len() == 1 {
            digit = line.chars().next().unwrap();
        } else if line.starts_with(['.', '#']) {
            pictures.entry((style.clone(), digit)).or_default().push(line.to_owned());
        }
    }
    pictures
}

impl Place {
    /// How wide and high a digit is.
    fn size(&self, pictures: &Pictures) -> (usize, usize) {
        let picture = &pictures[&(self.style.0.to_owned(), '0')];
        (self.style.1 * picture[0].len(), self.style.1 * picture.len())
    }

    /// The pixels of the digit with this index as they are lit on the frame.
    fn cell(&self, frame: &Frame, index: usize, raised: usize, size: (usize, usize)) -> Vec<bool> {
        let (left, top) = (self.at.0 + self.columns[index], self.at.1 + self.rows[index] - raised);
        let row = |y| (left..left + size.0).map(move |x| frame.get(x, y));
        (top..top + size.1).flat_map(row).collect()
    }
}

#[test]
fn the_digits_are_those_that_the_appliance_reads() {
    let pictures = pictures();
    for (size, place) in SIZES.into_iter().zip(&PLACES) {
        let scale = place.style.1;
        for digit in 0..10 {
            let name = (place.style.0.to_owned(), char::from_digit(digit, 10).unwrap());
            let picture = &pictures[&name];
            let line = |line: &String| {
                let line: Vec<_> =
                    line.chars().flat_map(|c| std::iter::repeat_n(c == '#', scale)).collect();
                line.repeat(scale)
            };
            let expected: Vec<bool> = picture.iter().flat_map(line).collect();
            let frame = drawn(&type_passkey(digit * 111_111, 0), size);
            for index in 0..6 {
                let cell = place.cell(&frame, index, 0, place.size(&pictures));
                assert!(cell == expected, "{digit} at {size:?}, the {index}th");
            }
        }
    }
}

/// 22 minutes of arc at half a metre, or as much as the panel allows: the 16 of ISO 9241-3 at least.
#[test]
fn the_digits_are_high_enough_to_be_read_at_arms_length() {
    // Millimetres a row of the usual glass: 0.96, 0.91, 0.66, 0.42 and 1.12 inches.
    let glass = [(0.170, 22.0), (0.175, 22.0), (0.21, 22.0), (0.13, 16.0), (0.157, 22.0)];
    let pictures = pictures();
    for (place, (millimetres, least)) in PLACES.iter().zip(glass) {
        let height = place.size(&pictures).1 as f64 * millimetres;
        let minutes = (height / 500.0_f64).atan().to_degrees() * 60.0;
        assert!(minutes >= least, "{:?} has {minutes:.1} minutes of arc", place.style);
    }
}

/// A code that is half typed must not pass for one that is to be compared.
#[cfg(feature = "simulator")]
#[test]
fn a_code_can_be_read_when_it_is_whole_and_not_before() {
    let named = [
        ("compare", "014980"),
        ("type-passkey", "234567"),
        ("type-pin", "482190"),
        ("settling", "014980"),
        ("enter-passkey-whole", "014980"),
        ("enter-passkey-unseen", "014980"),
        ("pick-passkey-whole", "014980"),
    ];
    for size in SIZES {
        for (name, screen) in screens() {
            let frame = drawn(&screen, size);
            let read = pairpanel::display::draw::read(&frame)
                .map(|digits| digits.map(|digit| char::from(b'0' + digit)).iter().collect());
            let whole = match &screen {
                Screen::Compare { .. } | Screen::TypePasskey { .. } => true,
                Screen::TypePin { pin, .. } => pin.as_str().len() == 6,
                Screen::Settling { passkey, .. } => passkey.is_some(),
                Screen::EnterPasskey { typed, .. } => typed.passkey().is_some(),
                _ => false,
            };
            assert_eq!(read.is_some(), whole, "{name} at {size:?}");
            if let Some((_, code)) = named.into_iter().find(|(of, _)| *of == name) {
                assert_eq!(read, Some(code.to_owned()), "{name} at {size:?}");
            }
        }
    }
}

/// What stands in a cell already stays as it is, whatever is typed or offered after it.
#[test]
fn a_typed_digit_never_changes_or_moves() {
    let pictures = pictures();
    for (size, place) in SIZES.into_iter().zip(&PLACES) {
        let whole = drawn(&enter_passkey("014980", None, keypad(true)), size);
        for typed in ["0", "014", "0149", "01498"] {
            for pick in [None, Some(Pick::Digit(7)), Some(Pick::Erase)] {
                let frame = drawn(&enter_passkey(typed, pick, keypad(false)), size);
                for index in 0..typed.len() {
                    let cell =
                        |frame| place.cell(frame, index, place.raised, place.size(&pictures));
                    assert!(cell(&frame) == cell(&whole), "{typed} {pick:?} at {size:?}");
                }
            }
        }
    }
}

/// No other pixel differs between two codes.
#[test]
fn a_code_changes_nothing_but_its_digits() {
    let pictures = pictures();
    for (size, place) in SIZES.into_iter().zip(&PLACES) {
        let (width, height) = place.size(&pictures);
        let zero = drawn(&type_passkey(0, 0), size);
        let is_digit = |x: usize, y: usize| {
            place.columns.into_iter().zip(place.rows).any(|(column, row)| {
                let (left, top) = (place.at.0 + column, place.at.1 + row);
                (left..left + width).contains(&x) && (top..top + height).contains(&y)
            })
        };
        for digit in 1..10 {
            let frame = drawn(&type_passkey(digit * 111_111, 0), size);
            assert!(frame != zero, "{digit} at {size:?}");
            for (x, y) in (0..frame.width()).flat_map(|x| (0..frame.height()).map(move |y| (x, y)))
            {
                let same = frame.get(x, y) == zero.get(x, y);
                assert!(same || is_digit(x, y), "({x}, {y}) of {digit} at {size:?}");
            }
        }
    }
}
