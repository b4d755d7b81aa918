"""Out-of-band pairing: the data as other people's programs read them off the glass and the tag, and a phone that pairs with them."""

import asyncio
import base64
import json
import subprocess
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import ndef
import panel
import zxingcpp
from appliance import ACCEPT, MANY, REJECT
from bluez import ADDRESS, run
from bumble.smp import OobContext, OobSharedData
from cases import pair_by_button
from daemon import BINARY, systemctl
from person import CALLS
from service import analyzed
from wait import Failure, Paired, require, until

SOCKET = "pairpanel-oob.socket"
READER = "pairpanel-oob@.service"
ON = {"out-of-band": True, **MANY}
# Tenths: exposure 1.0.
READER_THRESHOLD = 10
BORDER, ZOOM = 12, 4
TAG_BYTES = 512
# For how long the glass says that a device was paired.
RESULT_S = 5


@dataclass(frozen=True)
class Data:
    address: str
    confirmation: bytes
    random: bytes

    @classmethod
    def of_uri(cls, uri):
        """As dist/oob-uri.md has it."""
        scheme, version, text = uri.split(":")
        require((scheme, version, len(text)) == ("PAIRPANEL", "1", 63), f"the code says {scheme}:{version} and {len(text)} characters")
        raw = base64.b32decode(text + "=")
        return cls(raw[6:0:-1].hex(":").upper(), raw[7:23], raw[23:39])

    def texts(self):
        """As it could be in a log."""
        for number in (self.confirmation, self.random):
            yield from (number.hex(), number.hex(" "), number[::-1].hex(), repr(list(number)))

    def shared(self):
        return OobSharedData(c=self.confirmation, r=self.random)


def decode(picture):
    """What a decoder reads that knows nothing of the panel, in a picture as a camera takes it, somewhat larger; or None."""
    blank = bytes(ZOOM * len(picture[0]) + 2 * BORDER)
    rows = [blank] * BORDER
    for row in picture:
        line = b"".join(bytes([255 * pixel]) * ZOOM for pixel in row)
        rows += [bytes(BORDER) + line + bytes(BORDER)] * ZOOM
    rows += [blank] * BORDER
    image = memoryview(b"".join(rows)).cast("B", shape=[len(rows), len(blank)])
    found = [code.text for code in zxingcpp.read_barcodes(image)]
    require(len(found) < 2, f"there are {len(found)} codes on the glass")
    return found[0] if found else None


@asynccontextmanager
async def panel_with_codes(appliance, board="cp2112", window=600, **hardware):
    """A panel that offers pairing by code, and its reader, which is switched off again for the other cases."""
    await appliance.start(**hardware)
    systemctl("start", SOCKET)
    try:
        await appliance.run(board, window=window, keys=ON)
        # Its own advertising names the adapter; whoever scans connects to that address.
        await appliance.phone_on()
        yield
    finally:
        systemctl("stop", SOCKET)


async def tap(appliance, line):
    appliance.press(line)
    await asyncio.sleep(0.2)
    appliance.release(line)


async def scanned(appliance, unlike=None):
    """The data of the code on the glass, which is asked for by a key."""

    def read():
        text = decode(appliance.bridge.pictures()[-1][1])
        data = Data.of_uri(text) if text else None
        return data if data != unlike else None

    # Once; after a pairing it comes back with the window.
    for _ in range(3):
        try:
            return noted(appliance, await until("a code on the glass that a decoder reads", RESULT_S + 1, read))
        except Failure:
            await tap(appliance, ACCEPT)
    return noted(appliance, await until("a code on the glass that a decoder reads", 15, read))


def noted(appliance, data):
    """It must be told nowhere."""
    appliance.secrets.update(data.texts())
    return data


async def pairs(appliance, data):
    """The phone connects, holding these data; the pairing."""
    await appliance.phone_connects()
    return appliance.phone.begin_pairing(oob=data.shared())


