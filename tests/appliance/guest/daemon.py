"""The daemon as systemd has it: the package's unit, how it is started and stopped, and what systemd says of its process."""

import asyncio
import grp
import os
import signal
import subprocess
import time
from pathlib import Path

from wait import Broken, Failure, require, until

UNIT = "pairpanel.service"
BINARY = Path("/usr/bin/pairpanel")
CONFIGURATION = Path("/etc/pairpanel/pairpanel.toml")
# What a person puts there who has a board that no profile is built in for.
BOARDS = Path("/etc/pairpanel/boards")
# A drop-in sends the log there. It is a link that leads to the log of the case that is being run.
LOG = Path("/run/appliance/pairpanel.log")
DROP_INS = Path(f"/run/systemd/system/{UNIT}.d")
STAYS_DEAD = DROP_INS / "stays-dead.conf"
PROCESSES = Path(f"/sys/fs/cgroup/system.slice/{UNIT}/cgroup.procs")
# TimeoutStopSec= of the unit. What has taken so long was killed.
STOPS_S = 10


def show(*names, unit=UNIT):
    """Properties of the unit, as `systemctl show` writes them."""
    command = ["systemctl", "show", f"--property={','.join(names)}", unit]
    return read(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def read(shown):
    return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)


def realtime(monotonic_us):
    """The time of day of a timestamp of systemd, to the microsecond."""
    return time.time() - time.monotonic() + int(monotonic_us) / 1e6


class Daemon:
    """How often a case has had systemd start it anew is counted: one start more is the case's failure."""

    def __init__(self, log):
        self.restarts = 0
        LOG.parent.mkdir(exist_ok=True)
        LOG.unlink(missing_ok=True)
        LOG.symlink_to(log)

    def start(self):
        """Asks systemd for it, and does not wait until it is ready."""
        if STAYS_DEAD.exists():
            STAYS_DEAD.unlink()
            systemctl("daemon-reload")
        self.restarts = 0
        systemctl("start", "--no-block", UNIT)

    @property
    def pid(self):
        """Of the main process; 0 while there is none."""
        return int(show("MainPID")["MainPID"])

    async def state(self, *names):
        process = await asyncio.create_subprocess_exec("systemctl", "show", f"--property={','.join(names)}", UNIT, stdout=subprocess.PIPE)
        output, _ = await process.communicate()
        return read(output.decode())

    async def is_active(self):
        return (await self.state("ActiveState"))["ActiveState"] == "active"

    async def ended(self):
        """How it ended, in words, if it has, or is being started anew without having been asked to."""
        try:
            if PROCESSES.read_text():
                return None
        except OSError:
            pass
        state = await self.state("ActiveState", "Job", "Result", "ExecMainStatus", "NRestarts")
        if int(state["NRestarts"]) > self.restarts:
            return f"ended and was started anew by systemd, {state['NRestarts']} times, expected {self.restarts}"
        waits = int(state.get("Job") or 0)
        if state["ActiveState"] == "failed" or state["ActiveState"] == "inactive" and not waits:
            return f"ended with status {state['ExecMainStatus']} ({state['Result']})"
        return None

    async def stop(self):
        """Must end soon, without an error, and must have been one process all the time but for what the case wanted."""
        try:
            # A service that is stopped has forgotten it.
            restarts = int((await self.state("NRestarts"))["NRestarts"])
            began = time.monotonic()
            await self.ask("stop")
            took = time.monotonic() - began
            if STAYS_DEAD.exists():
                return
            state = await self.state("ActiveState", "Result", "ExecMainStatus")
            require(restarts == self.restarts, f"systemd started the daemon anew {restarts} times, expected {self.restarts}; see journal.log")
            # Success is also the end by a signal that it should have heard.
            ended = state["Result"] == "success" and int(state["ExecMainStatus"]) in (0, signal.SIGTERM)
            require(state["ActiveState"] == "inactive" and ended,
                    f"after systemctl stop the daemon is {state['ActiveState']}: {state['Result']}, status {state['ExecMainStatus']}")  # fmt: skip
            require(took < STOPS_S, f"systemctl stop took {took:.1f} s")
        finally:
            await self.put_away()

    async def put_away(self):
        """So that the next start is like the first one."""
        self.restarts = 0
        if (await self.state("ActiveState"))["ActiveState"] not in ("inactive", "failed"):
            await self.ask("stop")
        if STAYS_DEAD.exists():
            STAYS_DEAD.unlink()
            await self.ask("daemon-reload", unit=None)
        await self.ask("reset-failed")

    async def ask(self, verb, unit=UNIT):
        process = await asyncio.create_subprocess_exec("systemctl", verb, *filter(None, [unit]), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = await process.communicate()
        if process.returncode and verb != "reset-failed":
            raise Failure(f"systemctl {verb}: {output.decode().strip()}")

    def kill(self, how=signal.SIGKILL):
        """Of the process, and not of the service: systemd starts another one a second later, which the case has wanted."""
        pid = self.pid
        require(pid, "there is no daemon to be killed")
        self.restarts += 1
        os.kill(pid, how)
        return pid

    async def is_to_stay_dead(self):
        """Before a kill, for cases that show what happens while there is no panel. To stop the unit after it would be a
        race with its restart."""
        await self.require_restarts()
        STAYS_DEAD.write_text("[Service]\nRestart=no\n")
        await self.ask("daemon-reload", unit=None)

    async def require_restarts(self):
        """Where `stop` cannot tell any more."""
        restarts = int((await self.state("NRestarts"))["NRestarts"])
        require(restarts == self.restarts, f"systemd started the daemon anew {restarts} times, expected {self.restarts}; see journal.log")

    async def is_dead(self):
        return (await self.state("ActiveState"))["ActiveState"] == "failed"

    async def again(self, pid, seconds=10):
        """The process that systemd has started in place of `pid`, once it has."""

        async def another():
            now = int((await self.state("MainPID"))["MainPID"])
            return now if now not in (0, pid) else None

        return await until(f"another process in place of {pid}", seconds, another)


def systemctl(*arguments):
    done = subprocess.run(["systemctl", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise Broken(f"systemctl {' '.join(arguments)}: {done.stderr.strip()}")


def group_name(gid):
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
