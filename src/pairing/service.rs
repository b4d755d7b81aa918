//! The services of BR/EDR profiles, by name, and who may use them.

/// What a bonded device may do that asks for a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceRule {
    /// A person at the panel is asked, each time, and allows this one time.
    Once,
    /// It may.
    Always,
    /// It may not.
    Never,
}

impl ServiceRule {
    /// The rule for a service that the policy does not name: keyboards and mice type on this
    /// machine and files are left on it, so those are refused; others are asked about.
    pub const fn default_for(service: &Service) -> Self {
        match service.uuid {
            0x1124 | 0x1105 | 0x1106 => Self::Never,
            _ => Self::Once,
        }
    }
}

/// A profile that bluetoothd asks about (`btd_request_authorization` in BlueZ's `profiles/`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// The name in the configuration.
    pub name: &'static str,
    /// What the panel calls it, in at most 18 characters.
    pub label: &'static str,
    /// The 16-bit UUID of its service class (Bluetooth Assigned Numbers, 3.3).
    pub uuid: u16,
}

impl Service {
    /// Those that have a name.
    pub const ALL: [Self; 16] = [
        Self { name: "serial", label: "Serial port", uuid: 0x1101 },
        Self { name: "dial-up", label: "Dial-up networking", uuid: 0x1103 },
        Self { name: "object-push", label: "Object push (OPP)", uuid: 0x1105 },
        Self { name: "file-transfer", label: "Files (FTP)", uuid: 0x1106 },
        Self { name: "headset", label: "Headset (HSP)", uuid: 0x1108 },
        Self { name: "audio-source", label: "Audio out (A2DP)", uuid: 0x110a },
        Self { name: "audio-sink", label: "Audio in (A2DP)", uuid: 0x110b },
        Self { name: "remote-target", label: "Player (AVRCP)", uuid: 0x110c },
        Self { name: "audio", label: "Audio (A2DP)", uuid: 0x110d },
        Self { name: "remote-control", label: "Remote ctl (AVRCP)", uuid: 0x110e },
        Self { name: "headset-gateway", label: "Headset gateway", uuid: 0x1112 },
        Self { name: "network-user", label: "Network user (PAN)", uuid: 0x1115 },
        Self { name: "network", label: "Network (NAP)", uuid: 0x1116 },
        Self { name: "hands-free", label: "Hands-free (HFP)", uuid: 0x111e },
        Self { name: "hands-free-gateway", label: "Hands-free gateway", uuid: 0x111f },
        Self { name: "input", label: "Keyboard or mouse", uuid: 0x1124 },
    ];

    /// The service with this UUID, in any of its textual forms; `None` for one without a name.
    pub fn of(uuid: &str) -> Option<Self> {
        let short = match uuid.len() {
            36 => uuid.to_ascii_lowercase().strip_prefix("0000")?.strip_suffix(BASE)?.to_owned(),
            4 => uuid.to_owned(),
            _ => return None,
        };
        let uuid = u16::from_str_radix(&short, 16).ok()?;
        Self::ALL.into_iter().find(|service| service.uuid == uuid)
    }

    /// The service with this name in the configuration.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name == name)
    }
}

/// The rest of a 128-bit UUID that stands for a 16-bit one (Core Specification, Vol 3 Part B,
/// 2.5.1).
const BASE: &str = "-0000-1000-8000-00805f9b34fb";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_known_by_its_uuid_only() {
        let name = |uuid: &str| Service::of(uuid).map(|service| service.name);
        assert_eq!(name("0000110d-0000-1000-8000-00805f9b34fb"), Some("audio"));
        assert_eq!(name("0000110D-0000-1000-8000-00805F9B34FB"), Some("audio"));
        assert_eq!(name("1124"), Some("input"));
        for unknown in
            ["", "110", "+110", "0000110d", "0000ffff-0000-1000-8000-00805f9b34fb", "ä1124"]
        {
            assert_eq!(name(unknown), None, "{unknown}");
        }
        assert_eq!(name("1000110d-0000-1000-8000-00805f9b34fb"), None);
        assert_eq!(name("0000110d-0000-1000-8000-00805f9b34fc"), None);
    }

    #[test]
    fn every_label_fits_the_panel() {
        for service in Service::ALL {
            assert!(service.label.len() <= 18, "{}", service.label);
            assert_eq!(Service::named(service.name), Some(service));
        }
    }
}
