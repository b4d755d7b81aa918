"""The pairing window: closed means closed, whatever comes and goes; and a person opens and closes it."""

import asyncio
import socket
import time

from bumble.core import PhysicalTransport

import bluez
from appliance import ACCEPT, REJECT
from cases import AFTER_ARM_S, leave, pair_by_button, tap
from faults import kill_and_start, systemctl_restart
from panel import Panel
from phone import CAPABILITIES, Refused
from stranger import Stranger
from wait import Broken, Failure, Paired, require, until
from watcher import in_words, longest, pairable_spans

OPENS_S = 2.0
LONGEST_OPEN_S = 1.0
ATTEMPT_S = 12
SETTLED_S = 1.5
LONG_HOLD_S = 3.0

LE_ATTEMPTS = [
    (capability, mitm, secure, bonding)
    for capability in CAPABILITIES for mitm in (True, False) for secure in (True, False) for bonding in (True, False)
]  # fmt: skip
BREDR_ATTEMPTS = [(capability, True, True, bonding) for capability in CAPABILITIES for bonding in (True, False)]


async def closed(appliance):
    """with the window closed 50 attempts of every capability, on LE and BR/EDR, leave no bond, no pairing and no byte on the wire"""
    await appliance.start()
    await appliance.run(window=0)
    await is_closed(appliance)
    await until("the idle screen still for 2 s", 30, lambda: still(appliance, 2))
    appliance.keep_picture("idle")
    began, asked, told = time.time(), 0, {}
    attempts = [("le", *each) for each in LE_ATTEMPTS] + [("bredr", *each) for each in BREDR_ATTEMPTS]
    for bearer, capability, *how in attempts:
        refusal = await attempt(appliance, bearer, capability, *how)
        told[refusal] = told.get(refusal, 0) + 1
        await appliance.require_no_bond()
    await appliance.monitor.catch_up(appliance.bus)
    asked = sum(len(appliance.monitor.calls(member, began)) for member in ("RequestConfirmation", "RequestAuthorization", "RequestPasskey"))
    written = appliance.bridge.transfers(began)
    require(not written, f"{sum(each[2] for each in written)} bytes went to the display in {len(attempts)} attempts, expected none")
    spans = [span for span in pairable_spans(appliance.monitor.messages, time.time()) if span.until > began]
    require(not spans, f"the adapter was {in_words(spans)}")
    require(asked, "the agent was never asked: without bonding it is, whether or not the adapter is pairable")
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(told.items(), key=lambda each: -each[1]))
    return f"{len(attempts)} attempts, the agent asked in {asked}, 0 bytes to the display; {reasons}"


async def attempt(appliance, bearer, capability, mitm, secure, bonding):
    """One pairing that must fail; on the link of the one before, if that is still there."""
    what = f"{capability} on {bearer}, mitm={mitm}, sc={secure}, bonding={bonding}"
    for again in (False, True):
        try:
            pairing = await begin(appliance, bearer, capability, mitm, secure, bonding)
            await asyncio.wait({pairing}, timeout=ATTEMPT_S)
            if not pairing.done():
                raise Failure(f"{what}: not refused within {ATTEMPT_S} s")
            refusal = pairing.exception()
            if refusal is None:
                raise Paired(f"{what}: paired")
            if not isinstance(refusal, Refused):
                raise refusal
            if not refusal.told and appliance.air.dead():
                raise Broken(f"btvirt died: {refusal}")
            return str(refusal).removeprefix("pairing failed: ")
        except Broken as broken:
            if again:
                raise
            # The adapter goes and comes back, which a person at the panel sees: that is not counted.
            raise Broken(f"{what}: {broken}") from None


async def begin(appliance, bearer, capability, mitm, secure, bonding):
    phone = appliance.phone
    if phone and phone.device.classic_enabled != (bearer == "bredr"):
        await leave(appliance)
        await appliance.stop_phone()
        appliance.phone = phone = None
    linked = phone and phone.connection and phone.connection.handle in phone.device.connections
    if bearer == "le":
        if not linked:
            await appliance.phone_connects()
        pairing = appliance.phone.begin_pairing(capability, mitm, secure, bonding)
    else:
        # A closed adapter is not even connectable on BR/EDR unless another service wants it so.
        await appliance.bluez.set_connectable()
        await appliance.phone_on(classic=True)
        if not linked:
            await appliance.phone.connect(PhysicalTransport.BR_EDR)
        appliance.phone.become(capability, mitm, secure, bonding)
        pairing = asyncio.create_task(appliance.phone.pair(appliance.phone.authenticate))
    appliance.phone.user.number_is_right.set_result(True)
    appliance.phone.user.typed.set_result("123456")
    return pairing


def still(appliance, seconds):
    return appliance.bridge.display()["lit"] and not appliance.bridge.transfers(time.time() - seconds)


async def is_closed(appliance, seconds=10):
    await appliance.bluez.stop_advertising()

    async def both():
        return not await appliance.bluez.pairable() and not await appliance.bluez.discoverable()

    await until("an adapter that is neither pairable nor discoverable", seconds, both)


