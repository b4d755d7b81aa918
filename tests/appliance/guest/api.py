"""The panel's own interface, used by a client by another hand (dbus-fast and busctl), and by who may not."""

import asyncio
import json
import re
import subprocess
import time

import bluez
from appliance import MANY
from cases import hold_accept, leave, pair_by_button, phone_shows_number
from daemon import BINARY
from dbus_fast.errors import DBusError
from package import MEMBER
from panel import NAME, PANEL1, PATH, Panel, told
from wait import require, until

# What the interface must have, as its design says.
PROPERTIES = {
    "Version": "s", "Board": "s", "BoardName": "s", "Capability": "s", "CapabilityReason": "s", "Activity": "s", "Health": "s",
    "DefaultAgent": "s", "WindowOpen": "b", "WindowRemaining": "u", "PauseRemaining": "u", "Display": "s", "Inputs": "a{ss}",
    "Adapters": "aa{sv}", "Devices": "aa{sv}",
}  # fmt: skip
METHODS = {
    "OpenWindow": "u", "CloseWindow": "-", "Forget": "o", "ForgetAll": "-", "Pair": "ss", "Identify": "-", "ReadPrompt": "-",
    "ReadOutOfBand": "-",
}  # fmt: skip
SIGNALS = {"PairingStarted": "osss", "PairingFinished": "ossssbb", "UnknownPairing": "oss"}
HEALTHY = {
    "Board": "cp2112", "Capability": "DisplayYesNo", "Health": "ready", "DefaultAgent": "yes", "WindowOpen": False, "WindowRemaining": 0,
    "PauseRemaining": 0, "Activity": "idle", "Display": "working", "Inputs": {"accept": "working", "reject": "working"}, "Devices": [],
}  # fmt: skip
NO_DEVICE = f"{bluez.ADAPTER}/dev_00_00_00_00_00_00"
# A call of each method that an unprivileged user tries, as dbus-send takes it.
CALLS = {
    "OpenWindow": ["uint32:30"], "CloseWindow": [], "Forget": [f"objpath:{NO_DEVICE}"], "ForgetAll": [],
    "Pair": ["string:00:00:00:00:00:00", "string:"], "Identify": [], "ReadPrompt": [],
    "ReadOutOfBand": [],
}  # fmt: skip


async def api(appliance):
    """busctl and dbus-fast use every property, method and signal; no code is in any of it; others may read and not change"""
    await appliance.start()
    await appliance.run(window=0, keys=MANY)
    await Panel(appliance.bus).there()
    await introspected()
    introspection = await appliance.bus.connection.introspect(NAME, PATH)
    panel = appliance.bus.connection.get_proxy_object(NAME, PATH, introspection).get_interface(PANEL1)
    heard = {name: [] for name in SIGNALS}
    panel.on_pairing_started(lambda *values: heard["PairingStarted"].append(values))
    panel.on_pairing_finished(lambda *values: heard["PairingFinished"].append(values))
    panel.on_unknown_pairing(lambda *values: heard["UnknownPairing"].append(values))
    await healthy(appliance, panel)
    await denied(appliance)
    await allowed(appliance, panel)
    await wrong(panel)
    code = await paired_by_phone(appliance, panel, heard)
    await forgotten(appliance, panel)
    await paired_from_here(appliance, panel, heard)
    await panel.call_forget_all()
    require(not await appliance.bluez.bonded() and not bluez.stored_keys(), "a bond is left after ForgetAll")
    await identified(appliance, panel)
    await panel.call_close_window()
    require(not await panel.get_window_open(), "the window is open after CloseWindow")
    await appliance.monitor.catch_up(appliance.bus)
    require(code in appliance.codes(), "the code that must not be on the bus was not on the glass")
    await appliance.stop_daemon()
    require(command("nobody", "status") == 3, "pairpanel status without a daemon does not end with status 3")
    return f"{len(PROPERTIES)} properties, {len(METHODS)} methods, {len(SIGNALS)} signals; refused to nobody: {', '.join(CALLS)}"


async def introspected():
    """What busctl finds is what there must be, no more and no less."""
    listed = await bluez.run("busctl", "--system", "introspect", "--no-pager", NAME, PATH, PANEL1)
    found = {}
    for line in listed.splitlines()[1:]:
        name, kind, signature, *_ = line.split()
        found.setdefault(kind, {})[name.lstrip(".")] = signature
    for kind, wanted in (("property", PROPERTIES), ("method", METHODS), ("signal", SIGNALS)):
        require(found.get(kind) == wanted, f"busctl introspect lists as {kind}: {found.get(kind)}, expected {wanted}")
    whole = await bluez.run("busctl", "--system", "introspect", "--no-pager", NAME, PATH)
    require(PANEL1 in whole and "org.freedesktop.DBus.Introspectable" in whole, "busctl does not find the interfaces")


