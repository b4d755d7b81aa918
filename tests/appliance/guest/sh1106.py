"""An SH1106 as its data sheet describes it: I2C writes in, lit pixels out.

`picture()` is what a person in front of the module sees. The memory has 132 columns, of which the
glass shows the 128 in the middle, and knows pages only: a driver that takes the chip for an SSD1306
leaves two columns of noise at the edge, or writes everything into one page.
"""

import random

COLUMNS = 128
COLUMNS_BEFORE = 2
RAM_COLUMNS = 132
RAM_ROWS = 64

# command -> number of parameter bytes; everything else has none
PARAMETERS = {0x81: 1, 0xA8: 1, 0xAD: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1}


class Sh1106:
    def __init__(self, rows=64):
        self.rows = rows
        # A glass of 32 lines is soldered to the outputs in the middle.
        self.first_com = (RAM_ROWS - rows) // 2
        self.power_up()

    def power_up(self):
        """Reset state. The RAM of a fresh module holds noise, so a driver must clear it."""
        noise = random.Random(1106)
        self.ram = [[noise.random() < 0.5 for _ in range(RAM_COLUMNS)] for _ in range(RAM_ROWS)]
        self.on = False
        self.converter = True
        self.contrast = 0x80
        self.inverse = False
        self.all_on = False
        self.start_line = 0
        self.offset = 0
        self.multiplex = 64
        self.segment_remap = False
        self.com_reversed = False
        self.com_pins = 0x12
        self.column = 0
        self.page = 0
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
        return 0x08 | (0x00 if self.on else 0x40)

    def store(self, byte):
        """The column counts up to the last one and stays there; the page never counts."""
        for bit in range(8):
            self.ram[self.page * 8 + bit][self.column] = bool(byte >> bit & 1)
        self.column = min(self.column + 1, RAM_COLUMNS - 1)

    def take_command_byte(self, byte):
        """Parameters may arrive in a later transaction than their command."""
        self.pending.append(byte)
        if len(self.pending) > PARAMETERS.get(self.pending[0], 0):
            command, *parameters = self.pending
            self.pending = []
            self.execute(command, parameters)

    def execute(self, command, parameters):
        if command <= 0x0F:
            self.column = self.column & 0xF0 | command
        elif command <= 0x1F:
            self.column = min(self.column & 0x0F | (command & 0x0F) << 4, RAM_COLUMNS - 1)
        elif 0x40 <= command <= 0x7F:
            self.start_line = command & 0x3F
        elif command == 0x81:
            self.contrast = parameters[0]
        elif command in (0xA0, 0xA1):
            self.segment_remap = command == 0xA1
        elif command in (0xA4, 0xA5):
            self.all_on = command == 0xA5
        elif command in (0xA6, 0xA7):
            self.inverse = command == 0xA7
        elif command == 0xA8:
            self.multiplex = (parameters[0] & 0x3F) + 1
        elif command == 0xAD:
            if parameters[0] & 0xFE == 0x8A:
                self.converter = bool(parameters[0] & 1)
        elif command in (0xAE, 0xAF):
            self.on = command == 0xAF
        elif 0xB0 <= command <= 0xB7:
            self.page = command & 7
        elif 0xC0 <= command <= 0xCF:
            self.com_reversed = bool(command & 8)
        elif command == 0xD3:
            self.offset = parameters[0] & 0x3F
        elif command == 0xDA:
            self.com_pins = parameters[0]
        elif command not in (0x30, 0x31, 0x32, 0x33, 0xD5, 0xD9, 0xDB, 0xE3):
            # Commands of an SSD1306, such as 20 to 22 and 8D, are none of this chip: the log says so.
            self.unknown.append(command)

    def lit(self):
        return self.on and self.converter

    def picture(self):
        """Rows of 0/1 from the top left corner, as seen by a person."""
        if not self.lit():
            return [[0] * COLUMNS for _ in range(self.rows)]
        return [self.line(y) for y in range(self.rows)]

    def line(self, y):
        # Upright modules scan reversed: the top line hangs on the last COM pin of the glass.
        com = self.first_com + self.rows - 1 - y
        if self.com_reversed:
            scan = (self.multiplex - 1 + self.offset - com) % RAM_ROWS
        else:
            scan = (com + self.offset) % RAM_ROWS
        # Both sizes have their even and odd lines on opposite sides of the chip.
        if scan >= self.multiplex or self.com_pins != 0x12:
            return [0] * COLUMNS
        if self.all_on:
            return [1] * COLUMNS
        row = self.ram[(scan + self.start_line) % RAM_ROWS]
        if not self.segment_remap:
            row = row[::-1]
        return [int(pixel != self.inverse) for pixel in row[COLUMNS_BEFORE : COLUMNS_BEFORE + COLUMNS]]
