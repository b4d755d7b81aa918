"""What differs between a guest of one architecture and of another."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Architecture:
    # Debian's name, the wheels' name
    name: str
    machine_name: str
    kernel_package: str
    qemu: str
    qemu_package: str
    # What emulates the machine, and its console.
    machine: tuple
    console: str
    # What runs its programs on this machine; `None` if they need nothing.
    interpreter: str | None = None


ARCHITECTURES = {
    each.name: each
    for each in (
        Architecture("amd64", "x86_64", "linux-image-amd64", "qemu-system-x86_64", "qemu-system-x86",
                     ("-machine", "q35,accel=tcg", "-cpu", "max"), "ttyS0"),
        # The processor of a Raspberry Pi 3.
        Architecture("arm64", "aarch64", "linux-image-arm64", "qemu-system-aarch64", "qemu-system-arm",
                     ("-machine", "virt,accel=tcg", "-cpu", "cortex-a53"), "ttyAMA0", "qemu-aarch64-static"),
    )
}  # fmt: skip
