"""Waiting for something to become true, with a deadline and a name for what did not happen."""

import asyncio
import inspect
import time

INTERVAL_S = 0.05


class Failure(Exception):
    """A case that did not show what it must show."""


class Broken(Failure):
    """The appliance around the daemon failed, not the daemon: no link, no adapter, no bridge."""


class Paired(Failure):
    """Something was paired, or is bonded, that must not be: no fault of the emulation excuses it."""


def at(where, error):
    """The same failure, which says where it was."""
    kind = next((kind for kind in (Broken, Paired) if isinstance(error, kind)), Failure)
    return kind(f"{where}: {str(error) or repr(error)}")


async def until(what, seconds, check, failure=Failure):
    """The first true value of `check()`, a function or coroutine function."""
    deadline = time.monotonic() + seconds
    while True:
        value = check()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        if time.monotonic() > deadline:
            raise failure(f"{what}: not within {seconds:g} s")
        await asyncio.sleep(INTERVAL_S)


def require(condition, message, failure=Failure):
    if not condition:
        raise failure(message)
