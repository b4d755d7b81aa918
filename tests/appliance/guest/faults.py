"""Cases in which something around the daemon breaks, comes late, or lies."""

import asyncio
import re
import shutil
import time

import bluez
from appliance import MANY, PROGRAM, SMP_TIMEOUT_S, capability
from bus import CallFailed
from cases import hold_accept, pair_by_button, prompt_at_running_appliance
from daemon import BOARDS
from person import BOXES, Person
from wait import Failure, require, until

NO_DISPLAY = ("NoInputNoOutput", "KeyboardOnly")


async def default_agent_again(appliance, since):
    """After bluetoothd came back: the same daemon process, default agent, same capability."""
    await appliance.bluez.ready()
    await appliance.default_agent("DisplayYesNo", since=since)


async def bluetoothd_restart(appliance):
    """bluetoothd is restarted, then killed: the daemon is default agent again and a button pairs"""
    await appliance.start()
    await appliance.run(keys=MANY)
    for restart in (systemctl_restart, kill_and_start):
        since = time.time()
        await restart(appliance.bus)
        await default_agent_again(appliance, since)
        appliance.bluez.advertised = False
        await pair_by_button(appliance)
        await appliance.phone_gone()


async def systemctl_restart(_bus):
    await bluez.run("systemctl", "restart", "bluetooth.service")


async def kill_and_start(bus):
    """systemd may start it again by itself; `systemctl start` is right either way."""
    before = await bus.owner(bluez.BLUEZ)
    await bluez.run("systemctl", "kill", "--signal=KILL", "bluetooth.service")
    await until("bluetoothd off the bus after kill -9", 10, lambda: owner_is_not(bus, before))
    await bluez.start_bluetoothd()


async def owner_is_not(bus, before):
    return await bus.owner(bluez.BLUEZ) != before


async def bluetoothd_late(appliance):
    """the daemon is started before bluetoothd and serves it once it is there"""
    await appliance.start()
    # The unit wants bluetoothd, and waits for it to be started.
    async with bluez.masked():
        appliance.launch()
        await until("the daemon on the system bus", 20, lambda: appliance.bus.names_of_process(appliance.daemon.pid))
        require(await appliance.bus.owner(bluez.BLUEZ) is None, "bluetoothd runs already: the case would show nothing")
    since = time.time()
    await appliance.start_bluetoothd()
    await default_agent_again(appliance, since)
    await pair_by_button(appliance)


async def display_missing(appliance):
    """without a display the daemon says so, shrinks its capability, pairs nothing; and recovers"""
    await appliance.start(display_acknowledges=False)
    await appliance.start_bluetoothd()
    appliance.launch()
    await appliance.default_agent(*NO_DISPLAY)
    line = await until("a log line that names the display's address", 10, lambda: display_complaint(appliance.daemon_log()))
    require(REMEDY.search(line), f"the log names the display without a remedy: {line}")

    await appliance.phone_connects()
    pairing = appliance.phone.begin_pairing()
    appliance.phone.user.number_is_right.set_result(True)
    await hold_accept(appliance, pairing)
    await appliance.refused(pairing)
    await appliance.phone_gone()

    claimed = {capability(call) for call in appliance.registrations()}
    require(claimed <= set(NO_DISPLAY), f"registered as {', '.join(sorted(claimed))} without a display")

    since = time.time()
    appliance.bridge.acknowledge(True)
    await appliance.default_agent("DisplayYesNo", since=since, seconds=40)
    await pair_by_button(appliance)
    appliance.keep_picture("paired")
    return line


REMEDY = re.compile(r"wir(e|ing)|power|plug|connect|check|i2c_arm|i2cdetect|group", re.IGNORECASE)


def display_complaint(log):
    lines = [line for line in log.splitlines() if "display" in line.lower() and "0x3c" in line.lower()]
    return lines[0] if lines else None


async def display_dies(appliance):
    """the display stops acknowledging while the digits are shown: holding accept does not pair"""
    pairing = await prompt_at_running_appliance(appliance)
    appliance.bridge.acknowledge(False)
    await hold_accept(appliance, pairing)
    # A second try by a person who saw nothing happen.
    await hold_accept(appliance, pairing)
    reason = await appliance.refused(pairing, SMP_TIMEOUT_S + 5)
    refused_writes = [each for each in appliance.bridge.transfers(0) if not each[3]]
    require(refused_writes, "the daemon never wrote to the display after it died: the case shows nothing")
    return f"{reason}; {len(refused_writes)} writes not acknowledged"


