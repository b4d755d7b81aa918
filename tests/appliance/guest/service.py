"""The service as systemd has it: when it is ready, its watchdog, its reload, and what it is kept from."""

import asyncio
import errno
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import bluez
import daemon
from appliance import ACCEPT, HOLD_S, USUAL_KEYS, at_start
from cases import AFTER_ARM_S, pair_by_button, prompt
from daemon import BOARDS, CONFIGURATION, UNIT, realtime
from lamp import CAPS_LOCK_TRIGGER, Lamp
from nodes import bridge_node, group_and_mode
from package import OUR_BOARDS
from panel import Panel
from wait import Failure, require, until

# WatchdogSec= and RestartSec= of the unit, and what a slow guest takes for the rest.
WATCHDOG_S, RESTART_S, MARGIN_S = 20, 1, 9
# Tenths: exposure 0.5.
THRESHOLD = 5
PROBE_UNIT = "pairpanel-probe.service"
PROBE = Path("/run/appliance/probe.py")
GROUPS = {"i2c", "spi", "gpio", "input", "video"}


async def ready(appliance):
    """activating as long as there is no bluetoothd, active as soon as it has taken the agent"""
    await appliance.start()
    async with bluez.masked():
        appliance.launch()
        await until("the daemon says that it waits for bluetoothd", 30, lambda: says(appliance, "waiting for bluetoothd"))
        await asyncio.sleep(5)
        state = await appliance.daemon.state("ActiveState", "SubState")
        require(state == {"ActiveState": "activating", "SubState": "start"}, f"without bluetoothd the unit is {state}")
    since = time.time()
    await appliance.start_bluetoothd()
    await appliance.default_agent("DisplayYesNo", since=since)
    await until("the unit active", 10, appliance.daemon.is_active)
    await until("the daemon says what it is", 5, lambda: says(appliance, "default agent of bluetoothd, as DisplayYesNo"))
    registered = appliance.monitor.return_of(appliance.monitor.calls("RequestDefaultAgent", since)[0]).at
    active = realtime((await appliance.daemon.state("ActiveEnterTimestampMonotonic"))["ActiveEnterTimestampMonotonic"])
    # To the times at which two others have noted it down.
    require(-0.5 < active - registered < 5, f"active {active - registered:.2f} s after the agent was registered")
    return f"active {1000 * (active - registered):.0f} ms after bluetoothd had taken the agent"


async def says(appliance, status):
    return (await appliance.daemon.state("StatusText"))["StatusText"] == status


async def watchdog(appliance):
    """a daemon that hangs in a prompt, with the key held, and one that hangs idle: killed and started anew; nothing is paired"""
    await appliance.start()
    await appliance.run()
    pairing = await prompt(appliance)
    appliance.phone.user.number_is_right.set_result(True)
    await asyncio.sleep(AFTER_ARM_S)
    in_prompt = await hangs(appliance, held=True)
    told = await appliance.refused(pairing, 5)
    await appliance.phone_gone()
    idle = await hangs(appliance)
    await until("an adapter that is discoverable", 10, appliance.bluez.discoverable)
    await pair_by_button(appliance)
    return f"default agent again {in_prompt:.1f} s and {idle:.1f} s after it hung; {told}"


async def hangs(appliance, held=False):
    """Seconds until another daemon is the default agent. A key that is held meanwhile is held long enough to accept."""
    stopped = time.time()
    pid = appliance.daemon.kill(signal.SIGSTOP)
    if held:
        appliance.press(ACCEPT)
        await asyncio.sleep(HOLD_S + 2)
        appliance.release(ACCEPT)
    longest = WATCHDOG_S + RESTART_S + MARGIN_S
    await appliance.daemon.again(pid, stopped + longest - time.time())
    request = await appliance.default_agent("DisplayYesNo", since=stopped)
    took = appliance.monitor.return_of(request).at - stopped
    require(took < longest, f"default agent again after {took:.1f} s, expected {longest} s at most")
    journal = await bluez.run("journalctl", "--no-pager", "-u", UNIT, f"--since=@{stopped:.0f}")
    require("Watchdog timeout" in journal, f"systemd did not say that it was the watchdog: {journal}")
    return took


