"""Bonds: made again, deleted one by one or all at once, and those that nobody at the panel has approved."""

import asyncio
import time

import bluez
from appliance import ACCEPT, DEADLINE_S, MANY, REJECT
from cases import leave, pair_by_button, tap
from daemon import BINARY
from panel import Panel, changes, told
from stranger import Stranger
from wait import Failure, require, until

FORGETS_S = 5.0
ADDRESSES = ("F0:F1:F2:F3:F4:F5", "F0:F1:F2:F3:F4:F6")
CLOSED_AT_START = {"window-at-start": "never"}


async def repair(appliance):
    """a bond deleted on the phone, by `pairpanel forget` or by Panel1.Forget: one hold of accept each, and it pairs again"""
    await appliance.start()
    await appliance.run(window=None, keys=CLOSED_AT_START)
    panel, ends = Panel(appliance.bus), []
    await opened(appliance, panel)
    await pair_by_button(appliance)
    for forget in (forget_on_phone, forget_by_command, forget_by_bus):
        keys = bluez.long_term_keys()
        await leave(appliance)
        await forget(appliance, panel)
        await opened(appliance, panel)
        pressed, since = len(appliance.presses), time.time()
        await pair_by_button(appliance)
        await until("a new key in bluetoothd's storage", 10, lambda: bluez.long_term_keys() and bluez.long_term_keys() != keys)
        holds = appliance.presses[pressed:]
        require(holds == [ACCEPT], f"{forget.__name__}: keys pressed to pair again: {holds}, expected accept once")
        # Where BlueZ has kept its bond nothing about the device changes, and the panel waits 35 s for a sign.
        await appliance.monitor.catch_up(appliance.bus)
        finished = told(appliance.monitor, "PairingFinished", since)
        ends.append(f"{forget.__name__.replace('_', ' ')}: 1 hold{', ' + finished[-1][4] if finished else ''}")
    return "; ".join(ends)


async def opened(appliance, panel):
    await panel.open(300)
    await until("an adapter that is pairable", 10, appliance.bluez.pairable)


async def forget_on_phone(appliance, _panel):
    """BlueZ keeps its bond."""
    await appliance.phone.forget()
    require(await appliance.bluez.bonded(), "bluetoothd has no bond any more: the case shows nothing")


async def forget_by_command(appliance, _panel):
    output = await bluez.run(BINARY, "forget", ADDRESSES[0])
    appliance.log("forget").write(output.encode())
    await forgotten_here(appliance)


async def forget_by_bus(appliance, panel):
    (device,) = await appliance.bluez.bonded()
    await panel.call("Forget", "o", device)
    await forgotten_here(appliance)


async def forgotten_here(appliance):
    """By the time the command returns. The phone, which has its key still, finds out when it comes back."""
    require(not await appliance.bluez.bonded() and not bluez.stored_keys(), "a bond is left")
    await appliance.phone_connects()
    try:
        await asyncio.wait_for(appliance.phone.connection.encrypt(), 15)
    except Exception as error:
        appliance.log("harness").write(f"the old key: {error!r}\n".encode())
    else:
        raise Failure("the phone's old key is still good")
    await leave(appliance)
    await appliance.phone.forget()


async def forget_all(appliance):
    """both keys held 5 s with a countdown on the glass delete both bonds; the phone has to pair anew"""
    await appliance.start()
    await appliance.run(keys=MANY)
    for address in ADDRESSES:
        await appliance.stop_phone()
        appliance.phone = None
        await appliance.phone_on(address=address)
        await pair_by_button(appliance)
        await leave(appliance)
    require(len(await appliance.bluez.bonded()) == 2 and len(bluez.stored_keys()) == 2, "there are not two bonds")
    await hold_both(appliance, FORGETS_S - 2)
    require(len(await appliance.bluez.bonded()) == 2, "a bond is gone after a hold that was too short")
    pictures = await hold_both(appliance, FORGETS_S + 0.5)
    await until("no bond in bluetoothd", 10, lambda: none_bonded(appliance))
    require(not bluez.stored_keys(), f"bluetoothd has still stored keys of {sorted(bluez.stored_keys())}")
    require(pictures >= 5, f"{pictures} pictures on the glass in {FORGETS_S:g} s of a countdown")
    await asyncio.sleep(0.5)
    appliance.keep_picture("forgotten")
    await forgotten_here(appliance)
    await pair_by_button(appliance)
    return f"{pictures} pictures in the countdown"


async def hold_both(appliance, seconds):
    """How many pictures of the countdown there were."""
    before = len(appliance.bridge.pictures())
    appliance.press(ACCEPT)
    appliance.press(REJECT)
    await asyncio.sleep(seconds - 1.5)
    appliance.keep_picture("countdown")
    await asyncio.sleep(1.5)
    appliance.release(ACCEPT)
    appliance.release(REJECT)
    # The bridge's driver asks for the levels now and then: whoever presses again before it has asked has never let go.
    await until("a glass without the countdown", 5, lambda: not is_countdown(appliance.bridge.pictures()[-1]))
    return sum(map(is_countdown, appliance.bridge.pictures()[before:]))


def is_countdown(picture):
    """Its title is dark on light, as that of nothing else while this case holds its keys."""
    _, rows = picture
    return all(rows[0])


async def none_bonded(appliance):
    return not await appliance.bluez.bonded()


