//! Findings as a table for people and as JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::{Finding, State};

/// No line of the table is wider, unless a single word is.
const WIDTH: usize = 100;

/// The findings as a table of at most 100 columns, in the given order, and one line that counts them.
pub fn table(findings: &[Finding]) -> String {
    let widest =
        |texts: &mut dyn Iterator<Item = &str>| texts.map(str::len).max().unwrap_or_default();
    let state = widest(&mut findings.iter().map(|finding| finding.state.as_str()));
    let check = widest(&mut findings.iter().map(|finding| finding.check));
    let margin = state + check + 4;
    let mut text = String::new();
    for finding in findings {
        let lines = wrap(&printable(&finding.found), WIDTH - margin);
        let mut lines = lines.iter();
        let first = lines.next().map(String::as_str).unwrap_or_default();
        let _ =
            writeln!(text, "{:state$}  {:check$}  {first}", finding.state.as_str(), finding.check);
        for line in lines {
            let _ = writeln!(text, "{:margin$}{line}", "");
        }
        // Where all is well, nobody has to go there.
        let place = finding.place.iter().filter(|_| finding.state != State::Ok);
        for place in place {
            let _ = writeln!(text, "{:margin$}at {}", "", printable(place));
        }
        let fix = finding.fix.as_ref().map(|fix| wrap(&printable(fix), WIDTH - margin - 5));
        let fix = fix.unwrap_or_default();
        for (at, line) in fix.iter().enumerate() {
            let lead = if at == 0 { "fix: " } else { "     " };
            let _ = writeln!(text, "{:margin$}{lead}{line}", "");
        }
    }
    let counts: Vec<String> = State::ALL
        .into_iter()
        .map(|state| format!("{} {}", count(findings, state), state.as_str()))
        .collect();
    let _ = writeln!(text, "{}", counts.join(", "));
    text
}

/// The findings as one JSON object: `findings`, and a count for each state.
pub fn json(findings: &[Finding]) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    struct Report<'a> {
        fault: usize,
        warning: usize,
        not_checked: usize,
        note: usize,
        ok: usize,
        findings: &'a [Finding],
    }
    let report = Report {
        fault: count(findings, State::Fault),
        warning: count(findings, State::Warning),
        not_checked: count(findings, State::NotChecked),
        note: count(findings, State::Note),
        ok: count(findings, State::Ok),
        findings,
    };
    // Texts and numbers always become JSON.
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    text
}

fn count(findings: &[Finding], state: State) -> usize {
    findings.iter().filter(|finding| finding.state == state).count()
}

/// What files say must not reach the terminal as a command to it.
fn printable(text: &str) -> String {
    text.replace(char::is_control, "?")
}

/// A text in lines of at most so many characters, unless a single word has more.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let so_far = lines.last().map_or(0, |line| line.chars().count());
        if so_far > 0 && so_far + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_fits_100_columns_and_counts() {
        let long = "word ".repeat(40);
        let findings = [
            Finding::fault("bond-storage", &long).at("/x:1").fix(&long),
            Finding::ok("user", "as\x1b[31m it should be").at("/y"),
        ];
        let table = table(&findings);
        assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
        assert!(table.ends_with("1 fault, 0 warning, 0 not-checked, 0 note, 1 ok\n"), "{table}");
        assert!(table.contains("at /x:1\n") && !table.contains("/y"), "{table}");
        assert!(table.contains("as?[31m it should be"), "{table}");
    }
}
