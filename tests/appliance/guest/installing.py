"""The package: what it takes from a purged machine to a paired phone, what purging leaves, and an upgrade."""

import asyncio
import grp
import hashlib
import os
import pwd
import re
import subprocess
import time
from pathlib import Path

import bluez
import package
from bluez import ADAPTER, ADAPTER1
from cases import hold_accept, leave, pair_by_button, phone_shows_number
from daemon import UNIT, systemctl
from panel import NAME, Panel
from wait import require, until
from watcher import in_words, pairable_spans
from window import LONGEST_OPEN_S, is_closed

DROP_IN = Path("/etc/pairpanel/pairpanel.d/50-board.toml")
READER = "pairpanel-oob.socket"
TREES = ("/etc", "/usr", "/var/lib", "/run")
# What others write whenever they run or users change, whether or not there is this package.
OTHERS = re.compile(r"/var/lib/(bluetooth|dpkg|systemd/random-seed)(/|$)|/run/(udev|systemd|log|user|lock|dbus|appliance)(/|$)|/etc/(passwd|group|shadow|gshadow|\.pwd\.lock)-?$|/run/cp2112\.sock$|/run/utmp$")
# Others use them as well, so they stay.
GROUPS_THAT_STAY = {"i2c", "spi", "gpio"}
CLOSES_S = 2.0


class Machine:
    """What there is of the package on the machine, and what purging it must bring back."""

    def __init__(self):
        self.files = dict(files())
        self.users = {user.pw_name for user in pwd.getpwall()}
        self.groups = {group.gr_name: sorted(group.gr_mem) for group in grp.getgrall()}
        listed = subprocess.run(["systemctl", "list-units", "--all", "--plain", "--no-legend"], capture_output=True, text=True).stdout
        self.units = {line.split()[0] for line in listed.splitlines() if "pairpanel" in line}
        shown = subprocess.run(["systemctl", "show", "--property=DropInPaths,Restart,RestartUSec", "bluetooth.service"], capture_output=True, text=True)
        self.bluetooth = shown.stdout

    def named(self):
        """What bears the package's name. The state before is one after a purge: what each purge leaves would be on both sides."""
        # The boards that the cases have put there, and the drop-ins
        ours = (f"{package.PROFILES.parent}/", "/run/")
        yield from (path for path in sorted(self.files) if "pairpanel" in path and not f"{path}/".startswith(ours))
        yield from (f"{kind} {name}" for kind, names in (("user", self.users), ("group", self.groups)) for name in names if "pairpanel" in name)

    def left_since(self, before):
        """In words, one line a thing."""
        new, gone = self.files.keys() - before.files.keys(), before.files.keys() - self.files.keys()
        yield from (f"new: {path}" for path in sorted(new))
        yield from (f"gone: {path}" for path in sorted(gone))
        yield from (f"changed: {path}" for path in sorted(self.files.keys() & before.files.keys()) if self.files[path] != before.files[path])
        yield from (f"user {name}" for name in sorted(self.users ^ before.users))
        groups = {name for name in self.groups.keys() | before.groups.keys() if self.groups.get(name) != before.groups.get(name)}
        yield from (f"group {name}" for name in sorted(groups - GROUPS_THAT_STAY))
        yield from (f"unit {name}" for name in sorted(self.units - before.units))
        if self.bluetooth != before.bluetooth:
            yield f"bluetooth.service: {self.bluetooth}"


def files():
    """Path -> what it is, and of what it holds a digest, if it is not too much."""
    for tree in TREES:
        for folder, folders, names in os.walk(tree):
            for name in folders + names:
                path = os.path.join(folder, name)
                if OTHERS.search(path) and "pairpanel" not in path:
                    continue
                status = os.lstat(path)
                content = ""
                if tree == "/etc" and os.path.isfile(path) and not os.path.islink(path):
                    content = hashlib.sha256(Path(path).read_bytes()).hexdigest()
                yield path, (status.st_mode, status.st_uid, status.st_gid, content)


