//! Somebody who stands before a glass, and says what is to be seen of the test picture.
//!
//! Which part of the picture is where is decoded from the emulated memory: pictures that number each
//! byte go through the same driver first, and what comes out behind each pixel of the glass says
//! where it belongs.

use std::collections::BTreeMap;

use pairpanel::bench::{Direction, Guess, Half, Side, Sides, View, mark};
use pairpanel::board::Rotation;
use pairpanel::display::{Driver, Frame};

use crate::glass::Emulator;

/// From one pixel to the next: right and down.
type Step = (isize, isize);

/// How well somebody makes sense of an arrow of which a part is missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Eye {
    /// Half of arrow and word will do.
    Keen,
    /// Takes it for noise unless all of it is there.
    Dull,
}

/// What each pixel of the glass shows: a pixel of the picture, as x and y, or anything else.
pub(crate) struct Seen {
    width: usize,
    height: usize,
    pixels: Vec<Option<(usize, usize)>>,
    /// Of the picture.
    size: (usize, usize),
    /// The place on the glass of each pixel of the picture, row after row.
    places: Vec<Option<(usize, usize)>>,
}

/// Where a pixel of the frame is on the glass that it is meant for.
fn on_glass(tried: &Guess, (x, y): (usize, usize)) -> (usize, usize) {
    if tried.rotation.is_sideways() { (tried.width as usize - 1 - y, x) } else { (x, y) }
}

/// The reverse; somewhere outside if it is for no pixel of the frame.
fn off_glass(tried: &Guess, (x, y): (usize, usize)) -> (usize, usize) {
    let width = tried.width as usize;
    if tried.rotation.is_sideways() { (y, (width - 1).wrapping_sub(x)) } else { (x, y) }
}

impl Seen {
    /// Looks at the glass while `driver` draws on it as for `tried`.
    pub(crate) fn look(emulator: &Emulator, driver: &mut dyn Driver, tried: &Guess) -> Self {
        let size = frame_size(tried);
        let tags: [fn(usize, usize) -> usize; 3] =
            [|column, _| column, |_, page| 0xa0 | page, |column, _| !column];
        let [columns, pages, checks] = tags.map(|tag| {
            let mut frame = Frame::new(size.0 as u32, size.1 as u32);
            for (x, y) in (0..size.0).flat_map(|x| (0..size.1).map(move |y| (x, y))) {
                let (column, row) = on_glass(tried, (x, y));
                if tag(column, row / 8) >> (row % 8) & 1 == 1 {
                    frame.set(x, y, true);
                }
            }
            driver.refresh(&frame).unwrap();
            emulator.memory()
        });
        let behind = emulator.behind();
        let (width, height) = emulator.seen_size();
        let mut places = vec![None; size.0 * size.1];
        let shown = |n: usize| {
            let (byte, bit) = behind[n]?;
            let (column, page, check) = (columns[byte], pages[byte], checks[byte]);
            let row = usize::from(page & 0xf) * 8 + bit;
            let (x, y) = off_glass(tried, (column.into(), row));
            let valid = column == !check && page & 0xf0 == 0xa0 && x < size.0 && y < size.1;
            valid.then_some((x, y))
        };
        let pixels: Vec<_> = (0..width * height).map(shown).collect();
        for (n, shown) in pixels.iter().enumerate() {
            if let Some((x, y)) = shown {
                places[y * size.0 + x] = Some((n % width, n / width));
            }
        }
        Self { width, height, pixels, size, places }
    }

    /// What is said of a glass that shows `shown`, when it should show `wanted`.
    pub(crate) fn view(&self, shown: &Frame, wanted: &Frame, eye: Eye) -> View {
        let lit = (0..shown.height()).any(|y| (0..shown.width()).any(|x| shown.get(x, y)));
        if !lit {
            return View::Dark;
        }
        if shown == wanted {
            return View::Right;
        }
        let (right, down, legible) = self.directions();
        let wanted_parts = match eye {
            Eye::Keen => 0.5,
            Eye::Dull => 1.0,
        };
        let Some((right, down)) = right.zip(down).filter(|_| legible >= wanted_parts) else {
            return View::Unclear;
        };
        match (right, down) {
            ((1, 0), (0, 1)) => {}
            ((-1, 0), (0, -1)) => return View::Points(Direction::Down),
            ((0, 1), (-1, 0)) => return View::Points(Direction::Right),
            ((0, -1), (1, 0)) => return View::Points(Direction::Left),
            _ => return View::Mirrored,
        }
        if self.breaks() > 2 {
            return View::Mixed;
        }
        let (cut, away) = self.edges();
        View::Moved { cut, away }
    }

