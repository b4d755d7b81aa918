"""bluetoothd and the daemon killed a hundred times: the agent comes back, and nothing is ever paired without a press."""

import asyncio
import os
import random
import signal
import statistics
import time
from collections import Counter
from pathlib import Path

from appliance import MANY
from cases import pair_by_button
from panel import changes
from phone import Refused
from wait import Broken, Failure, Paired, at, require, until

BLUETOOTHD = Path("/sys/fs/cgroup/system.slice/bluetooth.service/cgroup.procs")
TIMES = 100
# Of the kills, this many must have met a person who was being asked.
IN_PROMPT = 10
ASKED = "while a person was asked"
# The phone's capability, and whether it asks for protection against a man in the middle.
PHONES = [("KeyboardDisplay", True), ("DisplayYesNo", True), ("KeyboardOnly", True), ("NoInputNoOutput", False)]
# From the moment when the phone begins to pair. Half of them are before a person is asked, or about then.
EARLY_S, LATEST_S = 0.25, 1.6
AIR_LASTS = 20
QUESTIONS = ("RequestConfirmation", "RequestAuthorization", "DisplayPasskey")


async def bluetoothd_100(appliance):
    """bluetoothd killed 100 times in a row: the same daemon is default agent again each time"""
    await appliance.start()
    await appliance.run(window=0)
    pid, took, victims = appliance.daemon.pid, [], set()
    for number in range(1, TIMES + 1):
        killed, victim = time.time(), int(BLUETOOTHD.read_text())
        victims.add(victim)
        os.kill(victim, signal.SIGKILL)
        try:
            request = await appliance.default_agent("DisplayYesNo", since=killed)
        except Exception as error:
            raise at(f"kill {number} of {TIMES}", error) from None
        took.append(appliance.monitor.return_of(request).at - killed)
        appliance.monitor.forget(killed - 1)
    require(len(victims) == TIMES, f"only {len(victims)} processes of bluetoothd were killed")
    require(pid and appliance.daemon.pid == pid, "the daemon is not the same process any more")
    await appliance.bluez.ready()
    appliance.bluez.advertised = False
    (appliance.directory / "seconds.txt").write_text("".join(f"{each:.3f}\n" for each in took))
    return f"default agent again {TIMES} of {TIMES} times, after {statistics.median(took):.2f} s (median), {max(took):.2f} s at worst"


async def killed_100(appliance):
    """the daemon killed at random moments of 100 pairings that nobody accepts: no bond on any side, started again each time"""
    seed = random.randrange(1_000_000)
    appliance.log("harness").write(f"seed {seed}\n".encode())
    dice, states, ends, began = random.Random(seed), Counter(), Counter(), time.monotonic()
    await appliance.start()
    await appliance.run(keys=MANY)
    for number in range(1, TIMES + 1):
        capability, mitm = dice.choice(PHONES)
        moment = dice.uniform(0, dice.choice([EARLY_S, LATEST_S]))
        try:
            if number % AIR_LASTS == 0:
                await appliance.clear_air("the one before has carried so many links")
            state, end = await killed_while_pairing(appliance, capability, mitm, moment)
        except Exception as error:
            raise at(f"pairing {number} of {TIMES}, seed {seed}, {capability} killed after {moment:.2f} s", error) from None
        states[state] += 1
        ends[end] += 1
        appliance.log("harness").write(f"{number} {capability} {moment:.3f} s: {state}; {end}\n".encode())
        appliance.monitor.forget(time.time() - 30)
    require(not appliance.presses, "a key was pressed")
    in_prompt = sum(count for state, count in states.items() if state.startswith(ASKED))
    require(in_prompt >= IN_PROMPT, f"seed {seed}: the case shows too little: killed {in_words(states)}")
    seconds = time.monotonic() - began
    # And it is no wonder that nothing was paired: with a press it is.
    await until("an adapter that is discoverable", 20, appliance.bluez.discoverable)
    await pair_by_button(appliance)
    return f"seed {seed}; killed {in_words(states)}; the phone: {in_words(ends)}; 0 bonds; {seconds:.0f} s"


async def killed_while_pairing(appliance, capability, mitm, moment):
    """What the panel was doing then, and what the phone was told."""
    await connected(appliance)
    since = time.time()
    pairing = appliance.phone.begin_pairing(capability, mitm)
    appliance.phone.user.number_is_right.set_result(True)
    await asyncio.wait({pairing}, timeout=moment)
    killed = time.time()
    pid = appliance.daemon.kill()
    await asyncio.wait({pairing}, timeout=2)
    state = was_doing(appliance, since, killed)
    end = "gave up" if not pairing.done() else "paired" if not pairing.exception() else "refused"
    require(end != "paired", f"the phone was paired; the panel: {state}", Paired)
    if pairing.done() and not isinstance(pairing.exception(), Refused):
        raise pairing.exception()
    await appliance.phone.disconnect()
    await appliance.daemon.again(pid, 20)
    await appliance.default_agent("DisplayYesNo", since=killed)
    await asyncio.wait({pairing}, timeout=5)
    require(pairing.done() and isinstance(pairing.exception(), Refused), "the phone was paired after the link was ended", Paired)
    if not appliance.air.dead():
        await until("bluetoothd sees that the link is down", 10, appliance.link_is_down)
    await appliance.require_no_bond()
    await appliance.bluez.remove_devices()
    return state, end


async def connected(appliance):
    """btvirt dies now and then: another air, and once more."""
    try:
        await found_and_connected(appliance)
    except Failure as failure:
        # Without air nothing is the daemon's.
        if not (isinstance(failure, Broken) or appliance.air.dead()):
            raise
        await appliance.clear_air(str(failure))
        await found_and_connected(appliance)


async def found_and_connected(appliance):
    await until("an adapter that is discoverable", 20, appliance.bluez.discoverable)
    await appliance.phone_connects()


def was_doing(appliance, since, killed):
    """By what had passed on the bus when it was killed, and by the glass, which stays as it was."""
    asked = [call for member in QUESTIONS for call in appliance.monitor.calls(member, since) if call.at <= killed]
    if not asked:
        return "before bluetoothd asked anything"
    if "asking" not in changes(appliance.monitor, "Activity", since) and asked[0].member != "DisplayPasskey":
        return "when bluetoothd had asked, and nobody else knew"
    if appliance.code_now() or asked[0].member == "RequestAuthorization":
        return f"{ASKED} ({asked[0].member})"
    return "before the digits were on the glass"


def in_words(counter):
    return ", ".join(f"{count} {what}" for what, count in counter.most_common())
