"""The package in the guest: installed as a person does it, with what the cases need beside it."""

import grp
import os
import shutil
import subprocess
from pathlib import Path

from daemon import BINARY, DROP_INS, LOG, UNIT, systemctl
from wait import Broken

DEB = Path("/host/exchange/pairpanel.deb")
# The same with a higher version.
NEXT_DEB = Path("/host/exchange/pairpanel-next.deb")
OUR_BOARDS = Path("/mnt/boards")
PROFILES = Path("/usr/share/pairpanel/boards")
# Who may use the panel's methods without being root.
GROUP = "pairpanel"
MEMBER = "member"

# The log goes to the case's file, where lines keep the names of their levels. Nothing of the sandbox is touched.
DROP_IN = f"""\
[Service]
StandardOutput=append:{LOG}
StandardError=append:{LOG}
Environment=RUST_BACKTRACE=1
"""


def dpkg(*arguments):
    """What it prints. Nobody is there to answer a question."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    done = subprocess.run(["dpkg", *map(str, arguments)], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)  # fmt: skip
    if done.returncode:
        raise Broken(f"dpkg {' '.join(map(str, arguments))} ended with status {done.returncode}: {done.stdout.strip()}")
    return done.stdout


def set_up():
    """The package, not enabled: the cases decide when the service starts. And a member of its group."""
    said = dpkg("-i", DEB)
    systemctl("disable", UNIT)
    PROFILES.mkdir(parents=True, exist_ok=True)
    for profile in OUR_BOARDS.glob("*.toml"):
        if not profile.name.startswith("bad-"):
            shutil.copy(profile, PROFILES)
    add_member()
    drop_in()
    systemctl("daemon-reload")
    return said


def add_member():
    try:
        known = MEMBER in grp.getgrnam(GROUP).gr_mem
    except KeyError:
        raise Broken(f"the package has made no group {GROUP}") from None
    if known:
        return
    there = subprocess.run(["getent", "passwd", MEMBER], stdout=subprocess.DEVNULL).returncode == 0
    command = ["usermod", "--append", "--groups"] if there else ["useradd", "--no-create-home", "--groups"]
    subprocess.run([*command, GROUP, MEMBER], check=True)


def drop_in():
    LOG.parent.mkdir(exist_ok=True)
    DROP_INS.mkdir(parents=True, exist_ok=True)
    (DROP_INS / "appliance.conf").write_text(DROP_IN)


def version():
    return subprocess.run([BINARY, "version"], capture_output=True, text=True, check=True).stdout.strip()
