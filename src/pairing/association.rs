//! Which association model a pairing takes, and what bluetoothd then asks of the agent.
//!
//! Pure tables. The models are those of the Core Specification (Vol 3 Part H, Table 2.8 for LE;
//! Vol 3 Part C, 5.2.2.6 for BR/EDR). What Linux adds around them is from `net/bluetooth/smp.c`,
//! `hci_event.c` and BlueZ's `src/device.c`. Out-of-band data, which overrides all of it, is not
//! covered, nor is the PIN of BR/EDR before Secure Simple Pairing.

use super::Capability::{
    self, DisplayOnly, DisplayYesNo, KeyboardDisplay, KeyboardOnly, NoInputNoOutput,
};

/// The bearer, and the generation of its pairing protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// LE with Secure Connections on both sides.
    LeSecureConnections,
    /// LE where one side lacks Secure Connections.
    LeLegacy,
    /// BR/EDR with Secure Simple Pairing.
    BrEdr,
}

/// Who displays and who types in Passkey Entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PasskeyEntry {
    /// The initiator displays, the responder types.
    InitiatorDisplays,
    /// The responder displays, the initiator types.
    ResponderDisplays,
    /// Nobody displays: one person types the same number of their choice on both sides.
    BothType,
}

/// An association model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Model {
    /// Nothing is compared; the key is unauthenticated.
    JustWorks,
    /// Both sides show six digits and each says whether they are the same.
    NumericComparison {
        /// False on BR/EDR with a `DisplayOnly` side, which confirms by itself.
        authenticated: bool,
    },
    /// Six digits are typed.
    PasskeyEntry(PasskeyEntry),
}

impl Model {
    /// Whether the resulting key is protected against a man in the middle.
    pub const fn is_authenticated(self) -> bool {
        match self {
            Self::JustWorks => false,
            Self::NumericComparison { authenticated } => authenticated,
            Self::PasskeyEntry(_) => true,
        }
    }
}

/// The model that results from the two capabilities, `mitm` being whether either side asked for
/// protection against a man in the middle.
///
/// On BR/EDR `KeyboardDisplay` counts as `DisplayYesNo`: the capability does not exist there, and
/// Linux sends the latter (`hci_io_capa_request_evt`).
pub fn model(
    initiator: Capability,
    responder: Capability,
    transport: Transport,
    mitm: bool,
) -> Model {
    use PasskeyEntry::{BothType, InitiatorDisplays, ResponderDisplays};

    let initiator = on_bearer(initiator, transport);
    let responder = on_bearer(responder, transport);
    if !mitm || initiator == NoInputNoOutput || responder == NoInputNoOutput {
        return Model::JustWorks;
    }
    match (initiator, responder) {
        (KeyboardOnly, KeyboardOnly) => Model::PasskeyEntry(BothType),
        (KeyboardOnly, _) => Model::PasskeyEntry(ResponderDisplays),
        (_, KeyboardOnly) => Model::PasskeyEntry(InitiatorDisplays),
        (DisplayOnly | DisplayYesNo, DisplayOnly | DisplayYesNo)
            if transport == Transport::BrEdr =>
        {
            let both_answer = initiator == DisplayYesNo && responder == DisplayYesNo;
            Model::NumericComparison { authenticated: both_answer }
        }
        (DisplayYesNo | KeyboardDisplay, DisplayYesNo | KeyboardDisplay)
            if transport == Transport::LeSecureConnections =>
        {
            Model::NumericComparison { authenticated: true }
        }
        (KeyboardDisplay, DisplayOnly | DisplayYesNo) => Model::PasskeyEntry(ResponderDisplays),
        (_, KeyboardDisplay) => Model::PasskeyEntry(InitiatorDisplays),
        _ => Model::JustWorks,
    }
}

fn on_bearer(capability: Capability, transport: Transport) -> Capability {
    match (capability, transport) {
        (KeyboardDisplay, Transport::BrEdr) => DisplayYesNo,
        (capability, _) => capability,
    }
}

/// What a pairing asks of our side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// `Agent1.RequestConfirmation`.
    Confirmation,
    /// `Agent1.RequestAuthorization`.
    Authorization,
    /// `Agent1.RequestPasskey`.
    Passkey,
    /// `Agent1.DisplayPasskey`.
    DisplayPasskey,
    /// Accepted by the kernel or by bluetoothd without a call to the agent.
    Silent,
    /// Refused by the kernel without a call to the agent.
    Refused,
}

