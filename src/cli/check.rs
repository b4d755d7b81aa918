//! `check` without a board: whether `run` would start, and what applies then.

use std::fmt::Write as _;
use std::path::Path;

use super::run::no_board;
use super::{Failure, boards, print, usage};
use crate::board::Host;
use crate::config::Config;
use crate::detect::{self, AUTO};
use crate::pairing::{
    AtStart, JustWorks, Policy, Service, ServiceRule, Trust, UnknownBonds, WhenFull,
};

/// What stands for just-works where the configuration leaves it to the board.
const BY_BOARD: &str = "\"confirm\" with an accept key, \"window\" without";

pub(super) fn check(path: Option<&Path>) -> Result<(), Failure> {
    let config = Config::load(path).map_err(usage)?;
    let name = config.board.as_deref().ok_or_else(no_board)?;
    let board = detect::load(name).map_err(usage)?;
    // On another machine than it is for, such as the one that an image is made on, it may be checked.
    if let Some(host) = Host::here(Path::new("/")).map_err(usage)? {
        board.clone().on(&host).map_err(usage)?;
    }
    let mut text = String::new();
    for file in &config.files {
        let _ = writeln!(text, "{}", file.display());
    }
    if name == AUTO {
        let _ = writeln!(text, "\nboard = \"auto\": the HAT says that it is {}", board.id);
    }
    let _ = write!(text, "\n{}\n", boards::describe(&board));
    let _ = writeln!(text, "language = {:?}", config.language.code());
    text.push_str(&keys(&config.policy));
    print(&text)
}

/// Every key of the configuration with the value that it has here.
fn keys(policy: &Policy) -> String {
    let quoted = |word: &str| format!("{word:?}");
    let adapters = match policy.adapters.as_slice() {
        [] => quoted("all"),
        adapters => format!("{adapters:?}"),
    };
    let top = [
        ("adapter", adapters),
        ("window-seconds", policy.window.as_secs().to_string()),
        ("window-at-start", quoted(at_start(policy.window_at_start))),
        ("window-bonds", policy.window_bonds.to_string()),
        ("advertise", policy.advertise.to_string()),
        (
            "just-works",
            policy.just_works.map_or(BY_BOARD.to_owned(), |rule| quoted(just_works(rule))),
        ),
        ("legacy-pin", quoted(if policy.legacy_pin { "allow" } else { "reject" })),
        ("prompt-seconds", policy.prompt.as_secs().to_string()),
        ("hold-ms", policy.hold.as_millis().to_string()),
        ("arm-ms", policy.arm.as_millis().to_string()),
        ("pause-after", policy.pause_after.to_string()),
        ("pause-seconds", policy.pause.as_secs().to_string()),
        ("bond-limit", policy.bond_limit.to_string()),
        ("when-full", quoted(when_full(policy.when_full))),
        ("trust-after-pairing", quoted(trust(policy.trust))),
        ("unknown-pairings", quoted(unknown(policy.unknown_bonds))),
        ("dim-after-seconds", policy.dim_after.as_secs().to_string()),
        ("off-after-seconds", policy.off_after.as_secs().to_string()),
        ("sound", policy.sound.to_string()),
        ("prompt-command", policy.prompt_command.to_string()),
        ("out-of-band", policy.out_of_band.to_string()),
    ];
    let mut text = String::new();
    for (key, value) in top {
        let _ = writeln!(text, "{key} = {value}");
    }
    let allow = &policy.allow;
    let _ = writeln!(text, "[allow]\naddresses = {:?}\nnames = {:?}", allow.addresses, allow.names);
    let _ = writeln!(text, "[agent]\nreclaim = {}\n[services]", policy.reclaim);
    for service in Service::ALL {
        let set = policy.services.get(service.name).copied();
        let rule = set.unwrap_or_else(|| ServiceRule::default_for(&service));
        let _ = writeln!(text, "{} = {:?}", service.name, self::rule(rule));
    }
    text
}

const fn just_works(rule: JustWorks) -> &'static str {
    match rule {
        JustWorks::Reject => "reject",
        JustWorks::Confirm => "confirm",
        JustWorks::Window => "window",
    }
}

const fn at_start(rule: AtStart) -> &'static str {
    match rule {
        AtStart::IfUnpaired => "if-unpaired",
        AtStart::Always => "always",
        AtStart::Never => "never",
    }
}

const fn when_full(rule: WhenFull) -> &'static str {
    match rule {
        WhenFull::Refuse => "refuse",
        WhenFull::DropLongestUnseen => "drop-longest-unseen",
    }
}

const fn trust(rule: Trust) -> &'static str {
    match rule {
        Trust::Never => "never",
        Trust::Verified => "verified",
        Trust::Always => "always",
    }
}

const fn unknown(rule: UnknownBonds) -> &'static str {
    match rule {
        UnknownBonds::Remove => "remove",
        UnknownBonds::Ask => "ask",
        UnknownBonds::Keep => "keep",
    }
}

const fn rule(rule: ServiceRule) -> &'static str {
    match rule {
        ServiceRule::Once => "once",
        ServiceRule::Always => "always",
        ServiceRule::Never => "never",
    }
}
