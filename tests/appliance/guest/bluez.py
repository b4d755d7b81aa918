"""The real bluetoothd, and btvirt's virtual air with the appliance's adapter in it."""

import asyncio
import configparser
import contextlib
import fcntl
import os
import platform
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from dbus_fast import Message, MessageType, Variant

from bus import PROPERTIES, CallFailed
from serial_line import SerialLine
from wait import Broken, until

# Debian's kernel for arm64 has none of these.
VIRTUAL = platform.machine() == "x86_64"
# The kernel asks a controller some forty things.
SETUP_S = 6 if VIRTUAL else 30
BLUEZ = "org.bluez"
ADAPTER = "/org/bluez/hci0"
ADAPTER1 = "org.bluez.Adapter1"
# Of the only controller that btvirt makes by itself, and of the first one that is attached to it.
ADDRESS = "00:AA:01:00:00:00" if VIRTUAL else "00:AA:01:00:00:42"
STORAGE = Path("/var/lib/bluetooth")
MAIN_CONF = Path("/etc/bluetooth/main.conf")
AIR = "/tmp/bt-server-bredrle"
STARTS = 5
ADVERTISEMENT = "/appliance/advertisement"
CONTENT = {"Type": Variant("s", "peripheral"), "LocalName": Variant("s", "appliance"), "Discoverable": Variant("b", True)}


async def run(*command):
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output, _ = await process.communicate()
    if process.returncode:
        raise Broken(f"{' '.join(command)}: {output.decode().strip()}")
    return output.decode()


async def stop_bluetoothd():
    await run("systemctl", "stop", "bluetooth.service")


async def start_bluetoothd():
    await run("systemctl", "start", "bluetooth.service")


@contextlib.asynccontextmanager
async def halted():
    """bluetoothd does nothing meanwhile; what comes in waits for it."""
    await run("systemctl", "kill", "--signal=STOP", "bluetooth.service")
    try:
        yield
    finally:
        await run("systemctl", "kill", "--signal=CONT", "bluetooth.service")


@contextlib.asynccontextmanager
async def masked():
    """Nobody can start it meanwhile: neither who wants it nor the bus."""
    await run("systemctl", "mask", "--runtime", "bluetooth.service")
    try:
        yield
    finally:
        await run("systemctl", "unmask", "--runtime", "bluetooth.service")


async def forget_everything():
    """Bonds and names of the case before; bluetoothd must be stopped."""
    shutil.rmtree(STORAGE, ignore_errors=True)
    STORAGE.mkdir(mode=0o700)


def controller_address():
    """What the kernel read from hci0, or None before it could."""
    HCIGETDEVINFO = 0x800448D3
    info = bytearray(92)
    with socket.socket(socket.AF_BLUETOOTH, socket.SOCK_RAW, socket.BTPROTO_HCI) as control:
        try:
            fcntl.ioctl(control, HCIGETDEVINFO, info)
        except OSError:
            return None
    return ":".join(f"{byte:02X}" for byte in reversed(info[10:16]))


class Air:
    """btvirt: hci0 for the appliance, and a socket at which the phone's controller appears."""

    def __init__(self, log):
        self.log = log
        self.process = self.line = None

    async def start(self):
        """btvirt misses the kernel's first reset now and then; then hci0 stays without an address."""
        for attempt in range(1, STARTS + 1):
            for stale in Path("/tmp").glob("bt-server-*"):
                stale.unlink()
            self.process = subprocess.Popen(["btvirt", *(["-l1"] if VIRTUAL else []), "-s"], stdout=self.log, stderr=self.log)
            try:
                if not VIRTUAL:
                    await until("a controller to be had of btvirt", 6, self.attach, Broken)
                await until(f"hci0 set up by the kernel after {attempt} starts of btvirt", SETUP_S, self.up, Broken)
                return
            except Broken:
                await self.stop()
                if attempt == STARTS:
                    raise

    def attach(self):
        self.line = self.line or (os.path.exists(AIR) and SerialLine(AIR, self.log))
        return self.line

    def dead(self):
        return self.process.poll() is not None

    def crash(self):
        """What btvirt has died of, if nobody has asked it to end."""
        status = self.process.poll() if self.process else None
        asked = status is None or status >= 0 or -status == signal.SIGTERM
        return None if asked else f"btvirt died of {signal.Signals(-status).name}"

    def up(self):
        if self.dead():
            raise Broken(f"btvirt ended with status {self.process.returncode}; see btvirt.log")
        return os.path.exists(AIR) and controller_address() == ADDRESS

    async def stop(self):
        if self.line:
            self.line.close()
            self.line = None
        if self.process:
            self.process.terminate()
            # The kernel may keep it for a while; to wait for it here would have the whole guest stand still.
            await until("btvirt ends", 10, self.dead, Broken)
            await until("hci0 gone after stopping btvirt", 10, lambda: not os.path.exists("/sys/class/bluetooth/hci0"), Broken)