async def flashed(appliance):
    """installed and its board named in a line, it starts with the adapter and pairs by button; purged, it leaves nothing"""
    await appliance.start()
    await appliance.start_bluetoothd()
    try:
        await asyncio.to_thread(package.dpkg, "--purge", "pairpanel")
        for group in GROUPS_THAT_STAY:
            subprocess.run(["groupdel", group], check=True)
        before = Machine()
        require(not list(before.named()), f"the first dpkg --purge leaves: {'; '.join(before.named())}")
        timeout = await pairable_timeout(appliance)
        said = await asyncio.to_thread(package.dpkg, "-i", package.DEB)
        appliance.log("dpkg").write(said.encode())
        require("does not run yet" in said and "no board is named" in said, f"dpkg -i does not say what is missing: {said}")
        state = await appliance.daemon.state("ActiveState", "UnitFileState")
        require(state == {"ActiveState": "inactive", "UnitFileState": "enabled"}, f"without a board named the unit is {state}")
        reader = dict(zip(("enabled", "active"), map(is_reader, ("is-enabled", "is-active"))))
        require(reader == {"enabled": "disabled", "active": "inactive"}, f"the reader of out-of-band data, which nobody has asked for, is {reader}")
        # The guest has no documentation of any package.
        wrong = [line for line in package.dpkg("--verify", "pairpanel").splitlines() if not re.search("/usr/share/(doc|man)/", line)]
        require(not wrong, f"dpkg --verify finds files that are not those of the package: {wrong}")

        DROP_IN.write_text('board = "cp2112"\n')
        appliance.launched = time.time()
        await appliance.daemon.ask("restart")
        require(await appliance.daemon.is_active(), "the service is not active after systemctl restart")
        await appliance.default_agent("DisplayYesNo")

        took = await plugged_in(appliance)
        await paired_as_it_is(appliance)
        require(await pairable_timeout(appliance) != timeout, "the panel has not set PairableTimeout: the case shows too little")
        await appliance.daemon.require_restarts()
        # So that there is as much to be taken away as can be.
        systemctl("enable", "--now", READER)
        DROP_IN.write_text('board = "cp2112"\nout-of-band = true\n')
        await appliance.daemon.ask("restart")
        await Panel(appliance.bus).open(60)
        await until("a connection to the reader", 10, lambda: is_reader("show", "--property=NConnections") == "NConnections=1")
        said = await asyncio.to_thread(package.dpkg, "--purge", "pairpanel")
        appliance.log("dpkg").write(said.encode())
        left = list(Machine().left_since(before))
        require(not left, f"dpkg --purge leaves: {'; '.join(left[:12])}")
        require(await pairable_timeout(appliance) == timeout, f"PairableTimeout is not {timeout} again")
        require(not await appliance.bluez.pairable(), "the adapter is pairable")
        names = await appliance.bus.daemon("ListNames")
        require(NAME not in names, f"{NAME} is on the bus")
        require(NAME not in await appliance.bus.daemon("ListActivatableNames"), f"{NAME} can be activated")
        require(len(await appliance.bluez.bonded()) == 1, "the bond, which is bluetoothd's, has gone with the package")
        return f"active {took:.1f} s after the adapter appeared; {len(before.files)} paths compared"
    finally:
        DROP_IN.unlink(missing_ok=True)
        await asyncio.to_thread(package.set_up)
        await appliance.daemon.put_away()


def is_reader(*verb):
    """What systemctl says, whatever its status."""
    return subprocess.run(["systemctl", *verb, READER], capture_output=True, text=True).stdout.strip()


async def pairable_timeout(appliance):
    return await appliance.bluez.get(ADAPTER, ADAPTER1, "PairableTimeout")


async def plugged_in(appliance):
    """As at a start of the machine: nobody starts anything but the controller. Seconds until the unit is active."""
    await appliance.stop_daemon()
    await bluez.stop_bluetoothd()
    await appliance.air.stop()
    await until("bluetooth.target gone with the adapter", 20, bluetooth_target_is_gone)
    require(await appliance.bus.owner(bluez.BLUEZ) is None, "bluetoothd runs: the case would show nothing")
    appliance.launched = time.time()
    await appliance.air.start()
    await until("the service started by the adapter", 60, appliance.daemon.is_active)
    took = time.time() - appliance.launched
    await appliance.bluez.ready()
    await appliance.default_agent("DisplayYesNo")
    return took


async def bluetooth_target_is_gone():
    process = await asyncio.create_subprocess_exec("systemctl", "is-active", "--quiet", "bluetooth.target")
    return await process.wait() != 0


