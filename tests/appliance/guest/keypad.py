"""A numpad behind /dev/uinput: the kernel makes a real evdev device out of it."""

import asyncio
import fcntl
import os
import struct
import time

NAME, PHYS = "Appliance numpad", "appliance/numpad"

EV_SYN, EV_KEY = 0, 1
ESC, BACKSPACE, ENTER = 1, 14, 96
DIGITS = dict(zip("0123456789", (82, 79, 80, 81, 75, 76, 77, 71, 72, 73), strict=True))

UI_DEV_CREATE, UI_DEV_DESTROY = 0x5501, 0x5502
UI_DEV_SETUP, UI_SET_EVBIT, UI_SET_KEYBIT, UI_SET_PHYS = 0x405C5503, 0x40045564, 0x40045565, 0x4008556C
BUS_USB = 3

# A quick person, and slower than any debouncing.
DOWN_S = UP_S = 0.06


class Keypad:
    def __init__(self):
        self.uinput = os.open("/dev/uinput", os.O_WRONLY | os.O_NONBLOCK)
        fcntl.ioctl(self.uinput, UI_SET_EVBIT, EV_KEY)
        for key in (ESC, BACKSPACE, ENTER, *DIGITS.values()):
            fcntl.ioctl(self.uinput, UI_SET_KEYBIT, key)
        fcntl.ioctl(self.uinput, UI_SET_PHYS, PHYS.encode() + b"\0")
        fcntl.ioctl(self.uinput, UI_DEV_SETUP, struct.pack("<HHHH80sI", BUS_USB, 0x1209, 0x0001, 1, NAME.encode(), 0))
        fcntl.ioctl(self.uinput, UI_DEV_CREATE)

    def event(self, key, down):
        now = time.time()
        stamp = int(now), int(now % 1 * 1e6)
        os.write(self.uinput, struct.pack("<qqHHi", *stamp, EV_KEY, key, down) + struct.pack("<qqHHi", *stamp, EV_SYN, 0, 0))

    def press(self, key):
        self.event(key, 1)

    def release(self, key):
        self.event(key, 0)

    async def tap(self, key):
        self.press(key)
        await asyncio.sleep(DOWN_S)
        self.release(key)
        await asyncio.sleep(UP_S)

    async def type(self, digits):
        for digit in digits:
            await self.tap(DIGITS[digit])

    def unplug(self):
        if self.uinput is not None:
            fcntl.ioctl(self.uinput, UI_DEV_DESTROY)
            os.close(self.uinput)
            self.uinput = None