class BlueZ:
    """What the harness asks of bluetoothd; it is never an agent."""

    def __init__(self, bus):
        self.bus = bus
        self.advertised = False
        bus.connection.add_message_handler(self.answer_advertisement)

    def answer_advertisement(self, message):
        if message.path == ADVERTISEMENT and message.message_type is MessageType.METHOD_CALL:
            if message.member == "GetAll":
                return Message.new_method_return(message, "a{sv}", [CONTENT])
            if message.member == "Release":
                self.advertised = False
                return Message.new_method_return(message)
        return None

    async def get(self, path, interface, name):
        return (await self.bus.call(BLUEZ, path, PROPERTIES, "Get", "ss", interface, name))[0]

    async def powered(self):
        try:
            return await self.get(ADAPTER, ADAPTER1, "Powered")
        except CallFailed:
            return False

    async def ready(self, seconds=40):
        await until("a powered adapter on D-Bus", seconds, self.powered, Broken)

    async def advertise(self):
        """btvirt leaves the advertising set enabled after a connection and refuses to enable it
        again: a fresh registration is the only way to be found a second time."""
        await self.stop_advertising()
        # bluetoothd 5.82 does not answer a registration that meets a change of Discoverable. Whatever
        # agent appears makes a closed adapter pairable until the panel closes it again.
        await until("an adapter that is either open or closed", 10, self.settled, Broken)
        try:
            await self.manage_advertisement("RegisterAdvertisement", "oa{sv}", ADVERTISEMENT, {})
        except CallFailed as error:
            raise Broken(f"the appliance cannot advertise: {error}") from None
        self.advertised = True

    async def stop_advertising(self):
        """Behind btvirt a connection also keeps the kernel from changing Discoverable, until this."""
        if not self.advertised:
            return
        try:
            await self.manage_advertisement("UnregisterAdvertisement", "o", ADVERTISEMENT)
        except CallFailed:
            pass  # bluetoothd was restarted and knows nothing of it
        self.advertised = False

    async def manage_advertisement(self, member, signature, *body):
        await self.bus.call(BLUEZ, ADAPTER, "org.bluez.LEAdvertisingManager1", member, signature, *body)

    async def devices(self):
        """Path -> properties of all remote devices that bluetoothd knows."""
        (objects,) = await self.bus.call(BLUEZ, "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        return {path: each["org.bluez.Device1"] for path, each in objects.items() if "org.bluez.Device1" in each}

    async def bonded(self):
        return [path for path, device in (await self.devices()).items() if device["Bonded"]]

    async def paired(self):
        return [path for path, device in (await self.devices()).items() if device["Paired"]]

    async def pairable(self):
        return await self.get(ADAPTER, ADAPTER1, "Pairable")

    async def discoverable(self):
        """On BR/EDR; LE needs the advertisement."""
        return await self.get(ADAPTER, ADAPTER1, "Discoverable")

    async def settled(self):
        return await self.pairable() == await self.discoverable()

    async def pair_with(self, address):
        """What a program does that finds a device and pairs with it."""
        path = f"{ADAPTER}/dev_{address.replace(':', '_')}"
        await self.bus.call(BLUEZ, ADAPTER, ADAPTER1, "StartDiscovery")
        await until(f"bluetoothd finds {address}", 20, lambda: self.knows(path), Broken)
        await self.bus.call(BLUEZ, ADAPTER, ADAPTER1, "StopDiscovery")
        await self.bus.call(BLUEZ, path, "org.bluez.Device1", "Pair")

    async def knows(self, path):
        return path in await self.devices()

    async def set_connectable(self):
        """On BR/EDR, as a program does that serves devices that are bonded."""
        await self.bus.call(BLUEZ, ADAPTER, PROPERTIES, "Set", "ssv", ADAPTER1, "Connectable", Variant("b", True))

    async def remove_devices(self):
        for path in await self.devices():
            try:
                await self.bus.call(BLUEZ, ADAPTER, ADAPTER1, "RemoveDevice", "o", path)
            except CallFailed as error:
                if error.name != "org.bluez.Error.DoesNotExist":
                    raise


def stored_devices():
    """Device address -> what bluetoothd has stored of it."""
    for info in (STORAGE / ADDRESS).glob("*/info"):
        stored = configparser.ConfigParser(interpolation=None, strict=False)
        stored.read(info)
        yield info.parent.name, stored


def stored_keys():
    """Device address -> the `Authenticated` values of its long term keys."""
    keys = {}
    for address, stored in stored_devices():
        values = [
            stored.getint(section, "Authenticated")
            for section in ("LongTermKey", "PeripheralLongTermKey", "SlaveLongTermKey")
            if stored.has_section(section)
        ]
        if values:
            keys[address] = values
    return keys


def long_term_keys():
    """Every long term key itself, by the device's address and what it is for."""
    return {
        (address, section): stored.get(section, "Key")
        for address, stored in stored_devices()
        for section in stored.sections()
        if section.endswith("LongTermKey")
    }


def stored_link_keys():
    """Device address -> the type of its BR/EDR link key, as a list of one."""
    return {address: [stored.getint("LinkKey", "Type")] for address, stored in stored_devices() if stored.has_section("LinkKey")}
