//! What `boards/README.md` says of each key.

use std::fs;

use crate::schema::in_package;

/// The rows of its tables.
pub(super) struct Readme {
    rows: Vec<Row>,
}

struct Row {
    /// The heading above it, without marks: `[[button]] (one for each)`.
    heading: String,
    /// The keys that it is about.
    keys: Vec<String>,
    /// What it says of them.
    words: String,
}

impl Readme {
    pub(super) fn load() -> Self {
        let text = fs::read_to_string(in_package("boards/README.md")).unwrap();
        let (mut heading, mut rows) = (String::new(), Vec::new());
        for line in text.lines() {
            if let Some(text) = line.strip_prefix('#') {
                heading = plain(text.trim_start_matches('#').trim());
            } else if let Some(cells) = line.strip_prefix("| `") {
                let cells: Vec<&str> = cells.trim_end_matches('|').split(" | ").collect();
                let keys = cells[0].split(',').map(|key| plain(key.trim()));
                let said = cells[1..].iter().map(|cell| plain(cell.trim_matches([' ', '|'])));
                let said: Vec<String> = said.filter(|cell| !cell.is_empty()).collect();
                let row =
                    Row { heading: heading.clone(), keys: keys.collect(), words: said.join(": ") };
                rows.push(row);
            }
        }
        Self { rows }
    }

    /// What is said of a key of a kind of file, such as `display.width` of `board`.
    pub(super) fn words(&self, file: &str, path: &str) -> Option<String> {
        let last = path.rsplit('.').next().unwrap_or(path);
        match (file, path.split_once('.')) {
            ("host", None) => self.of_key("Host files", path),
            // What is said of pins is said in one place.
            ("host", Some(_)) => self.of_key("Pins", last),
            (_, None) => self.of_key("Board profiles", path).or_else(|| {
                let heading = format!("[{path}]");
                let row = self.rows.iter().find(|row| row.heading.contains(&heading))?;
                Some(row.heading.replace(['[', ']'], ""))
            }),
            (_, Some((table, key))) => {
                let heading = format!("[{table}]");
                let own = self.of_key(&heading, key).or_else(|| self.of_key("Pins", last));
                own.or_else(|| self.of_table(&heading, key))
            }
        }
    }

    fn under<'a>(&'a self, heading: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| row.heading.contains(heading))
    }

    /// What the rows of the key itself say.
    fn of_key(&self, heading: &str, key: &str) -> Option<String> {
        let rows = self.under(heading).filter(|row| row.keys.iter().any(|known| known == key));
        let mut words: Vec<&str> = rows.map(|row| row.words.as_str()).collect();
        words.dedup();
        (!words.is_empty()).then(|| words.join(". Or "))
    }

    /// What there is to say of a table whose keys have the rows, or of a key of one that has one row
    /// for all.
    fn of_table(&self, heading: &str, key: &str) -> Option<String> {
        let within = format!("{key}.");
        let keys = self.under(heading).flat_map(|row| &row.keys);
        let keys: Vec<&str> =
            keys.filter(|known| known.starts_with(&within)).map(String::as_str).collect();
        if !keys.is_empty() {
            return Some(format!("a table of {}", keys.join(", ")));
        }
        self.of_key(heading, key.split_once('.')?.0)
    }
}

/// Without the marks of Markdown: code, and links, of which the text stays.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once("](") {
        match (before.rsplit_once('['), link.split_once(')')) {
            (Some((before, text)), Some((_, after))) => {
                plain.push_str(before);
                plain.push_str(text);
                rest = after;
            }
            _ => break,
        }
    }
    plain.push_str(rest);
    plain.replace('`', "")
}
