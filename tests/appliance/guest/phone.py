"""The phone: Bumble, a Bluetooth host stack by other people, as LE initiator."""

import asyncio
import logging

from bumble.core import ProtocolError
from bumble.device import Device
from bumble.hci import Address
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport

from bluez import ADDRESS, AIR
from wait import Broken

CAPABILITIES = {
    "DisplayOnly": PairingDelegate.DISPLAY_OUTPUT_ONLY,
    "DisplayYesNo": PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT,
    "KeyboardOnly": PairingDelegate.KEYBOARD_INPUT_ONLY,
    "NoInputNoOutput": PairingDelegate.NO_OUTPUT_NO_INPUT,
    "KeyboardDisplay": PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
}
CONNECT_ATTEMPTS = 3


class Refused(Exception):
    """The pairing failed: what the phone was told, or that the link went down."""

    def __init__(self, message, told):
        super().__init__(message)
        self.told = told


class User(PairingDelegate):
    """The person with the phone: what is shown to them, and what they will answer."""

    def __init__(self, capability):
        super().__init__(io_capability=CAPABILITIES[capability])
        loop = asyncio.get_running_loop()
        self.number = loop.create_future()
        self.number_is_right = loop.create_future()
        self.asked_to_type = loop.create_future()
        self.typed = loop.create_future()
        self.confirmed_just_works = False

    async def confirm(self, auto=False):
        self.confirmed_just_works = True
        return True

    async def compare_numbers(self, number, digits):
        self.number.set_result(f"{number:0{digits}}")
        return await self.number_is_right

    async def get_number(self):
        self.asked_to_type.set_result(True)
        return int(await self.typed)


class Phone:
    @classmethod
    async def switch_on(cls, address="F0:F1:F2:F3:F4:F5"):
        phone = cls()
        phone.transport = await asyncio.wait_for(open_transport(f"unix:{AIR}"), 10)
        phone.device = Device.with_hci("phone", Address(address), phone.transport.source, phone.transport.sink)
        await asyncio.wait_for(phone.device.power_on(), 20)
        phone.device.keystore = MemoryKeyStore()
        # Bumble sends an empty identity address otherwise, which the kernel ignores.
        phone.device.static_address = Address(address)
        phone.connection = None
        phone.user = None
        return phone

    async def connect(self):
        """Raises Broken if there is no link: that is never the daemon's refusal."""
        for attempt in range(CONNECT_ATTEMPTS):
            try:
                self.connection = await self.device.connect(Address(ADDRESS, Address.PUBLIC_DEVICE_ADDRESS), timeout=10)
                return
            except Exception as error:
                logging.warning("phone: connection attempt %d failed: %r", attempt + 1, error)
                last = error
        raise Broken(f"no link: the phone could not connect to {ADDRESS} in {CONNECT_ATTEMPTS} attempts ({last!r})")

    def begin_pairing(self, capability="KeyboardDisplay", mitm=True):
        """Starts pairing; the returned task ends with None or raises Refused."""
        self.user = user = User(capability)
        self.device.pairing_config_factory = lambda connection: PairingConfig(sc=True, mitm=mitm, bonding=True, delegate=user)
        return asyncio.create_task(self.pair())

    async def pair(self):
        lost = asyncio.get_running_loop().create_future()
        self.connection.on("disconnection", lambda reason: lost.done() or lost.set_result(reason))
        pairing = asyncio.ensure_future(self.connection.pair())
        await asyncio.wait({pairing, lost}, return_when=asyncio.FIRST_COMPLETED)
        if not pairing.done():
            # Bumble cancels the pairing on the next turn of the loop.
            await asyncio.wait({pairing}, timeout=2)
        try:
            pairing.result()
        except ProtocolError as error:
            raise Refused(f"pairing failed: {error.error_name}", told=True) from None
        except (asyncio.CancelledError, asyncio.InvalidStateError):
            reason = f"0x{lost.result():02x}" if lost.done() else "unknown"
            raise Refused(f"the link went down while pairing (reason {reason})", told=False) from None

    async def bonds(self):
        return [name for name, _ in await self.device.keystore.get_all()]

    async def forget(self):
        await self.device.keystore.delete_all()

    async def disconnect(self):
        if self.connection:
            try:
                await asyncio.wait_for(self.connection.disconnect(), 5)
            except Exception as error:
                logging.info("phone: disconnect: %r", error)
            self.connection = None

    async def switch_off(self):
        await self.disconnect()
        await self.transport.close()
