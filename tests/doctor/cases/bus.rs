//! The bus's policy, and other agents.

use pairpanel::doctor::State::{Fault, NotChecked, Note, Warning};

use super::{Case, case};
use crate::machine::{BLUETOOTH_CONF, DENY};

pub(super) const CASES: &[Case] = &[
    case(NotChecked, "bus-policy", "there are no policies in ", None, |m| {
        m.remove("/etc/dbus-1");
        m.remove("/usr/share/dbus-1");
    }),
    case(Fault, "bus-name", "no rule lets pairpanel own org.pairpanel", None, |m| {
        m.write("/usr/share/dbus-1/system.d/org.pairpanel.conf", "<busconfig><policy user=\"pairpanel\"><allow send_destination=\"org.bluez\"/></policy></busconfig>")
    }),
    case(
        Fault,
        "bus-name",
        "org.pairpanel may be owned, but not by pairpanel",
        Some("/usr/share/dbus-1/system.d/org.pairpanel.conf:1"),
        |m| {
            m.write(
                "/usr/share/dbus-1/system.d/org.pairpanel.conf",
                "<policy user=\"root\"><allow own=\"org.pairpanel\"/></policy>",
            )
        },
    ),
    case(
        Warning,
        "bus-name",
        "every local user may own org.pairpanel",
        Some("/usr/share/dbus-1/system.d/org.pairpanel.conf:2"),
        |m| {
            m.write(
                "/usr/share/dbus-1/system.d/org.pairpanel.conf",
                "<policy context=\"default\">\n<allow own_prefix=\"org.pairpanel\"/>\n</policy>",
            )
        },
    ),
    case(
        Fault,
        "bus-name",
        "pairpanel is denied the name org.pairpanel",
        Some("/etc/dbus-1/system.d/x.conf:1"),
        |m| {
            m.write(
                "/etc/dbus-1/system.d/x.conf",
                "<policy context=\"mandatory\"><deny own=\"org.pairpanel\"/></policy>",
            )
        },
    ),
    case(
        Warning,
        "agent-policy",
        "any local user may become the default agent and answer",
        Some("/etc/dbus-1/system.d/bluetooth.conf:22"),
        |m| m.write("/etc/dbus-1/system.d/bluetooth.conf", BLUETOOTH_CONF),
    ),
    case(
        Warning,
        "agent-policy",
        "any local user may become the default agent, unless",
        Some("/etc/dbus-1/system.d/bluetooth.conf:22"),
        |m| {
            m.write("/etc/dbus-1/system.d/bluetooth.conf", BLUETOOTH_CONF);
            m.write(
                "/etc/dbus-1/system.d/x.conf",
                &format!("<policy context='default'>{DENY}</policy>"),
            );
        },
    ),
    case(
        Note,
        "agent-policy",
        "members of the group bluetooth may become the default agent",
        Some("/etc/dbus-1/system.d/x.conf:1"),
        |m| {
            m.write(
                "/etc/dbus-1/system.d/x.conf",
                "<policy group=\"bluetooth\"><allow send_destination=\"org.bluez\"/></policy>",
            )
        },
    ),
    case(Fault, "agent-policy", "no rule lets pairpanel call org.bluez.AgentManager1", None, |m| {
        m.write(
            "/usr/share/dbus-1/system.d/org.pairpanel.conf",
            "<policy user=\"pairpanel\"><allow own=\"org.pairpanel\"/></policy>",
        )
    }),
    case(
        Fault,
        "agent-policy",
        "org.bluez.AgentManager1 is denied to everybody",
        Some("/etc/dbus-1/system.d/x.conf:1"),
        |m| {
            m.write(
                "/etc/dbus-1/system.d/x.conf",
                &format!("<policy context='mandatory'>{DENY}</policy>"),
            )
        },
    ),
    case(
        Warning,
        "other-agents",
        "bt-agent@.service runs bt-agent, which registers",
        Some("/etc/systemd/system/bt-agent@.service:2"),
        |m| {
            m.write(
                "/etc/systemd/system/bt-agent@.service",
                "[Service]\nExecStart=/bin/sh -c \"yes | bt-agent -c NoInputNoOutput\"\n",
            );
            m.link(
                "/etc/systemd/system/multi-user.target.wants/bt-agent@hci0.service",
                "../bt-agent@.service",
            );
        },
    ),
    case(
        Note,
        "other-agents",
        "bt-agent@.service would run bt-agent, an agent, but nothing",
        Some("/etc/systemd/system/bt-agent@.service:2"),
        |m| m.write("/etc/systemd/system/bt-agent@.service", "[Service]\nExecStart=bt-agent\n"),
    ),
    case(
        Warning,
        "other-agents",
        "each desktop session starts blueman-applet",
        Some("/etc/xdg/autostart/blueman.desktop:2"),
        |m| m.write("/etc/xdg/autostart/blueman.desktop", "[Desktop Entry]\nExec=blueman-applet\n"),
    ),
    case(Fault, "default-agent", "pairpanel runs and is not the default agent", None, |m| {
        m.default_agent = Some("no")
    }),
    case(
        Warning,
        "default-agent",
        "another program may have become the default agent",
        None,
        |m| m.default_agent = Some("doubtful"),
    ),
    case(NotChecked, "default-agent", "pairpanel does not run", None, |m| m.default_agent = None),
];
