//! Lines of which one is chosen, and the name of the panel as large as it can be: both for panels
//! of any height.

use embedded_graphics::mono_font::MonoFont;
use embedded_graphics::mono_font::iso_8859_1::{FONT_6X9, FONT_8X13_BOLD, FONT_10X20};

use super::canvas::{Canvas, Sign};
use super::{shorten, who, words};
use crate::pairing::{MenuItem, Peer};

/// Where the lines begin, behind the sign of the chosen one.
const LEFT: i32 = 9;
/// At the right there are arrows if there are more lines than these.
const COLUMNS: usize = 18;

/// Where lines go below a headline.
pub(super) struct List {
    /// Where the first one begins.
    pub(super) y: i32,
    /// From one to the next.
    pub(super) pitch: i32,
    /// How many are seen at a time.
    pub(super) rows: usize,
}

impl List {
    pub(super) fn draw_menu(&self, canvas: &mut Canvas<'_>, items: &[MenuItem], at: usize) {
        self.draw(canvas, "MENU", items, at, |canvas, y, item| {
            canvas.text(LEFT, y, words::item(*item));
        });
    }

    pub(super) fn draw_devices(&self, canvas: &mut Canvas<'_>, peers: &[Peer], at: usize) {
        self.draw(canvas, "PAIRED HERE", peers, at, |canvas, y, peer| {
            let (name, tail) = who(peer, COLUMNS);
            canvas.text(LEFT, y, &name);
            canvas.text(canvas.width - 9 - 6 * 5, y, tail);
        });
        if peers.is_empty() {
            canvas.text(LEFT, self.y, "No device yet");
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
        canvas.line(0, headline, if hidden > 0 { &position } else { "" });
        let mut y = self.y;
        for (n, line) in lines.iter().enumerate().skip(first).take(self.rows) {
            if n == at {
                canvas.sign(Sign::Here, 0, y + 1);
            }
            draw_line(canvas, y, line);
            if n == first && first > 0 {
                canvas.up(canvas.width - 7, y + 2);
            }
            if n + 1 == first + self.rows && first < hidden {
                canvas.down(canvas.width - 7, y + 3);
            }
            y += self.pitch;
        }
    }
}

/// The name on a light ground, to be seen from the other end of the room.
pub(super) fn draw_identify(canvas: &mut Canvas<'_>, name: &str) {
    const SIZES: [(&MonoFont<'_>, i32); 6] = [
        (&FONT_10X20, 2),
        (&FONT_8X13_BOLD, 2),
        (&FONT_6X9, 2),
        (&FONT_10X20, 1),
        (&FONT_8X13_BOLD, 1),
        (&FONT_6X9, 1),
    ];
    let height = i32::try_from(canvas.frame.height()).unwrap_or(0);
    canvas.fill(0, 0, canvas.width, height);
    let name = if name.is_empty() { "HERE" } else { name };
    let fit = SIZES.into_iter().find_map(|(font, scale)| {
        let (columns, rows) = cells(font, scale, canvas.width, height);
        let lines = wrap(&shorten(name, name.chars().count()), columns);
        (lines.len() <= rows && lines.iter().all(|line| line.chars().count() <= columns))
            .then_some((font, scale, lines))
    });
    let (font, scale, lines) = fit.unwrap_or_else(|| {
        let (columns, _) = cells(&FONT_8X13_BOLD, 1, canvas.width, height);
        (&FONT_8X13_BOLD, 1, vec![shorten(name, columns)])
    });
    let pitch = scale * pixels(font.character_size.height);
    let mut y = (height - pitch * i32::try_from(lines.len()).unwrap_or(0)) / 2;
    for line in lines {
        canvas.dark(font, scale, y, line.trim());
        y += pitch;
    }
}

/// How many characters there are room for: in a line, and below each other.
fn cells(font: &MonoFont<'_>, scale: i32, width: i32, height: i32) -> (usize, usize) {
    let cells = |room: i32, size: u32| usize::try_from(room / (scale * pixels(size))).unwrap_or(0);
    (cells(width, font.character_size.width), cells(height, font.character_size.height))
}

fn pixels(size: u32) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
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
