"""Tries, in the service's sandbox, what must and what must not be possible there; prints how each ended, as JSON.

The arguments are the nodes that a panel needs. An empty text means that it was possible.
"""

import json
import os
import socket
import sys


def tried(act):
    try:
        act()
    except OSError as error:
        return error.strerror or repr(error)
    except Exception as error:
        return repr(error)
    return ""


def opened(path, flags=os.O_RDONLY):
    return lambda: os.close(os.open(path, flags))


def made(path):
    return lambda: os.close(os.open(path, os.O_WRONLY | os.O_CREAT))


def executed():
    if pid := os.posix_spawn("/usr/bin/id", ["id"], os.environ):
        os.waitpid(pid, 0)


# By the rights of files alone everybody may read the first one.
DENIED = {
    "read /dev/rfkill": opened("/dev/rfkill"),
    **{f"read {path}": opened(path) for path in ("/dev/mem", "/dev/vda", "/dev/kmsg", "/dev/uhid", "/dev/uinput", "/dev/vhci", "/etc/shadow")},
    "list /var/lib/bluetooth": lambda: os.listdir("/var/lib/bluetooth"),
    "list /root": lambda: os.listdir("/root"),
    **{f"write below {path}": made(f"{path}/probe") for path in ("/etc", "/etc/pairpanel", "/usr", "/var/lib", "/var/tmp/..", "/run", "/sys", "/dev")},
    "see process 1": lambda: os.stat("/proc/1"),
    **{f"make a socket of {name}": lambda family=family: socket.socket(family, socket.SOCK_RAW if family in RAW else socket.SOCK_DGRAM).close()
       for name, family in (("AF_INET", socket.AF_INET), ("AF_INET6", socket.AF_INET6), ("AF_NETLINK", socket.AF_NETLINK),
                            ("AF_PACKET", socket.AF_PACKET))},  # fmt: skip
    "make a Bluetooth socket": lambda: socket.socket(31, socket.SOCK_RAW, 1).close(),
    "run another program": executed,
    "become root": lambda: os.setuid(0),
    "make a user namespace": lambda: os.unshare(0x10000000),
    "change the host's name": lambda: socket.sethostname("probe"),
}
RAW = (socket.AF_NETLINK, socket.AF_PACKET)


def bus():
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("/run/dbus/system_bus_socket")


ALLOWED = {
    "connect to the bus": bus,
    "read the configuration": opened("/etc/pairpanel/pairpanel.toml"),
    **{f"open {node}": opened(node, os.O_RDWR) for node in sys.argv[1:]},
}

print(json.dumps({"denied": {what: tried(act) for what, act in DENIED.items()}, "allowed": {what: tried(act) for what, act in ALLOWED.items()}}))
