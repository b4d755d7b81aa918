#!/usr/bin/env python3
"""Writes vectors.txt: NDEF messages as ndeflib, which is not of this project, makes them.

    python3 -m venv v && v/bin/pip install ndeflib==0.3.3 && v/bin/python tests/nfc/vectors.py > tests/nfc/vectors.txt

One line a message: address, public or random, role, flags, name as hexadecimal UTF-8 or
-, and the message. The confirmation is 00 to 0f, the random value 10 to 1f.
"""

import ndef
from ndef.bluetooth import BluetoothLowEnergyRecord

ROLES = ["Peripheral", "Central", "Peripheral/Central", "Central/Peripheral"]
VALUES = [
    ("00:1B:DC:07:32:EF", "public", 2, 0x06, "Kitchen"),
    ("C0:FF:EE:00:00:01", "random", 0, 0x05, ""),
    ("FF:FF:FF:FF:FF:FF", "random", 3, 0x00, "Küche 台所"),
    ("00:00:00:00:00:00", "public", 1, 0x1E, "n" * 162),
]

for address, kind, role, flags, name in VALUES:
    record = BluetoothLowEnergyRecord()
    record.device_address = (address, kind)
    record.role_capabilities = ROLES[role]
    record.secure_connections_confirmation_value = int.from_bytes(range(0x00, 0x10), "little")
    record.secure_connections_random_value = int.from_bytes(range(0x10, 0x20), "little")
    record.flags = flags
    if name:
        record.device_name = name
    message = b"".join(ndef.message_encoder([record]))
    (back,) = ndef.message_decoder(message)
    assert back.device_name == name and back.device_address.addr == address
    print(address, kind, role, f"{flags:02x}", name.encode().hex() or "-", message.hex())
