//! systemd's units, as far as what they start and as whom.

use super::tree::{Tree, numbered};

/// Where units of the system are, the first that has a name wins (systemd.unit(5)).
pub(super) const DIRECTORIES: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

const SERVICE: &str = "[Service]";
const UNIT: &str = "[Unit]";

/// A unit with its drop-ins.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) name: String,
    /// The file of the unit itself.
    pub(super) path: String,
    settings: Vec<Setting>,
    /// Units that are started with it.
    wants: Vec<Setting>,
}

/// A line `key=value` in `[Service]`, or `[Unit]`.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    key: String,
    pub(super) value: String,
    /// File and line.
    pub(super) place: String,
}

impl Unit {
    /// The unit of this name; nothing if there is none, or it is masked.
    pub(super) fn load(tree: &Tree<'_>, name: &str) -> Option<Self> {
        let path = DIRECTORIES.iter().map(|directory| format!("{directory}/{name}"));
        let path = path.into_iter().find(|path| tree.exists(path) || is_masked(tree, path))?;
        if is_masked(tree, &path) {
            return None;
        }
        let text = tree.read(&path).ok()?;
        let mut settings = parse(SERVICE, &path, &text);
        let mut wants = parse(UNIT, &path, &text);
        let directories = DIRECTORIES.map(|directory| format!("{directory}/{name}.d"));
        let mut drop_ins = tree.files(&directories.each_ref().map(String::as_str), ".conf");
        // By name, whatever directory they are in.
        drop_ins.sort_by(|a, b| file_name(a).cmp(file_name(b)));
        drop_ins.dedup_by(|b, a| file_name(a) == file_name(b));
        for file in drop_ins {
            let text = tree.read(&file).unwrap_or_default();
            settings.extend(parse(SERVICE, &file, &text));
            wants.extend(parse(UNIT, &file, &text));
        }
        wants.retain(|setting| matches!(setting.key.as_str(), "Wants" | "Requires"));
        Some(Self { name: name.to_owned(), path, settings, wants })
    }

    /// All services that are not masked.
    pub(super) fn services(tree: &Tree<'_>) -> Vec<Self> {
        let mut names: Vec<String> = tree
            .files(&DIRECTORIES, ".service")
            .iter()
            .map(|path| file_name(path).to_owned())
            .collect();
        names.sort();
        names.dedup();
        names.iter().filter_map(|name| Self::load(tree, name)).collect()
    }

    /// The values that count: an empty one takes those before it away.
    pub(super) fn values(&self, key: &str) -> Vec<&Setting> {
        let mut values = Vec::new();
        for setting in self.settings.iter().filter(|setting| setting.key == key) {
            if setting.value.is_empty() {
                values.clear();
            } else {
                values.push(setting);
            }
        }
        values
    }

    /// Where it says that it is started with the unit of this name.
    pub(super) fn wants(&self, unit: &str) -> Option<&str> {
        let names = |setting: &&Setting| setting.value.split_whitespace().any(|name| name == unit);
        self.wants.iter().find(names).map(|setting| setting.place.as_str())
    }

    pub(super) fn last(&self, key: &str) -> Option<&Setting> {
        self.values(key).pop()
    }

    /// Whether a target or another unit starts it. A template counts with any of its instances.
    pub(super) fn is_enabled(&self, tree: &Tree<'_>) -> bool {
        let template = self.name.split_once("@.").map(|(name, _)| format!("{name}@"));
        let is_it = |name: &String| {
            *name == self.name || template.as_ref().is_some_and(|start| name.starts_with(start))
        };
        DIRECTORIES.iter().any(|directory| {
            let wants = tree
                .list(directory)
                .into_iter()
                .filter(|entry| entry.ends_with(".wants") || entry.ends_with(".requires"));
            wants
                .into_iter()
                .any(|wants| tree.list(&format!("{directory}/{wants}")).iter().any(is_it))
        })
    }
}

fn is_masked(tree: &Tree<'_>, path: &str) -> bool {
    tree.follow(path).is_ok_and(|end| end == std::path::Path::new("/dev/null"))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// The settings of a section in a unit file (systemd.syntax(7)).
fn parse(section: &str, path: &str, text: &str) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut is_inside = false;
    let mut lines = numbered(text);
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with('[') {
            is_inside = line == section;
            continue;
        }
        let mut whole = line.to_owned();
        while let Some(begun) = whole.strip_suffix('\\') {
            let next = lines.next().map(|(_, line)| line.trim()).unwrap_or_default();
            whole = format!("{begun} {next}");
        }
        if is_inside && let Some((key, value)) = whole.split_once('=') {
            let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
            settings.push(Setting { key, value, place: format!("{path}:{number}") });
        }
    }
    settings
}

/// The words of a command, those inside of a shell's command too; quotes and pipes only separate.
pub(super) fn words(command: &str) -> Vec<&str> {
    let separates = |c: char| c.is_whitespace() || "\"'|;&()".contains(c);
    // The prefixes of systemd.service(5).
    let command = command.trim_start_matches(['@', '-', ':', '+', '!']);
    command.split(separates).filter(|word| !word.is_empty()).collect()
}

/// The program that a word would start.
pub(super) fn program(word: &str) -> &str {
    file_name(word)
}

/// What follows `option` among the words, as a word of its own or after `=`.
pub(super) fn argument<'a>(words: &[&'a str], option: &str) -> Option<&'a str> {
    words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix(option)? {
        "" => words.get(at + 1).copied(),
        rest => rest.strip_prefix('='),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_file_is_read_as_systemd_reads_it() {
        let text = "[Unit]\nUser=no\n[Service]\n# User=no\n ExecStart = a \\\n  b\nExecStart=c\n";
        let settings = parse(SERVICE, "/x.service", text);
        let read: Vec<_> =
            settings.iter().map(|s| (s.key.as_str(), s.value.as_str(), s.place.as_str())).collect();
        assert_eq!(
            read,
            [("ExecStart", "a  b", "/x.service:5"), ("ExecStart", "c", "/x.service:7")]
        );
    }

    #[test]
    fn words_are_found_in_a_shells_command_too() {
        assert_eq!(
            words("-/bin/sh -c \"yes|bt-agent -c NoInputNoOutput\""),
            ["/bin/sh", "-c", "yes", "bt-agent", "-c", "NoInputNoOutput"]
        );
        assert_eq!(argument(&["run", "--board", "none"], "--board"), Some("none"));
        assert_eq!(argument(&["run", "--board=none"], "--board"), Some("none"));
        assert_eq!(argument(&["run", "--boards"], "--board"), None);
    }
}