async def reload(appliance):
    """systemctl reload applies a changed key and says so; one with a mistake fails and changes nothing; it is the same process"""
    await appliance.start()
    await appliance.run(window=0)
    pid, panel = appliance.daemon.pid, Panel(appliance.bus)
    require(await opens_for(panel) > 110, "the window does not open for the 120 s that are the default")
    rewrite('window-seconds = 77')
    await appliance.daemon.ask("reload")
    await until("a log line that says so", 10, lambda: "the configuration has been read again" in appliance.daemon_log())
    seconds = await opens_for(panel)
    require(67 < seconds <= 77, f"the window opens for {seconds} s after the reload, expected 77 s")
    rewrite('window-seconds = "long"')
    try:
        await appliance.daemon.ask("reload")
    except Failure:
        pass
    else:
        raise Failure("systemctl reload did not fail with a configuration that has a mistake")
    seconds = await opens_for(panel)
    require(67 < seconds <= 77, f"the window opens for {seconds} s after a mistake, expected 77 s as before")
    require(await appliance.daemon.is_active() and appliance.daemon.pid == pid, "it is not the same process any more, or not active")


def rewrite(line):
    """The configuration as `launch` has written it, and this line."""
    settings = {"board": "cp2112", **USUAL_KEYS, **at_start(0)}
    CONFIGURATION.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items()) + line + "\n")


async def opens_for(panel):
    """As long as the configuration says, and then it is closed again."""
    await panel.open(0)
    seconds = await panel.get("WindowRemaining")
    await panel.call("CloseWindow")
    return seconds


async def exposure(appliance):
    """systemd-analyze security finds 0.5 at most for the unit that runs, and its process is kept from all that"""
    await appliance.start()
    await appliance.run(window=0)
    ours, theirs = await analyzed(UNIT, THRESHOLD), await analyzed("bluetooth.service")
    confined(appliance.daemon.pid)
    await probed(appliance)
    require(await appliance.daemon.is_active(), "the service is not active")
    return f"{ours}; bluetooth.service: {theirs}"


async def analyzed(unit, threshold=None):
    """The figure; the whole of it is kept. With a threshold, in tenths, it fails above that."""
    options = [] if threshold is None else [f"--threshold={threshold}"]
    command = ["systemd-analyze", "security", "--no-pager", *options, unit]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    (Path(daemon.LOG.resolve()).parent / f"security-{unit}.txt").write_text(done.stdout + done.stderr)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    require(found, f"{' '.join(command)}: {done.stderr.strip() or 'no figure'}")
    within = threshold is None or done.returncode == 0 and float(found[1]) <= threshold / 10
    require(within, f"{' '.join(command)}: exposure {found[1]} is over the threshold")
    return found[1]


def confined(pid):
    """What the kernel says of the process itself."""
    process = Path(f"/proc/{pid}")
    status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines())
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        require(int(status[name], 16) == 0, f"{name} of the daemon is {status[name]}")
    for name, wanted in (("NoNewPrivs", "1"), ("Seccomp", "2")):
        require(status[name].strip() == wanted, f"{name} of the daemon is {status[name]}, expected {wanted}")
    user = pwd.getpwnam("pairpanel")
    require(user.pw_uid and set(map(int, status["Uid"].split())) == {user.pw_uid}, f"the daemon's user is {status['Uid']}")
    groups = {daemon.group_name(int(gid)) for gid in status["Groups"].split()}
    require(groups == GROUPS | {"pairpanel"}, f"the daemon's groups are {sorted(groups)}")
    shared = [name for name in ("mnt", "net", "user") if os.readlink(process / "ns" / name) == os.readlink(f"/proc/1/ns/{name}")]
    require(not shared, f"the daemon shares its namespaces {shared} with the system")
    interfaces = [line.split(":")[0].strip() for line in (process / "net" / "dev").read_text().splitlines()[2:]]
    require(interfaces == ["lo"], f"the daemon sees the network interfaces {interfaces}")