/// What bluetoothd asks of the agent of a `local` responder when `remote` starts to pair and asks
/// for MITM protection or, without `mitm`, does not.
///
/// On LE Linux refuses, instead of downgrading, when the initiator asks for MITM protection and the
/// capabilities cannot give it, unless the local side is `NoInputNoOutput` (`smp_cmd_pairing_req`).
/// On BR/EDR the responder itself asks for MITM protection if both sides could give it
/// (`hci_get_auth_req`), and a `NoInputNoOutput` remote that asks for it gets a comparison
/// (`hci_user_confirm_request_evt`).
///
/// A device that is paired already and comes with [`Request::Authorization`] or
/// [`Request::Silent`] meets `JustWorksRepairing` first (`main.conf`; `never` by default).
pub fn request_to_responder(
    local: Capability,
    remote: Capability,
    transport: Transport,
    mitm: bool,
) -> Request {
    if transport == Transport::BrEdr {
        return match (local, remote) {
            (NoInputNoOutput, _) => Request::Silent,
            (_, NoInputNoOutput) if mitm => Request::Confirmation,
            (_, NoInputNoOutput) => Request::Authorization,
            _ => request(model(remote, local, transport, true), Role::Responder),
        };
    }
    match model(remote, local, transport, mitm) {
        Model::JustWorks if mitm && local != NoInputNoOutput => Request::Refused,
        model => request(model, Role::Responder),
    }
}

