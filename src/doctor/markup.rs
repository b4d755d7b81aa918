//! The tags of an XML file: as much of XML as D-Bus policies need.

use std::ops::Range;

/// A start or end tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    pub(super) is_end: bool,
    attributes: Vec<(&'a str, &'a str)>,
    /// Where it begins, from 1.
    pub(super) line: usize,
}

impl<'a> Tag<'a> {
    pub(super) fn get(&self, attribute: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(name, _)| *name == attribute).map(|(_, value)| *value)
    }
}

/// The tags of `text` in their order. Comments, declarations and text are left out, entities stay as
/// they are, and what is not XML gives what tags it has.
pub(super) fn tags(text: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(begin) = text[at..].find('<').map(|begin| at + begin) {
        let rest = &text[begin..];
        let length = if rest.starts_with("<!--") {
            rest.find("-->").map(|end| end + 3)
        } else {
            end_of_tag(rest)
        };
        let end = length.map_or(text.len(), |length| begin + length);
        if !rest.starts_with("<!") && !rest.starts_with("<?") {
            tags.extend(tag(text, begin..end));
        }
        at = end;
    }
    tags
}

/// Behind the first `>` that is not quoted.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '>' => return Some(at + 1),
            None => {}
        }
    }
    None
}

fn tag(text: &str, range: Range<usize>) -> Option<Tag<'_>> {
    let line = text[..range.start].matches('\n').count() + 1;
    let inside = text[range].strip_prefix('<')?.strip_suffix('>')?;
    let is_end = inside.starts_with('/');
    let inside = inside.trim_matches('/').trim();
    let (name, mut rest) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    let mut attributes = Vec::new();
    while let Some((attribute, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|c| "\"'".contains(*c)) else { break };
        let Some((value, after)) = after[1..].split_once(quote) else { break };
        attributes.push((attribute.trim(), value));
        rest = after;
    }
    Some(Tag { name, is_end, attributes, line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_among_comments_and_declarations() {
        let text = "<?xml version=\"1.0\"?>\n<!DOCTYPE a PUBLIC \"-//x>\"\n \"y\">\n<a>\n<!-- <no/> > \
                    -->\n<b c='1>2'\n d = \"e\"/>\n</a>";
        let tags = tags(text);
        let read: Vec<_> = tags.iter().map(|tag| (tag.name, tag.is_end, tag.line)).collect();
        assert_eq!(read, [("a", false, 4), ("b", false, 6), ("a", true, 8)]);
        assert_eq!((tags[1].get("c"), tags[1].get("d")), (Some("1>2"), Some("e")));
    }

    #[test]
    fn a_file_that_ends_too_early_is_no_trouble() {
        for text in ["<a b=\"", "<!-- <a/>", "<", "<a b=c>", "</", "<a é='"] {
            let _ = tags(text);
        }
        assert_eq!(tags("<!-- <a/>"), []);
    }
}
