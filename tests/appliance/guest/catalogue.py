"""The cases in the order in which they are run: the long ones first, so that two guests end together.

Shared by the host and the guest; the value is how long a case may take in the guest.
"""

LIMITS_S = {
    "twenty": 420,
    "measure": 300,
    "accept": 120,
    "accept-128x32": 120,
    "reject": 120,
    "no-answer": 150,
    "held-before": 150,
    "short-press": 150,
    "both-keys": 150,
    "display-missing": 210,
    "display-dies": 150,
    "bluetoothd-restart": 210,
    "bluetoothd-late": 150,
    "display-only": 150,
    "nothing-attached": 150,
    "window-closed": 150,
    "rogue-caller": 120,
    "bad-profile": 120,
}