/// What bluetoothd asks of the agent of a `local` initiator, which asks for MITM protection unless
/// it is `NoInputNoOutput` (`smp_conn_security`, `hci_io_capa_request_evt`).
///
/// `by_pair` is whether `Device1.Pair` started it: bluetoothd accepts Just Works by itself then
/// (`device_confirm_passkey`). On BR/EDR the kernel does so either way.
pub fn request_to_initiator(
    local: Capability,
    remote: Capability,
    transport: Transport,
    by_pair: bool,
) -> Request {
    let mitm = local != NoInputNoOutput;
    match model(local, remote, transport, mitm) {
        Model::JustWorks if by_pair || transport == Transport::BrEdr => Request::Silent,
        model => request(model, Role::Initiator),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Initiator,
    Responder,
}

fn request(model: Model, role: Role) -> Request {
    match (model, role) {
        (Model::JustWorks, _) => Request::Authorization,
        (Model::NumericComparison { .. }, _) => Request::Confirmation,
        (Model::PasskeyEntry(PasskeyEntry::InitiatorDisplays), Role::Initiator)
        | (Model::PasskeyEntry(PasskeyEntry::ResponderDisplays), Role::Responder) => {
            Request::DisplayPasskey
        }
        (Model::PasskeyEntry(_), _) => Request::Passkey,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LE: [Transport; 2] = [Transport::LeSecureConnections, Transport::LeLegacy];

    /// Rows are the local side, columns the remote one, both in the order DO DYN KO NINO KD.
    /// A cell is `Secure Connections/legacy`, or one word for both.
    fn assert_table(table: &str, ask: impl Fn(Capability, Capability, Transport) -> Request) {
        let order = [DisplayOnly, DisplayYesNo, KeyboardOnly, NoInputNoOutput, KeyboardDisplay];
        let rows: Vec<&str> = table.trim().lines().collect();
        assert_eq!(rows.len(), order.len());
        for (local, row) in order.into_iter().zip(rows) {
            let cells: Vec<&str> = row.split_whitespace().collect();
            assert_eq!(cells.len(), order.len());
            for (remote, cell) in order.into_iter().zip(cells) {
                let (secure, legacy) = cell.split_once('/').unwrap_or((cell, cell));
                for (transport, expected) in LE.into_iter().zip([secure, legacy]) {
                    let actual = short(ask(local, remote, transport));
                    assert_eq!(actual, expected, "{local} with {remote}, {transport:?}");
                }
            }
        }
    }

    fn short(request: Request) -> &'static str {
        match request {
            Request::Confirmation => "Conf",
            Request::Authorization => "Auth",
            Request::Passkey => "Req",
            Request::DisplayPasskey => "Disp",
            Request::Silent => "jw",
            Request::Refused => "x",
        }
    }

    #[test]
    fn an_le_responder_is_asked_as_linux_asks_when_the_initiator_wants_mitm() {
        let table = "
            x     x       Disp  x     Disp
            x     Conf/x  Disp  x     Conf/Disp
            Req   Req     Req   x     Req
            Auth  Auth    Auth  Auth  Auth
            Req   Conf/Req Disp x     Conf/Req";
        assert_table(table, |local, remote, t| request_to_responder(local, remote, t, true));
    }

    #[test]
    fn an_le_responder_is_asked_for_authorization_when_the_initiator_wants_no_mitm() {
        let row = "Auth Auth Auth Auth Auth\n";
        assert_table(&row.repeat(5), |local, remote, t| {
            request_to_responder(local, remote, t, false)
        });
    }

    #[test]
    fn an_le_initiator_is_asked_as_linux_asks() {
        let table = "
            jw   jw       Disp jw Disp
            jw   Conf/jw  Disp jw Conf/Disp
            Req  Req      Req  jw Req
            jw   jw       jw   jw jw
            Req  Conf/Req Disp jw Conf/Disp";
        assert_table(table, |local, remote, t| request_to_initiator(local, remote, t, true));
        assert_table(&table.replace("jw", "Auth"), |local, remote, t| {
            request_to_initiator(local, remote, t, false)
        });
    }

    #[test]
    fn a_bredr_side_is_asked_as_linux_asks_and_keyboard_display_is_display_yes_no() {
        // A cell is `as responder/as initiator` here.
        let table = "
            Conf/Conf  Conf/Conf  Disp/Disp  Auth/jw  Conf/Conf
            Conf/Conf  Conf/Conf  Disp/Disp  Auth/jw  Conf/Conf
            Req/Req    Req/Req    Req/Req    Auth/jw  Req/Req
            jw/jw      jw/jw      jw/jw      jw/jw    jw/jw
            Conf/Conf  Conf/Conf  Disp/Disp  Auth/jw  Conf/Conf";
        for by_pair in [true, false] {
            assert_table(table, |local, remote, column| match column {
                Transport::LeSecureConnections => {
                    request_to_responder(local, remote, Transport::BrEdr, false)
                }
                _ => request_to_initiator(local, remote, Transport::BrEdr, by_pair),
            });
        }
    }

    #[test]
    fn a_bredr_responder_that_is_asked_for_mitm_is_asked_as_linux_asks() {
        let table = "
            Conf Conf Disp Conf Conf
            Conf Conf Disp Conf Conf
            Req  Req  Req  Conf Req
            jw   jw   jw   jw   jw
            Conf Conf Disp Conf Conf";
        assert_table(table, |local, remote, _| {
            request_to_responder(local, remote, Transport::BrEdr, true)
        });
    }

    #[test]
    fn the_models_are_those_of_the_core_specification() {
        // Rows are the responder, columns the initiator, as in Vol 3 Part H, Table 2.8.
        // I: the initiator displays, R: the responder displays, B: both type, N: comparison.
        let table = "
            jw jw    R  jw R
            jw N/jw  R  jw N/R
            I  I     B  jw I
            jw jw    jw jw jw
            I  N/I   R  jw N/I";
        let order = [DisplayOnly, DisplayYesNo, KeyboardOnly, NoInputNoOutput, KeyboardDisplay];
        for (responder, row) in order.into_iter().zip(table.trim().lines()) {
            for (initiator, cell) in order.into_iter().zip(row.split_whitespace()) {
                let (secure, legacy) = cell.split_once('/').unwrap_or((cell, cell));
                for (transport, expected) in LE.into_iter().zip([secure, legacy]) {
                    let actual = letter(model(initiator, responder, transport, true));
                    assert_eq!(actual, expected, "{initiator} to {responder}, {transport:?}");
                    let without = model(initiator, responder, transport, false);
                    assert_eq!(without, Model::JustWorks);
                }
            }
        }
    }

    #[test]
    fn the_bredr_models_are_those_of_the_core_specification() {
        // As above, by Vol 3 Part C, 5.2.2.6; n: a comparison that one side does not answer.
        let table = "
            n  n  R  jw n
            n  N  R  jw N
            I  I  B  jw I
            jw jw jw jw jw
            n  N  R  jw N";
        let order = [DisplayOnly, DisplayYesNo, KeyboardOnly, NoInputNoOutput, KeyboardDisplay];
        for (responder, row) in order.into_iter().zip(table.trim().lines()) {
            for (initiator, cell) in order.into_iter().zip(row.split_whitespace()) {
                let of = |mitm| model(initiator, responder, Transport::BrEdr, mitm);
                assert_eq!(letter(of(true)), cell, "{initiator} to {responder}");
                assert_eq!(of(true).is_authenticated(), !["n", "jw"].contains(&cell));
                assert_eq!(of(false), Model::JustWorks);
            }
        }
    }

    fn letter(model: Model) -> &'static str {
        match model {
            Model::JustWorks => "jw",
            Model::NumericComparison { authenticated: true } => "N",
            Model::NumericComparison { authenticated: false } => "n",
            Model::PasskeyEntry(PasskeyEntry::InitiatorDisplays) => "I",
            Model::PasskeyEntry(PasskeyEntry::ResponderDisplays) => "R",
            Model::PasskeyEntry(PasskeyEntry::BothType) => "B",
        }
    }
}
