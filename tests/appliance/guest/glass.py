"""What is on the glass: the six digits read from pixels, and pictures as PNG or as text."""

import struct
import zlib
from pathlib import Path

ZOOM = 4
BINARY = bytes.maketrans(b"\0\1", b"01")
BLANK, LIT = b"\0" * ZOOM, b"\xff" * ZOOM


class Digits:
    """The reference pictures of the ten digits, in each style and size that the daemon draws."""

    def __init__(self, path):
        self.styles, self.factors = {}, {}
        cells = cell = None
        for number, line in enumerate(Path(path).read_text().splitlines(), 1):
            if not line or line.startswith(";"):
                continue
            if line.startswith("style "):
                name, *factors = line.removeprefix("style ").split()
                cells, cell = self.styles.setdefault(name, {}), None
                self.factors[name] = [int(factor) for factor in factors]
            elif cells is not None and len(line) == 1 and line.isdigit():
                cell = cells.setdefault(line, [])
            elif cell is not None and not set(line) - set(".#"):
                cell.append([int(pixel == "#") for pixel in line])
            else:
                raise ValueError(f"{path}:{number}: expected a style, a digit or a row of . and #, found {line!r}")
        for name, cells in self.styles.items():
            sizes = {(len(cell), len(row)) for cell in cells.values() for row in cell}
            if len(cells) != 10 or len(sizes) != 1 or not self.factors[name]:
                raise ValueError(f"{path}: style {name} needs ten digits of one size, has {sorted(cells)} in {sizes}")
        self.scaled = [
            {digit: [[bit for bit in row for _ in range(factor)] for row in cell for _ in range(factor)] for digit, cell in cells.items()}
            for name, cells in self.styles.items()
            for factor in self.factors[name]
        ]


def decode(picture, digits):
    """The code on the glass as text, or None.

    A code is exactly six digits in one line of text, three and three or all in a row, or in two lines of three
    below each other, each digit equal to its reference in every pixel of the cell. Anything else, also five
    digits or lines of another length, is no code.
    """
    ink = [int(bytes(row[::-1]).translate(BINARY), 2) for row in picture]
    for cells in digits.scaled:
        if not could_hold(len(picture[0]), len(picture), cells):
            continue
        found = sorted(matches(ink, len(picture[0]), cells), key=lambda each: (each[1], each[0]))
        if len(found) == 6 and (is_line(found, cells) or is_two_lines(found, cells)):
            return "".join(digit for _, _, digit in found)
    return None


def could_hold(width, height, cells):
    cell_width, cell_height = len(cells["0"][0]), len(cells["0"])
    return 6 * cell_width <= width or (3 * cell_width <= width and 2 * cell_height <= height)


def is_line(found, cells):
    width = len(cells["0"][0])
    steps = [right[0] - left[0] for left, right in zip(found, found[1:], strict=False)]
    pitch = steps[0]
    even = steps == [pitch, pitch, steps[2], pitch, pitch] and pitch <= steps[2] < 3 * width
    return len({y for _, y, _ in found}) == 1 and width <= pitch < 2 * width and even


def is_two_lines(found, cells):
    width, height = len(cells["0"][0]), len(cells["0"])
    (upper, lower), columns = (found[:3], found[3:]), [x for x, _, _ in found]
    pitch, down = columns[1] - columns[0], lower[0][1] - upper[0][1]
    lines = all(len({y for _, y, _ in line}) == 1 for line in (upper, lower)) and height <= down < 2 * height
    return lines and columns[:3] == columns[3:] and columns[2] - columns[1] == pitch and width <= pitch < 2 * width


def matches(ink, width, cells):
    """(x, y, digit) wherever a cell equals the picture. Rows are whole numbers, one bit a pixel."""
    full = (1 << width) - 1
    blank = [~row & full for row in ink]
    found = []
    for digit, cell in cells.items():
        height, cell_width = len(cell), len(cell[0])
        # Bit x of `candidates` stays set while a cell with its left edge at x agrees.
        inside = (1 << width - cell_width + 1) - 1
        for top in range(len(ink) - height + 1):
            # Most rows of a picture are blank somewhere in this height; those of a digit are not.
            if not all(ink[top + y] for y, row in enumerate(cell) if any(row)):
                continue
            candidates = inside
            for y, row in enumerate(cell):
                for x, pixel in enumerate(row):
                    candidates &= (ink if pixel else blank)[top + y] >> x
                    if not candidates:
                        break
                if not candidates:
                    break
            found += [(x, top, digit) for x in range(width) if candidates >> x & 1]
    return found


def text(picture):
    return "\n".join("".join(".#"[pixel] for pixel in row) for row in picture)


def write_png(picture, path):
    rows = []
    for row in picture:
        line = b"\0" + b"".join((BLANK, LIT)[pixel] for pixel in row)
        rows += [line] * ZOOM
    height, width = len(rows), ZOOM * len(picture[0])
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 1)), (b"IEND", b"")):
        png += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    Path(path).write_bytes(png)


def read_png(path):
    """Reads back what `write_png` wrote (eight-bit grey, no filter)."""
    png = Path(path).read_bytes()
    position, body = 8, b""
    while position < len(png):
        length, kind = struct.unpack_from(">I4s", png, position)
        chunk = png[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            width, height = struct.unpack_from(">II", chunk)
        elif kind == b"IDAT":
            body += chunk
        position += 12 + length
    raw = zlib.decompress(body)
    return [[int(raw[y * (width + 1) + 1 + x] > 0) for x in range(0, width, ZOOM)] for y in range(0, height, ZOOM)]