async def probed(appliance):
    """A program that tries it, in place of the daemon in the same unit. All that is loosened for it is that an
    interpreter may be run."""
    shutil.copy(Path(__file__).with_name("probe.py"), PROBE)
    answer = appliance.directory / "probe.json"
    unit = Path("/run/systemd/system") / PROBE_UNIT
    drop_ins = Path(f"{unit}.d")
    shutil.copy("/usr/lib/systemd/system/pairpanel.service", unit)
    drop_ins.mkdir(exist_ok=True)
    python = os.path.realpath("/usr/bin/python3")
    nodes = " ".join(str(bridge_node(kind)) for kind in ("i2c", "gpio"))
    (drop_ins / "probe.conf").write_text(
        f"[Service]\nType=oneshot\nWatchdogSec=0\nRestart=no\nExecStart=\nExecStart={python} -I {PROBE} {nodes}\nExecPaths={python}\n"
        f"StandardOutput=truncate:{answer}\nStandardError=truncate:{answer}.err\n"
    )
    try:
        await appliance.daemon.ask("daemon-reload", unit=None)
        await appliance.daemon.ask("start", unit=PROBE_UNIT)
        tried = json.loads(answer.read_text())
    finally:
        shutil.rmtree(drop_ins)
        unit.unlink()
        await appliance.daemon.ask("daemon-reload", unit=None)
    # Nobody is kept from what is not there; but a process of another user is not there in this sandbox.
    missing = [what for what, error in tried["denied"].items() if error == os.strerror(errno.ENOENT) and what != "see process 1"]
    require(not missing, f"in this guest nobody could {', '.join(missing)}")
    done = [what for what, error in tried["denied"].items() if not error]
    require(tried["denied"] and not done, f"in the sandbox it was possible to {', '.join(done)}; see probe.json")
    failed = [f"{what}: {error}" for what, error in tried["allowed"].items() if error]
    require(tried["allowed"] and not failed, f"in the sandbox it was not possible to {', '.join(failed)}")


async def kernel_lamp(appliance):
    """a lamp of the kernel blinks and is given back, and nodes have the groups of the package's rules: all by these groups' rights"""
    await appliance.start()
    lamp = Lamp()
    profile = BOARDS / "lamp.toml"
    try:
        name = await until("a LED that the group gpio may switch", 20, lamp.ours)
        BOARDS.mkdir(exist_ok=True)
        profile.write_text((OUR_BOARDS / "cp2112-signals.toml").read_text().partition("[led]")[0] + f'[led]\nsysfs = "{name}"\n')
        await appliance.run("lamp")
        await asyncio.sleep(1)
        slow = await lamp.switched(5)
        require(4 <= slow <= 12, f"the lamp was switched {slow} times in 5 s of an open window, expected some 10")
        await prompt(appliance)
        await asyncio.sleep(0.5)
        fast = await lamp.switched(3)
        require(fast >= 12, f"the lamp was switched {fast} times in 3 s of waiting for a person, expected some 24")
        await appliance.stop_daemon()
        require(CAPS_LOCK_TRIGGER in lamp.trigger(), f"the lamp was not given back: {lamp.trigger()}")
        wanted = {bridge_node("i2c"): "i2c", bridge_node("gpio"): "gpio", lamp.event_node(): "input"}
        for node, group in wanted.items():
            require(group_and_mode(node) == (group, 0o660), f"{node} has {group_and_mode(node)}, expected {group} and 0660")
    finally:
        lamp.unplug()
        profile.unlink(missing_ok=True)
    nodes = ", ".join(f"{node} {group} 0660" for node, group in wanted.items())
    return f"{name} switched {slow} times in 5 s, and {fast} times in 3 s of a prompt; {nodes}"
