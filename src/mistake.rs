//! What is wrong with a TOML file, shown the way a compiler shows it.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A broken rule and its place. Displays as three lines: `file:line:column: key: message`, the line
/// of the file, and a caret below the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}\n{excerpt}\n{marker}")]
pub struct Mistake {
    file: String,
    line: usize,
    column: usize,
    message: String,
    excerpt: String,
    marker: String,
}

/// A broken rule whose place is still a range of bytes.
#[derive(Debug)]
pub(crate) struct Problem {
    span: Range<usize>,
    message: String,
}

impl Problem {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }

    pub(crate) fn at<T>(value: &Spanned<T>, message: impl Into<String>) -> Self {
        Self::new(value.span(), message)
    }

    /// The problem with its place found in `text`, the contents of `file`.
    pub(crate) fn locate(self, file: &str, text: &str) -> Mistake {
        let start = char_boundary(text, self.span.start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let excerpt = text[line_start..].lines().next().unwrap_or_default();
        let lead = &text[line_start..start];
        let end = char_boundary(
            text,
            self.span.end.clamp(start, start + text[start..].lines().next().map_or(0, str::len)),
        );
        let width = text[start..end].chars().count();

        let mut marker: String = lead.chars().map(|c| if c == '\t' { c } else { ' ' }).collect();
        marker.push('^');
        marker.extend(std::iter::repeat_n('~', width.saturating_sub(1)));
        let message = match key_at(text, &self.span) {
            Some(key) => format!("{key}: {}", self.message),
            None => self.message,
        };
        Mistake {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: lead.chars().count() + 1,
            message,
            excerpt: excerpt.replace(|c: char| c.is_control() && c != '\t', " "),
            marker,
        }
    }
}

/// The last place at or before `at` where a character begins.
fn char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rfind(|&at| text.is_char_boundary(at)).unwrap_or_default()
}

impl From<toml::de::Error> for Problem {
    fn from(error: toml::de::Error) -> Self {
        Self::new(error.span().unwrap_or_default(), reword(error.message()))
    }
}

/// Serde's sentence with what to do about it. One that is not known stays as it is.
fn reword(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if message.starts_with("unknown field")
        && let [unknown, known @ ..] = quoted.as_slice()
    {
        return match nearest(unknown, known.iter().copied()) {
            Some(near) => format!("there is no key `{unknown}` here; did you mean `{near}`?"),
            None => format!("there is no key `{unknown}` here, only {}", known.join(", ")),
        };
    }
    if message.starts_with("unknown variant")
        && let [unknown, known @ ..] = quoted.as_slice()
    {
        return format!("\"{unknown}\" is not known; write \"{}\"", known.join("\" or \""));
    }
    if message.starts_with("missing field")
        && let [missing] = quoted.as_slice()
    {
        return match *missing {
            "schema" => "`schema` is missing; write schema = 1".to_owned(),
            missing => format!("`{missing}` is missing; add it"),
        };
    }
    if let Some(mismatch) = message.strip_prefix("invalid type: ")
        && let Some((found, expected)) = mismatch.split_once(", expected ")
    {
        let expected = match expected {
            "i64" => "a whole number without quotes",
            "a string" => "a text in quotes",
            "a boolean" => "true or false",
            other => other,
        };
        let found = match found {
            "sequence" => "a list",
            "map" => "a table",
            other => other,
        };
        return format!("this is {found}; write {expected}");
    }
    if message == "duplicate key" {
        return "this key is here for the second time; take one out".to_owned();
    }
    message.replace('\n', "; ")
}

/// The dotted key whose value (or name) is the smallest around the start of `span`; none if the
/// text is not TOML.
fn key_at(text: &str, span: &Range<usize>) -> Option<String> {
    let document = DeTable::parse(text).ok()?;
    let mut best = None;
    visit_table(document.get_ref(), "", span.start, &mut best);
    best.map(|(_, key)| key)
}

type Best = Option<(usize, String)>;

fn visit_table(table: &DeTable<'_>, path: &str, at: usize, best: &mut Best) {
    for (name, value) in table {
        let dot = if path.is_empty() { "" } else { "." };
        let key = format!("{path}{dot}{}", name.get_ref());
        if name.span().contains(&at) {
            *best = Some((0, key.clone()));
        }
        visit_value(value, &key, at, best);
    }
}

fn visit_value(value: &Spanned<DeValue<'_>>, key: &str, at: usize, best: &mut Best) {
    let span = value.span();
    if span.contains(&at) && best.as_ref().is_none_or(|(size, _)| span.len() <= *size) {
        *best = Some((span.len(), key.to_owned()));
    }
    match value.get_ref() {
        DeValue::Table(table) => visit_table(table, key, at, best),
        DeValue::Array(items) => items.iter().for_each(|item| visit_value(item, key, at, best)),
        _ => {}
    }
}

/// The candidate that `word` most likely was to be: the one with the fewest typing errors, if they
/// are at most a third of it, or else the first one that contains it.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl Iterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    let distances = candidates.clone().map(|candidate| (edit_distance(word, candidate), candidate));
    distances
        .min_by_key(|&(distance, _)| distance)
        .filter(|&(distance, candidate)| distance <= candidate.chars().count().div_ceil(3))
        .map(|(_, candidate)| candidate)
        .or_else(|| candidates.into_iter().find(|c| word.len() > 2 && c.contains(word)))
}

/// Levenshtein's: how many characters must be put in, taken out or replaced.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_finds_the_one_that_was_meant() {
        let names = ["none", "pioled-128x32", "bonnet-128x64", "width", "height"];
        let nearest = |word| nearest(word, names.into_iter());
        assert_eq!(nearest("non"), Some("none"));
        assert_eq!(nearest("hieght"), Some("height"));
        assert_eq!(nearest("128x64"), Some("bonnet-128x64"));
        assert_eq!(nearest("zebra"), None);
    }
}