async def healthy(appliance, panel):
    """Each property, one by one through dbus-fast's proxy and all at once."""
    await until("an adapter that is not pairable", 10, lambda: is_closed(appliance))
    every = await Panel(appliance.bus).all()
    require(set(every) == set(PROPERTIES), f"GetAll has {sorted(every)}")
    for name in PROPERTIES:
        value = await getattr(panel, "get_" + re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower())()
        if name in HEALTHY:
            require(value == HEALTHY[name], f"{name} is {value!r}, expected {HEALTHY[name]!r}")
        elif name not in ("Adapters",):
            require(value, f"{name} is empty")
    (adapter,) = every["Adapters"]
    wanted = {"Path": bluez.ADAPTER, "Address": bluez.ADDRESS, "Powered": True, "Pairable": False, "Discoverable": False, "Used": True}
    require({key: adapter.get(key) for key in wanted} == wanted, f"Adapters has {adapter}")
    shown = json.loads(await bluez.run(BINARY, "status", "--json"))
    require(shown.get("capability") == "DisplayYesNo", f"pairpanel status --json says {shown}")


async def is_closed(appliance):
    return not await appliance.bluez.pairable() and not await appliance.bluez.discoverable()


def command(user, *arguments):
    """The exit status of `pairpanel`, run by this user."""
    return subprocess.run(["runuser", "-u", user, "--", BINARY, *arguments], capture_output=True, timeout=60, stdin=subprocess.DEVNULL).returncode


