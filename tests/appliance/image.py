"""The root file system of the guest, and the packages that the host needs for it."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SUITE = "trixie"
PYTHON = "3.13"
IMAGE_MIB = 1400

GUEST_PACKAGES = [
    "systemd-sysv",
    "dbus",
    "udev",
    "kmod",
    "bluez",
    "bluez-test-tools",
    "python3",
    # `kill`, by which the unit has its configuration read again. Every Debian but the barest has it.
    "procps",
]

# The guest never sees a graphics card, a network or a disk controller: without their modules
# the image is a fifth of the size and depmod and udev are faster under emulation.
UNUSED_FILES = [
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/locale/*",
    "/usr/share/i18n/*",
] + [
    f"/usr/lib/modules/*/kernel/{part}/*"
    for part in (
        "drivers/gpu",
        "drivers/media",
        "drivers/infiniband",
        "drivers/iio",
        "drivers/staging",
        "drivers/scsi",
        "drivers/md",
        "drivers/target",
        "drivers/mmc",
        "drivers/net/ethernet",
        "drivers/net/wireless",
        "sound",
        "fs/xfs",
        "fs/btrfs",
        "fs/ocfs2",
        "net/netfilter",
    )
]

UNUSED_UNITS = [
    "serial-getty@ttyS0.service",
    "getty@tty1.service",
    "systemd-logind.service",
    "systemd-binfmt.service",
    "systemd-pstore.service",
    "systemd-random-seed.service",
    "systemd-update-utmp.service",
    "modprobe@drm.service",
    "modprobe@fuse.service",
    "sys-fs-fuse-connections.mount",
    "dev-hugepages.mount",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
]


class ImageError(Exception):
    """A build step that failed, with what to do about it."""


def command_output(command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def host_tools(architecture):
    """Command -> Debian package that brings it."""
    tools = {architecture.qemu: architecture.qemu_package, "mmdebstrap": "mmdebstrap", "mke2fs": "e2fsprogs"}
    if architecture.interpreter:
        # mmdebstrap asks the second one whether the first one is used.
        tools |= {architecture.interpreter: "qemu-user-static", "arch-test": "arch-test"}
    return tools


def missing_packages(architecture, need_pip):
    packages = [package for tool, package in host_tools(architecture).items() if shutil.which(tool) is None]
    if need_pip and subprocess.run(pip_command() + ["--version"], capture_output=True).returncode:
        packages.append("python3-pip")
    if not any(Path("/usr/share/keyrings").glob("debian-archive-keyring.*")):
        packages.append("debian-archive-keyring")
    return packages


def pip_command():
    return [sys.executable, "-m", "pip"]


def install_host_packages(architecture, say, need_pip):
    """Installs only what is missing; without root it names it and stops."""
    packages = missing_packages(architecture, need_pip)
    if not packages:
        return
    if os.geteuid() != 0:
        raise ImageError(f"not installed: {' '.join(packages)}; run as root: apt-get install {' '.join(packages)}")
    say(f"installing with apt: {' '.join(packages)}")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    first = subprocess.run(install, env=environment, capture_output=True, text=True)
    if first.returncode:
        say("apt's package lists are out of date: apt-get update")
        update = subprocess.run(["apt-get", "update"], env=environment, capture_output=True, text=True)
        second = subprocess.run(install, env=environment, capture_output=True, text=True)
        if second.returncode:
            raise ImageError(f"apt-get install failed:\n{update.stderr}{second.stderr}")
    still = missing_packages(architecture, need_pip)
    if still:
        raise ImageError(f"still missing after apt-get install: {' '.join(still)}")


def debian_mirror():
    """The mirror that this machine's own apt uses, or None to leave the choice to mmdebstrap.

    The machine may run another Debian release than the guest: only the archive's address is
    taken over, never the release.
    """
    try:
        targets = command_output(["apt-get", "indextargets", "--format", "$(REPO_URI) $(COMPONENT)", "Created-By: Packages"])
    except (OSError, subprocess.CalledProcessError):
        return None
    for line in targets.splitlines():
        uri, _, component = line.partition(" ")
        if component == "main" and re.search(r"/debian/?$", uri):
            return uri.rstrip("/")
    return None


def key(architecture):
    """Everything that decides what the image holds, hashed."""
    digest = hashlib.sha256(architecture.name.encode())
    for path in (HERE / "image.py", HERE / "architecture.py", HERE / "guest" / "requirements.txt", HERE / "guest" / "appliance.service"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cached(architecture, cache):
    directory = cache / f"image-{architecture.name}-{key(architecture)}"
    return directory if (directory / "complete").exists() else None


def build(architecture, cache, say):
    """Returns the directory with `root.ext4`, `vmlinuz` and `initrd.img`; builds it if it is not there."""
    directory = cached(architecture, cache)
    if directory:
        say(f"root file system: taken from {directory}")
        return directory
    if os.geteuid() != 0:
        raise ImageError("building the root file system needs root (mmdebstrap, mke2fs -d); once built it is reused")
    for old in cache.glob(f"image-{architecture.name}-*"):
        shutil.rmtree(old)
    directory = cache / f"image-{architecture.name}-{key(architecture)}"
    directory.mkdir(parents=True)
    wheels = install_wheels(architecture, directory, say)
    run_foreign_programs(architecture)
    root = debootstrap(architecture, directory, wheels, say)
    collect(directory, root)
    (directory / "complete").touch()
    shutil.rmtree(root)
    shutil.rmtree(wheels)
    return directory


def run_foreign_programs(architecture):
    """Has the kernel hand programs of that architecture to qemu, which mmdebstrap needs to configure packages."""
    if architecture.interpreter is None:
        return
    formats = Path("/proc/sys/fs/binfmt_misc")
    name = architecture.interpreter.removesuffix("-static")
    if not (formats / "register").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(formats)], capture_output=True)
    if (formats / name).exists():
        return
    try:
        (formats / "register").write_bytes(Path(f"/usr/lib/binfmt.d/{name}.conf").read_bytes().strip())
    except OSError as error:
        raise ImageError(f"this kernel does not hand foreign programs to {architecture.interpreter}: {error}; it needs binfmt_misc, and root") from None


def install_wheels(architecture, directory, say):
    say("guest's Python packages: pip install (Bumble and what it imports)")
    wheels = directory / "wheels"
    pip = subprocess.run(
        pip_command()
        + ["install", "--quiet", "--target", str(wheels), "--no-deps", "--only-binary=:all:", "--no-compile"]
        # The requirement that counts is the guest's Python, not the one that runs pip.
        + ["--python-version", PYTHON, "--implementation", "cp", "--ignore-requires-python"]
        + [f"--platform={name}_{architecture.machine_name}" for name in ("manylinux_2_28", "manylinux2014")]
        + ["--platform", "any"]
        + ["--root-user-action=ignore", "--requirement", str(HERE / "guest" / "requirements.txt")],
        capture_output=True,
        text=True,
    )
    if pip.returncode:
        raise ImageError(f"pip could not install guest/requirements.txt:\n{pip.stderr}")
    return wheels


def debootstrap(architecture, directory, wheels, say):
    """A minimal Debian with the wheels, compiled there because importing Bumble's source takes
    half a minute under emulation."""
    say(f"root file system: mmdebstrap {SUITE} for {architecture.name}")
    root = directory / "root"
    site = "usr/local/lib/python3/dist-packages".replace("python3", f"python{PYTHON}")
    # initramfs-tools would pack every disk driver there is; the guest's disk needs two modules.
    initramfs = 'mkdir -p "$1/etc/initramfs-tools/conf.d"; echo MODULES=list >"$1/etc/initramfs-tools/conf.d/appliance"; ' \
        'printf "virtio_pci\\nvirtio_blk\\next4\\n" >"$1/etc/initramfs-tools/modules"'
    packages = [architecture.kernel_package, *GUEST_PACKAGES]
    command = ["mmdebstrap", "--variant=minbase", "--format=directory", f"--include={','.join(packages)}"]
    command += [f"--architectures={architecture.name}"]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in UNUSED_FILES]
    command += [
        '--aptopt=Acquire::Languages "none"',
        f"--essential-hook={initramfs}",
        f'--customize-hook=mkdir -p "$1/{site}" && cp -r {wheels}/. "$1/{site}/"',
        f'--customize-hook=cp {HERE}/guest/appliance.service "$1/etc/systemd/system/"',
        f'--customize-hook=chroot "$1" python3 -m compileall -q -j0 /{site}',
        '--customize-hook=echo appliance >"$1/etc/hostname"; : >"$1/etc/fstab"; mkdir -p "$1/host"; '
        'chroot "$1" passwd -d root',
        '--customize-hook=chroot "$1" systemctl enable appliance.service',
        # The cases decide when bluetoothd starts, not udev as soon as there is a controller.
        '--customize-hook=rm "$1/etc/systemd/system/bluetooth.target.wants/bluetooth.service"',
        f'--customize-hook=chroot "$1" systemctl mask {" ".join(UNUSED_UNITS)}',
        # Otherwise the first boot, and every boot is the first, rebuilds caches for ten seconds.
        '--customize-hook=touch "$1/etc/.updated" "$1/var/.updated"',
        SUITE,
        str(root),
    ]
    mirror = debian_mirror()
    if mirror:
        command.append(mirror)
    log = directory / "mmdebstrap.log"
    with log.open("w") as output:
        if subprocess.run(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL).returncode:
            tail = "\n".join(log.read_text().splitlines()[-15:])
            raise ImageError(f"mmdebstrap failed; the whole log is {log}:\n{tail}")
    return root


def collect(directory, root):
    """The kernel and initrd lie beside the disk, because qemu loads them itself."""
    for name, pattern in (("vmlinuz", "vmlinuz-*"), ("initrd.img", "initrd.img-*")):
        found = sorted((root / "boot").glob(pattern))
        if not found:
            raise ImageError(f"the root file system has no /boot/{pattern}; see {directory / 'mmdebstrap.log'}")
        shutil.copy(found[-1], directory / name)
    disk = directory / "root.ext4"
    made = subprocess.run(
        ["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", str(root), str(disk), f"{IMAGE_MIB}M"],
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise ImageError(f"mke2fs failed: {made.stderr}")
