//! The signs that mean the same in every language.

use super::canvas::Canvas;

/// A picture of seven by seven pixels, or of five by five where there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Tick,
    Cross,
    /// An arrow to the left: the last digit is taken back.
    Back,
    /// A digit is added.
    Plus,
    /// An exclamation mark.
    Mind,
    /// The line that is chosen: a triangle that points at it.
    Here,
    None,
}

impl Sign {
    const fn large(self) -> &'static [&'static [u8; 7]; 7] {
        match self {
            Self::Tick => &[
                b".......", b"......#", b".....##", b"#...##.", b"##.##..", b".###...", b"..#....",
            ],
            Self::Cross => &[
                b".......", b"##...##", b".##.##.", b"..###..", b"..###..", b".##.##.", b"##...##",
            ],
            Self::Back => &[
                b"...#...", b"..##...", b".##....", b"#######", b"#######", b".##....", b"..##...",
            ],
            Self::Plus => &[
                b".......", b"..##...", b"..##...", b"######.", b"######.", b"..##...", b"..##...",
            ],
            Self::Mind => &[
                b"..###..", b"..###..", b"..###..", b"..###..", b".......", b"..###..", b"..###..",
            ],
            Self::Here => &[
                b"#......", b"##.....", b"###....", b"####...", b"###....", b"##.....", b"#......",
            ],
            Self::None => &[b"......."; 7],
        }
    }

    const fn small(self) -> &'static [&'static [u8; 5]; 5] {
        match self {
            Self::Tick => &[b"....#", b"...##", b"#.##.", b"###..", b".#..."],
            Self::Cross => &[b"#...#", b".#.#.", b"..#..", b".#.#.", b"#...#"],
            Self::Back => &[b"..#..", b".#...", b"#####", b".#...", b"..#.."],
            Self::Plus => &[b"..#..", b"..#..", b"#####", b"..#..", b"..#.."],
            Self::Mind => &[b".##..", b".##..", b".##..", b".....", b".##.."],
            Self::Here => &[b"#....", b"##...", b"###..", b"##...", b"#...."],
            Self::None => &[b"....."; 5],
        }
    }
}

impl Canvas<'_> {
    pub(super) fn sign(&mut self, sign: Sign, x: i32, y: i32) {
        self.picture(sign.large(), x, y);
    }

    pub(super) fn small_sign(&mut self, sign: Sign, x: i32, y: i32) {
        self.picture(sign.small(), x, y);
    }

    fn picture<const N: usize>(&mut self, rows: &[&[u8; N]; N], x: i32, y: i32) {
        let size = i32::try_from(N).unwrap_or(0);
        self.claim(x, y, size, size);
        for (dy, row) in (0..).zip(rows) {
            for (dx, _) in (0..).zip(*row).filter(|(_, pixel)| **pixel == b'#') {
                self.fill(x + dx, y + dy, 1, 1);
            }
        }
    }

    /// An arrow of seven by four pixels.
    pub(super) fn up(&mut self, x: i32, y: i32) {
        self.claim(x, y, 7, 4);
        (0..4).for_each(|n| self.fill(x + 3 - n, y + n, 1 + 2 * n, 1));
    }

    pub(super) fn down(&mut self, x: i32, y: i32) {
        self.claim(x, y, 7, 4);
        (0..4).for_each(|n| self.fill(x + n, y + n, 7 - 2 * n, 1));
    }

    /// Both arrows, five pixels wide and seven high.
    pub(super) fn up_and_down(&mut self, x: i32, y: i32) {
        self.claim(x, y, 5, 7);
        (0..3).for_each(|n| self.fill(x + 2 - n, y + n, 1 + 2 * n, 1));
        (0..3).for_each(|n| self.fill(x + n, y + 4 + n, 5 - 2 * n, 1));
    }
}