async def unknown_pairing(appliance):
    """a bond that another program makes or accepts is shown, logged, signalled and deleted; with `keep` it stays"""
    await appliance.start()
    await appliance.run(keys=MANY)
    took = [await unapproved(appliance, how, stays=False) for how in (paired_by_program, accepted_by_agent)]
    await appliance.stop_daemon()
    appliance.launch(keys={**MANY, "unknown-pairings": "keep"})
    await appliance.default_agent("DisplayYesNo")
    for how in (paired_by_program, accepted_by_agent):
        await unapproved(appliance, how, stays=True)
        await appliance.phone_gone()
    return f"deleted {took[0]:.1f} s and {took[1]:.1f} s after the bond"


async def unapproved(appliance, how, stays):
    """How long the bond was there."""
    await until("an adapter that is pairable", 10, appliance.bluez.pairable)
    since, logged = time.time(), len(appliance.daemon_log())
    await how(appliance)
    what = f"{how.__name__.replace('_', ' ')}: "
    signal = await until(f"{what}UnknownPairing", 10, lambda: told(appliance.monitor, "UnknownPairing", since))
    bonded = next(signal.at for signal in appliance.monitor.signals("PropertiesChanged", since) if says_bonded(signal))
    require([each[1] for each in signal] == [ADDRESSES[0]], f"{what}UnknownPairing about {signal}")
    if stays:
        await asyncio.sleep(4)
        require(await appliance.bluez.bonded() and bluez.stored_keys(), f"{what}the bond is gone in spite of `keep`")
    else:
        await until(f"{what}the bond gone", 10, lambda: none_bonded(appliance))
        require(not await appliance.bluez.paired() and not bluez.stored_keys(), f"{what}something of the bond is left")
        await appliance.phone.forget()
    took = time.time() - bonded
    finished = await until(f"{what}PairingFinished", 10, lambda: told(appliance.monitor, "PairingFinished", since))
    outcome = "unknown" if stays else "unknown-removed"
    require(outcome in [each[4] for each in finished], f"{what}PairingFinished says {finished}, expected {outcome}")
    log = appliance.daemon_log()[logged:]
    lines = [line for line in log.splitlines() if "unknown pairing" in line and ADDRESSES[0] in line]
    require(len(lines) == 1, f"{what}{len(lines)} log lines about it, expected one")
    drawn = [at for at, _ in appliance.bridge.pictures() if at > bonded]
    require(drawn, f"{what}nothing new on the glass")
    appliance.keep_picture(f"{how.__name__.replace('_', '-')}-{outcome}")
    # Takes it off the glass, so that the next one is seen.
    await tap(appliance, REJECT)
    return took


def says_bonded(signal):
    """Bonded is said by itself or together with Paired, which may come alone as well."""
    _, properties, _ = signal.arguments
    return properties.get("Bonded") or properties.get("Paired")


async def paired_by_program(appliance):
    """Device1.Pair by a program that is no agent; bluetoothd accepts just works by itself."""
    await appliance.phone_on()
    appliance.phone.become("NoInputNoOutput", mitm=False)
    pairing = await appliance.phone.be_found("le")
    # bluetoothd 5.82 does not answer Device1.Pair when the device is removed before that is over.
    request = asyncio.create_task(appliance.bluez.pair_with(appliance.phone.address("le")))
    try:
        await asyncio.wait({pairing}, timeout=30)
        require(pairing.done() and not pairing.exception(), "the phone was not paired")
    finally:
        request.cancel()


async def accepted_by_agent(appliance):
    """An agent that becomes the default while the adapter is pairable, which nobody is told of."""
    stranger = await Stranger.appear()
    await appliance.phone_connects()
    pairing = appliance.phone.begin_pairing()
    appliance.phone.user.number_is_right.set_result(True)
    await asyncio.wait({pairing}, timeout=20)
    require(pairing.done() and not pairing.exception(), "the phone was not paired")
    require(stranger.asked == ["RequestConfirmation"], f"the other agent was asked {stranger.asked}")
    await stranger.leave()


async def not_kept(appliance):
    """just works begun by `pairpanel pair` and not kept by a hold: the bond is deleted, and the command fails"""
    await appliance.start()
    await appliance.run()
    await appliance.phone_on()
    appliance.phone.become("NoInputNoOutput", mitm=False)
    since = time.time()
    pairing = await appliance.phone.be_found("le")
    request = asyncio.create_task(appliance.pair(ADDRESSES[0]))
    await asyncio.wait({pairing}, timeout=30)
    require(pairing.done() and not pairing.exception(), "the phone was not paired")
    await until("a question at the box", 5, lambda: changes(appliance.monitor, "Activity", since)[-1:] == ["asking"])
    asked = time.time()
    await asyncio.sleep(1)
    appliance.keep_picture("keep")
    # A tap is no hold.
    appliance.press(ACCEPT)
    await asyncio.sleep(0.3)
    appliance.release(ACCEPT)
    await asyncio.wait({request}, timeout=DEADLINE_S + 10)
    require(request.done() and isinstance(request.exception(), Failure), "pairpanel pair did not fail")
    await until("the bond gone", 10, lambda: none_bonded(appliance))
    require(not bluez.stored_keys(), "bluetoothd has still a key")
    took = appliance.monitor.signals("PairingFinished", asked)[0].at - asked
    require(abs(took - DEADLINE_S) < 2, f"asked for {took:.1f} s, expected {DEADLINE_S:g} s")
    return f"asked for {took:.1f} s; {request.exception()}"
