"""The test program in the guest: takes cases from the host's queue, runs them, reports each."""

import asyncio
import json
import logging
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

import api
import bonds
import cases
import faults
import installing
import kills
import oob
import outputs
import package
import service
import window
from appliance import HOST, Appliance
from association import play_row
from bluez import VIRTUAL
from catalogue import limit_s
from expected import row_and_phones
from measure import measure
from wait import Broken, Failure, Paired

EXCHANGE = Path("/host/exchange")
RESULTS = Path("/host/results")
MODULES = (cases, faults, window, bonds, api, outputs, service, installing, kills, oob)


def find(name):
    played = row_and_phones(name)
    if played:
        return row_case(*played)
    function = name.replace("-", "_")
    if function == "measure":
        return measure
    return next(getattr(module, function) for module in MODULES if hasattr(module, function))


def row_case(row, phones):
    def play(appliance):
        return play_row(appliance, row, phones)

    play.__doc__ = row.table.title
    return play


class Report:
    """One JSON object a line, appended to a file that the host reads along."""

    def __init__(self, path):
        self.file = path.open("a", buffering=1)

    def __call__(self, **event):
        self.file.write(json.dumps(event) + "\n")
        self.file.flush()


def claim():
    """The next case. Several guests take from one queue; a rename succeeds for only one of them."""
    for entry in sorted((EXCHANGE / "queue").iterdir()):
        try:
            entry.rename(EXCHANGE / "claimed" / entry.name)
        except FileNotFoundError:
            continue
        return entry.name.partition(":")[2]
    return None


async def run_case(name, report, directory):
    """(passed, note, what the emulation died of if that may be why not). The evidence is written whatever happens."""
    appliance = Appliance(directory)
    appliance.report_cell = lambda cell: report(event="cell", case=name, cell=cell)
    bumble_log = logging.FileHandler(appliance.directory / "bumble.log")
    bumble_log.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(bumble_log)
    problems, note, excusable, began = [], None, True, time.monotonic()
    try:
        note = await asyncio.wait_for(find(name)(appliance), limit_s(name))
    except asyncio.TimeoutError:
        late = time.monotonic() - began >= limit_s(name)
        problems.append(f"not finished within {limit_s(name)} s" if late else "something was not answered in time; see harness.log")
        appliance.log("harness").write(traceback.format_exc().encode())
    except Broken as broken:
        problems.append(f"the appliance broke: {broken}")
    except Failure as failure:
        problems.append(str(failure))
        excusable = not isinstance(failure, Paired)
    except Exception as error:
        problems.append(f"{error!r}; see harness.log")
        appliance.log("harness").write(traceback.format_exc().encode())
    if problems and appliance.bridge and appliance.bridge.stream:
        appliance.keep_picture("failed")
    crash = appliance.air.crash() if problems and excusable and appliance.air else None
    complaints = []
    try:
        complaints += await appliance.stop()
    except Exception as error:
        complaints.append(f"putting the case away failed: {error!r}")
        traceback.print_exc()
    problems += complaints
    logging.getLogger().removeHandler(bumble_log)
    bumble_log.close()
    return not problems, "; ".join(problems) if problems else note, None if complaints else crash


async def main():
    report = Report(EXCHANGE / f"report-{HOST['guest']}.jsonl")
    logging.basicConfig(level=logging.INFO, handlers=[])
    logging.getLogger("bumble.smp").setLevel(logging.DEBUG)
    subprocess.run(["modprobe", "-a", *(["hci_vhci"] if VIRTUAL else []), "uhid", "hid_cp2112", "i2c_dev", "uinput", "evdev"], check=True)
    began = time.monotonic()
    print(package.set_up())
    report(event="booted", installed=time.monotonic() - began)
    while name := claim():
        report(event="started", case=name)
        began = time.monotonic()
        try:
            passed, note, crash = await run_case(name, report, RESULTS / name)
            # A row of the tables has played the cell again, and reported the others.
            if crash and not row_and_phones(name):
                report(event="again", case=name, why=f"{crash}: {note}")
                passed, note, _ = await run_case(name, report, RESULTS / f"{name}-again")
        except Exception as error:
            traceback.print_exc()
            passed, note = False, f"the test program failed: {error!r}; see the guest's console"
        report(event="finished", case=name, shows=find(name).__doc__, passed=passed, note=note, seconds=round(time.monotonic() - began, 1))
    report(event="done")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    finally:
        sys.stdout.flush()
        os.sync()
        subprocess.run(["systemctl", "poweroff", "--no-block"])