async def closed_throughout(appliance):
    """closed through bluetoothd restarts, other agents and an unplugged adapter: never pairable for longer than 1 s"""
    await appliance.start()
    await appliance.run(window=0)
    await is_closed(appliance)
    began = time.time()
    for restart in (systemctl_restart, kill_and_start):
        since = time.time()
        await restart(appliance.bus)
        await appliance.bluez.ready()
        await appliance.default_agent("DisplayYesNo", since=since)
        await settled(appliance)
    stranger = await Stranger.appear()
    await settled(appliance)
    await stranger.leave()
    await settled(appliance)
    stranger = await Stranger.appear()
    await settled(appliance)
    stranger.crash()
    await settled(appliance)
    await appliance.air.stop()
    await asyncio.sleep(1)
    await appliance.air.start()
    await appliance.bluez.ready()
    await settled(appliance)
    # Another agent that stays: the panel takes the default back.
    since = time.time()
    stranger = await Stranger.appear()
    await until("the default taken back", 60, lambda: taken_back(appliance, stranger, since))
    await settled(appliance)
    await appliance.monitor.catch_up(appliance.bus)
    spans = pairable_spans(appliance.monitor.messages, time.time())
    spans = [span for span in spans if span.until > began]
    require(len(spans) >= 3, f"bluetoothd made the adapter pairable {len(spans)} times: the case shows too little")
    require(longest(spans) <= LONGEST_OPEN_S, in_words(spans))
    appliance.bluez.advertised = False
    await Panel(appliance.bus).open(120)
    await until("an adapter that is pairable", 10, appliance.bluez.pairable)
    await pair_by_button(appliance)
    require(not stranger.asked, f"bluetoothd asked the other agent: {stranger.asked}")
    stranger.close()
    return in_words(spans)


async def settled(appliance):
    """Whatever bluetoothd does by itself has been done, and undone."""
    await asyncio.sleep(SETTLED_S)
    await is_closed(appliance)


def taken_back(appliance, stranger, since):
    requests = appliance.monitor.calls("RequestDefaultAgent", since)
    return requests and requests[-1].sender != stranger.name and appliance.monitor.return_of(requests[-1])


async def window_by_hand(appliance):
    """accept held opens the window, a phone finds the box by its name and pairs, and the window closes; so does reject"""
    await appliance.start()
    await appliance.run(window=None, keys={"advertise": True, "window-at-start": "never", "window-seconds": 15})
    await is_closed(appliance)
    panel = Panel(appliance.bus)
    await appliance.phone_on()
    # A moment after it has the adapter bluetoothd calls it as the host is called.
    name = socket.gethostname()
    await until(f"an adapter called {name}", 20, lambda: is_called(appliance, name))
    require(name not in await appliance.phone.names_in_the_air(3), f"{name} is advertised although the window is closed")
    opened = await open_by_hand(appliance, panel)
    appliance.keep_picture("window")
    found = await until(f"{name} in the phone's list", 10, lambda: finds(appliance, name))
    await counts_down(appliance)
    await tap(appliance, REJECT)
    await until("the window closed by reject", 5, panel.closed)
    await is_closed(appliance)
    require(name not in await appliance.phone.names_in_the_air(3), f"{name} is advertised although the window is closed again")
    await open_by_hand(appliance, panel)
    began = time.time()
    await until("the window closed by its end", 25, panel.closed)
    stayed = time.time() - began
    await is_closed(appliance)
    await appliance.stop_daemon()
    appliance.launch(window=None, keys={"window-at-start": "never", "window-seconds": 60})
    await appliance.default_agent("DisplayYesNo")
    await is_closed(appliance)
    await open_by_hand(appliance, panel)
    await pair_by_button(appliance)
    began = time.time()
    await until("the window closed by the bond", 10, panel.closed)
    await is_closed(appliance)
    after_bond = time.time() - began
    killed = await killed_while_open(appliance, panel)
    return f"open {opened:.1f} s after the press, found as {found}, open for {stayed:.1f} of 15 s, closed {after_bond:.1f} s after the bond; {killed}"


async def open_by_hand(appliance, panel):
    """Seconds from the press to an open window."""
    before = len(appliance.bridge.pictures())
    began = time.time()
    appliance.press(ACCEPT)
    await asyncio.sleep(OPENS_S / 2)
    require(await panel.closed(), f"the window is open after a hold of {OPENS_S / 2:g} s")
    await until("the window open after a hold", OPENS_S + 5, lambda: panel.get("WindowOpen"))
    took = time.time() - began
    appliance.release(ACCEPT)
    drawn = [at for at, _ in appliance.bridge.pictures()[before:] if at < began + OPENS_S]
    require(drawn, "the glass did not show that a hold was going on")
    await until("an adapter that is pairable", 10, appliance.bluez.pairable)
    await until("an adapter that is discoverable", 10, appliance.bluez.discoverable)
    return took


