"""A controller of btvirt on a serial line, for kernels without virtual controllers (Debian's for arm64)."""

import os
import select
import socket
import subprocess
import threading
import tty


class SerialLine:
    """The kernel's end is a terminal that btattach makes an adapter of; at the other end is btvirt."""

    def __init__(self, server, log):
        self.controller = socket.socket(socket.AF_UNIX)
        self.controller.connect(server)
        self.begun = b""
        self.ours, self.kernels = os.openpty()
        tty.setraw(self.kernels)
        self.ended, self.end = os.pipe()
        self.pump = threading.Thread(target=self.carry, daemon=True)
        self.pump.start()
        command = ["btattach", "-B", os.ttyname(self.kernels), "-P", "h4"]
        self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def carry(self):
        """Bytes both ways, until either side has gone."""
        ways = {self.ours: self.to_controller, self.controller.fileno(): self.to_kernel}
        while True:
            ready, _, _ = select.select([*ways, self.ended], [], [])
            if self.ended in ready:
                return
            for end in ready:
                try:
                    data = os.read(end, 4096)
                    if not data:
                        return
                    ways[end](data)
                except OSError:
                    return

    def to_controller(self, data):
        """Whole packets only: btvirt loses a header that comes in two pieces."""
        self.begun += data
        while (length := packet_length(self.begun)) and len(self.begun) >= length:
            self.controller.sendall(self.begun[:length])
            self.begun = self.begun[length:]

    def to_kernel(self, data):
        while data:
            data = data[os.write(self.ours, data) :]

    def close(self):
        self.process.terminate()
        self.process.wait()
        os.write(self.end, b".")
        self.pump.join()
        self.controller.close()
        for descriptor in (self.ours, self.kernels, self.ended, self.end):
            os.close(descriptor)


def packet_length(data):
    """Of the HCI packet that begins there (Core Specification, volume 4, parts A and E), or None if that is not yet known."""
    COMMAND, ACL, SCO = 1, 2, 3
    if not data or len(data) < (header := {COMMAND: 4, ACL: 5, SCO: 4}[data[0]]):
        return None
    return header + (int.from_bytes(data[3:5], "little") if data[0] == ACL else data[3])