async def paired_as_it_is(appliance):
    """The window opens by itself where nothing is bonded, and the panel advertises: nothing is set for the test."""
    require(await Panel(appliance.bus).get("WindowOpen"), "the window is not open although nothing is bonded")
    await until("an adapter that is discoverable", 20, appliance.bluez.discoverable)
    await until("the panel's advertisement", 20, lambda: advertised(appliance))
    await appliance.phone_on()
    await appliance.phone.connect()
    pairing = appliance.phone.begin_pairing()
    number = await phone_shows_number(appliance, pairing)
    appliance.phone.user.number_is_right.set_result(True)
    on_glass = await appliance.code_on_glass()
    appliance.keep_picture("prompt")
    require(on_glass == number, f"the glass shows {on_glass}, the phone {number}")
    await hold_accept(appliance, pairing)
    await appliance.paired(pairing, authenticated=True)


def advertised(appliance):
    calls = appliance.monitor.calls("RegisterAdvertisement", appliance.launched)
    return calls and appliance.monitor.return_of(calls[-1])


async def upgrade(appliance):
    """dpkg -i of a newer version while the window is open: that closes, the bond stays, the new daemon is active and pairs"""
    await appliance.start()
    systemctl("enable", UNIT)
    try:
        await appliance.run(window=None, keys={"window-at-start": "never"})
        panel = Panel(appliance.bus)
        await panel.open(600)
        await until("an adapter that is pairable", 10, appliance.bluez.pairable)
        await pair_by_button(appliance)
        keys = bluez.long_term_keys()
        await leave(appliance)
        await is_closed(appliance)
        await panel.open(600)
        await until("an adapter that is discoverable", 10, appliance.bluez.discoverable)
        await appliance.daemon.require_restarts()
        pid, began = appliance.daemon.pid, time.time()
        said = await asyncio.to_thread(package.dpkg, "-i", package.NEXT_DEB)
        appliance.log("dpkg").write(said.encode())
        took = time.time() - began
        require("+appliance1" in package.installed_version(), f"the version is {package.installed_version()} after the upgrade")
        now = await appliance.daemon.again(pid, 30)
        await until("the service active", 30, appliance.daemon.is_active)
        await appliance.default_agent("DisplayYesNo", since=began)
        await is_closed(appliance)
        require(await panel.closed(), "the window is open after the upgrade")
        await asyncio.sleep(3)
        await is_closed(appliance, 0)
        shut = await closed_after(appliance, began)
        require(bluez.long_term_keys() == keys and len(await appliance.bluez.bonded()) == 1, "the bond is not as it was before")
        await appliance.phone_connects()
        await asyncio.wait_for(appliance.phone.connection.encrypt(), 15)
        await leave(appliance)
        await appliance.stop_phone()
        appliance.phone = None
        await appliance.phone_on(address="F0:F1:F2:F3:F4:F6")
        await appliance.bluez.stop_advertising()
        await panel.open(600)
        await pair_by_button(appliance)
        require(len(await appliance.bluez.bonded()) == 2, "there are not two bonds after another pairing")
        await appliance.stop_daemon()
        return f"dpkg -i took {took:.1f} s, another process ({pid}, then {now}); closed for good {1000 * shut:.0f} ms after the window's daemon had gone"
    finally:
        await asyncio.to_thread(package.set_up)
        await appliance.daemon.put_away()


async def closed_after(appliance, began):
    """How much longer than its daemon the adapter was pairable."""
    await appliance.monitor.catch_up(appliance.bus)
    left = [signal.at for signal in appliance.monitor.signals("NameOwnerChanged", began) if signal.arguments[0] == NAME and not signal.arguments[2]]
    require(left, "org.pairpanel never left the bus")
    spans = [span for span in pairable_spans(appliance.monitor.messages, time.time()) if span.until > began]
    require(spans and all(span.ended != "still so" for span in spans), f"the adapter was not closed: {spans}")
    require(spans[0].until - left[0] < CLOSES_S, f"the adapter was pairable {spans[0].until - left[0]:.1f} s longer than the daemon was there")
    # As long as an adapter may be when an agent appears.
    longer = [span for span in spans[1:] if span.seconds > LONGEST_OPEN_S]
    require(not longer, f"the adapter was pairable again: {in_words(longer)}")
    return max(0, max(span.until for span in spans) - left[0])
