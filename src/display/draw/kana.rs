//! Half-width katakana of five by seven pixels: embedded-graphics has them only from 13 rows on,
//! which leaves no room on a line of a small panel.
//!
//! The shapes are those that character displays have made usual. A voiced sound is two characters,
//! as in JIS X 0201: the letter and its mark.

use embedded_graphics::geometry::Size;
use embedded_graphics::image::ImageRaw;
use embedded_graphics::mono_font::mapping::StrGlyphMapping;
use embedded_graphics::mono_font::{DecorationDimensions, MonoFont};
use embedded_graphics::pixelcolor::BinaryColor;

/// The font, six pixels from one letter to the next.
pub(super) const FONT: MonoFont<'static> = MonoFont {
    image: ImageRaw::<BinaryColor>::new(&IMAGE, PER_BAND as u32 * 6),
    character_size: Size::new(6, ROWS as u32),
    character_spacing: 0,
    // One row lower than that of Latin letters: the strokes go below the line as a p does.
    baseline: 5,
    strikethrough: DecorationDimensions::default_strikethrough(ROWS as u32),
    underline: DecorationDimensions::default_underline(ROWS as u32),
    glyph_mapping: &StrGlyphMapping::new("\0\u{ff61}\u{ff9f}", 0),
};

const ROWS: usize = 7;
const PER_BAND: usize = 8;
const BANDS: usize = 8;
/// Eight glyphs of six bits are as many bytes.
const ROW_BYTES: usize = 6;

static IMAGE: [u8; BANDS * ROWS * ROW_BYTES] = image();

/// Each character of a row becomes a bit.
const fn image() -> [u8; BANDS * ROWS * ROW_BYTES] {
    let mut image = [0; BANDS * ROWS * ROW_BYTES];
    let mut row = 0;
    while row < BANDS * ROWS {
        let line = ART[row / ROWS][row % ROWS];
        let mut x = 0;
        while x < line.len() {
            if line[x] == b'#' {
                image[row * ROW_BYTES + x / 8] |= 0x80 >> (x % 8);
            }
            x += 1;
        }
        row += 1;
    }
    image
}

