//! bluetoothd's configuration files, read as bluetoothd reads them: with GLib's `GKeyFile`.

use super::tree::numbered;

/// The entries of a file, in its order.
#[derive(Debug, Default)]
pub(super) struct KeyFile {
    pub(super) entries: Vec<Entry>,
}

/// A line `key = value`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) group: String,
    pub(super) key: String,
    /// With the blanks at its end, which count where a text is expected.
    pub(super) value: String,
    pub(super) line: usize,
}

/// The line that makes GLib refuse the whole file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) line: usize,
    pub(super) why: &'static str,
}

impl KeyFile {
    /// Parses `text` (GLib, `glib/gkeyfile.c`, `g_key_file_parse_line`): comments begin with `#`
    /// and nothing else, and a line that is neither comment, group nor entry spoils everything.
    pub(super) fn parse(text: &str) -> Result<Self, Unreadable> {
        let mut entries = Vec::new();
        let mut group: Option<&str> = None;
        for (line, text) in numbered(text) {
            let text = text.trim_start();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            if let Some(rest) = text.strip_prefix('[') {
                group = Some(
                    rest.trim_end()
                        .strip_suffix(']')
                        .ok_or(Unreadable { line, why: "a [group] that does not end with ]" })?,
                );
                continue;
            }
            let entry = text.split_once('=').filter(|(key, _)| !key.trim().is_empty());
            let Some((key, value)) = entry else {
                return Err(Unreadable { line, why: "neither key = value, [group] nor # comment" });
            };
            let group = group.ok_or(Unreadable { line, why: "a key before the first [group]" })?;
            entries.push(Entry {
                group: group.to_owned(),
                key: key.trim_end().to_owned(),
                value: value.trim_start().to_owned(),
                line,
            });
        }
        Ok(Self { entries })
    }

    /// The entry that counts: the last one.
    pub(super) fn get(&self, group: &str, key: &str) -> Option<&Entry> {
        self.entries.iter().rfind(|entry| entry.group == group && entry.key == key)
    }

    /// An entry that looks as if it were meant to be this one.
    pub(super) fn misplaced(&self, group: &str, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| {
            entry.key.eq_ignore_ascii_case(key) && (entry.group != group || entry.key != key)
        })
    }
}

impl Entry {
    /// As `g_key_file_get_boolean` takes it; nothing if that is an error.
    pub(super) fn boolean(&self) -> Option<bool> {
        match self.value.trim_end() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// As `g_key_file_get_integer` takes it, without the signs that bluetoothd refuses.
    pub(super) fn seconds(&self) -> Option<u32> {
        self.value.trim_end().parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_glib_reads_it() {
        let text = "# c\r\n\n [General] \r\n  A = 1 \nB=\n#A=2\nA=3\n[Policy]\nA = x = y\n";
        let file = KeyFile::parse(text).unwrap();
        let found = |group, key| file.get(group, key).map(|e| (e.value.as_str(), e.line));
        assert_eq!(found("General", "A"), Some(("3", 7)));
        assert_eq!(found("General", "B"), Some(("", 5)));
        assert_eq!(found("Policy", "A"), Some(("x = y", 9)));
        assert_eq!(found("general", "A"), None);
        assert_eq!(file.entries[0].value, "1 ");
        assert_eq!(file.entries[0].boolean(), Some(true));
    }

    #[test]
    fn one_line_spoils_the_file() {
        for (text, line) in [
            ("[General]\n; Privacy = off\nPrivacy = off x\nno\n", 4),
            ("A = 1\n", 1),
            ("[General\nA = 1\n", 1),
            ("[General]\n = 1\n", 2),
        ] {
            assert_eq!(KeyFile::parse(text).unwrap_err().line, line, "{text:?}");
        }
    }
}