async def numpad_unplugged(appliance):
    """without its numpad the box is DisplayYesNo and pairs by button; with it again it takes a typed passkey"""
    await appliance.start()
    appliance.plug_in_keypad()
    await appliance.run("cp2112-numpad", capability="KeyboardDisplay", keys=MANY)
    since = time.time()
    appliance.keypad.unplug()
    await appliance.default_agent("DisplayYesNo", since=since)
    await pair_by_button(appliance)
    await appliance.phone_gone()
    since = time.time()
    appliance.plug_in_keypad()
    await appliance.default_agent("KeyboardDisplay", since=since)
    await appliance.phone_connects()
    person = Person(appliance, BOXES["KeyboardDisplay"])
    pairing = appliance.phone.begin_pairing("DisplayOnly")
    await person.attend(pairing, 40)
    require(person.calls() == "Req" and not person.problems, f"{person.calls()}; {'; '.join(person.problems)}")
    await appliance.paired(pairing, authenticated=True)


async def rogue_caller(appliance):
    """an Agent1 call from root, but not from bluetoothd: an error, one warning, nothing on the glass"""
    await appliance.start()
    await appliance.run()
    registration = appliance.registrations()[-1]
    path = registration.arguments[0]
    names = await appliance.bus.names_of_process(appliance.daemon.pid)
    require(registration.sender in names, f"the agent {registration.sender} is not the daemon's: {names}")
    device = f"{bluez.ADAPTER}/dev_F0_F1_F2_F3_F4_F5"
    since = time.time()
    for number, (member, signature, body) in enumerate((
        ("RequestConfirmation", "ou", (device, 123456)),
        ("RequestAuthorization", "o", (device,)),
        ("DisplayPasskey", "ouq", (device, 123456, 0)),
    ), 1):  # fmt: skip
        try:
            await asyncio.wait_for(appliance.bus.call(registration.sender, path, "org.bluez.Agent1", member, signature, *body), 5)
        except CallFailed as error:
            refusal = error.name
        except asyncio.TimeoutError:
            raise Failure(f"{member} from a stranger opened a prompt: no answer within 5 s") from None
        else:
            raise Failure(f"{member} from a stranger was answered without an error")
        await until(f"a warning about the stranger's {member}", 5, lambda: warnings(appliance))
        require(warnings(appliance) <= number, f"{warnings(appliance)} warnings about {number} calls, expected one a call at most")
    await until("the glass stands still", 5, lambda: appliance.bridge.display()["settled"])
    require(not appliance.codes(since), "a code is on the glass after a stranger's call")
    appliance.keep_picture("glass")
    return refusal


def warnings(appliance):
    """Log lines that name the stranger."""
    caller = re.escape(appliance.bus.name)
    return len(re.findall(rf"(?m)^.*(?<![\w.]){caller}(?!\w).*$", appliance.daemon_log()))


BAD_PROFILES = {
    # file: what the message must contain beside the file's name (line, column, key)
    "bad-unknown-key.toml": ("12", "1", "hieght"),
    "bad-duplicate-pin.toml": ("24", "pin", "offset"),
}


async def bad_profile(appliance):
    """a profile with an error: the service fails with status 2 and is not tried again; a message with file, line, column and key; no agent"""
    await appliance.start()
    await appliance.start_bluetoothd()
    for name, words in BAD_PROFILES.items():
        logged = len(appliance.daemon_log())
        BOARDS.mkdir(exist_ok=True)
        profile = BOARDS / name
        try:
            shutil.copy(PROGRAM / "boards" / name, profile)
            appliance.launch(profile.stem)
            await until(f"{name}: the service failed", 30, appliance.daemon.is_dead)
        finally:
            profile.unlink()
        # As long as one that is to be started again is down.
        await asyncio.sleep(3)
        state = await appliance.daemon.state("ActiveState", "Result", "ExecMainStatus", "NRestarts")
        wanted = {"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "2", "NRestarts": "0"}
        require(state == wanted, f"{name}: the service is {state}, expected {wanted}")
        await appliance.daemon.put_away()
        message = appliance.daemon_log()[logged:]
        require(re.search(rf"{re.escape(name)}\D{{0,8}}\d+\D{{1,9}}\d+", message), f"{name}: no file:line:column in the message: {message}")
        missing = [word for word in words if not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", message)]
        require(not missing, f"{name}: the message does not contain {missing}: {message}")
    require(not appliance.registrations(), "RegisterAgent was called in spite of the error")
