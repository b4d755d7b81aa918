//! Lines of which one is chosen, and the name of the panel as large as it can be: both for panels
//! of any height.

use super::canvas::Canvas;
use super::font::{BOLD, Font, LARGE, SMALL, TEXT, TINY};
use super::names::legible;
use super::shorten;
use super::sign::Sign;
use super::words::Words;
use crate::pairing::{MenuItem, Peer};

/// Where lines go below a headline.
pub(super) struct List {
    /// Where the first one begins.
    pub(super) y: i32,
    /// From one to the next.
    pub(super) pitch: i32,
    /// How many are seen at a time.
    pub(super) rows: usize,
    /// Whether there is only room for small signs and texts.
    pub(super) narrow: bool,
}

impl List {
    /// Where lines begin, behind the sign of the chosen one.
    const fn left(&self) -> i32 {
        if self.narrow { 5 } else { 9 }
    }

    /// How wide the sign for more lines is, at the right.
    const fn more(&self) -> i32 {
        if self.narrow { 5 } else { 9 }
    }

    pub(super) fn draw_menu(
        &self,
        canvas: &mut Canvas<'_>,
        words: &Words,
        items: &[MenuItem],
        at: usize,
    ) {
        let width = canvas.width - self.left() - self.more();
        self.draw(canvas, words.menu, items, at, |canvas, y, item| {
            canvas.fitted(self.left(), y, width, words.item(*item));
        });
    }

    /// On a narrow panel an entry has two lines.
    pub(super) fn draw_devices(
        &self,
        canvas: &mut Canvas<'_>,
        words: &Words,
        peers: &[Peer],
        at: usize,
    ) {
        let (left, right) = (self.left(), canvas.width - self.more());
        if self.narrow {
            // In the same height.
            let (rows, pitch) = if self.rows < 5 { (2, 16) } else { (3, 13) };
            let tall = Self { pitch, rows, ..*self };
            tall.draw(canvas, words.paired_here, peers, at, |canvas, y, peer| {
                canvas.name_in(&[&SMALL, &TINY, &TEXT], (left, y), right - left, peer, words);
                canvas.text_in(&TINY, right - TINY.width(peer.tail()), y + 8, peer.tail());
            });
        } else {
            self.draw(canvas, words.paired_here, peers, at, |canvas, y, peer| {
                let x = right - canvas.font.width(peer.tail());
                canvas.text(x, y, peer.tail());
                let drop = canvas.font.rise() - TEXT.rise();
                canvas.name(left, y + drop, x - 6 - left, peer, words);
            });
        }
        if peers.is_empty() {
            canvas.fitted(left, self.y, right - left, words.no_device_yet);
        }
    }

    /// The chosen line is seen in any case, and more of what comes after it than of what is before.
    fn draw<T>(
        &self,
        canvas: &mut Canvas<'_>,
        headline: &str,
        lines: &[T],
        at: usize,
        draw_line: impl Fn(&mut Canvas<'_>, i32, &T),
    ) {
        let hidden = lines.len().saturating_sub(self.rows);
        let first = at.saturating_sub((self.rows - 1) / 2).min(hidden);
        let position = format!("{}/{}", at + 1, lines.len());
        let position = if hidden > 0 { position.as_str() } else { "" };
        if self.narrow {
            canvas.font = &SMALL;
        }
        let end = canvas.fitted_right(canvas.width, 0, canvas.width / 2, position);
        if !self.narrow || canvas.fits(end - 1, headline) {
            // The small font has no blank column at the right.
            canvas.fitted(0, 0, end - if self.narrow { 3 } else { 1 }, headline);
        }
        let mut y = self.y;
        for (n, line) in lines.iter().enumerate().skip(first).take(self.rows) {
            if n == at {
                self.sign(canvas, y);
            }
            draw_line(canvas, y, line);
            if n == first && first > 0 {
                self.more_above(canvas, y);
            }
            if n + 1 == first + self.rows && first < hidden {
                self.more_below(canvas, y);
            }
            y += self.pitch;
        }
    }

    fn sign(&self, canvas: &mut Canvas<'_>, y: i32) {
        if self.narrow {
            canvas.small_sign(Sign::Here, 0, y + 2);
        } else {
            canvas.sign(Sign::Here, 0, y + canvas.font.rise() - 5);
        }
    }

    fn more_above(&self, canvas: &mut Canvas<'_>, y: i32) {
        if self.narrow {
            canvas.fill(canvas.width - 3, y + 2, 1, 1);
            canvas.fill(canvas.width - 4, y + 3, 3, 1);
        } else {
            canvas.up(canvas.width - 7, y + canvas.font.rise() - 4);
        }
    }

    fn more_below(&self, canvas: &mut Canvas<'_>, y: i32) {
        if self.narrow {
            canvas.fill(canvas.width - 4, y + 3, 3, 1);
            canvas.fill(canvas.width - 3, y + 4, 1, 1);
        } else {
            canvas.down(canvas.width - 7, y + canvas.font.rise() - 3);
        }
    }
}

/// The name on a light ground, to be seen from the other end of the room.
pub(super) fn draw_identify(canvas: &mut Canvas<'_>, words: &Words, name: &str) {
    const SIZES: [(&Font, i32); 9] = [
        (&LARGE, 4),
        (&LARGE, 3),
        (&LARGE, 2),
        (&BOLD, 2),
        (&TEXT, 2),
        (&LARGE, 1),
        (&BOLD, 1),
        (&TEXT, 1),
        (&SMALL, 1),
    ];
    let (width, height) = (canvas.width, canvas.height);
    canvas.fill(0, 0, width, height);
    let name = legible(name);
    let name = if name.is_empty() { words.here } else { name.as_str() };
    let fit = SIZES.into_iter().filter(|(font, _)| font.has(name)).find_map(|(font, scale)| {
        let columns = font.columns(width / scale);
        let lines = wrap(name, columns);
        let rows = height / (scale * font.height());
        let fits = i32::try_from(lines.len()).is_ok_and(|lines| lines <= rows)
            && lines.iter().all(|line| line.chars().count() <= columns);
        fits.then_some((font, scale, lines))
    });
    let (font, scale, lines) =
        fit.unwrap_or_else(|| (&BOLD, 1, vec![shorten(name, BOLD.columns(width))]));
    let pitch = scale * font.height();
    let mut y = (height - pitch * i32::try_from(lines.len()).unwrap_or(0)) / 2;
    for line in lines {
        canvas.dark(font, scale, y, line.trim());
        y += pitch;
    }
}

/// Lines of at most so many columns where the words are no longer: a name breaks behind a blank or
/// a hyphen, and nowhere else.
fn wrap(name: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in name.split_inclusive([' ', '-', '_', '.']) {
        let length = |text: &str| text.trim_end().chars().count();
        match lines.last_mut() {
            Some(line) if line.is_empty() || line.chars().count() + length(word) <= columns => {
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}
