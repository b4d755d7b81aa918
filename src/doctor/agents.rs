//! Other programs that would be bluetoothd's agent.

use super::Finding;
use super::bus::Bus;
use super::tree::{Tree, numbered};
use super::unit::{self, Unit};

/// Programs that register an agent as soon as they run: BlueZ's `client/agent.c` (bluetoothctl) and
/// `test/simple-agent`, bluez-tools' bt-agent (bluetooth-agent before), blueman's applet, and
/// HiFiBerryOS's a2dp-agent.
const PROGRAMS: [&str; 7] = [
    "bluetoothctl",
    "simple-agent",
    "bt-agent",
    "bluetooth-agent",
    "blueman-applet",
    "a2dp-agent",
    "a2dp-agent.py",
];
const AUTOSTART: [&str; 1] = ["/etc/xdg/autostart"];
const COMMANDS: [&str; 5] =
    ["ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload", "ExecStop"];

/// No service and no desktop starts another agent.
pub(super) fn check(tree: &Tree<'_>) -> Vec<Finding> {
    const CHECK: &str = "other-agents";
    let mut findings = Vec::new();
    let units = Unit::services(tree);
    for unit in &units {
        let commands = COMMANDS.iter().flat_map(|command| unit.values(command));
        for command in commands {
            let Some(program) = agent_in(&command.value) else { continue };
            let name = &unit.name;
            findings.push(if unit.is_enabled(tree) {
                let found = format!("{name} runs {program}, which registers an agent of its own");
                let fix = format!(
                    "systemctl disable --now {name}; whichever asks last is asked by bluetoothd"
                );
                Finding::warning(CHECK, found).at(&command.place).fix(fix)
            } else {
                let found = format!("{name} would run {program}, an agent, but nothing starts it");
                Finding::note(CHECK, found).at(&command.place)
            });
        }
    }
    for file in tree.files(&AUTOSTART, ".desktop") {
        let text = tree.read(&file).unwrap_or_default();
        let exec = numbered(&text).find_map(|(n, line)| Some((n, line.strip_prefix("Exec=")?)));
        if let Some((line, command)) = exec
            && let Some(program) = agent_in(command)
        {
            let found = format!("each desktop session starts {program}, which is an agent, too");
            let fix = format!("remove {file}, if this machine has a desktop");
            findings.push(Finding::warning(CHECK, found).at(format!("{file}:{line}")).fix(fix));
        }
    }
    if findings.is_empty() {
        let found = match units.len() {
            0 => return vec![Finding::not_checked(CHECK, "there are no systemd services")],
            n => format!("none of {n} services starts a known agent"),
        };
        findings.push(Finding::ok(CHECK, found));
    }
    findings
}

fn agent_in(command: &str) -> Option<&'static str> {
    let words = unit::words(command);
    words
        .iter()
        .find_map(|word| PROGRAMS.into_iter().find(|program| *program == unit::program(word)))
}

/// The running daemon is the default agent. bluetoothd tells nobody who it is, so pairpanel is asked.
pub(super) fn default_agent(bus: &Bus) -> Finding {
    const CHECK: &str = "default-agent";
    match &bus.default_agent {
        Err(why) => Finding::not_checked(CHECK, why),
        Ok(None) => {
            Finding::not_checked(CHECK, "pairpanel does not run (no owner of org.pairpanel)")
        }
        Ok(Some(answer)) => match answer.as_str() {
            "yes" => Finding::ok(CHECK, "pairpanel is the default agent"),
            "doubtful" => {
                let found = "another program may have become the default agent";
                Finding::warning(CHECK, found)
                    .fix("stop it, see other-agents; or restart pairpanel")
            }
            _ => Finding::fault(CHECK, "pairpanel runs and is not the default agent")
                .fix("see pairpanel status, and journalctl -u pairpanel"),
        },
    }
}
