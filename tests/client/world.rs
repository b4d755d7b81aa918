//! What a panel in memory is like.

/// What differs from one panel to another.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) allowed: bool,
    pub(crate) health: &'static str,
    pub(crate) capability: &'static str,
    /// Object path, address and name of each bonded device.
    pub(crate) devices: Vec<[&'static str; 3]>,
    /// The object path of a bonded device that bluetoothd does not delete.
    pub(crate) undeletable: Option<&'static str>,
    /// What comes of a pairing; `None` if it goes on.
    pub(crate) pairing: Option<Pairing>,
    /// What is asked, where that may be read.
    pub(crate) prompt: Option<Prompt>,
    /// Out-of-band data, if there are any.
    pub(crate) data: Option<Prompt>,
}

/// What is asked, a key and a value each: what is a number or a flag is written as one.
pub(crate) type Prompt = Vec<(&'static str, &'static str)>;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Pairing {
    Checked,
    Unchecked,
    Rejected,
}

pub(crate) const ANNA: [&str; 3] =
    ["/org/bluez/hci0/dev_A4_C3_F0_1D_9A_4C", "A4:C3:F0:1D:9A:4C", "Anna's Pixel"];
pub(crate) const KEYBOARD: [&str; 3] =
    ["/org/bluez/hci1/dev_00_1A_7D_DA_71_13", "00:1A:7D:DA:71:13", "Keyboard"];
/// Of the same name as another one.
pub(crate) const TWIN: [&str; 3] =
    ["/org/bluez/hci1/dev_00_1A_7D_DA_71_14", "00:1A:7D:DA:71:14", "Keyboard"];

impl Default for World {
    fn default() -> Self {
        Self {
            allowed: true,
            health: "ready",
            capability: "DisplayYesNo",
            devices: vec![ANNA, KEYBOARD],
            undeletable: None,
            pairing: Some(Pairing::Checked),
            prompt: None,
            data: None,
        }
    }
}
