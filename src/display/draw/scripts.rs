//! Letters that the fonts lack, in letters that they have: for device names, which come in any
//! script. What is left is an empty box.
//!
//! Greek follows ELOT 743 letter by letter, Cyrillic the BGN/PCGN system for Russian with the
//! letters of its neighbours added; both without the marks that only help to write them back.

use super::font::BOX;

/// Each entry is one character from the first one on, in a text that is split at blanks.
struct Table {
    first: char,
    letters: &'static str,
}

const TABLES: [Table; 7] = [
    Table {
        first: '\u{386}',
        letters: "A · E I I · O · Y O i A V G D E Z I Th I K L M N X O P R · S T Y F Ch Ps O I Y a e \
                  i i y a v g d e z i th i k l m n x o p r s s t y f ch ps o i y o y o",
    },
    Table {
        first: '\u{400}',
        letters: "E Yo Dj G Ye Dz I Yi J Lj Nj C K I U Dz A B V G D E Zh Z I Y K L M N O P R S T U F \
                  Kh Ts Ch Sh Shch ' Y ' E Yu Ya a b v g d e zh z i y k l m n o p r s t u f kh ts \
                  ch sh shch ' y ' e yu ya e yo dj g ye dz i yi j lj nj c k i u dz",
    },
    Table { first: '\u{490}', letters: "G g" },
    Table { first: '\u{218}', letters: "S s T t" },
    Table { first: '\u{1a0}', letters: "O o" },
    Table { first: '\u{1af}', letters: "U u" },
    Table {
        first: '\u{30a1}',
        letters: "ｧ ｱ ｨ ｲ ｩ ｳ ｪ ｴ ｫ ｵ ｶ ｶﾞ ｷ ｷﾞ ｸ ｸﾞ ｹ ｹﾞ ｺ ｺﾞ ｻ ｻﾞ ｼ ｼﾞ ｽ ｽﾞ ｾ ｾﾞ ｿ ｿﾞ ﾀ ﾀﾞ ﾁ ﾁﾞ ｯ ﾂ ﾂﾞ ﾃ ﾃﾞ \
                  ﾄ ﾄﾞ ﾅ ﾆ ﾇ ﾈ ﾉ ﾊ ﾊﾞ ﾊﾟ ﾋ ﾋﾞ ﾋﾟ ﾌ ﾌﾞ ﾌﾟ ﾍ ﾍﾞ ﾍﾟ ﾎ ﾎﾞ ﾎﾟ ﾏ ﾐ ﾑ ﾒ ﾓ ｬ ﾔ ｭ ﾕ ｮ ﾖ ﾗ ﾘ ﾙ ﾚ ﾛ ﾜ ﾜ \
                  ｲ ｴ ｦ ﾝ ｳﾞ ｶ ｹ",
    },
];

/// Latin Extended-A, U+0100 on, without what Latin-1 has no letter for; `?` where it takes two.
const EXTENDED_A: &str = "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi??JjKkkLlLlLlLlLlNnNnNnnNn\
                          OoOoÖö??RrRrRrSsSsSsSsTtTtTtUuUuUuUuÜüUuWwYyYZzZzZzs";
/// Latin Extended Additional, U+1E00 on: Vietnamese, Welsh and transcriptions.
const ADDITIONAL: &str = "AaBbBbBbÇçDdDdDdDdDdÈèÉéEeEeEeFfGgHhHhHhHhHhIiÏïKkKkKkLlLlLlLlMmMmMmNnNnNnNn\
                          ÕõÕõÒòÓóPpPpRrRrRrRrSsSsSsSsSsTtTtTtTtUuUuUuÚúÜüVvVvWwWwWwWwWwXxXxYyZzZzZzhtwy\
                          ????ß?AaAaÂâÂâÂâÂâÂâÁáÀàAaÃãAaEeEeEeÊêÊêÊêÊêÊêIiIiOoOoÔôÔôÔôÔôÔôÓóÒòOoÕõOoUuUu\
                          ÚúÙùUuUuUuYyYyYyYy??????";

/// Appends what stands for `c`, a character that is not in Latin-1.
pub(super) fn transliterate(c: char, to: &mut String) {
    match c {
        // Half-width katakana, which the fonts have.
        '\u{ff61}'..='\u{ff9f}' => to.push(c),
        // Full-width forms of ASCII.
        '\u{ff01}'..='\u{ff5e}' => {
            to.extend(char::from_u32(u32::from(c) - 0xff01 + u32::from('!')));
        }
        // Hiragana, as the katakana of the same sound.
        '\u{3041}'..='\u{3096}' => {
            let katakana = char::from_u32(u32::from(c) + 0x60).unwrap_or(BOX);
            to.push_str(table(katakana).unwrap_or("\u{25a1}"));
        }
        '\u{100}'..='\u{17f}' => one(EXTENDED_A, c, '\u{100}', to),
        '\u{1e00}'..='\u{1eff}' => one(ADDITIONAL, c, '\u{1e00}', to),
        _ => to.push_str(table(c).or_else(|| mark(c)).unwrap_or("\u{25a1}")),
    }
}

