//! How output looks: aligned columns, bold and colour on a terminal alone, and nothing in it that a
//! terminal would obey.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use serde_json::Value;

/// Whether words may be emphasised.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style(bool);

impl Style {
    /// As fits standard output, and those who set `NO_COLOR`.
    pub(super) fn of_stdout() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        Self(!unwanted && !dumb && std::io::stdout().is_terminal())
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub(super) fn good(self, text: &str) -> String {
        self.wrap("32", text)
    }

    /// For what somebody should look at.
    pub(super) fn bad(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Rows below a heading, in columns as wide as they have to be.
pub(super) fn table<const N: usize>(
    style: Style,
    heading: [&str; N],
    rows: &[[String; N]],
) -> String {
    let widths: [usize; N] = std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([heading[column].len()]).max().unwrap_or_default()
    });
    let line = |cells: [&str; N]| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        line.trim_end().to_owned()
    };
    let mut text = format!("{}\n", style.bold(&line(heading)));
    for row in rows {
        let _ = writeln!(text, "{}", line(std::array::from_fn(|column| row[column].as_str())));
    }
    text
}

/// Lines with a label each.
pub(super) fn labelled(style: Style, lines: &[(&str, String)]) -> String {
    let width = lines.iter().map(|(label, _)| label.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (label, line) in lines {
        let _ = writeln!(text, "{}  {line}", style.bold(&format!("{label:width$}")));
    }
    text
}

/// One object on one line.
pub(super) fn json_line(value: &Value) -> String {
    // Outside of texts JSON is ASCII.
    let mut line = String::new();
    for c in value.to_string().chars() {
        if is_printable(c) {
            line.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(line, "\\u{unit:04x}");
            }
        }
    }
    line.push('\n');
    line
}

/// The text with escapes for what a terminal would obey or hide. Names are the words of strangers.
pub(super) fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, c| {
        if is_printable(c) {
            escaped.push(c);
        } else {
            escaped.extend(c.escape_default());
        }
        escaped
    })
}

/// Not a control character, and none that turns the direction of text or cannot be seen.
fn is_printable(c: char) -> bool {
    let invisible = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{feff}');
    !(c.is_control() || invisible || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_only_a_terminal_gets_bold() {
        let rows = [["a".to_owned(), "b".to_owned()], ["ccc".to_owned(), "d".to_owned()]];
        let plain = table(Style(false), ["X", "YY"], &rows);
        assert_eq!(plain, "X    YY\na    b\nccc  d\n");
        let bold = table(Style(true), ["X", "YY"], &rows);
        assert_eq!(bold, "\u{1b}[1mX    YY\u{1b}[0m\na    b\nccc  d\n");
        let lines = [("a", "1".to_owned()), ("bc", "2".to_owned())];
        assert_eq!(labelled(Style(false), &lines), "a   1\nbc  2\n");
    }

    #[test]
    fn nothing_printed_can_command_a_terminal() {
        let name = "A\u{1b}[2J\u{9b}\u{202e}é\n";
        assert_eq!(escape(name), "A\\u{1b}[2J\\u{9b}\\u{202e}é\\n");
        let line = json_line(&serde_json::json!({ "name": name }));
        assert_eq!(line, "{\"name\":\"A\\u001b[2J\\u009b\\u202eé\\n\"}\n");
        let back: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(back["name"], name);
    }
}
