"""An SSD1306 as its data sheet describes it: I2C writes in, lit pixels out.

`picture()` is what a person in front of the module sees. The modules are wired so that segment
remap (A1) and the reversed COM scan (C8) give an upright picture; a driver that leaves them out,
sets the wrong multiplex ratio or COM pins, or forgets the charge pump gets the mirrored, cut,
interleaved or dark picture that the real module would show.
"""

import random

COLUMNS = 128
RAM_ROWS = 64

# command -> number of parameter bytes; everything else has none
PARAMETERS = {
    0x20: 1, 0x21: 2, 0x22: 2, 0x26: 6, 0x27: 6, 0x29: 5, 0x2A: 5, 0x81: 1, 0x8D: 1,
    0xA3: 2, 0xA8: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1,
}  # fmt: skip


class Ssd1306:
    def __init__(self, rows=64):
        self.rows = rows
        self.power_up()

    def power_up(self):
        """Reset state. The RAM of a fresh module holds noise, so a driver must clear it."""
        noise = random.Random(1306)
        self.ram = [[noise.random() < 0.5 for _ in range(COLUMNS)] for _ in range(RAM_ROWS)]
        self.on = False
        self.charge_pump = False
        self.contrast = 0x7F
        self.inverse = False
        self.all_on = False
        self.start_line = 0
        self.offset = 0
        self.multiplex = 64
        self.segment_remap = False
        self.com_reversed = False
        self.com_pins = 0x12
        self.addressing = 2
        self.column, self.column_first, self.column_last = 0, 0, COLUMNS - 1
        self.page, self.page_first, self.page_last = 0, 0, 7
        self.pending = []
        self.unknown = []

    def write(self, data):
        """One I2C transaction without its address byte."""
        position = 0
        while position < len(data):
            control = data[position]
            position += 1
            is_data = bool(control & 0x40)
            # Co=1: a single byte follows, then another control byte. Co=0: the rest is of one kind.
            end = position + 1 if control & 0x80 else len(data)
            for byte in data[position:end]:
                if is_data:
                    self.store(byte)
                else:
                    self.take_command_byte(byte)
            position = end

    def read_status(self):
        return 0x03 | (0x00 if self.on else 0x40)

    def store(self, byte):
        for bit in range(8):
            self.ram[self.page * 8 + bit][self.column] = bool(byte >> bit & 1)
        if self.addressing == 0:
            self.column, carried = step(self.column, self.column_first, self.column_last)
            if carried:
                self.page, _ = step(self.page, self.page_first, self.page_last)
        elif self.addressing == 1:
            self.page, carried = step(self.page, self.page_first, self.page_last)
            if carried:
                self.column, _ = step(self.column, self.column_first, self.column_last)
        else:
            self.column = (self.column + 1) % COLUMNS

    def take_command_byte(self, byte):
        """Parameters may arrive in a later transaction than their command."""
        self.pending.append(byte)
        if len(self.pending) > PARAMETERS.get(self.pending[0], 0):
            command, *parameters = self.pending
            self.pending = []
            self.execute(command, parameters)

    def execute(self, command, parameters):
        if command <= 0x0F:
            self.column = self.column & 0x70 | command
        elif command <= 0x1F:
            self.column = self.column & 0x0F | (command & 0x07) << 4
        elif command == 0x20:
            self.addressing = parameters[0] & 3
        elif command == 0x21:
            self.column_first, self.column_last = (value & 0x7F for value in parameters)
            self.column = self.column_first
        elif command == 0x22:
            self.page_first, self.page_last = (value & 0x07 for value in parameters)
            self.page = self.page_first
        elif 0x40 <= command <= 0x7F:
            self.start_line = command & 0x3F
        elif command == 0x81:
            self.contrast = parameters[0]
        elif command == 0x8D:
            self.charge_pump = bool(parameters[0] & 0x04)
        elif command in (0xA0, 0xA1):
            self.segment_remap = command == 0xA1
        elif command in (0xA4, 0xA5):
            self.all_on = command == 0xA5
        elif command in (0xA6, 0xA7):
            self.inverse = command == 0xA7
        elif command == 0xA8:
            self.multiplex = (parameters[0] & 0x3F) + 1
        elif command in (0xAE, 0xAF):
            self.on = command == 0xAF
        elif 0xB0 <= command <= 0xB7:
            self.page = command & 7
        elif command in (0xC0, 0xC8):
            self.com_reversed = command == 0xC8
        elif command == 0xD3:
            self.offset = parameters[0] & 0x3F
        elif command == 0xDA:
            self.com_pins = parameters[0]
        elif command not in (0x2E, 0xD5, 0xD9, 0xDB, 0xE3):
            # Scrolling and vendor commands change what is seen, but are not modelled: the log says so.
            self.unknown.append(command)

    def lit(self):
        return self.on and self.charge_pump

    def picture(self):
        """Rows of 0/1 from the top left corner, as seen by a person."""
        if not self.lit():
            return [[0] * COLUMNS for _ in range(self.rows)]
        return [self.line(y) for y in range(self.rows)]

    def line(self, y):
        com = self.com_pin_of(y)
        if com is None or com >= self.multiplex:
            return [0] * COLUMNS
        # Upright modules scan reversed: the top line hangs on the last COM pin.
        scan = com if not self.com_reversed else self.multiplex - 1 - com
        row = self.ram[(scan + self.start_line + self.offset) % RAM_ROWS]
        if self.all_on:
            return [1] * COLUMNS
        seen = row if self.segment_remap else row[::-1]
        return [int(pixel != self.inverse) for pixel in seen]

    def com_pin_of(self, y):
        """The COM output that drives the line `y` from the top, through the COM pins setting.

        A 64-line panel has its even and odd lines on opposite sides of the chip (DA 12), a
        32-line panel has them one after another (DA 02).
        """
        com = self.rows - 1 - y
        wired_alternative = self.rows == 64
        if bool(self.com_pins & 0x10) == wired_alternative:
            return com
        if wired_alternative:
            return com // 2 + (32 if com % 2 else 0)
        return com * 2


def step(value, first, last):
    """The address counter: the next value and whether it wrapped."""
    return (first, True) if value == last else ((value + 1) & 0x7F, False)