/// U+FF61 to U+FF9F, in this order.
#[rustfmt::skip]
const ART: [[&[u8; PER_BAND * 6 - 1]; ROWS]; BANDS] = [
    // ｡     ｢     ｣     ､     ･     ｦ     ｧ     ｨ
    [
        b"..... ..### ..... ..... ..... ##### ..... .....",
        b"..... ..#.. ..... ..... ..... ....# ..... .....",
        b"..... ..#.. ..... ..... ..... ##### ##### ...#.",
        b"..... ..#.. ..#.. ..... .##.. ....# ....# ..#..",
        b"###.. ..... ..#.. #.... .##.. ...#. ..##. .##..",
        b"#.#.. ..... ..#.. .#... ..... ..#.. ..#.. #.#..",
        b"###.. ..... ###.. ..#.. ..... ##... .#... ..#..",
    ],
    // ｩ     ｪ     ｫ     ｬ     ｭ     ｮ     ｯ     ｰ
    [
        b"..... ..... ..... ..... ..... ..... ..... .....",
        b"..... ..... ..... ..... ..... ..... ..... .....",
        b"..#.. ..... ...#. .#... ..... ####. ..... .....",
        b"##### ##### ##### ##### .###. ...#. #.#.# #####",
        b"#...# ..#.. ..##. .#..# ...#. ####. #.#.# .....",
        b"...#. ..#.. .#.#. .#.#. ...#. ...#. ....# .....",
        b"..#.. ##### #..#. .#... ##### ####. ..##. .....",
    ],
    // ｱ     ｲ     ｳ     ｴ     ｵ     ｶ     ｷ     ｸ
    [
        b"##### ....# ..#.. ..... ...#. .#... .#... .####",
        b"....# ...#. ##### ##### ##### ##### .###. .#..#",
        b"..#.# ..#.. #...# ..#.. ...#. .#..# ##... #...#",
        b"..##. .##.. #...# ..#.. ..##. .#..# .#### ....#",
        b"..#.. #.#.. ....# ..#.. .#.#. .#..# ###.. ....#",
        b"..#.. ..#.. ...#. ..#.. #..#. .#..# ..#.. ...#.",
        b".#... ..#.. .##.. ##### ..##. #..## ...#. .##..",
    ],
    // ｹ     ｺ     ｻ     ｼ     ｽ     ｾ     ｿ     ﾀ
    [
        b".#... ..... .#.#. ..... ..... .#... ..... .####",
        b".#### ##### ##### ##... ##### .#.## #...# .#..#",
        b"#..#. ....# .#.#. ....# ....# ##### #...# #.#.#",
        b"...#. ....# .#.#. ##..# ...#. .#..# .#..# ...##",
        b"...#. ....# ...#. ....# ..#.. .#.#. ....# ....#",
        b"..#.. ....# ..#.. ...#. .#.#. .#... ...#. ...#.",
        b".#... ##### .#... ###.. #...# ..### .##.. .##..",
    ],
    // ﾁ     ﾂ     ﾃ     ﾄ     ﾅ     ﾆ     ﾇ     ﾈ
    [
        b"...## ..... .###. .#... ..#.. ..... ..... ..#..",
        b"###.. #.#.# ..... .#... ..#.. .###. ##### #####",
        b"..#.. #.#.# ##### .#... ##### ..... ....# ...#.",
        b"##### #.#.# ..#.. .##.. ..#.. ..... .#.#. ..#..",
        b"..#.. ....# ..#.. .#.#. ..#.. ..... ..#.. .###.",
        b"..#.. ...#. ..#.. .#... ..#.. ..... .#.#. #.#.#",
        b".#... .##.. .#... .#... .#... ##### #.... ..#..",
    ],
    // ﾉ     ﾊ     ﾋ     ﾌ     ﾍ     ﾎ     ﾏ     ﾐ
    [
        b"....# ..... #.... ..... ..... ..#.. ..... ###..",
        b"....# ..#.. #...# ##### .#... ##### ##### ...##",
        b"....# ...#. #.##. ....# #.#.. ..#.. ....# .....",
        b"...#. #...# ##... ....# #.#.. #.#.# ....# ###..",
        b"...#. #...# #.... ....# ...#. #.#.# .#.#. ...##",
        b"..#.. #...# #.... ...#. ....# #.#.# ..#.. ###..",
        b"##... #...# .#### .##.. ....# ..#.. ...#. ...##",
    ],
    // ﾑ     ﾒ     ﾓ     ﾔ     ﾕ     ﾖ     ﾗ     ﾘ
    [
        b"..#.. ....# ..... .#... ..... ..... .###. #..#.",
        b"..#.. ....# .#### .#.## .###. ##### ..... #..#.",
        b".#... .#.#. .#... ####. ...#. ....# ##### #..#.",
        b".#... ..##. ##### .#..# ...#. .#### ....# #..#.",
        b"#...# ..#.. .#... ..#.. ...#. ....# ....# ...#.",
        b"##### .#.#. .#... ..#.. ...#. ....# ...#. ..#..",
        b"....# #.... ..### ...#. ##### ##### .##.. .#...",
    ],
    // ﾙ     ﾚ     ﾛ     ﾜ     ﾝ     ﾞ     ﾟ
    [
        b".#.#. .#... ..... ..... ..... #..#. .##.. .....",
        b".#.#. .#... ##### ##### ##... .#..# #..#. .....",
        b".#.#. .#... #...# #...# ....# ..... .##.. .....",
        b".#.#. .#... #...# #...# ....# ..... ..... .....",
        b".#.#. .#..# #...# ....# ....# ..... ..... .....",
        b".#.## .#.#. #...# ...#. ...#. ..... ..... .....",
        b"#..#. .##.. ##### .##.. ###.. ..... ..... .....",
    ],
];
