"""What the panel says by other means than a prompt: a glass that goes dark, a lamp, a buzzer, and the prompt as text."""

import asyncio
import re
import subprocess
import time

from api import is_closed
from appliance import ACCEPT, REJECT
from cases import hold_accept, pair_by_button, prompt, prompt_at_running_appliance, tap
from daemon import BINARY
from package import MEMBER
from panel import Panel
from wait import require, until

OPENS_S = 2.0
DIM_S, OFF_S = 3, 6
# Of the board cp2112-signals: what is on the lines is on when they are low.
LAMP, BUZZER = 5, 6
# As `src/led` and `src/buzzer` document them, in milliseconds.
WINDOW_BEEP_MS, REQUEST_BEEPS_MS, BAD_BEEP_MS = [60], [90, 90], [700]
# A change of a level takes that long to come through the bridge, on a slow day.
SLACK_MS = 60


async def dark_glass(appliance):
    """an idle glass is dimmed and goes dark and silent; the press that lights it opens nothing, and the next one does"""
    await appliance.start()
    await appliance.run(window=0, keys={"dim-after-seconds": DIM_S, "off-after-seconds": OFF_S})
    await until("an adapter that is closed", 10, lambda: is_closed(appliance))
    panel = Panel(appliance.bus)
    await tap(appliance, REJECT)
    bright = await until("a glass that is lit", 5, lambda: lit(appliance))
    dim = await until("a glass that is dimmed", DIM_S + 5, lambda: 0 < (lit(appliance) or 0) < bright and lit(appliance))
    appliance.keep_picture("dim")
    await until("a glass that is off", OFF_S + 5, lambda: not appliance.bridge.display()["lit"])
    # Its memory is wiped after it was switched off.
    await asyncio.sleep(1)
    began = time.time()
    await asyncio.sleep(5)
    sent = sum(transfer[2] for transfer in appliance.bridge.transfers(began))
    require(not sent, f"{sent} bytes went to a glass that is off, in 5 s")
    appliance.press(ACCEPT)
    await until("the glass lit by a press", 5, lambda: lit(appliance) == bright)
    await asyncio.sleep(OPENS_S + 1.5)
    require(await panel.closed(), "the press that has lit the glass has opened the window, too")
    appliance.release(ACCEPT)
    await asyncio.sleep(0.3)
    appliance.press(ACCEPT)
    await until("the window open after a hold", OPENS_S + 5, lambda: panel.get("WindowOpen"))
    appliance.release(ACCEPT)
    await asyncio.sleep(OFF_S + 2)
    require(lit(appliance) == bright, "the glass was dimmed while the window is open")
    # Having been dark, it shows a code like any other.
    await pair_by_button(appliance)
    await until("a glass that is off again", OFF_S + 15, lambda: not appliance.bridge.display()["lit"])
    return f"contrast {bright}, dimmed to {dim}; 0 bytes in 5 s of darkness"


def lit(appliance):
    """The contrast of a glass that shows something."""
    display = appliance.bridge.display()
    return display["contrast"] if display["lit"] else None


async def read_prompt(appliance):
    """pairpanel prompt reads the digits to root and the group, once it is allowed to, and nobody else; and that is in the log"""
    pairing = await prompt_at_running_appliance(appliance)
    for user in ("root", MEMBER):
        status, output = await asyncio.to_thread(read_as, user)
        require(status and not digits(output), f"the prompt was read to {user} although prompt-command is off")
    await tap(appliance, REJECT)
    await appliance.refused(pairing, seconds=5)
    await appliance.phone.disconnect()
    await until("bluetoothd sees that the link is down", 10, appliance.link_is_down)
    await appliance.stop_daemon()
    refusals = len(appliance.daemon_log())
    appliance.launch(keys={"prompt-command": True})
    await appliance.default_agent("DisplayYesNo")
    await until("an adapter that is discoverable", 10, appliance.bluez.discoverable)
    await appliance.phone_connects()
    pairing = appliance.phone.begin_pairing()
    code = await asyncio.wait_for(asyncio.shield(appliance.phone.user.number), 15)
    appliance.phone.user.number_is_right.set_result(True)
    await until("the phone's digits on the glass", 8, lambda: appliance.code_now() == code)
    for user in ("root", MEMBER):
        status, output = await asyncio.to_thread(read_as, user)
        require(status == 0 and digits(output) == code, f"pairpanel prompt ends for {user} with status {status}, without the code")
    status, output = await asyncio.to_thread(read_as, "nobody")
    require(status == 4 and not digits(output), f"pairpanel prompt ends for nobody with status {status}, expected 4")
    require(not pairing.done(), "reading the prompt has answered it")
    await hold_accept(appliance, pairing)
    await appliance.paired(pairing, authenticated=True)
    reads = re.findall(r"ReadPrompt, by user (\d+)", appliance.daemon_log()[refusals:])
    require(len(reads) == 2 and reads[0] == "0" != reads[1], f"by the log the prompt was read by the users {reads}, expected root and one more")


