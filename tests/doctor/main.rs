//! `doctor` on a healthy machine, and on one with each thing that can be wrong with it.

#![cfg(feature = "simulator")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod cases;
mod machine;

use std::collections::BTreeSet;

use pairpanel::doctor::{Finding, State, json, table};

use crate::machine::{Machine, Services};

#[tokio::test]
async fn a_healthy_machine_has_nothing_but_ok() {
    let findings = Machine::healthy().examine().await;
    let other: Vec<&Finding> = findings.iter().filter(|f| f.state != State::Ok).collect();
    assert_eq!(other, [] as [&Finding; 0], "{}", table(&findings));
}

#[tokio::test]
async fn each_thing_that_is_wrong_is_found_at_its_place_with_a_fix() {
    let mut failures = Vec::new();
    let services = Services::start(&Machine::healthy()).await;
    for case in cases::all() {
        let mut machine = Machine::healthy();
        (case.harm)(&mut machine);
        let findings = if machine.has_usual_services() {
            machine.examine_on(&services).await
        } else {
            machine.examine().await
        };
        let is_it = |finding: &&Finding| {
            finding.state == case.state
                && finding.check == case.check
                && finding.found.starts_with(case.found)
                && finding.place.as_deref() == case.place
        };
        let needs_fix = matches!(case.state, State::Fault | State::Warning);
        match findings.iter().find(is_it) {
            Some(finding) if needs_fix && finding.fix.is_none() => {
                failures.push(format!("no fix for {:?}", case.found));
            }
            Some(_) => {}
            None => failures.push(format!(
                "wanted {} {}: {:?} at {:?}, found\n{}",
                case.state.as_str(),
                case.check,
                case.found,
                case.place,
                table(&findings)
            )),
        }
        assert!(findings.is_sorted_by_key(|finding| finding.state));
        assert!(table(&findings).lines().all(|line| line.chars().count() <= 100));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn an_image_says_what_cannot_be_looked_at() {
    let mut machine = Machine::healthy();
    machine.running = false;
    for directory in ["/dev", "/proc", "/sys"] {
        machine.remove(directory);
    }
    let findings = machine.examine().await;
    let not_checked: BTreeSet<&str> =
        findings.iter().filter(|f| f.state == State::NotChecked).map(|f| f.check).collect();
    let expected = ["adapter", "bluetoothd", "bond-storage", "default-agent", "i2c-bus", "nodes"];
    assert_eq!(not_checked, expected.into(), "{}", table(&findings));
    assert!(findings.iter().all(|f| f.state >= State::NotChecked), "{}", table(&findings));
}

#[tokio::test]
async fn json_has_every_finding_and_the_counts() {
    let machine = Machine::healthy();
    machine.append("/etc/bluetooth/main.conf", "AlwaysPairable = true\n");
    let findings = machine.examine().await;
    let json = json(&findings);
    for part in [
        "\"fault\": 1,",
        "\"warning\": 0,",
        "\"not-checked\": 0,",
        "\"check\": \"main.conf\",\n      \"state\": \"fault\",",
        "\"place\": \"/etc/bluetooth/main.conf:4\",",
        "\"fix\": \"write AlwaysPairable = false\"",
    ] {
        assert!(json.contains(part), "{part} in {json}");
    }
    assert_eq!(json.matches("\"state\":").count(), findings.len());
}
