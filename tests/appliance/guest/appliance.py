"""One appliance for one case: air, bluetoothd, bridge, daemon and phone, and the evidence of each."""

import asyncio
import json
import os
import re
import time
from pathlib import Path

import bluez
import glass
import panel
from bus import Bus, Monitor
from cp2112 import Bridge
from daemon import BINARY, CONFIGURATION, UNIT, Daemon
from keypad import Keypad
from nodes import bridge_is_ours
from phone import Phone, Refused
from wait import Broken, Failure, Paired, require, until

PROGRAM = Path("/mnt")
# What the host says on the kernel's command line, as `appliance.NAME=VALUE`.
HOST = dict(re.findall(r"appliance\.(\w+)=(\S+)", Path("/proc/cmdline").read_text()))
ACCEPT, REJECT = 0, 1

# The daemon's defaults, which a person at the box has to live with.
HOLD_S = 1.0
ARM_S = 0.5
DEADLINE_S = 25.0
SMP_TIMEOUT_S = 30.0
OPEN = 600
# The test program advertises by itself: behind btvirt only a fresh registration is found a second time. Emulation
# is slow: a glass that went dark meanwhile would swallow the next press.
USUAL_KEYS = {"advertise": False, "dim-after-seconds": 0, "off-after-seconds": 0}
# As they are where nobody has set them.
DARK = {"dim-after-seconds": 20, "off-after-seconds": 40}
# For cases in which phones come one after another, or are to be refused one after another.
MANY = {"window-bonds": 0, "pause-after": 0}

KERNEL_COMPLAINT = re.compile(
    r"\bBUG\b|\bWARNING:|\bOops\b|general protection fault|Kernel panic|blocked for more than|KASAN|UBSAN|refcount_t"
)
# hid-cp2112 sleeps with a spinlock held when line events are requested or released: its own fault.
# btvirt's crashes are those of a program; the cases judge what they mean.
KNOWN_COMPLAINT = re.compile(r"BUG: scheduling while atomic|traps: btvirt\[")
CLOCK_TIME = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?")
PROCESS_ID = re.compile(r"\[\d+\]:|\b(?:process|PID) \d+", re.IGNORECASE)


