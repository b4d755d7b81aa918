"""What bluetoothd and the kernel do for each pair of capabilities, as it was read in their sources.

An oracle of its own: the daemon has such a table too, and this one is not derived from it. Shared by
the host and the guest. The first column is this side's capability, the first line the phone's.

    Conf RequestConfirmation    Auth RequestAuthorization    Req RequestPasskey    Disp DisplayPasskey
    Pin  RequestPinCode         jw   bonded without any call of the agent
    Keep the same, and the person at the box has to keep the bond by a hold
    gone the same, and the box deletes the bond: it has a key that answers, and no glass to ask on
    x    refused without any call of the agent: the phone is told that it asks for too much
    no   after a call: this side refuses
    !    btvirt cannot do it; Row.unplayable says why
    .    there is no such thing

On LE `A / B` is Secure Connections / legacy.
"""

from dataclasses import dataclass

CAPABILITIES = {
    "DO": "DisplayOnly",
    "DYN": "DisplayYesNo",
    "KO": "KeyboardOnly",
    "NINO": "NoInputNoOutput",
    "KD": "KeyboardDisplay",
}

# The phone is the initiator and sets MITM.
LE_RESPONDER = """
|      | DO          | DYN         | KO          | NINO        | KD          |
| DO   | x / x       | x / x       | Disp / Disp | x / x       | Disp / Disp |
| DYN  | x / x       | Conf / x    | Disp / Disp | x / x       | Conf / Disp |
| KO   | Req / Req   | Req / Req   | Req / Req   | x / x       | Req / Req   |
| NINO | Auth / Auth | Auth / Auth | Auth / Auth | Auth / Auth | Auth / Auth |
| KD   | Req / Req   | Conf / Req  | Disp / Disp | x / x       | Conf / Req  |
"""

# The phone is the initiator and does not set MITM.
LE_NO_MITM = """
|      | DO          | DYN         | KO          | NINO        | KD          |
| DO   | Auth / Auth | Auth / Auth | Auth / Auth | Auth / Auth | Auth / Auth |
| DYN  | Auth / Auth | Auth / Auth | Auth / Auth | Auth / Auth | Auth / Auth |
| KO   | Auth / Auth | Auth / Auth | Auth / Auth | Auth / Auth | Auth / Auth |
| NINO | Auth / Auth | Auth / Auth | Auth / Auth | Auth / Auth | Auth / Auth |
| KD   | Auth / Auth | Auth / Auth | Auth / Auth | Auth / Auth | Auth / Auth |
"""

# This side is the initiator and sets MITM unless it is NINO; the phone sets MITM.
LE_INITIATOR = """
|      | DO          | DYN         | KO          | NINO        | KD          |
| DO   | jw / jw     | jw / jw     | Disp / Disp | jw / jw     | Disp / Disp |
| DYN  | Keep / Keep | Conf / Keep | Disp / Disp | Keep / Keep | Conf / Disp |
| KO   | Req / Req   | Req / Req   | Req / Req   | gone / gone | Req / Req   |
| NINO | jw / jw     | jw / jw     | jw / jw     | jw / jw     | jw / jw     |
| KD   | Req / Req   | Conf / Req  | Disp / Disp | Keep / Keep | Conf / Disp |
"""

# BR/EDR: KD is sent as DYN. A phone that is NINO does not set MITM, every other one does. `pin` is a
# phone without Simple Pairing. The side that pairs names its PIN before the other one is asked, so a PIN
# that only a glass shows is of use when this side pairs, or when the phone only connects to a `service`
# for which this side asks. `no`: the phone is DYN, and the person at the box or its policy says no.
BREDR_RESPONDER = """
|      | DO   | DYN  | KO   | NINO | KD   | pin  | service | no      |
| DO   | !    | Conf | !    | Auth | Conf | Pin no | Pin   | Conf no |
| DYN  | Conf | Conf | !    | Auth | Conf | Pin no | Pin   | Conf no |
| KO   | !    | !    | !    | Auth | !    | Pin  | Pin     | .       |
| NINO | jw   | jw   | jw   | jw   | jw   | Pin no | Pin no | .      |
| KD   | Conf | Conf | !    | Auth | Conf | Pin  | Pin     | Conf no |
"""

