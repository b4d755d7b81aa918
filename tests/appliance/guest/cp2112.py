"""A Silicon Labs CP2112 USB-to-I2C bridge behind /dev/uhid, with a display, two buttons and maybe an NFC tag on it.

The stock driver hid-cp2112 binds to it and offers a real i2c adapter and a real gpiochip. The
bridge runs as a process of its own, because the driver waits only 50 ms for a status report and
the test program is sometimes busy for longer. `Bridge` is the test program's end.
"""

import base64
import json
import os
import selectors
import socket
import struct
import subprocess
import sys
import time

from sh1106 import Sh1106
from ssd1306 import Ssd1306
from st25dv import ADDRESSES, St25dv

SOCKET = "/run/cp2112.sock"
DISPLAY_ADDRESS = 0x3C
DISPLAYS = {"ssd1306": Ssd1306, "sh1106": Sh1106}
SETTLED_S = 0.04
LONGEST_UNSETTLED_S = 0.5

UHID_DESTROY, UHID_OUTPUT, UHID_GET_REPORT, UHID_GET_REPORT_REPLY = 1, 6, 9, 10
UHID_CREATE2, UHID_INPUT2, UHID_SET_REPORT, UHID_SET_REPORT_REPLY = 11, 12, 13, 14
BUS_USB = 3
EVENT_SIZE = 4380

FEATURE_GPIO_CONFIG, FEATURE_GPIO_GET, FEATURE_GPIO_SET, FEATURE_VERSION, FEATURE_SMBUS_CONFIG = 0x02, 0x03, 0x04, 0x05, 0x06
FEATURE_LOCK_BYTE = 0x20
READ_REQUEST, WRITE_READ_REQUEST, READ_FORCE_SEND, READ_RESPONSE = 0x10, 0x11, 0x12, 0x13
WRITE_REQUEST, STATUS_REQUEST, STATUS_RESPONSE = 0x14, 0x15, 0x16
COMPLETE, ERROR = 2, 3

REPORTS = {
    "feature": {0x01: 1, 0x02: 4, 0x03: 1, 0x04: 2, 0x05: 2, 0x06: 13, 0x20: 1},
    "output": {0x10: 3, 0x11: 20, 0x12: 2, 0x14: 62, 0x15: 1, 0x17: 1},
    "input": {0x13: 63, 0x16: 6},
}


def report_descriptor():
    """The kernel drops every report that is not declared here."""
    tags = {"input": 0x81, "output": 0x91, "feature": 0xB1}
    body = bytes([0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08])
    for kind, reports in REPORTS.items():
        for number, size in reports.items():
            body += bytes([0x85, number, 0x95, size, 0x09, 0x01, tags[kind], 0x02])
    return body + bytes([0xC0])


