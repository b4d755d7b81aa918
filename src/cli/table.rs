//! `boards --table`: what each capability of the panel makes of each device.

use std::fmt::Write as _;

use super::{Failure, print};
use crate::pairing::Capability;
use crate::pairing::association::{
    Request, Transport, model, request_to_initiator, request_to_responder,
};

const LEGEND: &str = "\
What bluetoothd asks of the agent. Rows are the panel's capability, columns the other device's.

  Conf  RequestConfirmation: both sides show a number, and a person says whether they are the same
  Conf* the same, but one side has no way to say no: the key is not authenticated
  Disp  DisplayPasskey: the panel shows a number, to be typed at the device
  Req   RequestPasskey: a number is to be typed at the panel, from the device or, if both sides
        have a keyboard only, of one's own choice
  Auth  RequestAuthorization: just works, nothing is checked; the policy just-works decides
  jw    just works: bluetoothd or the kernel accepts it, and no agent is asked
  ✗     refused by the kernel (Pairing Failed, Authentication Requirements): no agent is asked

Where a cell has two entries the first is for Secure Connections, the second for LE legacy pairing.
";

const RESPONDER: &str = "\
LE, the device begins and asks for MITM protection
Core Specification, Vol 3 Part H, Table 2.8. Linux refuses (✗) where that table comes to just works;
it only gives in where the panel is NoInputNoOutput (net/bluetooth/smp.c, smp_cmd_pairing_req).
";

const RESPONDER_WITHOUT_MITM: &str = "\
LE, the device begins and asks for no MITM protection
Just works, whatever both sides can do (Vol 3 Part H, 2.3.5.1): a responder on Linux does not ask
for more. A device that is bonded already meets JustWorksRepairing of main.conf first.
";

const INITIATOR: &str = "\
LE, this machine begins (pairpanel pair)
Vol 3 Part H, Table 2.8. Linux asks for MITM protection unless the panel is NoInputNoOutput
(smp_conn_security). When something other than Device1.Pair begins, as a service does that needs
encryption, bluetoothd asks Auth where it says jw (BlueZ, src/device.c, device_confirm_passkey).
";

const BREDR_RESPONDER: &str = "\
BR/EDR Secure Simple Pairing, the device begins: asks for no MITM protection / asks for it
Vol 3 Part C, 5.2.2.6. KeyboardDisplay does not exist there: Linux sends DisplayYesNo
(net/bluetooth/hci_event.c, hci_io_capa_request_evt). It asks for MITM protection itself where both
sides can give it (hci_get_auth_req), and has a device compare that wants it and can do nothing
(hci_user_confirm_request_evt).
";

const BREDR_INITIATOR: &str = "\
BR/EDR Secure Simple Pairing, this machine begins
Vol 3 Part C, 5.2.2.6, and the same functions. The kernel accepts just works by itself.
";

pub(super) fn table() -> Result<(), Failure> {
    print(&text())
}

fn text() -> String {
    use Transport::{BrEdr, LeLegacy, LeSecureConnections};

    let both = |ask: &dyn Fn(Transport) -> Request| {
        cell(short(ask(LeSecureConnections)), short(ask(LeLegacy)))
    };
    let mut text = LEGEND.to_owned();
    let mut add = |heading: &str, other: &str, cell: &dyn Fn(Capability, Capability) -> String| {
        let _ = write!(text, "\n{heading}\n");
        grid(&mut text, other, cell);
    };
    add(RESPONDER, "initiator", &|local, remote| {
        both(&|transport| request_to_responder(local, remote, transport, true))
    });
    add(RESPONDER_WITHOUT_MITM, "initiator", &|local, remote| {
        both(&|transport| request_to_responder(local, remote, transport, false))
    });
    add(INITIATOR, "responder", &|local, remote| {
        both(&|transport| request_to_initiator(local, remote, transport, true))
    });
    add(BREDR_RESPONDER, "initiator", &|local, remote| {
        let ask = |mitm| {
            // The responder asks for it as well, wherever that changes anything.
            let model = model(remote, local, BrEdr, true);
            starred(request_to_responder(local, remote, BrEdr, mitm), model.is_authenticated())
        };
        cell(ask(false), ask(true))
    });
    add(BREDR_INITIATOR, "responder", &|local, remote| {
        let model = model(local, remote, BrEdr, true);
        let asked = request_to_initiator(local, remote, BrEdr, true);
        starred(asked, model.is_authenticated()).to_owned()
    });
    text
}

fn grid(text: &mut String, other: &str, cell: &dyn Fn(Capability, Capability) -> String) {
    let first = Capability::NoInputNoOutput.as_str().len();
    let corner = format!("panel\\{other}");
    let _ = write!(text, "| {corner:first$} |");
    for remote in Capability::ALL {
        let _ = write!(text, " {remote} |");
    }
    let _ = write!(text, "\n|{}|", "-".repeat(first + 2));
    for remote in Capability::ALL {
        let _ = write!(text, "{}|", "-".repeat(remote.as_str().len() + 2));
    }
    text.push('\n');
    for local in Capability::ALL {
        let _ = write!(text, "| {local:first$} |");
        for remote in Capability::ALL {
            let _ =
                write!(text, " {:width$} |", cell(local, remote), width = remote.as_str().len());
        }
        text.push('\n');
    }
}

/// Both entries of a cell, or the one that they have in common.
fn cell(first: &str, second: &str) -> String {
    if first == second { first.to_owned() } else { format!("{first} / {second}") }
}

fn starred(request: Request, authenticated: bool) -> &'static str {
    match request {
        Request::Confirmation if !authenticated => "Conf*",
        request => short(request),
    }
}

const fn short(request: Request) -> &'static str {
    match request {
        Request::Confirmation => "Conf",
        Request::Authorization => "Auth",
        Request::Passkey => "Req",
        Request::DisplayPasskey => "Disp",
        Request::Silent => "jw",
        Request::Refused => "✗",
    }
}