BREDR_INITIATOR = """
|      | DO   | DYN  | KO   | NINO | KD   | pin  |
| DO   | !    | Conf | !    | jw   | Conf | Pin  |
| DYN  | Conf | Conf | !    | Keep | Conf | Pin  |
| KO   | !    | !    | !    | gone | !    | Pin  |
| NINO | jw   | jw   | jw   | jw   | jw   | Pin no |
| KD   | Conf | Conf | !    | Keep | Conf | Pin  |
"""

# btvirt, emulator/btdev.c, cmd_io_cap_reply.
ENDLESS = "between two DisplayOnly sides it asks for the capabilities for ever"
NO_PASSKEY = "its BR/EDR side knows no passkey entry, it raises a comparison of 000000 instead"


@dataclass(frozen=True)
class Table:
    name: str
    title: str
    text: str
    bearer: str = "le"
    initiator: bool = False
    secure: bool = True
    mitm: bool = True

    def methods(self, ours):
        """Phone -> method, of one row; in the order of the columns."""
        head, *lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in self.text.strip().splitlines()]
        (row,) = [line for line in lines if CAPABILITIES[line[0]] == ours]
        cells = dict(zip((CAPABILITIES.get(name, name) for name in head[1:]), row[1:], strict=True))
        if self.bearer == "le":
            cells = {phone: cell.split(" / ")[0 if self.secure else 1] for phone, cell in cells.items()}
        return {phone: method for phone, method in cells.items() if method != "."}


TABLES = [
    Table("le-responder-sc", "LE, Secure Connections, the phone pairs and asks for MITM protection", LE_RESPONDER),
    Table("le-responder-legacy", "LE legacy, the phone pairs and asks for MITM protection", LE_RESPONDER, secure=False),
    Table("le-initiator-sc", "LE, Secure Connections, the appliance pairs", LE_INITIATOR, initiator=True),
    Table("le-initiator-legacy", "LE legacy, the appliance pairs", LE_INITIATOR, initiator=True, secure=False),
    Table("le-no-mitm-sc", "LE, Secure Connections, the phone pairs without MITM protection", LE_NO_MITM, mitm=False),
    Table("le-no-mitm-legacy", "LE legacy, the phone pairs without MITM protection", LE_NO_MITM, mitm=False, secure=False),
    Table("bredr-responder", "BR/EDR, the phone pairs", BREDR_RESPONDER, bearer="bredr"),
    Table("bredr-initiator", "BR/EDR, the appliance pairs", BREDR_INITIATOR, bearer="bredr", initiator=True),
]


@dataclass(frozen=True)
class Row:
    table: Table
    ours: str

    @property
    def name(self):
        return f"{self.table.name}-{self.ours}"

    def phones(self):
        """The columns that are played."""
        return [phone for phone, method in self.table.methods(self.ours).items() if method != "!"]

    def unplayable(self):
        """Phone -> why btvirt cannot play it."""
        blocked = [phone for phone, method in self.table.methods(self.ours).items() if method == "!"]
        return {phone: NO_PASSKEY if "KeyboardOnly" in (self.ours, phone) else ENDLESS for phone in blocked}

    def expected(self, phone):
        """The cell as it must come out: the calls, the outcome, and whether the key is authenticated."""
        method = self.table.methods(self.ours)[phone]
        if method == "x":
            return "x refused"
        if method.endswith(" no"):
            return f"{method.removesuffix(' no')} refused"
        if method == "Pin":
            return "Pin ok"
        if method == "gone":
            return "jw gone"
        # A BR/EDR side that can only display cannot tell that the numbers differ.
        blind = self.table.bearer == "bredr" and "DisplayOnly" in (self.ours, phone)
        authenticated = method in ("Conf", "Req", "Disp") and not blind
        return f"{method} ok {'A' if authenticated else '-'}"


ROWS = {row.name: row for table in TABLES for row in (Row(table, ours) for ours in CAPABILITIES.values())}


def row_and_phones(name):
    """`ROW` is all phones of a row, `ROW:PHONE` one of them. None if that is no row's name."""
    row, _, phone = name.partition(":")
    if row not in ROWS or (phone and phone not in ROWS[row].phones()):
        return None
    return ROWS[row], [phone] if phone else ROWS[row].phones()