class EmulatedCp2112:
    def __init__(self, uhid, display, tag=None):
        self.uhid = uhid
        self.display = display
        self.tag = tag
        self.acknowledges = True
        self.levels = 0xFF  # the lines idle high
        self.driven = []  # (time, line, level) of the lines that the host drives
        self.gpio_config = bytes(4)
        self.smbus_config = struct.pack(">IBBHBHH", 100_000, 0x02, 0, 1, 0, 1, 0)
        self.last_status = (COMPLETE, 0)
        self.last_read = b""
        self.transfers = []
        self.pictures = []
        self.unseen_since = None
        self.last_write = 0.0

    def create(self):
        descriptor = report_descriptor()
        event = struct.pack("<I128s64s64sHHIIII", UHID_CREATE2, b"CP2112 HID USB-to-SMBus Bridge", b"appliance", b"",
                            len(descriptor), BUS_USB, 0x10C4, 0xEA90, 0x0100, 0)  # fmt: skip
        os.write(self.uhid, event + descriptor.ljust(4096, b"\0"))
        self.picture_taken(time.time())

    def handle_event(self):
        event = os.read(self.uhid, EVENT_SIZE)
        (kind,) = struct.unpack_from("<I", event)
        if kind == UHID_GET_REPORT:
            self.get_report(*struct.unpack_from("<IB", event, 4))
        elif kind == UHID_SET_REPORT:
            identity, number, _, size = struct.unpack_from("<IBBH", event, 4)
            self.set_report(identity, number, event[12 : 12 + size])
        elif kind == UHID_OUTPUT:
            (size,) = struct.unpack_from("<H", event, 4 + 4096)
            self.output(event[4 : 4 + size])

    def get_report(self, identity, number):
        answers = {
            FEATURE_GPIO_CONFIG: self.gpio_config,
            FEATURE_GPIO_GET: bytes([self.levels]),
            FEATURE_VERSION: bytes([0x0C, 2]),
            FEATURE_SMBUS_CONFIG: self.smbus_config,
            FEATURE_LOCK_BYTE: bytes(1),
        }
        body = answers.get(number)
        data = b"" if body is None else bytes([number]) + body
        error = 0 if data else 5
        os.write(self.uhid, struct.pack("<IIHH", UHID_GET_REPORT_REPLY, identity, error, len(data)) + data.ljust(4096, b"\0"))

    def set_report(self, identity, number, data):
        if number == FEATURE_GPIO_CONFIG:
            self.gpio_config = data[1:5]
        elif number == FEATURE_GPIO_SET:
            self.drive(*data[1:3])
        elif number == FEATURE_SMBUS_CONFIG:
            self.smbus_config = data[1:14]
        os.write(self.uhid, struct.pack("<IIH", UHID_SET_REPORT_REPLY, identity, 0))

    def drive(self, levels, mask):
        """Each line of `mask` is driven to its bit of `levels`."""
        self.driven += [(time.time(), line, levels >> line & 1) for line in range(8) if mask >> line & 1]
        self.levels = self.levels & ~mask | levels & mask

    def input(self, data):
        os.write(self.uhid, struct.pack("<IH", UHID_INPUT2, len(data)) + data.ljust(4096, b"\0"))

    def output(self, data):
        number = data[0]
        if number == WRITE_REQUEST:
            self.write(data[1] >> 1, data[3 : 3 + data[2]])
        elif number == READ_REQUEST:
            self.read(data[1] >> 1, struct.unpack_from(">H", data, 2)[0])
        elif number == WRITE_READ_REQUEST:
            self.write(data[1] >> 1, data[5 : 5 + data[4]])
            if self.last_status[0] == COMPLETE:
                self.read(data[1] >> 1, struct.unpack_from(">H", data, 2)[0])
        elif number == STATUS_REQUEST:
            status, length = self.last_status
            self.input(struct.pack(">BBBHH", STATUS_RESPONSE, status, 0, 0, length))
        elif number == READ_FORCE_SEND:
            self.input(bytes([READ_RESPONSE, self.last_status[0], len(self.last_read)]) + self.last_read.ljust(61, b"\0"))

    def acknowledged(self, address):
        return address == DISPLAY_ADDRESS and self.acknowledges

    def is_tag(self, address):
        return self.tag is not None and address in ADDRESSES

    def write(self, address, data):
        is_tag = self.is_tag(address)
        acknowledged = self.tag.write(address, data) if is_tag else self.acknowledged(address)
        now = time.time()
        # A transaction that is not acknowledged ends after the address byte.
        self.transfers.append((now, address, 1 + len(data) if acknowledged else 1, acknowledged))
        self.last_status = (COMPLETE if acknowledged else ERROR, len(data))
        if acknowledged and not is_tag:
            self.display.write(data)
            self.last_write = now
            self.unseen_since = self.unseen_since or now

    def read(self, address, length):
        if self.is_tag(address):
            read = self.tag.read(address, length)
        else:
            read = bytes([self.display.read_status()] * length) if self.acknowledged(address) else None
        acknowledged, self.last_read = read is not None, read or b""
        self.last_status = (COMPLETE if acknowledged else ERROR, length)
        self.transfers.append((time.time(), address, 1 + len(self.last_read), acknowledged))

    def next_picture_in(self):
        if self.unseen_since is None:
            return None
        due = min(self.last_write + SETTLED_S, self.unseen_since + LONGEST_UNSETTLED_S)
        return max(0.0, due - time.time())

    def picture_taken(self, now):
        """Keeps each picture that stood still (or every half second of an animation)."""
        self.unseen_since = None
        bits = "".join(str(pixel) for row in self.display.picture() for pixel in row)
        packed = int(bits, 2).to_bytes(len(bits) // 8, "big")
        if not self.pictures or self.pictures[-1][1] != packed:
            self.pictures.append((now, packed))

    def answer(self, request):
        """One request of the test program."""
        verb = request["do"]
        if verb == "level":
            mask = 1 << request["line"]
            self.levels = self.levels | mask if request["high"] else self.levels & ~mask
        elif verb == "acknowledge":
            if request["value"] and not self.acknowledges:
                self.display.power_up()  # it comes back as a freshly powered module does
                self.unseen_since = self.last_write = time.time()
            self.acknowledges = request["value"]
        elif verb == "pictures":
            return [(at, base64.b64encode(packed).decode()) for at, packed in self.pictures[request["first"] :]]
        elif verb == "transfers":
            return [transfer for transfer in self.transfers if transfer[0] >= request["since"]]
        elif verb == "driven":
            return [(at, level) for at, line, level in self.driven if line == request["line"]]
        elif verb == "display":
            return {"lit": self.display.lit(), "contrast": self.display.contrast, "unknown": self.display.unknown,
                    "settled": self.unseen_since is None, "rows": self.display.rows}  # fmt: skip
        elif verb == "tag":
            return getattr(self.tag, request["what"])(*request["arguments"])
        else:
            raise ValueError(f"unknown request {verb}")
        return None


def serve(rows, controller, tag):
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    uhid = os.open("/dev/uhid", os.O_RDWR)
    emulated = EmulatedCp2112(uhid, DISPLAYS[controller](rows), St25dv(tag) if tag else None)
    if os.path.exists(SOCKET):
        os.unlink(SOCKET)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(SOCKET)
    listener.listen()
    emulated.create()
    selector = selectors.DefaultSelector()
    selector.register(uhid, selectors.EVENT_READ, "uhid")
    selector.register(listener, selectors.EVENT_READ, "listener")
    while True:
        for ready, _ in selector.select(emulated.next_picture_in()):
            if ready.data == "uhid":
                emulated.handle_event()
            elif ready.data == "listener":
                connection, _ = listener.accept()
                selector.register(connection, selectors.EVENT_READ, connection.makefile("rw"))
            else:
                line = ready.data.readline()
                if not line:
                    selector.unregister(ready.fileobj)
                    ready.fileobj.close()
                    continue
                ready.data.write(json.dumps(emulated.answer(json.loads(line))) + "\n")
                ready.data.flush()
        if emulated.next_picture_in() == 0.0:
            emulated.picture_taken(time.time())


class Bridge:
    """The test program's hold on the bridge: presses keys, looks at the glass, unplugs the display."""

    def __init__(self, log, rows=64, controller="ssd1306", tag=0):
        """`tag` is the size of its memory, or 0 for none."""
        self.rows = rows
        self.process = subprocess.Popen([sys.executable, __file__, str(rows), controller, str(tag)], stdout=log, stderr=log)
        self.stream = None
        self.seen = []

    def connect(self):
        """True once the process listens."""
        if self.process.poll() is not None:
            raise RuntimeError(f"the emulated CP2112 ended with status {self.process.returncode}; see cp2112.log")
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(SOCKET)
        except OSError:
            return False
        self.stream = connection.makefile("rw")
        return True

    def ask(self, verb, **arguments):
        self.stream.write(json.dumps({"do": verb, **arguments}) + "\n")
        self.stream.flush()
        return json.loads(self.stream.readline())

    def press(self, line):
        self.ask("level", line=line, high=False)

    def release(self, line):
        self.ask("level", line=line, high=True)

    def acknowledge(self, value):
        self.ask("acknowledge", value=value)

    def display(self):
        return self.ask("display")

    def tag(self, what, *arguments):
        """One method of the tag, such as rf_read_block."""
        return self.ask("tag", what=what, arguments=arguments)

    def levels(self, line):
        """What the host has driven a line to, as (time, level), oldest first."""
        return self.ask("driven", line=line)

    def transfers(self, since):
        return self.ask("transfers", since=since)

    def pictures(self):
        """All pictures so far as (time, rows of 0/1), oldest first."""
        for at, packed in self.ask("pictures", first=len(self.seen)):
            raw = base64.b64decode(packed)
            rows = [raw[16 * y : 16 * y + 16] for y in range(self.rows)]
            self.seen.append((at, [[byte >> 7 - bit & 1 for byte in row for bit in range(8)] for row in rows]))
        return self.seen

    def close(self):
        self.process.terminate()
        self.process.wait()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
