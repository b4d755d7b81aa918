"""The phone: Bumble, a Bluetooth host stack by other people."""

import asyncio
import logging

from bumble.core import AdvertisingData, PhysicalTransport, ProtocolError
from bumble.device import Connection, Device
from bumble.hci import Address, LeFeatureMask
from bumble.keys import MemoryKeyStore
from bumble.l2cap import ClassicChannelSpec
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.smp import ErrorCode, OobContext
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
FOUND_S = 20
ADVERTISED_EACH_MS = 100
ADVERTISED = bytes(AdvertisingData([(AdvertisingData.FLAGS, b"\x06"), (AdvertisingData.COMPLETE_LOCAL_NAME, b"phone")]))


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
        self.shown = loop.create_future()
        self.asked_to_type = loop.create_future()
        self.typed = loop.create_future()
        self.asked_for_pin = loop.create_future()
        self.pin = loop.create_future()
        self.confirmed_just_works = False

    async def confirm(self, auto=False):
        self.confirmed_just_works = True
        return True

    async def compare_numbers(self, number, digits):
        self.number.set_result(f"{number:0{digits}}")
        return await self.number_is_right

    async def display_number(self, number, digits):
        self.shown.set_result(f"{number:0{digits}}")

    async def get_number(self):
        self.asked_to_type.set_result(True)
        return int(await self.typed)

    async def get_string(self, max_length):
        self.asked_for_pin.set_result(True)
        return await self.pin


class Phone:
    @classmethod
    async def switch_on(cls, address="F0:F1:F2:F3:F4:F5", classic=False, simple_pairing=True):
        phone = cls()
        phone.transport = await asyncio.wait_for(open_transport(f"unix:{AIR}"), 10)
        phone.device = Device.with_hci("phone", Address(address), phone.transport.source, phone.transport.sink)
        phone.device.classic_enabled = classic
        phone.device.classic_ssp_enabled = simple_pairing
        await asyncio.wait_for(phone.device.power_on(), 20)
        phone.device.keystore = MemoryKeyStore()
        # Bumble sends an empty identity address otherwise, which the kernel ignores.
        phone.device.static_address = Address(address)
        phone.connection = None
        phone.user = None
        return phone

    def address(self, bearer):
        """As bluetoothd writes it."""
        address = self.device.random_address if bearer == "le" else self.device.public_address
        return str(address).partition("/")[0]

    async def connect(self, transport=PhysicalTransport.LE):
        """Raises Broken if there is no link: that is never the daemon's refusal."""
        for attempt in range(CONNECT_ATTEMPTS):
            try:
                peer = Address(ADDRESS, Address.PUBLIC_DEVICE_ADDRESS)
                self.connection = await self.device.connect(peer, transport=transport, timeout=10)
                return
            except Exception as error:
                logging.warning("phone: connection attempt %d failed: %r", attempt + 1, error)
                last = error
        raise Broken(f"no link: the phone could not connect to {ADDRESS} in {CONNECT_ATTEMPTS} attempts ({last!r})")

    def become(self, capability, mitm=True, secure=True, bonding=True, oob=None):
        """A new user with a phone of this capability, for the next pairing. `oob` is what the phone has read of the other side."""
        self.user = user = User(capability)
        oob = oob and PairingConfig.OobConfig(our_context=OobContext(), peer_data=oob, legacy_context=None)
        self.device.pairing_config_factory = lambda connection: PairingConfig(sc=secure, mitm=mitm, bonding=bonding, delegate=user, oob=oob)

    def begin_pairing(self, capability="KeyboardDisplay", mitm=True, secure=True, bonding=True, oob=None):
        """Starts pairing; the returned task ends with None or raises Refused."""
        self.become(capability, mitm, secure, bonding, oob)
        return asyncio.create_task(self.pair(self.connection.pair))

    async def pair(self, procedure):
        lost = asyncio.get_running_loop().create_future()
        self.connection.on("disconnection", lambda reason: lost.done() or lost.set_result(reason))
        pairing = asyncio.ensure_future(procedure())
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

    # the other way round: the appliance finds the phone and pairs it

    async def be_found(self, bearer):
        """Visible and connectable; the returned task ends like that of `begin_pairing`."""
        found = asyncio.get_running_loop().create_future()

        def connected(connection):
            # Listens at once: on LE the first message of the pairing follows in the same breath.
            self.connection = connection
            found.set_result(self.outcome_of(connection))

        self.device.once("connection", connected)
        if bearer == "le":
            # btvirt's kernel side connects only to extended advertisers. The phone's controller is one,
            # though it does not announce that.
            self.device.host.local_le_features |= LeFeatureMask.LE_EXTENDED_ADVERTISING
            await self.device.start_advertising(
                advertising_data=ADVERTISED, advertising_interval_min=ADVERTISED_EACH_MS, advertising_interval_max=ADVERTISED_EACH_MS
            )
        else:
            await self.device.set_connectable(True)
            await self.device.set_discoverable(True)
        return asyncio.create_task(self.be_paired(found))

    async def be_paired(self, found):
        try:
            outcome = await asyncio.wait_for(found, FOUND_S)
        except asyncio.TimeoutError:
            raise Broken(f"no link: the appliance did not connect to the phone within {FOUND_S} s") from None
        error = await outcome
        if error:
            raise error

    @staticmethod
    def outcome_of(connection):
        """None once paired, or a Refused."""
        outcome = asyncio.get_running_loop().create_future()

        def settle(result):
            if not outcome.done():
                outcome.set_result(result)

        def lost(reason):
            settle(Refused(f"the link went down while pairing (reason 0x{reason:02x})", told=False))

        connection.on(Connection.EVENT_PAIRING, lambda keys: settle(None))
        connection.on(Connection.EVENT_LINK_KEY, lambda: settle(None))
        connection.on(Connection.EVENT_PAIRING_FAILURE, lambda why: settle(Refused(f"pairing failed: {ErrorCode(why).name}", told=True)))
        connection.on(Connection.EVENT_DISCONNECTION, lost)
        return outcome

    # BR/EDR

    async def authenticate(self):
        await self.connection.authenticate()
        await self.connection.encrypt()

    async def use_service(self, psm):
        """Connects to a service of the appliance, which then asks for the pairing."""
        await self.connection.create_l2cap_channel(spec=ClassicChannelSpec(psm=psm))

    async def names_in_the_air(self, seconds):
        """The names of who advertises over LE, as in a phone's list."""
        names = set()

        def heard(advertisement):
            names.add(advertisement.data.get(AdvertisingData.COMPLETE_LOCAL_NAME) or advertisement.data.get(AdvertisingData.SHORTENED_LOCAL_NAME))

        self.device.on("advertisement", heard)
        await self.device.start_scanning(active=True)
        await asyncio.sleep(seconds)
        await self.device.stop_scanning()
        self.device.remove_listener("advertisement", heard)
        return names - {None}

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
