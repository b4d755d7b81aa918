//! Which rectangles to send so that one frame becomes another. Pure.

use std::ops::Range;

use super::Frame;

/// What a window costs on the wire besides its pixels: two transactions with an address and a
/// control byte each, and six bytes of commands.
const OVERHEAD: usize = 10;

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

    fn cost(&self) -> usize {
        OVERHEAD + self.columns.len() * self.pages.len()
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
pub(super) fn changed(old: &Frame, new: &Frame) -> Vec<Window> {
    let mut windows: Vec<Window> =
        (0..new.pages()).flat_map(|page| runs(old.page(page), new.page(page), page)).collect();
    while let Some((a, b)) = best_pair(&windows) {
        let joined = windows[a].around(&windows[b]);
        // `b` is the later one, so that removing it leaves `a` in its place.
        windows.remove(b);
        windows[a] = joined;
    }
    let whole = Window::whole(new);
    if windows.iter().map(Window::cost).sum::<usize>() > whole.cost() {
        vec![whole]
    } else {
        windows
    }
}

/// The runs of changed bytes in one page, gaps bridged where a second window would cost more.
fn runs(old: &[u8], new: &[u8], page: usize) -> Vec<Window> {
    let mut runs: Vec<Window> = Vec::new();
    for column in (0..new.len()).filter(|&column| old[column] != new[column]) {
        match runs.last_mut() {
            Some(run) if column - run.columns.end <= OVERHEAD => run.columns.end = column + 1,
            _ => runs.push(Window { columns: column..column + 1, pages: page..page + 1 }),
        }
    }
    runs
}

/// The two windows whose joining saves most; none if no joining saves anything.
fn best_pair(windows: &[Window]) -> Option<(usize, usize)> {
    let mut best = None;
    for (b, second) in windows.iter().enumerate() {
        for (a, first) in windows[..b].iter().enumerate() {
            let saved = (first.cost() + second.cost()).checked_sub(first.around(second).cost());
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

    fn cost(pixels: &[(usize, usize)]) -> (usize, usize) {
        let windows = changed(&lit(&[]), &lit(pixels));
        (windows.len(), windows.iter().map(Window::cost).sum())
    }

    #[test]
    fn nothing_changed_is_no_window() {
        assert_eq!(changed(&lit(&[(5, 5)]), &lit(&[(5, 5)])), []);
    }

    #[test]
    fn corners_are_two_windows_and_neighbours_are_one() {
        assert_eq!(cost(&[(0, 0), (127, 63)]), (2, 22));
        assert_eq!(cost(&[(10, 0), (15, 0)]), (1, 16));
        assert_eq!(cost(&[(10, 0), (10, 8), (11, 16)]), (1, 16));
    }

    #[test]
    fn a_box_is_one_window() {
        let filled: Vec<_> = (20..30).flat_map(|x| (16..40).map(move |y| (x, y))).collect();
        assert_eq!(cost(&filled), (1, 40));
    }

    #[test]
    fn no_change_costs_more_than_the_whole_frame() {
        let sparse: Vec<_> =
            (0..128).step_by(12).flat_map(|x| (0..64).step_by(8).map(move |y| (x, y))).collect();
        assert!(cost(&sparse).1 <= 1034);
        let full: Vec<_> = (0..128).flat_map(|x| (0..64).map(move |y| (x, y))).collect();
        assert_eq!(cost(&full), (1, 1034));
    }
}