class Appliance:
    def __init__(self, directory):
        self.directory = directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self.digits = glass.Digits(PROGRAM / "digits.txt")
        self.logs = {}
        self.decoded, self.code_of = {}, {}
        # What else must not be told, such as out-of-band data, as text.
        self.secrets = set()
        self.began = time.time()
        self.launched, self.journal = None, ""
        self.daemon = Daemon(self.directory / "pairpanel.log")
        self.bridge = self.phone = self.monitor = self.bus = self.air = self.keypad = None
        self.keys_down, self.presses = set(), []
        self.kernel = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.kernel, 0, os.SEEK_END)

    def log(self, name):
        if name not in self.logs:
            self.logs[name] = (self.directory / f"{name}.log").open("ab", buffering=0)
        return self.logs[name]

    async def start(self, display_acknowledges=True, rows=64, controller="ssd1306", tag=0):
        """Everything but the daemon and the phone."""
        await self.daemon.put_away()
        await bluez.stop_bluetoothd()
        await bluez.forget_everything()
        self.bridge = Bridge(self.log("cp2112"), rows, controller, tag)
        self.air = bluez.Air(self.log("btvirt"))
        await asyncio.gather(self.air.start(), until("the emulated CP2112", 20, self.bridge.connect, Broken))
        self.bridge.acknowledge(display_acknowledges)
        self.bus = await Bus.connect()
        self.bluez = bluez.BlueZ(self.bus)
        self.monitor = await Monitor.start()
        await until("the CP2112's nodes, as the package's rules make them", 20, bridge_is_ours, Broken)

    async def start_bluetoothd(self):
        await bluez.start_bluetoothd()
        await self.bluez.ready()

    async def run(self, board="cp2112", window=OPEN, capability="DisplayYesNo", keys=None):
        """bluetoothd and the daemon, up to the default agent having the capability, and to the open window."""
        await self.start_bluetoothd()
        self.launch(board, window, keys)
        await self.default_agent(capability)
        if window:
            # Pairable it is also when an agent appears, until the panel closes it.
            await until("an adapter that is discoverable", 10, self.bluez.discoverable)

    def launch(self, board="cp2112", window=OPEN, keys=None):
        """Has systemd start the service. `keys` are those of the configuration that are not as usual here; no
        `window` leaves that to them."""
        settings = {"board": board, **USUAL_KEYS, **at_start(window), **(keys or {})}
        text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
        for file in (CONFIGURATION, self.directory / CONFIGURATION.name):
            file.write_text(text)
        self.launched = time.time()
        self.daemon.start()

    def daemon_log(self):
        path = self.directory / "pairpanel.log"
        return path.read_text(errors="replace") if path.exists() else ""

    async def require_daemon_runs(self):
        ended = await self.daemon.ended()
        if ended:
            tail = " | ".join(self.daemon_log().splitlines()[-3:])
            raise Failure(f"the daemon {ended}: {tail}")

    async def default_agent(self, *wanted, since=None, seconds=30):
        """Waits until the daemon is default agent, registered after `since` with a wanted capability.

        It may register with less first and again once the display has proved itself.
        """
        since = self.launched if since is None else since

        async def registered():
            await self.require_daemon_runs()
            requests = self.monitor.calls("RequestDefaultAgent", since)
            if requests and self.monitor.return_of(requests[-1]) and self.capability(requests[-1]) in wanted:
                return requests[-1]
            return None

        try:
            return await until(f"default agent with capability {' or '.join(wanted)}", seconds, registered)
        except Failure as failure:
            seen = [capability(call) for call in self.registrations(since)]
            raise Failure(f"{failure}; registered as: {', '.join(seen) or 'nothing'}") from None

    def registrations(self, since=0.0):
        return self.monitor.calls("RegisterAgent", since)

    def capability(self, request):
        """What the sender of RequestDefaultAgent had registered by then."""
        own = [call for call in self.registrations() if call.sender == request.sender and call.at <= request.at]
        require(own, f"{request.sender} called RequestDefaultAgent without RegisterAgent")
        return capability(own[-1])

    async def stop_daemon(self):
        await self.daemon.stop()

    # the phone

    async def phone_on(self, **how):
        if self.air.dead():
            await self.clear_air()
        if self.phone is None:
            self.phone = await Phone.switch_on(**how)

    async def phone_connects(self):
        await self.phone_on()
        await self.bluez.advertise()
        await self.phone.connect()

    async def clear_air(self, why="btvirt died between two pairings"):
        """btvirt crashes now and then when both sides end a link at the same moment. The adapter
        comes back as one that was unplugged; for the phone it is another life."""
        self.log("harness").write(f"btvirt was started again: {why}\n".encode())
        await self.stop_phone()
        self.phone = None
        await self.air.stop()
        await self.air.start()
        await self.bluez.ready()
        self.bluez.advertised = False
        # A bond that could not be removed any more comes back with the adapter.
        await self.bluez.remove_devices()

    async def pair(self, address):
        """What a person types on the appliance to pair the phone."""
        command = await asyncio.create_subprocess_exec(BINARY, "pair", address, "--timeout", "60",
                                                       stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)  # fmt: skip
        try:
            output, _ = await command.communicate()
        finally:
            if command.returncode is None:
                command.kill()
        self.log("pair").write(output)
        require(command.returncode == 0, f"pairpanel pair {address}: {(output.decode().strip().splitlines() or ['nothing'])[-1]}")

    async def phone_gone(self):
        """Between two pairings: the link down on both sides, bonds forgotten on both sides."""
        await self.phone.disconnect()
        await self.phone.forget()
        await until("bluetoothd sees that the link is down", 10, self.link_is_down)
        await self.bluez.remove_devices()

    async def link_is_down(self):
        return self.air.dead() or not any(device["Connected"] for device in (await self.bluez.devices()).values())

    async def refused(self, pairing, seconds=SMP_TIMEOUT_S + 5):
        """Waits until the phone was refused and checks that neither side keeps a bond."""
        try:
            await asyncio.wait_for(asyncio.shield(pairing), seconds)
        except Refused as error:
            refusal = error
        except asyncio.TimeoutError:
            raise Failure(f"the phone was neither paired nor refused within {seconds:g} s") from None
        else:
            raise Paired("the phone was paired")
        # A dead controller also ends a pairing; without a word from the other side that is no refusal.
        if not refusal.told and self.air.dead():
            raise Broken(f"btvirt died with status {self.air.process.returncode}: {refusal}")
        await self.require_no_bond()
        return str(refusal)

    async def require_no_bond(self):
        bonds = await self.phone.bonds()
        require(not bonds, f"the phone keeps a bond with {bonds}", Paired)
        for state, devices in (("Bonded", await self.bluez.bonded()), ("Paired", await self.bluez.paired())):
            require(not devices, f"bluetoothd says {state} of {devices}", Paired)
        require(not bluez.stored_keys(), f"bluetoothd stored keys of {sorted(bluez.stored_keys())}", Paired)

    async def paired(self, pairing, authenticated, seconds=20):
        """Waits until the phone is paired and checks the bond on both sides and how strong the key is."""
        try:
            await asyncio.wait_for(asyncio.shield(pairing), seconds)
        except Refused as refusal:
            raise Failure(f"the phone was refused: {refusal}") from None
        except asyncio.TimeoutError:
            raise Failure(f"the phone was not paired within {seconds:g} s") from None
        require(await self.phone.bonds(), "the phone has no bond")
        await until("Device1.Bonded is true", 10, self.bluez.bonded)
        keys = await until("a long term key in bluetoothd's storage", 10, bluez.stored_keys)
        for device, values in keys.items():
            as_wanted = all((value in (1, 3)) == authenticated for value in values)
            want = "MITM-protected (1 or 3)" if authenticated else "unauthenticated (0 or 2)"
            require(as_wanted, f"the key of {device} has Authenticated={values}, expected {want}")

    # the glass and the keys

    def plug_in_keypad(self):
        self.keypad = Keypad()

    def press(self, line):
        self.presses.append(line)
        self.keys_down.add(line)
        self.bridge.press(line)

    def release(self, line):
        self.keys_down.discard(line)
        self.bridge.release(line)

    def codes(self, since=0.0):
        """Every code that stood on the glass since then, with the time it was first seen whole."""
        found = {}
        for number, (at, _) in enumerate(self.bridge.pictures()):
            code = self.code_on(number) if at >= since else None
            if code:
                found.setdefault(code, at)
        return found

    def code_now(self):
        return self.code_on(len(self.bridge.pictures()) - 1)

    def code_on(self, number):
        """The code on a picture; looking is slow under emulation, and a picture does not change."""
        if number not in self.decoded:
            # Pictures come again: a case of a hundred restarts would otherwise look for minutes at its end.
            picture = tuple(map(bytes, self.bridge.pictures()[number][1]))
            if picture not in self.code_of:
                self.code_of[picture] = glass.decode(picture, self.digits)
            self.decoded[number] = self.code_of[picture]
        return self.decoded[number]

    async def code_on_glass(self, seconds=8):
        """The six digits of the prompt, read from the pixels."""
        try:
            return await until("six digits on the glass", seconds, self.code_now)
        except Failure as failure:
            self.keep_picture("not-decoded")
            raise Failure(f"{failure}; the glass is in not-decoded.png") from None

    def keep_picture(self, name):
        _, picture = self.bridge.pictures()[-1]
        glass.write_png(picture, self.directory / f"{name}.png")

    def keep_film(self, limit=60):
        for number, (at, picture) in enumerate(self.bridge.pictures()[-limit:]):
            glass.write_png(picture, self.directory / "film" / f"{number:02}-{at - self.began:07.3f}s.png")

    # the end

    async def stop(self):
        """Puts everything away and looks for what must never happen. Returns the complaints."""
        complaints = []
        for step in (self.stop_daemon, self.stop_phone, self.stop_bus, self.stop_air, self.unplug_keypad, self.read_journal):
            try:
                await step()
            except Exception as error:
                complaints.append(str(error) or repr(error))
        if self.launched and not self.daemon_log():
            complaints.append("the daemon has logged nothing: the case cannot see whether it panicked or logged a code")
        if self.bridge and self.bridge.stream:
            complaints += self.leaked_codes()
            (self.directory / "film").mkdir(exist_ok=True)
            self.keep_film()
            unknown = self.bridge.display()["unknown"]
            if unknown:
                complaints.append(f"the display got commands that the emulator does not know: {[hex(each) for each in unknown]}")
        if self.bridge:
            # One that was too slow for its case must not be in the way of the next one.
            self.bridge.close()
        if "panicked at" in self.daemon_log() + self.journal:
            complaints.append("the daemon panicked; see pairpanel.log")
        complaints += self.kernel_complaints()
        for log in self.logs.values():
            log.close()
        os.close(self.kernel)
        return complaints

    async def stop_phone(self):
        if self.phone:
            await asyncio.wait_for(self.phone.switch_off(), 15)

    async def unplug_keypad(self):
        if self.keypad:
            self.keypad.unplug()

    async def read_journal(self):
        journal = ["journalctl", "--no-pager", "-o", "short-precise", f"--since=@{self.began:.0f}", "-u", "bluetooth.service", "-u", UNIT, "-u", "pairpanel-oob*"]
        self.journal = await bluez.run(*journal)
        self.log("journal").write(self.journal.encode())

    async def stop_bus(self):
        if self.monitor:
            await self.monitor.stop()
            with (self.directory / "bus.log").open("w") as log:
                for message in self.monitor.past + self.monitor.messages:
                    print(f"{message.at:.6f} {message.kind} {message.sender} -> {message.destination} {message.path} "
                          f"{message.member} {message.text()[:600]}", file=log)  # fmt: skip
        if self.bus:
            self.bus.close()

    async def stop_air(self):
        if self.air:
            await self.air.stop()

    def leaked_codes(self):
        log = CLOCK_TIME.sub("", self.daemon_log())
        journal = PROCESS_ID.sub("", CLOCK_TIME.sub("", self.journal))
        told = "\n".join(message.text() for message in panel.messages(self.monitor)) if self.monitor else ""
        complaints = []
        places = (("the daemon's log", log), ("the journal", journal), ("what org.pairpanel has sent", told))
        for where, text in places:
            if any(secret.lower() in text.lower() for secret in self.secrets):
                complaints.append(f"out-of-band data are in {where}")
        for code in self.codes():
            forms = {code, f"{code[:3]} {code[3:]}", f"{code[:3]}-{code[3:]}", str(int(code))}
            for where, text in places:
                if any(re.search(rf"(?<!\d){form}(?!\d)", text) for form in forms if len(form) > 3):
                    complaints.append(f"a code that was on the glass is in {where}")
        return complaints

    def kernel_complaints(self):
        complaints = []
        while True:
            try:
                record = os.read(self.kernel, 8192).decode(errors="replace")
            except BlockingIOError:
                return complaints
            except BrokenPipeError:
                continue  # the ring buffer overtook the reader; the next read goes on after the gap
            self.log("kernel").write(record.encode())
            line = record.partition(";")[2].splitlines()[0]
            if KERNEL_COMPLAINT.search(line) and not KNOWN_COMPLAINT.search(line):
                complaints.append(f"the kernel complained: {line}")


def capability(registration):
    """The second argument of RegisterAgent."""
    return registration.arguments[1]


def at_start(window):
    """`window` seconds of it, none with 0, and as configured with None."""
    if window is None:
        return {}
    return {"window-at-start": "always", "window-seconds": window} if window else {"window-at-start": "never"}
