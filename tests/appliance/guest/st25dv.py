"""An ST25DV as its data sheet describes it (ST25DV04KC, DS13519): I2C on one side, a phone's radio on the other.

`write` and `read` are I2C transfers without their address byte; they say whether the chip acknowledged. What
begins with `rf_` is a command that a phone sends; None is no answer.
"""

import time

USER, SYSTEM = 0x53, 0x57  # E2 tells them apart
ADDRESSES = (USER, SYSTEM)
BLOCK = 4
WRITE_TIME_S = 0.005

RF_MNGT, RFA1SS, ENDA1, ENDA2, ENDA3 = 0x03, 0x04, 0x05, 0x07, 0x09
I2CSS, LOCK_CCFILE, MB_MODE, LOCK_CFG = 0x0B, 0x0C, 0x0D, 0x0F
READ_ONLY_FROM = 0x10
PASSWORD, PRESENT = 0x0900, 0x09
RF_MNGT_DYN, I2C_SSO_DYN, MB_CTRL_DYN = 0x2003, 0x2004, 0x2006
RF_CONFIGURATION = (*range(0x00, 0x0B), MB_MODE, LOCK_CFG)
UID = bytes([0x44, 0x33, 0x22, 0x11, 0x00, 0x51, 0x02, 0xE0])


class St25dv:
    def __init__(self, size=512, page=16):
        """From the factory. `page` is 4 on an ST25DVxxK: bytes that are programmed in one write time."""
        self.page = page
        self.user = bytearray(size)
        last = size // 32 - 1
        self.system = bytearray([0x11, 0x0C, 0x01, 0, 0, last, 0, last, 0, last, 0, 0, 0, 0, 0x1A, 0, 0, 0, 0, 0])
        self.system += (size // BLOCK - 1).to_bytes(2, "little") + bytes([BLOCK - 1, 0x51]) + UID
        self.i2c_password = self.rf_password = bytes(8)
        self.writes = []  # (time, address, number of bytes) of what was programmed
        self.power_cycle()

    def power_cycle(self):
        """Power goes and comes; the memory stays."""
        self.radio = self.system[RF_MNGT]
        self.session = self.rf_session = self.mailbox = False
        self.pointer = 0
        self.busy_until = 0.0

    def is_busy(self):
        return time.monotonic() < self.busy_until

    def area(self, at):
        return sum(at >= (self.system[end] + 1) * 32 for end in (ENDA1, ENDA2, ENDA3))

    # I2C

    def write(self, address, data):
        if self.is_busy():
            return False
        if len(data) < 2:
            return True
        self.pointer = int.from_bytes(data[:2], "big")
        if len(data) == 2:
            return True  # the first half of a read
        store = self.write_user if address == USER else self.write_system
        return store(self.pointer, bytes(data[2:]))

    def read(self, address, length):
        """The bytes, or None without an acknowledge."""
        if self.is_busy():
            return None
        first, self.pointer = self.pointer, self.pointer + length
        return bytes(self.byte(address, at) for at in range(first, first + length))

    def byte(self, address, at):
        if address == SYSTEM:
            return self.system[at] if at < len(self.system) else 0xFF
        dynamic = {RF_MNGT_DYN: self.radio, I2C_SSO_DYN: int(self.session), MB_CTRL_DYN: int(self.mailbox)}
        return self.user[at] if at < len(self.user) else dynamic.get(at, 0xFF)

    def write_user(self, at, data):
        if at in (RF_MNGT_DYN, MB_CTRL_DYN) and len(data) == 1:
            if at == RF_MNGT_DYN:
                self.radio = data[0] & 3
            else:
                self.mailbox = bool(data[0] & self.system[MB_MODE] & 1)
            return True
        end = at + len(data)
        area = self.area(at)
        locked = any(self.system[LOCK_CCFILE] >> n & 1 and at < BLOCK * (n + 1) and end > BLOCK * n for n in (0, 1))
        protected = self.system[I2CSS] >> 2 * area & 1 and not self.session
        if self.mailbox or locked or protected or end > len(self.user) or len(data) > 256 or area != self.area(end - 1):
            return False
        self.user[at:end] = data
        self.program((end - 1) // self.page - at // self.page + 1)
        self.writes.append((time.time(), at, len(data)))
        return True

    def write_system(self, at, data):
        if at == PASSWORD and len(data) == 17 and data[8] == PRESENT:
            if data[:8] == data[9:]:
                self.session = data[:8] == self.i2c_password
            return True
        if not self.session or len(data) != 1 or at >= READ_ONLY_FROM:
            return False
        self.configure(at, data[0])
        return True

    def configure(self, at, value):
        self.system[at] = value
        if at == RF_MNGT:
            self.radio = value & 3
        self.program(1)

    def program(self, pages):
        self.busy_until = time.monotonic() + pages * WRITE_TIME_S

    # Radio

    def rf_answers(self):
        return not self.radio & 3 and not self.is_busy()

    def rf_read_block(self, block):
        """A block in hexadecimal: area 1 is always readable, the others unless a session is needed that nobody has."""
        at = block * BLOCK
        if not self.rf_answers() or at >= len(self.user) or (self.area(at) and self.protection(at) >> 2 & 2):
            return None
        return self.user[at : at + BLOCK].hex()

    def rf_write_block(self, block, data):
        at, data = block * BLOCK, bytes.fromhex(data)
        if not self.rf_answers() or self.mailbox or at >= len(self.user) or len(data) != BLOCK:
            return False
        if self.protection(at) >> 2 & 3 or (block < 2 and self.system[LOCK_CCFILE] >> block & 1):
            return False
        self.user[at : at + BLOCK] = data
        self.program(1)
        return True

    def protection(self, at):
        return self.system[RFA1SS + 2 * self.area(at)]

    def rf_lock_block(self, block):
        """Anybody may, and also I2C is kept from it then."""
        if not self.rf_answers() or block > 1:
            return False
        self.system[LOCK_CCFILE] |= 1 << block
        self.program(1)
        return True

    def rf_present_password(self, password):
        """Number 0, that of the configuration."""
        self.rf_session = self.rf_answers() and bytes.fromhex(password) == self.rf_password
        return self.rf_session

    def rf_write_configuration(self, register, value):
        if not self.rf_answers() or not self.rf_session or self.system[LOCK_CFG] & 1 or register not in RF_CONFIGURATION:
            return False
        self.configure(register, value)
        return True

    def rf_message(self):
        """The NDEF message that a phone finds, in hexadecimal, or None."""
        message = read_message(self.rf_read_block)
        return message and message.hex()

    def memory(self):
        """All of the user memory, as nobody but its maker sees it."""
        return self.user.hex()

    def rf_field_off(self):
        self.rf_session = False


def read_message(read_block):
    """The NDEF message as an app finds it (NFC Forum, Type 5 Tag), or None. `read_block` is that of the tag."""
    container = read_block(0)
    if container is None or bytes.fromhex(container)[0] != 0xE1:
        return None
    blocks = [read_block(n) for n in range(1, 1 + bytes.fromhex(container)[2] * 2)]
    if None in blocks:
        return None
    area = bytes.fromhex("".join(blocks))
    at = 0
    while at < len(area) and area[at] != 0xFE:
        if area[at] == 0x00:
            at += 1
            continue
        kind, length, at = area[at], area[at + 1], at + 2
        if length == 0xFF:
            length, at = int.from_bytes(area[at : at + 2], "big"), at + 2
        if kind == 0x03:
            return area[at : at + length] or None
        at += length
    return None
