//! `org.freedesktop.DBus.Introspectable`, for tools that look before they call.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::advertising::ADVERTISING;
use super::bluetoothd::{ADAPTER1, DEVICE, Daemon, MANAGER, MANAGER1};

/// Methods and signals: interface, `method` or `signal`, name, and the types of its arguments.
const MEMBERS: [(&str, &str, &str, &[&str]); 10] = [
    (MANAGER1, "method", "RegisterAgent", &["o", "s"]),
    (MANAGER1, "method", "UnregisterAgent", &["o"]),
    (MANAGER1, "method", "RequestDefaultAgent", &["o"]),
    (ADAPTER1, "method", "RemoveDevice", &["o"]),
    (ADVERTISING, "method", "RegisterAdvertisement", &["o", "a{sv}"]),
    (ADVERTISING, "method", "UnregisterAdvertisement", &["o"]),
    (DEVICE, "method", "Disconnect", &[]),
    (DEVICE, "method", "Pair", &[]),
    (DEVICE, "method", "CancelPairing", &[]),
    (DEVICE, "signal", "Disconnected", &["s", "s"]),
];
const WRITABLE: [&str; 8] = [
    "Alias",
    "Blocked",
    "Discoverable",
    "DiscoverableTimeout",
    "Pairable",
    "PairableTimeout",
    "Powered",
    "Trusted",
];

fn access(property: &str) -> &'static str {
    if WRITABLE.contains(&property) { "readwrite" } else { "read" }
}

impl Daemon {
    /// The description of the object at `at`; nothing if there is none.
    pub(super) fn introspect(&self, at: &str) -> Option<String> {
        let interfaces = self.interfaces(at);
        let children = self.children(at);
        if interfaces.is_none() && children.is_empty() {
            return None;
        }
        let mut xml = String::from("<node>\n");
        // Writing to a string does not fail.
        for (interface, properties) in interfaces.unwrap_or_default() {
            let _ = writeln!(xml, " <interface name=\"{interface}\">");
            for (name, value) in properties {
                let (r#type, access) = (value.value_signature(), access(name));
                let _ = writeln!(
                    xml,
                    "  <property name=\"{name}\" type=\"{type}\" access=\"{access}\"/>",
                );
            }
            for (_, kind, name, arguments) in MEMBERS.iter().filter(|member| member.0 == interface)
            {
                let _ = writeln!(xml, "  <{kind} name=\"{name}\">");
                for argument in *arguments {
                    let _ = writeln!(xml, "   <arg type=\"{argument}\"/>");
                }
                let _ = writeln!(xml, "  </{kind}>");
            }
            xml.push_str(" </interface>\n");
        }
        for child in children {
            let _ = writeln!(xml, " <node name=\"{child}\"/>");
        }
        xml.push_str("</node>\n");
        Some(xml)
    }

    fn children(&self, at: &str) -> BTreeSet<String> {
        let devices: Vec<String> = self.state().devices.keys().cloned().collect();
        let adapters: Vec<String> = self.state().adapters.keys().cloned().collect();
        let paths = devices.into_iter().chain(adapters).chain([MANAGER.to_owned()]);
        let below = |path: String| {
            let rest = path.strip_prefix(at.trim_end_matches('/'))?.strip_prefix('/')?;
            Some(rest.split('/').next().unwrap_or(rest).to_owned())
        };
        paths.filter_map(below).collect()
    }
}