    /// In which half of the glass this side of the frame is.
    pub(crate) fn half(&self, side: Side) -> Half {
        let (x, y) = self.line(side).next().unwrap();
        let near = match side {
            Side::Top => y < self.height / 2,
            Side::Bottom => y >= self.height / 2,
            Side::Left => x < self.width / 2,
            Side::Right => x >= self.width / 2,
        };
        if near { Half::Near } else { Half::Far }
    }

    /// Which way the picture's right and down are on the glass, if most of arrow and word agree, and
    /// how much of them is to be seen in one piece.
    fn directions(&self) -> (Option<Step>, Option<Step>, f64) {
        let (left, top, width, height) = mark(self.size.0 as u32, self.size.1 as u32);
        let all = (left..left + width).flat_map(|x| (top..top + height).map(move |y| (x, y)));
        let (mut right, mut down) = (BTreeMap::new(), BTreeMap::new());
        let mut in_place = 0;
        for (x, y) in all {
            let Some(here) = self.place(x, y) else { continue };
            let mut whole = true;
            for (steps, next, inside) in [
                (&mut right, (x + 1, y), x + 1 < left + width),
                (&mut down, (x, y + 1), y + 1 < top + height),
            ] {
                let Some(there) = self.place(next.0, next.1).filter(|_| inside) else { continue };
                let step = (there.0 as isize - here.0 as isize, there.1 as isize - here.1 as isize);
                // A part that is elsewhere does not belong to it.
                whole &= step.0.abs() + step.1.abs() < 3;
                let step = (step.0.signum(), step.1.signum());
                *steps.entry(step).or_insert(0) += 1;
            }
            in_place += usize::from(whole);
        }
        let most = |steps: BTreeMap<Step, usize>| {
            let all: usize = steps.values().sum();
            let (step, count) = steps.into_iter().max_by_key(|(_, count)| *count)?;
            (count * 3 >= all * 2).then_some(step)
        };
        (most(right), most(down), in_place as f64 / (width * height) as f64)
    }

    /// How often a line of the glass shows what does not belong beside the line before it.
    fn breaks(&self) -> usize {
        let lines = |length: usize, across: usize, at: &dyn Fn(usize, usize) -> usize| {
            let shown = |line: usize| (0..across).find_map(|n| self.pixels[at(line, n)]);
            let mut breaks = 0;
            for line in 1..length {
                // Of the picture's row or column on these two lines, by its first pixel there is.
                breaks += match (shown(line - 1), shown(line)) {
                    (Some(before), Some(here)) => {
                        let step = here.0.abs_diff(before.0) + here.1.abs_diff(before.1);
                        usize::from(step != 1)
                    }
                    (None, None) => 0,
                    _ => 1,
                };
            }
            breaks
        };
        let rows = lines(self.height, self.width, &|y, x| y * self.width + x);
        rows.max(lines(self.width, self.height, &|x, y| y * self.width + x))
    }

    /// The places where this side of the frame is to be seen.
    fn line(&self, side: Side) -> impl Iterator<Item = (usize, usize)> {
        let (width, height) = self.size;
        let pixel = move |n: usize| match side {
            Side::Top => (n, 0),
            Side::Bottom => (n, height - 1),
            Side::Left => (0, n),
            Side::Right => (width - 1, n),
        };
        let length = if matches!(side, Side::Top | Side::Bottom) { width } else { height };
        (0..length).map(pixel).filter_map(|(x, y)| self.place(x, y))
    }

    fn place(&self, x: usize, y: usize) -> Option<(usize, usize)> {
        self.places.get(y * self.size.0 + x).copied().flatten()
    }

    fn edges(&self) -> (Sides, Sides) {
        let is_cut = |side: &Side| self.line(*side).next().is_none();
        let touches = |side: &Side| {
            self.line(*side).any(|(x, y)| match side {
                Side::Top => y == 0,
                Side::Bottom => y == self.height - 1,
                Side::Left => x == 0,
                Side::Right => x == self.width - 1,
            })
        };
        let sides = || Side::ALL.into_iter();
        let cut: Sides = sides().filter(is_cut).collect();
        (cut, sides().filter(|side| !is_cut(side) && !touches(side)).collect())
    }
}

pub(crate) fn frame_size(guess: &Guess) -> (usize, usize) {
    let (width, height) = (guess.width as usize, guess.height as usize);
    match guess.rotation {
        Rotation::None | Rotation::Half => (width, height),
        Rotation::Right | Rotation::Left => (height, width),
    }
}
