//! Changes values in the text of a profile, and leaves the rest of it as somebody wrote it.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value that is to be another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Its keys and places in lists, with dots between: `button.0.active`.
    pub path: String,
    /// What to write there, as TOML; `None` takes the key out.
    pub value: Option<String>,
}

/// Why a text cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    /// It is not TOML.
    #[error("the profile is not TOML any more: {0}")]
    NotToml(String),
    /// It has no table or list of this name.
    #[error("the profile has no {0}")]
    Missing(String),
}

/// `text` with these values in it. Comments, order and spelling of everything else stay. A key that is
/// not there yet comes below the last one of its table.
///
/// # Errors
///
/// [`RewriteError`] if the text is no TOML, or has not the tables that the edits are about.
pub fn rewrite(text: &str, edits: &[Edit]) -> Result<String, RewriteError> {
    // One after the other, because each one moves what comes behind it.
    edits.iter().try_fold(text.to_owned(), |text, edit| one(&text, edit))
}

/// Adds a text to the end of a list of texts.
pub(super) fn append(text: &str, path: &str, value: &str) -> Result<String, RewriteError> {
    let table = parse(text)?;
    let missing = || RewriteError::Missing(path.to_owned());
    let (parents, key) = split(path);
    let list = find(table.get_ref(), parents).and_then(|table| table.get(key));
    let Some(DeValue::Array(items)) = list.map(Spanned::get_ref) else { return Err(missing()) };
    let last = items.last().ok_or_else(missing)?.span();
    let line = &text[line_start(text, last.start)..last.start];
    if line.trim().is_empty() && text[..last.start].contains('\n') {
        // Each on a line of its own: after the comma and the comment of the last one.
        let rest = &text[last.end..];
        let line_end = last.end + rest.find('\n').unwrap_or(rest.len());
        let behind = text[last.end..line_end].trim_start();
        if behind.starts_with(',') {
            return Ok(put(text, line_end..line_end, &format!("\n{line}{value},")));
        }
        return Ok(put(text, last.end..last.end, &format!(",\n{line}{value}")));
    }
    Ok(put(text, last.end..last.end, &format!(", {value}")))
}

/// Whether there is such a key.
pub(super) fn has(text: &str, path: &str) -> bool {
    let (parents, key) = split(path);
    parse(text).is_ok_and(|root| find(root.get_ref(), parents).is_some_and(|t| t.contains_key(key)))
}

/// The texts of a list of texts, or the one text that stands for it.
pub(super) fn texts(text: &str, path: &str) -> Result<Vec<String>, RewriteError> {
    let table = parse(text)?;
    let (parents, key) = split(path);
    let value = find(table.get_ref(), parents).and_then(|table| table.get(key));
    let missing = || RewriteError::Missing(path.to_owned());
    match value.ok_or_else(missing)?.get_ref() {
        DeValue::String(text) => Ok(vec![text.to_string()]),
        DeValue::Array(items) => items
            .iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned).ok_or_else(missing))
            .collect(),
        _ => Err(missing()),
    }
}

fn one(text: &str, edit: &Edit) -> Result<String, RewriteError> {
    let root = parse(text)?;
    let (parents, key) = split(&edit.path);
    let table =
        find(root.get_ref(), parents).ok_or_else(|| RewriteError::Missing(parents.to_owned()))?;
    let there = table.iter().find(|(name, _)| name.get_ref() == key);
    match (there, &edit.value) {
        (Some((_, value)), Some(new)) => Ok(put(text, value.span(), new)),
        (Some((name, value)), None) => Ok(put(text, whole(text, name.span(), value.span()), "")),
        (None, None) => Ok(text.to_owned()),
        (None, Some(new)) => {
            // Tables within this one have lines of their own, which may be anywhere.
            let plain = table.iter().filter(|(_, v)| !matches!(v.get_ref(), DeValue::Table(_)));
            let last = plain.max_by_key(|(_, value)| value.span().end);
            let (name, value) = last.ok_or_else(|| RewriteError::Missing(parents.to_owned()))?;
            let lead = &text[line_start(text, name.span().start)..name.span().start];
            let end = value.span().end;
            if lead.contains('{') || lead.contains(',') {
                return Ok(put(text, end..end, &format!(", {key} = {new}")));
            }
            let line_end = end + text[end..].find('\n').unwrap_or(text.len() - end);
            Ok(put(text, line_end..line_end, &format!("\n{lead}{key} = {new}")))
        }
    }
}

fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, RewriteError> {
    DeTable::parse(text).map_err(|error| RewriteError::NotToml(error.message().to_owned()))
}

/// The path of the table, and the key in it.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

