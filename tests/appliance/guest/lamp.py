"""A keyboard with a lamp for Caps Lock behind /dev/uinput: the kernel makes a LED of the class `leds` out of it."""

import asyncio
import fcntl
import os
import struct
import time
from pathlib import Path

from keypad import BUS_USB, EV_KEY, UI_DEV_CREATE, UI_DEV_DESTROY, UI_DEV_SETUP, UI_SET_EVBIT, UI_SET_KEYBIT
from nodes import group_and_mode

NAME = "Appliance lamp"
EV_LED, LED_CAPSL, KEY_CAPSLOCK = 0x11, 1, 58
UI_SET_LEDBIT = 0x40045569
EVENT = struct.Struct("<qqHHi")
# What drives it as long as nobody else does, as the kernel lists it.
CAPS_LOCK_TRIGGER = "[kbd-capslock]"


class Lamp:
    def __init__(self):
        self.uinput = os.open("/dev/uinput", os.O_RDWR | os.O_NONBLOCK)
        for event in (EV_KEY, EV_LED):
            fcntl.ioctl(self.uinput, UI_SET_EVBIT, event)
        fcntl.ioctl(self.uinput, UI_SET_KEYBIT, KEY_CAPSLOCK)
        fcntl.ioctl(self.uinput, UI_SET_LEDBIT, LED_CAPSL)
        fcntl.ioctl(self.uinput, UI_DEV_SETUP, struct.pack("<HHHH80sI", BUS_USB, 0x1209, 0x0002, 1, NAME.encode(), 0))
        fcntl.ioctl(self.uinput, UI_DEV_CREATE)

    def device(self):
        for name in Path("/sys/class/input").glob("input*/name"):
            if name.read_text().strip() == NAME:
                return name.parent
        return None

    def directory(self):
        """Of the LED, once the kernel has made it."""
        device = self.device()
        return device and next(iter(device.glob("input*::capslock")), None)

    def event_node(self):
        return Path("/dev/input") / next(self.device().glob("event*")).name

    def ours(self):
        """Its name in /sys/class/leds, once the package's rules have been applied."""
        directory = self.directory()
        files = [directory / name for name in ("trigger", "brightness")] if directory else []
        given = files and all(group_and_mode(file)[0] == "gpio" and group_and_mode(file)[1] & 0o020 for file in files)
        return directory.name if given else None

    def trigger(self):
        return (self.directory() / "trigger").read_text()

    async def switched(self, seconds):
        """How often its device was told another state: what a person sees of it."""
        self.changes()
        ends, count = time.monotonic() + seconds, 0
        while time.monotonic() < ends:
            await asyncio.sleep(0.05)
            count += self.changes()
        return count

    def changes(self):
        count = 0
        while True:
            try:
                data = os.read(self.uinput, EVENT.size * 16)
            except BlockingIOError:
                return count
            kinds = [EVENT.unpack_from(data, at)[2:4] for at in range(0, len(data), EVENT.size)]
            count += kinds.count((EV_LED, LED_CAPSL))

    def unplug(self):
        fcntl.ioctl(self.uinput, UI_DEV_DESTROY)
        os.close(self.uinput)