def read_as(user):
    line = [BINARY, "prompt"] if user == "root" else ["runuser", "-u", user, "--", BINARY, "prompt"]
    ended = subprocess.run(line, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    return ended.returncode, ended.stdout + ended.stderr


def digits(output):
    """The code that is spelled out on the line `code`."""
    found = re.search(r"^code +((?:\d ){5}\d)$", output, re.MULTILINE)
    return found and found[1].replace(" ", "")


async def lamp_and_buzzer(appliance):
    """a lamp and a buzzer on lines of their own tell of the window, of a request and of a refusal, and are off at the end"""
    await appliance.start()
    await appliance.run("cp2112-signals")
    short = await until("a beep for the window", 5, lambda: beeped(appliance, 0, 1))
    require(as_long_as(short, WINDOW_BEEP_MS), f"beeps of {short} ms for the window, expected {WINDOW_BEEP_MS}")
    began = time.time()
    pairing = await prompt(appliance)
    appliance.phone.user.number_is_right.set_result(True)
    beeps = await until("two beeps for the request", 5, lambda: beeped(appliance, began, 2))
    require(as_long_as(beeps, REQUEST_BEEPS_MS), f"beeps of {beeps} ms for a request, expected {REQUEST_BEEPS_MS}")
    await asyncio.sleep(2)
    waiting = len([at for at, level in appliance.bridge.levels(LAMP) if at > time.time() - 2])
    require(waiting >= 8, f"the lamp changed {waiting} times in 2 s of waiting for a person, expected some 16")
    began = time.time()
    await tap(appliance, REJECT)
    await appliance.refused(pairing, seconds=5)
    long = await until("a long beep for the refusal", 5, lambda: beeped(appliance, began, 1))
    require(as_long_as(long, BAD_BEEP_MS), f"beeps of {long} ms for a refusal, expected {BAD_BEEP_MS}")
    await appliance.stop_daemon()
    left = {line: appliance.bridge.levels(line)[-1][1] for line in (LAMP, BUZZER)}
    require(all(left.values()), f"lines 5 and 6 are left at {left}, expected high")
    began = time.time()
    appliance.launch("cp2112-signals", keys={"sound": False})
    await appliance.default_agent("DisplayYesNo")
    await until("an adapter that is discoverable", 10, appliance.bluez.discoverable)
    await asyncio.sleep(1)
    require(not beeped(appliance, began, 1), "it beeps although sound = false")
    return f"beeps of {short}, {beeps} and {long} ms; {waiting} changes of the lamp in 2 s"


def beeped(appliance, since, count):
    """The lengths in milliseconds of the beeps that have begun since then, if there are so many."""
    lengths, began = [], None
    for at, level in appliance.bridge.levels(BUZZER):
        if not level:
            began = at
        elif began is not None:
            lengths += [round(1000 * (at - began))] if began > since else []
            began = None
    return lengths if len(lengths) >= count else None


def as_long_as(beeps, expected):
    """A slow day makes one longer and none shorter by more than the bridge takes."""
    return len(beeps) == len(expected) and all(-SLACK_MS < have - want < 4 * SLACK_MS for have, want in zip(beeps, expected))
