//! Which rectangles to send so that one frame becomes another. Pure.

use std::ops::Range;

use super::Frame;

/// How a controller is told where pixels go, and with it what a rectangle costs on an I2C bus besides
/// its pixels. SPI has no address and control bytes, but switching its D/C line takes as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addressing {
    /// A rectangle is told once: two transactions with an address and a control byte each, and six
    /// bytes of commands.
    Rectangles,
    /// Each page of it is told: two transactions likewise, and three bytes of commands.
    Pages,
}

impl Addressing {
    /// Bytes besides the pixels of one page, be it the first one of a rectangle or the only one.
    const fn overhead(self) -> usize {
        match self {
            Self::Rectangles => 10,
            Self::Pages => 7,
        }
    }

    fn cost(self, window: &Window) -> usize {
        let pages = window.pages.len();
        let told = match self {
            Self::Rectangles => 1,
            Self::Pages => pages,
        };
        told * self.overhead() + window.columns.len() * pages
    }
}

/// A rectangle of columns and pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) columns: Range<usize>,
    pub(super) pages: Range<usize>,
}

impl Window {
    pub(super) fn whole(frame: &Frame) -> Self {
        Self { columns: 0..frame.width(), pages: 0..frame.pages() }
    }

    fn around(&self, other: &Self) -> Self {
        let around = |a: &Range<usize>, b: &Range<usize>| a.start.min(b.start)..a.end.max(b.end);
        Self {
            columns: around(&self.columns, &other.columns),
            pages: around(&self.pages, &other.pages),
        }
    }
}

/// Windows that together hold every byte in which `new` differs from `old`; none if it does not.
/// Both must be of one size.
///
/// Runs of changed bytes are joined for as long as the rectangle around two of them is cheaper
/// than both. That is not always the cheapest cover, but never dearer than the whole frame.
pub(super) fn changed(old: &Frame, new: &Frame, addressing: Addressing) -> Vec<Window> {
    let run = |page| runs(old.page(page), new.page(page), page, addressing.overhead());
    let mut windows: Vec<Window> = (0..new.pages()).flat_map(run).collect();
    while let Some((a, b)) = best_pair(&windows, addressing) {
        let joined = windows[a].around(&windows[b]);
        // `b` is the later one, so that removing it leaves `a` in its place.
        windows.remove(b);
        windows[a] = joined;
    }
    let whole = Window::whole(new);
    let sum = windows.iter().map(|window| addressing.cost(window)).sum::<usize>();
    if sum > addressing.cost(&whole) { vec![whole] } else { windows }
}

/// The runs of changed bytes in one page, gaps bridged where a second window would cost more.
fn runs(old: &[u8], new: &[u8], page: usize, overhead: usize) -> Vec<Window> {
    let mut runs: Vec<Window> = Vec::new();
    for column in (0..new.len()).filter(|&column| old[column] != new[column]) {
        match runs.last_mut() {
            Some(run) if column - run.columns.end <= overhead => run.columns.end = column + 1,
            _ => runs.push(Window { columns: column..column + 1, pages: page..page + 1 }),
        }
    }
    runs
}

/// The two windows whose joining saves most; none if no joining saves anything.
fn best_pair(windows: &[Window], addressing: Addressing) -> Option<(usize, usize)> {
    let cost = |window: &Window| addressing.cost(window);
    let mut best = None;
    for (b, second) in windows.iter().enumerate() {
        for (a, first) in windows[..b].iter().enumerate() {
            let saved = (cost(first) + cost(second)).checked_sub(cost(&first.around(second)));
            if saved > best.map_or(Some(0), |(saved, _)| saved) {
                best = Some((saved, (a, b)));
            }
        }
    }
    best.map(|(_, pair)| pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lit(pixels: &[(usize, usize)]) -> Frame {
        let mut frame = Frame::new(128, 64);
        pixels.iter().for_each(|&(x, y)| frame.set(x, y, true));
        frame
    }

    /// How many windows, and what they cost, by rectangles and by pages.
    fn cost(pixels: &[(usize, usize)]) -> [(usize, usize); 2] {
        [Addressing::Rectangles, Addressing::Pages].map(|addressing| {
            let windows = changed(&lit(&[]), &lit(pixels), addressing);
            (windows.len(), windows.iter().map(|window| addressing.cost(window)).sum())
        })
    }

    #[test]
    fn nothing_changed_is_no_window() {
        for addressing in [Addressing::Rectangles, Addressing::Pages] {
            assert_eq!(changed(&lit(&[(5, 5)]), &lit(&[(5, 5)]), addressing), []);
        }
    }

    #[test]
    fn corners_are_two_windows_and_neighbours_are_one() {
        assert_eq!(cost(&[(0, 0), (127, 63)]), [(2, 22), (2, 16)]);
        assert_eq!(cost(&[(10, 0), (15, 0)]), [(1, 16), (1, 13)]);
        assert_eq!(cost(&[(10, 0), (10, 8), (11, 16)])[0], (1, 16));
    }

    #[test]
    fn a_box_is_one_window_where_a_page_costs_nothing_by_itself() {
        let filled: Vec<_> = (20..30).flat_map(|x| (16..40).map(move |y| (x, y))).collect();
        assert_eq!(cost(&filled), [(1, 40), (3, 51)]);
    }

    #[test]
    fn no_change_costs_more_than_the_whole_frame() {
        let sparse: Vec<_> =
            (0..128).step_by(12).flat_map(|x| (0..64).step_by(8).map(move |y| (x, y))).collect();
        let [(_, rectangles), (_, pages)] = cost(&sparse);
        assert!(rectangles <= 1034 && pages <= 1080);
        let full: Vec<_> = (0..128).flat_map(|x| (0..64).map(move |y| (x, y))).collect();
        assert_eq!(cost(&full), [(1, 1034), (8, 1080)]);
    }
}
