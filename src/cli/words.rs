//! What the words of the interface mean, for people.

use serde_json::Value;

use super::text::escape;

/// A field of an object, without anything that a terminal would obey.
pub(super) fn field(object: &Value, key: &str) -> String {
    escape(object[key].as_str().unwrap_or_default())
}

/// `NAME (ADDRESS)`.
pub(super) fn peer(object: &Value) -> String {
    format!("{} ({})", field(object, "name"), field(object, "address"))
}

pub(super) fn is(object: &Value, key: &str) -> bool {
    object[key] == Value::Bool(true)
}

pub(super) fn activity(slug: &str) -> &str {
    match slug {
        "idle" => "nothing is going on",
        "window" => "the pairing window is open",
        "asking" => "somebody at the panel is asked something",
        "showing" => "a code is shown, to be typed on the other device",
        "settling" => "a pairing was accepted here, and has not ended yet",
        "paused" => "nothing is asked for a while, after too many refusals",
        other => other,
    }
}

/// What keeps devices from pairing, and what to do about it.
pub(super) fn health(slug: &str) -> &str {
    match slug {
        "ready" => "ready",
        "no-bluetoothd" => {
            "bluetoothd is not running, or has not taken the agent; start it (systemctl start \
             bluetooth)"
        }
        "no-adapter" => "there is no adapter; plug one in, or see why it is not found (dmesg)",
        "powered-off" => {
            "the adapter is switched off; switch it on (rfkill unblock bluetooth, bluetoothctl \
             power on)"
        }
        "no-accept-key" => {
            "the accept key does not work, or is stuck; the log says why (journalctl -u pairpanel)"
        }
        "no-keypad" => {
            "the keypad is not there, or does not work; the log says why (journalctl -u pairpanel)"
        }
        "no-display" => "the display does not work; the log says why (journalctl -u pairpanel)",
        other => other,
    }
}

pub(super) fn default_agent(slug: &str) -> &str {
    match slug {
        "yes" => "bluetoothd asks this panel",
        "no" => "bluetoothd does not ask this panel: the agent is not registered",
        "doubtful" => {
            "another program may have become bluetoothd's default agent, as bluetoothctl does; end \
             it, or set reclaim of [agent]"
        }
        other => other,
    }
}

/// What a signal says of a pairing.
pub(super) fn pairing(event: &str, fields: &Value) -> String {
    let peer = peer(fields);
    let method = match fields["method"].as_str() {
        Some("pin") => "PIN".to_owned(),
        _ => field(fields, "method").replace('-', " "),
    };
    match event {
        "pairing-started" if method == "service" => format!("{peer} wants to use a service"),
        "pairing-started" => format!("pairing with {peer} by {method}"),
        "unknown-pairing" => format!("{peer} is bonded, and nobody at this panel approved it"),
        _ => {
            let outcome = field(fields, "outcome").replace('-', " ");
            match (is(fields, "paired"), is(fields, "authenticated")) {
                _ if method == "service" => format!("service of {peer}: {outcome}"),
                _ if outcome == "forgotten" => format!("forgot {peer}"),
                _ if outcome == "not forgotten" => {
                    format!("did not forget {peer}: bluetoothd has not deleted its bond")
                }
                (true, true) => format!("paired with {peer} by {method}: the code was checked"),
                (true, false) => format!("paired with {peer} by {method}: not verified"),
                (false, _) => format!("not paired with {peer} by {method}: {outcome}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_forgotten_is_not_told_as_a_pairing() {
        let told = |outcome| {
            let fields = json!({
                "name": "Mouse", "address": "00:00:00:00:00:01", "method": "just-works",
                "outcome": outcome, "paired": false, "authenticated": false,
            });
            pairing("pairing-finished", &fields)
        };
        assert_eq!(told("forgotten"), "forgot Mouse (00:00:00:00:00:01)");
        assert_eq!(
            told("not-forgotten"),
            "did not forget Mouse (00:00:00:00:00:01): bluetoothd has not deleted its bond"
        );
        assert_eq!(
            told("timed-out"),
            "not paired with Mouse (00:00:00:00:00:01) by just works: timed out"
        );
    }
}
