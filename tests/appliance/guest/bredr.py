"""BR/EDR cells. btvirt keeps what it knows of a controller's last pairing, so each cell has fresh air."""

import asyncio
import socket
import struct

from bumble.core import PhysicalTransport

import bluez
from appliance import MANY
from person import BOXES, Person
from wait import Broken, require, until

SERVICE_PSM = 0x1001
# setsockopt of an L2CAP socket: the phone must be paired before it is let in.
SOL_BLUETOOTH, BT_SECURITY, SECURITY_MEDIUM = 274, 4, 2


async def play_bredr(appliance, row, phone, problems, finish):
    """`pin` and `service` are phones without Simple Pairing; `no` is a phone that is refused here."""
    box = BOXES[row.ours]
    without_simple_pairing = phone in ("pin", "service")
    if appliance.phone:
        await appliance.clear_air("BR/EDR cells have each their own")
        await until("an adapter that is pairable", 10, appliance.bluez.pairable, Broken)
    if phone == "no" and not box.buttons:
        await appliance.stop_daemon()
        appliance.launch(box.board, keys={**MANY, "just-works": "reject"})
        await appliance.default_agent(row.ours)
        await until("an adapter that is pairable", 10, appliance.bluez.pairable, Broken)
    await appliance.phone_on(classic=True, simple_pairing=not without_simple_pairing)
    capability = "KeyboardOnly" if without_simple_pairing else "DisplayYesNo" if phone == "no" else phone
    appliance.phone.become(capability, mitm=phone != "NoInputNoOutput")
    person = Person(appliance, box, agrees=phone != "no", names_pin=phone == "pin" and not row.table.initiator)
    request = None
    if row.table.initiator:
        pairing = await appliance.phone.be_found("bredr")
        request = asyncio.create_task(appliance.pair(appliance.phone.address("bredr")))
    else:
        await until("an adapter that is discoverable", 10, appliance.bluez.discoverable, Broken)
        await appliance.phone.connect(PhysicalTransport.BR_EDR)
        procedure = appliance.phone.authenticate
    with Service() as service:
        if phone == "service":
            procedure = lambda: appliance.phone.use_service(service.psm)  # noqa: E731
        if not request:
            pairing = asyncio.create_task(appliance.phone.pair(procedure))
        return await finish(appliance, pairing, request, person, problems, lambda: link_key(without_simple_pairing))


class Service:
    """A service of the appliance that lets only paired devices in: the kernel asks for the pairing."""

    psm = SERVICE_PSM

    def __enter__(self):
        self.socket = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP)
        self.socket.setsockopt(SOL_BLUETOOTH, BT_SECURITY, struct.pack("BB", SECURITY_MEDIUM, 0))
        self.socket.bind((bluez.ADDRESS, self.psm))
        self.socket.listen(1)
        return self

    def __exit__(self, *_):
        self.socket.close()


async def link_key(by_pin):
    """Types: 4 and 7 unauthenticated, 5 and 8 authenticated (Core Specification, Vol 4 Part E, 7.7.24).

    0 would be a PIN's, but btvirt gives it one of the others.
    """
    (kinds,) = (await until("a link key in bluetoothd's storage", 10, bluez.stored_link_keys)).values()
    (kind,) = kinds
    require(kind in (0, 4, 5, 7, 8), f"the link key has type {kind}")
    return "" if by_pin else "A" if kind in (5, 8) else "-"
