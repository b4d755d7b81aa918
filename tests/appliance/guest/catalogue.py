"""The cases in the order in which they are run: the long ones first, so that two guests end together.

Shared by the host and the guest; the value is how long a case may take in the guest.
"""

from expected import ROWS, row_and_phones

ROW_S = 300

LIMITS_S = {
    "killed-100": 1200,
    "bluetoothd-100": 600,
    "twenty": 420,
    "measure": 300,
    **{row: ROW_S for row in ROWS},
    "oob-qr": 420,
    "oob-refused": 300,
    "oob-tag": 240,
    "oob-reader": 240,
    "flashed": 420,
    "upgrade": 300,
    "closed": 420,
    "closed-throughout": 300,
    "window-by-hand": 300,
    "killed-in-prompt": 300,
    "watchdog": 240,
    "api": 300,
    "repair": 300,
    "forget-all": 240,
    "unknown-pairing": 300,
    "doctor": 180,
    "exposure": 240,
    "kernel-lamp": 150,
    "reload": 150,
    "ready": 150,
    "not-kept": 150,
    "no-answer": 150,
    "held-before": 150,
    "short-press": 150,
    "both-keys": 150,
    "bluetoothd-restart": 210,
    "display-missing": 210,
    "accept": 120,
    "accept-128x32": 120,
    "accept-sh1106": 120,
    "reject": 120,
    "display-dies": 150,
    "bluetoothd-late": 150,
    "display-only": 150,
    "nothing-attached": 150,
    "two-phones": 120,
    "forgotten": 150,
    "stick": 120,
    "dark-glass": 180,
    "read-prompt": 150,
    "lamp-and-buzzer": 150,
    "numpad-unplugged": 150,
    "window-closed": 150,
    "rogue-caller": 120,
    "bad-profile": 120,
}


def limit_s(name):
    return LIMITS_S[name.partition(":")[0]]


def all_names():
    """Every case, and every cell of a row as `ROW:PHONE`."""
    for name in LIMITS_S:
        yield name
        if name in ROWS:
            yield from (f"{name}:{phone}" for phone in ROWS[name].phones())


def choose(wanted):
    """The cases to run, in order. A table's name stands for its rows; a row stands for its cells."""
    if not wanted:
        return list(LIMITS_S)
    whole = [name for name in LIMITS_S if name in wanted or (name in ROWS and ROWS[name].table.name in wanted)]
    return whole + [name for name in wanted if ":" in name and name.partition(":")[0] not in whole]


def unknown(wanted):
    tables = {row.table.name for row in ROWS.values()}
    return [name for name in wanted if name not in LIMITS_S and name not in tables and not (":" in name and row_and_phones(name))]