async def paired(appliance, data):
    since = time.time()
    await appliance.paired(await pairs(appliance, data), authenticated=True)
    await appliance.monitor.catch_up(appliance.bus)
    asked = [call.member for call in appliance.monitor.messages if call.kind == "method_call" and call.member in CALLS and call.at >= since]
    require(not asked, f"the agent was asked {asked}")
    await until("the panel says that it is paired out of band", 10, lambda: finished(appliance, since))
    said = finished(appliance, since)
    require(said == ["out-of-band", "paired-checked"], f"the panel says {said}")


def finished(appliance, since):
    """Method and outcome of the last pairing, as the panel's own signal has them."""
    told = panel.told(appliance.monitor, "PairingFinished", since)
    return [told[-1][3], told[-1][4]] if told else None


async def played(appliance, play, *arguments):
    """Once more in fresh air, if btvirt dies in it: that says nothing of the panel."""
    try:
        return await play(appliance, *arguments)
    except Failure as error:
        if isinstance(error, Paired) or not appliance.air.dead():
            raise
        await appliance.clear_air(str(error))
        return await play(appliance, *arguments)


async def oob_qr(appliance):
    """a QR code on the glass, read by somebody else's decoder, pairs a phone: bonded, authenticated, nobody asked; 20 of them in a row"""
    async with panel_with_codes(appliance):
        data = await scanned(appliance)
        appliance.keep_picture("code")
        require(data.address == ADDRESS, f"the code names {data.address}, the adapter is {ADDRESS}")
        told = json.loads(await run(BINARY, "oob", "--json"))["oob"]
        require(Data.of_uri(told["uri"]) == data, "pairpanel oob tells other data than the glass")
        used = None
        for _ in range(20):
            used = await played(appliance, paired_by_qr, used)
        return "20 of 20"


async def paired_by_qr(appliance, used):
    """With what is new on the glass; what that was."""
    data = await scanned(appliance, used)
    await paired(appliance, data)
    appliance.keep_picture("paired")
    await appliance.phone_gone()
    return data


async def oob_tag(appliance):
    """the same by an NFC tag, read by somebody else's NDEF library; blank before the window opens, after each use and when it closes"""
    async with panel_with_codes(appliance, "cp2112-tag", window=0, tag=TAG_BYTES):
        await until("a tag that answers no phone", 20, lambda: on_tag(appliance) is None)
        await panel.Panel(appliance.bus).open(300)
        data = await touched(appliance)
        await paired(appliance, data)
        await appliance.phone_gone()
        again = await touched(appliance, data)
        await paired(appliance, again)
        last = await touched(appliance, again)
        await panel.Panel(appliance.bus).call("CloseWindow")
        await until("a tag that answers no phone", 20, lambda: on_tag(appliance) is None)
        said = {text for each in (data, again, last) for text in each.texts()}
        await until("a tag that holds nothing of what it said", 10, lambda: not any(text in appliance.bridge.tag("memory") for text in said))


async def touched(appliance, unlike=None):
    def read():
        data = on_tag(appliance)
        return data if data and data != unlike else None

    return noted(appliance, await until("pairing data on the tag", 30, read))


def on_tag(appliance):
    """What a phone reads that is held to the tag, by somebody else's library; None if nothing answers."""
    octets = appliance.bridge.tag("rf_message")
    if not octets:
        return None
    (record,) = ndef.message_decoder(bytes.fromhex(octets))
    require(record.type == "application/vnd.bluetooth.le.oob", f"the tag has a record of type {record.type}")
    confirmation, random = (number.to_bytes(16, "little") for number in (record.secure_connections_confirmation_value, record.secure_connections_random_value))
    return Data(record.device_address.addr.upper(), confirmation, random)