async def is_called(appliance, name):
    return await appliance.bluez.get(bluez.ADAPTER, bluez.ADAPTER1, "Alias") == name


async def finds(appliance, name):
    names = await appliance.phone.names_in_the_air(2)
    return name if name in names else None


async def counts_down(appliance):
    """A new picture each second, and the time that is left on the bus grows less."""
    panel, before, pictures = Panel(appliance.bus), time.time(), len(appliance.bridge.pictures())
    left = await panel.get("WindowRemaining")
    await asyncio.sleep(3.2)
    gone, passed = left - await panel.get("WindowRemaining"), time.time() - before
    require(abs(gone - passed) < 1.5, f"the window has {gone} s less to go after {passed:.1f} s")
    drawn = len(appliance.bridge.pictures()) - pictures
    require(drawn >= 3, f"{drawn} new pictures on the glass in {passed:.1f} s of a countdown")


async def killed_while_open(appliance, panel):
    """Another agent keeps the adapter pairable when the panel's dies: then the time-out closes it."""
    await appliance.stop_daemon()
    appliance.launch(window=None, keys={"window-at-start": "never", "window-seconds": 10})
    await appliance.default_agent("DisplayYesNo")
    await appliance.daemon.is_to_stay_dead()
    stranger = await Stranger.appear(default=False)
    await settled(appliance)
    await open_by_hand(appliance, panel)
    appliance.daemon.kill()
    killed = time.time()
    await asyncio.sleep(1)
    pairable = await appliance.bluez.pairable()
    await is_closed(appliance, 20)
    stranger.close()
    require(pairable, "the adapter was not pairable any more: the case shows nothing")
    return f"after kill -9 closed by bluetoothd in {time.time() - killed:.1f} s"


async def killed_in_prompt(appliance):
    """SIGTERM and kill -9 in the middle of a prompt: the phone is refused, bonds are intact, the window stays closed"""
    await appliance.start()
    # The daemon's end has to come while the key is held, and systemctl takes its time.
    keys_held = {"hold-ms": round(1000 * LONG_HOLD_S)}
    await appliance.run(keys=keys_held)
    await pair_by_button(appliance)
    await leave(appliance)
    keys, keystore = bluez.stored_keys(), appliance.phone.device.keystore
    await appliance.stop_phone()
    appliance.phone = None
    panel, told = Panel(appliance.bus), []
    await appliance.phone_on(address="F0:F1:F2:F3:F4:F6")
    for end in (stopped, killed):
        await panel.open(600)
        await until("an adapter that is pairable", 10, appliance.bluez.pairable)
        await appliance.phone_connects()
        await appliance.bluez.stop_advertising()
        pairing = appliance.phone.begin_pairing()
        await asyncio.wait_for(asyncio.shield(appliance.phone.user.number), 15)
        appliance.phone.user.number_is_right.set_result(True)
        await appliance.code_on_glass()
        await asyncio.sleep(AFTER_ARM_S)
        appliance.press(ACCEPT)
        await asyncio.sleep(LONG_HOLD_S / 8)
        since = time.time()
        await end(appliance)
        told.append(await refused_with_bonds(appliance, pairing, keys))
        appliance.release(ACCEPT)
        if end is stopped:
            appliance.launch(window=None, keys=keys_held)
        await appliance.default_agent("DisplayYesNo", since=since)
        await settled(appliance)
        require(await panel.closed(), "the window is open after the daemon was started again")
        require(not appliance.code_now(), "the code is on the glass after the daemon was started again")
        if not appliance.phone.connection or not appliance.phone.connection.is_encrypted:
            await leave(appliance)
            await appliance.phone_connects()
            await appliance.bluez.stop_advertising()
        told.append(await refused_with_bonds(appliance, appliance.phone.begin_pairing(), keys))
        await leave(appliance)
    await appliance.stop_phone()
    appliance.phone = None
    await appliance.phone_on()
    appliance.phone.device.keystore = keystore
    await appliance.phone_connects()
    await asyncio.wait_for(appliance.phone.connection.encrypt(), 15)
    return "; ".join(told)


async def stopped(appliance):
    await appliance.stop_daemon()


async def killed(appliance):
    """It is started again by systemd."""
    appliance.daemon.kill()


async def refused_with_bonds(appliance, pairing, keys):
    """The phone is refused and the only bond is the one from before, with the same keys."""
    await asyncio.wait({pairing}, timeout=35)
    require(pairing.done(), "the phone was neither paired nor refused within 35 s")
    require(isinstance(pairing.exception(), Refused), f"the phone was not refused: {pairing.exception()!r}")
    require(not await appliance.phone.bonds(), "the refused phone keeps a bond")
    bonded, paired = await appliance.bluez.bonded(), await appliance.bluez.paired()
    require(len(bonded) == 1 and bonded == paired, f"bluetoothd has {bonded} bonded and {paired} paired, expected the one from before")
    require(bluez.stored_keys() == keys, "bluetoothd's stored keys are not those from before")
    return str(pairing.exception()).removeprefix("pairing failed: ")
