"""The figures of README.md. Times are of software emulation where the machine has no KVM."""

import asyncio
import json
import statistics
import time
from pathlib import Path

from appliance import DARK, HOST
from cases import hold_accept, prompt
from daemon import BINARY, realtime, show
from wait import require, until

STARTS = 5
IDLE_S = 60
# When systemd made the process, and when that became the daemon.
STARTED = ("ExecMainStartTimestampMonotonic", "ExecMainHandoffTimestampMonotonic")


async def measure(appliance):
    """size, idle memory, context switches, start time, prompt time and wire bytes"""
    await appliance.start()
    await appliance.start_bluetoothd()
    figures = {
        "binary_bytes": BINARY.stat().st_size,
        "accelerator": HOST["accelerator"],
        "times_are": "on this machine's processor" if HOST["accelerator"] == "kvm" else "in software emulation (qemu TCG)",
    }
    figures |= await start_times(appliance)
    figures |= await idle(appliance)
    figures |= await one_prompt(appliance)
    (appliance.directory / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    return "\n".join(f"    {name}: {in_words(value)}" for name, value in figures.items())


def in_words(value):
    if isinstance(value, dict):
        return f"{value['median']} (median of {', '.join(map(str, value['all']))})"
    return value


async def start_times(appliance):
    """From exec until RequestDefaultAgent has returned: the first one, and the one with which the
    agent has the capability of the attached display. The window is closed. And what systemd takes before that,
    to make the sandbox."""
    sandbox, first, full = [], [], []
    for _ in range(STARTS):
        appliance.launch(window=0)
        request = await appliance.default_agent("DisplayYesNo")
        earliest = appliance.monitor.calls("RequestDefaultAgent", appliance.launched)[0]
        forked, execed = (realtime(at) for at in show(*STARTED).values())
        sandbox.append(1000 * (execed - forked))
        for times, call in ((first, earliest), (full, request)):
            times.append(1000 * (appliance.monitor.return_of(call).at - execed))
        await appliance.stop_daemon()
    return {
        f"{name}_ms": {"median": round(statistics.median(times), 1), "all": [round(each, 1) for each in times]}
        for name, times in (("systemd_to_exec", sandbox), ("exec_to_default_agent", first), ("exec_to_display_yes_no", full))
    }


async def idle(appliance):
    """The window is closed, and the glass has gone dark."""
    appliance.launch(window=0, keys=DARK)
    await appliance.default_agent("DisplayYesNo")
    await until("the glass lit", 30, lambda: appliance.bridge.display()["lit"])
    await until("the glass dark and still for 3 s", 90, lambda: still(appliance, 3, lit=False))
    process = Path(f"/proc/{appliance.daemon.pid}")
    before, wrote = switches(process), time.time()
    await asyncio.sleep(IDLE_S)
    after = switches(process)
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    written = appliance.bridge.transfers(wrote)
    await appliance.stop_daemon()
    return {
        "idle_vmrss_kib": int(status["VmRSS"].split()[0]),
        "idle_rssanon_kib": int(status["RssAnon"].split()[0]),
        "idle_threads": int(status["Threads"]),
        "idle_seconds": IDLE_S,
        "idle_context_switches": after - before,
        "idle_wire_bytes": sum(length for _, _, length, _ in written),
    }


def still(appliance, seconds, lit=True):
    display = appliance.bridge.display()
    recent = appliance.bridge.transfers(time.time() - seconds)
    return display["lit"] == lit and not recent


def switches(process):
    """Voluntary and involuntary, of all threads."""
    total = 0
    for status in process.glob("task/*/status"):
        total += sum(int(line.split()[1]) for line in status.read_text().splitlines() if "ctxt_switches" in line)
    return total


async def one_prompt(appliance):
    """From bluetoothd's RequestConfirmation on the bus to the last I2C byte of the picture with the digits."""
    appliance.launch()
    await appliance.default_agent("DisplayYesNo")
    # An open window counts down every second; its own bytes must not be among the prompt's.
    await until("the glass lit and still for 0.3 s", 30, lambda: still(appliance, 0.3))
    pairing = await prompt(appliance)
    (call,) = appliance.monitor.calls("RequestConfirmation")
    (shown,) = appliance.codes(call.at).values()
    wire = [transfer for transfer in appliance.bridge.transfers(call.at) if transfer[0] <= shown]
    require(wire, "no I2C transfer between RequestConfirmation and the digits on the glass")
    appliance.phone.user.number_is_right.set_result(True)
    await hold_accept(appliance, pairing)
    await appliance.paired(pairing, authenticated=True)
    return {
        "prompt_call_to_last_byte_ms": round(1000 * (wire[-1][0] - call.at), 1),
        "prompt_transfers": len(wire),
        "prompt_wire_bytes": sum(length for _, _, length, _ in wire),
    }