async def oob_refused(appliance):
    """data of a closed window, of an earlier one, of another appliance and with a bit flipped: refused, nothing bonded, and the glass says so"""
    async with panel_with_codes(appliance):
        notes = []
        used = seen = await played(appliance, paired_by_qr, None)
        for what, wrong in {
            "used before": lambda _: used,
            "another appliance's": of_another,
            "a bit of the confirmation": lambda now: replace(now, confirmation=flipped(now.confirmation, 0)),
            "a bit of the random value": lambda now: replace(now, random=flipped(now.random, 127)),
        }.items():
            seen, told = await played(appliance, refused_while_others_are_good, seen, wrong)
            notes.append(f"{what}: {told}")
            appliance.keep_picture(what.replace(" ", "-").replace("'", ""))
        current = await scanned(appliance, seen)
        await tap(appliance, REJECT)
        await until("the window closed", 10, panel.Panel(appliance.bus).closed)
        notes.append(f"a closed window's: {await played(appliance, refused, current, False)}")
        require(decode(appliance.bridge.pictures()[-1][1]) is None, "there is a code on the glass of a closed window")
        appliance.keep_picture("closed")
        await panel.Panel(appliance.bus).open(300)
        seen, told = await played(appliance, refused_while_others_are_good, current, lambda _: current)
        notes.append(f"an earlier window's: {told}")
        await played(appliance, paired_by_qr, seen)
        return "; ".join(notes)


def of_another(data):
    other = OobContext().share()
    return replace(data, confirmation=bytes(other.c), random=bytes(other.r))


def flipped(number, bit):
    return bytes(byte ^ (1 << bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(number))


async def refused_while_others_are_good(appliance, seen, wrong):
    """What is new on the glass, and what the phone was told that had something else instead."""
    now = await scanned(appliance, seen)
    return now, await refused(appliance, wrong(now))


async def refused(appliance, data, says=True):
    since = time.time()
    told = await appliance.refused(await pairs(appliance, data))
    if says:
        await until("the panel says that it was not paired", 10, lambda: finished(appliance, since))
        said = finished(appliance, since)
        require(said == ["out-of-band", "not-authenticated"], f"the panel says {said}")
    await appliance.phone_gone()
    # The result is taken off the glass.
    if says:
        await tap(appliance, ACCEPT)
    return told.removeprefix("pairing failed: ")


async def oob_reader(appliance):
    """the reader: exposure 1.0 at most; its data end with the daemon that asked for them; without it a phone pairs by digits"""
    async with panel_with_codes(appliance):
        exposure = await analyzed(READER, READER_THRESHOLD)
        data = await scanned(appliance)
        reader = await only_reader()
        killed, since = appliance.daemon.kill(), time.time()
        await until("the reader ends with the daemon", 10, gone(reader))
        await appliance.daemon.again(killed)
        await appliance.default_agent("DisplayYesNo", since=since)
        newer = await scanned(appliance, data)
        notes = await refused(appliance, data)

        last = await scanned(appliance, newer)
        systemctl("stop", SOCKET)
        systemctl("stop", await only_reader())
        await until("no code on the glass", 10, lambda: decode(appliance.bridge.pictures()[-1][1]) is None)
        await until("a log line that says what to do", 20, lambda: remedies(appliance))
        notes += f"; a stopped reader's: {await refused(appliance, last, says=False)}"
        await pair_by_button(appliance)
        require(len(remedies(appliance)) == 1, f"the log says more than once that there is no reader: {remedies(appliance)}")
        return f"{exposure}; the killed daemon's data: {notes}"


def remedies(appliance):
    return [line for line in appliance.daemon_log().splitlines() if f"systemctl enable --now {SOCKET}" in line]


async def only_reader():
    async def pids():
        listed = await run("systemctl", "list-units", "--plain", "--no-legend", "pairpanel-oob@*.service")
        names = [line.split()[0] for line in listed.splitlines()]
        return names[0] if len(names) == 1 else None

    return await until("one reader", 10, pids)


def gone(name):
    async def check():
        return (await run("systemctl", "show", "--property=ActiveState", "--value", name)).strip() != "active"

    return check