fn one(letters: &str, c: char, first: char, to: &mut String) {
    match c {
        'Œ' => to.push_str("OE"),
        'œ' => to.push_str("oe"),
        'Ĳ' => to.push_str("IJ"),
        'ĳ' => to.push_str("ij"),
        _ => {
            let at = usize::try_from(u32::from(c) - u32::from(first)).unwrap_or(usize::MAX);
            to.push(letters.chars().nth(at).filter(|letter| *letter != '?').unwrap_or(BOX));
        }
    }
}

fn table(c: char) -> Option<&'static str> {
    let letter = TABLES.iter().find_map(|table| {
        let at = u32::from(c).checked_sub(u32::from(table.first)).filter(|at| *at < 0x100)?;
        table.letters.split_whitespace().nth(usize::try_from(at).ok()?)
    });
    letter.filter(|letter| *letter != "·")
}

/// Punctuation that keyboards and phones put into names.
const fn mark(c: char) -> Option<&'static str> {
    Some(match c {
        '‘' | '’' | '‚' | '‛' | 'ʼ' | '′' => "'",
        '“' | '”' | '„' | '‟' | '″' => "\"",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => "-",
        '…' => "...",
        '•' | '・' => "·",
        '‹' => "<",
        '›' => ">",
        '™' => "(TM)",
        '€' => "EUR",
        'ə' => "e",
        'ー' => "ｰ",
        '「' => "｢",
        '」' => "｣",
        '、' => "､",
        '。' => "｡",
        '〜' => "~",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::font::{TEXT, is_latin};
    use super::super::names::legible;
    use super::*;

    #[test]
    fn a_name_is_written_in_letters_that_the_fonts_have() {
        let cases = [
            ("Anna’s iPhone", "Anna's iPhone"),
            ("Téléphone à Zoë", "Téléphone à Zoë"),
            ("Łukasz Žižek", "Lukasz Zizek"),
            ("Şükrü Őrsi", "Sükrü Örsi"),
            ("Nguyễn Thị Ánh", "Nguyên Thi Ánh"),
            ("Œuvre", "OEuvre"),
            ("Телефон Юрия", "Telefon Yuriya"),
            ("Їжак Ґудзик", "Yizhak Gudzik"),
            ("Ђорђе Љиљана", "Djordje Ljiljana"),
            ("Τηλέφωνο Ψυχή", "Tilefono Psychi"),
            ("ギター", "ｷﾞﾀｰ"),
            ("ぱそこん", "ﾊﾟｿｺﾝ"),
            ("ＡＢｃ", "ABc"),
            ("東京 Pixel", "□□ Pixel"),
            ("טלפון", "□□□□□"),
            ("🎧", "□"),
            ("“JBL” – Go…", "\"JBL\" - Go..."),
            ("ъ", "'"),
        ];
        for (name, shown) in cases {
            assert_eq!(legible(name), shown, "{name}");
        }
    }

    #[test]
    fn every_character_becomes_something_that_the_fonts_have_and_only_digits_become_digits() {
        let all = ('\u{a1}'..='\u{33ff}').chain('\u{fb00}'..='\u{ffff}').chain('🀀'..='🫿');
        for c in all.filter(|c| !c.is_whitespace() && !is_latin(*c)) {
            let mut shown = String::new();
            transliterate(c, &mut shown);
            assert!(!shown.is_empty() && TEXT.has(&shown), "{c:?}: {shown:?}");
            assert!(c.is_numeric() || !shown.contains(|c: char| c.is_numeric()), "{c:?}: {shown}");
        }
    }

    #[test]
    fn the_tables_have_an_entry_for_each_character_of_their_block() {
        assert_eq!((EXTENDED_A.chars().count(), ADDITIONAL.chars().count()), (128, 256));
        let cases = [('ώ', "o"), ('Ω', "O"), ('џ', "dz"), ('я', "ya"), ('Ѐ', "E"), ('ヶ', "ｹ")];
        for (c, letter) in cases {
            assert_eq!(table(c), Some(letter), "{c}");
        }
    }
}
