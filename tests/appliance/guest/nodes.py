"""The device nodes of the emulated bridge, and whom the package's udev rules let open them."""

import grp
import os
import stat
from pathlib import Path


def bridge_node(kind):
    """The node of the bridge's i2c adapter or gpiochip, or None while the kernel has not made it."""
    if kind == "i2c":
        names = Path("/sys/bus/i2c/devices").glob("i2c-*/name")
        found = [name.parent.name for name in names if name.read_text().startswith("CP2112 SMBus Bridge")]
    else:
        found = [chip.name for chip in Path("/sys/bus/gpio/devices").glob("gpiochip*") if "10C4:EA90" in os.path.realpath(chip)]
    nodes = [Path("/dev") / name for name in found]
    return next((node for node in nodes if node.exists()), None)


def group_and_mode(node):
    status = os.stat(node)
    return grp.getgrgid(status.st_gid).gr_name, stat.S_IMODE(status.st_mode)


def bridge_is_ours():
    """Whether both nodes are there and udev has applied its rules to them, which is a moment later."""
    nodes = {kind: bridge_node(kind) for kind in ("i2c", "gpio")}
    return all(node and group_and_mode(node) == (kind, 0o660) for kind, node in nodes.items())