async def send(user, interface, member, *arguments):
    """dbus-send's answer to this user: the error's name, or an empty text."""
    line = ["runuser", "-u", user, "--", "dbus-send", "--system", "--print-reply", f"--dest={NAME}", PATH, f"{interface}.{member}", *arguments]
    process = await asyncio.create_subprocess_exec(*line, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _, errors = await process.communicate()
    return errors.decode().partition("Error ")[2].partition(":")[0].strip() if process.returncode else ""


async def denied(appliance):
    """An unprivileged user may read everything and change nothing."""
    for interface, member, *arguments in (
        ("org.freedesktop.DBus.Properties", "GetAll", f"string:{PANEL1}"),
        ("org.freedesktop.DBus.Introspectable", "Introspect"),
    ):
        error = await send("nobody", interface, member, *arguments)
        require(not error, f"nobody is refused {member}: {error}")
    for member, arguments in CALLS.items():
        error = await send("nobody", PANEL1, member, *arguments)
        require(error == "org.freedesktop.DBus.Error.AccessDenied", f"{member} by nobody: {error or 'carried out'}")
    for arguments, status in ((["status"], 0), (["devices"], 0), (["open"], 4), (["forget", "--all"], 4)):
        ended = await asyncio.to_thread(command, "nobody", *arguments)
        require(ended == status, f"pairpanel {' '.join(arguments)} by nobody ends with status {ended}, expected {status}")
    require(not await Panel(appliance.bus).get("WindowOpen"), "nobody has opened the window")
    # Nor can the agent be reached by those whom the bus policy lets call the interface.
    agent = appliance.registrations()[-1].sender
    for destination in (NAME, agent):
        line = ["runuser", "-u", "nobody", "--", "dbus-send", "--system", "--print-reply", f"--dest={destination}", "/org/pairpanel/agent",
                "org.bluez.Agent1.RequestConfirmation", f"objpath:{NO_DEVICE}", "uint32:123456"]  # fmt: skip
        ended = await asyncio.to_thread(subprocess.run, line, capture_output=True, text=True, timeout=60)
        require("AccessDenied" in ended.stderr, f"RequestConfirmation to {destination} by nobody: {ended.stderr or 'answered'}")


async def allowed(appliance, panel):
    """A member of the group may, by the bus and by the command."""
    error = await send(MEMBER, PANEL1, "OpenWindow", "uint32:30")
    require(not error, f"a member of the group is refused OpenWindow: {error}")
    require(await panel.get_window_open(), "the window is not open after a member's OpenWindow")
    require(25 <= await panel.get_window_remaining() <= 30, "the window is not open for 30 s")
    error = await send(MEMBER, PANEL1, "CloseWindow")
    require(not error and not await panel.get_window_open(), f"the window is open after a member's CloseWindow: {error}")
    require(await asyncio.to_thread(command, MEMBER, "open", "60") == 0, "pairpanel open fails for a member")
    require(50 < await panel.get_window_remaining() <= 60, "pairpanel open 60 did not open the window for 60 s")
    await panel.call_close_window()


async def wrong(panel):
    """What cannot be done has a name."""
    for call, arguments, name in (
        (panel.call_open_window, (3601,), "org.freedesktop.DBus.Error.InvalidArgs"),
        (panel.call_pair, ("somebody", ""), "org.freedesktop.DBus.Error.InvalidArgs"),
        (panel.call_pair, ("F0:F1:F2:F3:F4:F5", "eth0"), "org.freedesktop.DBus.Error.InvalidArgs"),
        (panel.call_forget, (NO_DEVICE,), "org.pairpanel.Error.NoSuchDevice"),
    ):
        try:
            await call(*arguments)
        except DBusError as error:
            require(error.type == name, f"{call.__name__}{arguments}: {error.type}, expected {name}")
        else:
            require(False, f"{call.__name__}{arguments} was carried out")


async def paired_by_phone(appliance, panel, heard):
    """By numeric comparison; returns the code."""
    await panel.call_open_window(0)
    require(119 <= await panel.get_window_remaining() <= 120, "0 does not open the window for window-seconds")
    await until("an adapter that is pairable", 10, appliance.bluez.pairable)
    await pair_by_button(appliance)
    (code,) = appliance.codes()
    await until("PairingFinished", 5, lambda: heard["PairingFinished"])
    (device,) = await appliance.bluez.bonded()
    address, name = "F0:F1:F2:F3:F4:F5", heard["PairingFinished"][0][2]
    require(heard["PairingStarted"] == [(device, address, heard["PairingStarted"][0][2], "numeric-comparison")], f"{heard}")
    finished = (device, address, name, "numeric-comparison", "paired-checked", True, True)
    require(heard["PairingFinished"] == [finished], f"PairingFinished: {heard['PairingFinished']}, expected {finished}")
    (listed,) = (await Panel(appliance.bus).all())["Devices"]
    wanted = {"Path": device, "Address": address, "Bonded": True, "Connected": True, "Trusted": False, "Blocked": False}
    require({key: listed.get(key) for key in wanted} == wanted, f"Devices has {listed}")
    return code


async def forgotten(appliance, panel):
    (device,) = await appliance.bluez.bonded()
    await panel.call_forget(device)
    require(not await appliance.bluez.bonded() and not bluez.stored_keys(), "a bond is left after Forget")
    require(await panel.get_devices() == [], "Devices is not empty after Forget")
    await leave(appliance)
    await appliance.phone.forget()


async def paired_from_here(appliance, panel, heard):
    """Pair returns when there is a bond."""
    since, before = time.time(), len(heard["PairingStarted"])
    appliance.phone.become("KeyboardDisplay")
    pairing = await appliance.phone.be_found("le")
    request = asyncio.create_task(panel.call_pair("F0:F1:F2:F3:F4:F5", "hci0"))
    await phone_shows_number(appliance, pairing)
    appliance.phone.user.number_is_right.set_result(True)
    await until("PairingStarted", 5, lambda: heard["PairingStarted"][before:])
    require(not request.done(), "Pair returned before anybody answered")
    await appliance.code_on_glass()
    await hold_accept(appliance, pairing)
    await asyncio.wait_for(request, 20)
    await appliance.paired(pairing, authenticated=True)
    require(told(appliance.monitor, "PairingFinished", since), "no PairingFinished for a pairing that began here")
    await leave(appliance)


async def identified(appliance, panel):
    before, since = appliance.bridge.pictures()[-1][1], time.time()
    await panel.call_identify()
    await until("another picture on the glass", 5, lambda: appliance.bridge.pictures()[-1][1] != before)
    await until("the glass stands still", 5, lambda: appliance.bridge.display()["settled"])
    appliance.keep_picture("identify")
    require(not appliance.codes(since), "a code is on the glass while the panel lets itself be found")


async def doctor(appliance):
    """pairpanel doctor finds no fault in a healthy appliance, and AlwaysPairable when that is set"""
    await appliance.start()
    await appliance.run(window=0)
    await Panel(appliance.bus).there()
    main_conf = bluez.MAIN_CONF.read_text()
    try:
        before = await examined()
        bluez.MAIN_CONF.write_text(main_conf.replace("[General]", "[General]\nAlwaysPairable = true", 1))
        after = await examined()
    finally:
        bluez.MAIN_CONF.write_text(main_conf)
    faults = [finding for finding in before if finding["state"] == "fault"]
    require(not faults, f"faults in a healthy appliance: {faults}")
    named = [finding for finding in after if "AlwaysPairable" in json.dumps(finding) and finding not in before]
    require(named and all(finding["state"] in ("fault", "warning") for finding in named), f"AlwaysPairable = true: {named or 'not found'}")
    states = [finding["state"] for finding in before]
    counted = ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))
    return f"{counted}; with AlwaysPairable also: {'; '.join(finding['found'] for finding in named)}"


async def examined():
    """The findings, from its JSON."""
    process = await asyncio.create_subprocess_exec(BINARY, "doctor", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = await process.communicate()
    require(process.returncode in (0, 1), f"pairpanel doctor ends with status {process.returncode}: {errors.decode().strip()}")
    report = json.loads(output)
    require((process.returncode == 1) == (report["fault"] > 0), f"status {process.returncode} with {report['fault']} faults")
    return report["findings"]