fn find<'a, 'i>(root: &'a DeTable<'i>, path: &str) -> Option<&'a DeTable<'i>> {
    let mut names = path.split('.').filter(|name| !name.is_empty());
    let mut table = root;
    while let Some(name) = names.next() {
        let value = table.get(name)?.get_ref();
        table = match value {
            DeValue::Table(table) => table,
            DeValue::Array(items) => {
                let index: usize = names.next()?.parse().ok()?;
                match items.get(index)?.get_ref() {
                    DeValue::Table(table) => table,
                    _ => return None,
                }
            }
            _ => return None,
        };
    }
    Some(table)
}

/// The key with its value and what belongs to them alone: the line, or the comma.
fn whole(text: &str, name: Range<usize>, value: Range<usize>) -> Range<usize> {
    let start = line_start(text, name.start);
    let line_end =
        value.end + text[value.end..].find('\n').map_or(text.len() - value.end, |n| n + 1);
    let lead = &text[start..name.start];
    if !lead.contains('{') && !lead.contains(',') {
        return start..line_end;
    }
    // In a table on one line: with the comma before it, or the one behind the first of them.
    match text[..name.start].trim_end().strip_suffix(',') {
        Some(before) => before.len()..value.end,
        None => {
            let rest = &text[value.end..];
            let comma = rest.trim_start().starts_with(',');
            let end = if comma { rest.find(',').map_or(0, |at| at + 1) } else { 0 };
            name.start..value.end + end
        }
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn put(text: &str, range: Range<usize>, new: &str) -> String {
    format!("{}{new}{}", &text[..range.start], &text[range.end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(path: &str, value: Option<&str>) -> Edit {
        Edit { path: path.to_owned(), value: value.map(str::to_owned) }
    }

    /// Text, edit → text.
    #[test]
    fn one_value_changes_and_nothing_else() {
        let cases = [
            ("a = 1 # one\nb = 2\n", edit("a", Some("3")), "a = 3 # one\nb = 2\n"),
            ("[t]\na = 1 # x\n\n[u]\n", edit("t.b", Some("2")), "[t]\na = 1 # x\nb = 2\n\n[u]\n"),
            ("[t]\na = 1\nb = 2 # x\nc = 3\n", edit("t.b", None), "[t]\na = 1\nc = 3\n"),
            ("[t]\na = 1\n", edit("t.b", None), "[t]\na = 1\n"),
            ("t = { a = 1, b = 2 }\n", edit("t.b", Some("3")), "t = { a = 1, b = 3 }\n"),
            ("t = { a = 1 }\n", edit("t.b", Some("3")), "t = { a = 1, b = 3 }\n"),
            ("t = { a = 1, b = 2 }\n", edit("t.b", None), "t = { a = 1 }\n"),
            ("t = { a = 1, b = 2 }\n", edit("t.a", None), "t = {  b = 2 }\n"),
            ("t.a = 1\n", edit("t.b", Some("2")), "t.a = 1\nt.b = 2\n"),
            ("[t]\n  a = 1", edit("t.b", Some("2")), "[t]\n  a = 1\n  b = 2"),
            (
                "[[k]]\na = 1\n# second\n[[k]]\na = 2\n[k.t]\nc = 1\n",
                edit("k.1.a", Some("\"x\"")),
                "[[k]]\na = 1\n# second\n[[k]]\na = \"x\"\n[k.t]\nc = 1\n",
            ),
            (
                "[t]\na = [\n 1,\n 2,\n]\n",
                edit("t.b", Some("3")),
                "[t]\na = [\n 1,\n 2,\n]\nb = 3\n",
            ),
        ];
        for (text, edit, expected) in cases {
            assert_eq!(rewrite(text, std::slice::from_ref(&edit)).unwrap(), expected, "{edit:?}");
        }
    }

    #[test]
    fn a_list_gets_longer_in_its_own_style() {
        let cases = [
            ("s = [\"a\"]\n", "s = [\"a\", \"b\"]\n"),
            ("s = [\n    \"a\", # x\n]\n", "s = [\n    \"a\", # x\n    \"b\",\n]\n"),
            ("s = [\n    \"a\"\n]\n", "s = [\n    \"a\",\n    \"b\"\n]\n"),
        ];
        for (text, expected) in cases {
            assert_eq!(append(text, "s", "\"b\"").unwrap(), expected);
        }
    }

    #[test]
    fn what_is_not_there_is_named() {
        let wrong = rewrite("a = 1\n", &[edit("t.x.b", Some("1"))]).unwrap_err();
        assert_eq!(wrong.to_string(), "the profile has no t.x");
        assert!(rewrite("a = \n", &[edit("a", Some("1"))]).is_err());
        assert_eq!(
            append("s = 1\n", "s", "\"b\"").unwrap_err().to_string(),
            "the profile has no s"
        );
    }
}
