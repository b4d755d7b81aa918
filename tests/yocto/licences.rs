//! What the crates are licensed by that are in the binary, in Yocto's notation.

use std::collections::BTreeSet;
use std::env;
use std::process::Command;

use crate::root;

/// All of these have to be obeyed; of each, one is chosen.
pub(crate) type Terms = BTreeSet<BTreeSet<String>>;

/// Yocto writes `&` and `|`, and an exception as a part of the name.
pub(crate) fn of_expression(text: &str) -> Terms {
    let choice = |one: &str| {
        let one = one.trim();
        let one = one.strip_prefix('(').and_then(|one| one.strip_suffix(')')).unwrap_or(one);
        assert!(!one.contains(['(', ')']), "{text} has to be read by a person");
        one.split('|').map(|name| name.trim().to_owned()).collect()
    };
    text.split('&').map(choice).collect()
}

/// Asks cargo, which needs no network for crates that this test was built with.
pub(crate) fn of_crates(features: &[&str]) -> Terms {
    let cargo = env::var_os("CARGO").expect("cargo test sets CARGO: run it by that");
    let arguments =
        "tree --offline --locked --edges normal,no-proc-macro --prefix none --format {l}";
    let mut tree = Command::new(cargo);
    tree.args(arguments.split(' ')).args(features).current_dir(root());
    let out = tree.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let out = String::from_utf8(out.stdout).unwrap();
    let mut terms = Terms::new();
    for line in
        out.lines().map(|line| line.trim_end_matches(" (*)")).filter(|line| !line.is_empty())
    {
        let yocto = [(" AND ", " & "), (" OR ", " | "), ("/", " | "), (" WITH ", "-with-")]
            .iter()
            .fold(line.to_owned(), |text, (spdx, yocto)| text.replace(spdx, yocto));
        terms.extend(of_expression(&yocto));
    }
    terms
}
