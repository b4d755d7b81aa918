"""A guest: qemu with the root file system, watched through the report that its test program writes."""

import json
import re
import subprocess
import time

from image import HERE

# With the installation of the package; arm64 takes the longest.
BOOT_S = 400
BOOT_ATTEMPTS = 2
# Beyond a case's own limit in the guest; then the guest itself is taken for dead.
GRACE_S = 90
# Software emulation even where /dev/kvm exists: nested virtualisation often breaks half-way, and
# the figures of two machines stay comparable.
ACCELERATOR = "tcg"


class Machine:
    """Boots one guest, yields its events, and boots it again if it dies."""

    def __init__(self, architecture, number, image, output, limit_s):
        self.architecture = architecture
        self.number = number
        self.image = image
        self.output = output
        self.limit_s = limit_s
        self.report = output / "exchange" / f"report-{number}.jsonl"
        self.console = output / "results" / f"console-{number}.log"
        self.process = None
        self.position = 0

    def command(self):
        kernel_arguments = [
            f"root=/dev/vda rw console={self.architecture.console} mitigations=off quiet",
            "systemd.show_status=0 systemd.firstboot=0",
            # A busy host makes a guest's clock stand still for seconds; that is no fault of the kernel.
            "nowatchdog nosoftlockup rcupdate.rcu_cpu_stall_suppress=1",
            f"appliance.guest={self.number} appliance.accelerator={ACCELERATOR}",
        ]
        return [
            self.architecture.qemu, *self.architecture.machine, "-smp", "1", "-m", "768",
            "-display", "none", "-nic", "none", "-no-reboot", "-monitor", "none", "-serial", "stdio",
            "-kernel", str(self.image / "vmlinuz"), "-initrd", str(self.image / "initrd.img"),
            "-append", " ".join(kernel_arguments),
            "-drive", f"file={self.image / 'root.ext4'},if=virtio,format=raw,snapshot=on",
            "-virtfs", f"local,path={HERE},mount_tag=program,security_model=none,readonly=on",
            "-virtfs", f"local,path={self.output},mount_tag=host,security_model=none",
        ]  # fmt: skip

    def boot(self):
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.DEVNULL, stdout=self.console.open("ab"), stderr=subprocess.STDOUT
        )

    def events(self):
        """The guest's events as they come, and `("dead", case)` when it stops answering."""
        for attempt in range(1, BOOT_ATTEMPTS + 1):
            started = time.monotonic()
            self.boot()
            first = self.next_event(started + BOOT_S)
            if first:
                yield dict(first, seconds=time.monotonic() - started)
                yield from self.run()
                return
            self.stop()
            yield {"event": "hung", "attempt": attempt, "of": BOOT_ATTEMPTS}

    def run(self):
        case = None
        while True:
            limit = (self.limit_s(case) if case else 0) + GRACE_S
            event = self.next_event(time.monotonic() + limit)
            if event is None:
                self.stop()
                yield {"event": "dead", "case": case}
                return
            case = None if event["event"] in ("finished", "done") else event["case"]
            yield event
            if event["event"] == "done":
                self.wait_for_poweroff()
                return

    def kernel_died(self):
        """Whether its console says so."""
        return bool(re.search(rb"BUG: |Oops: |Kernel panic", self.console.read_bytes()))

    def next_event(self, deadline):
        """The next whole line of the report, or None if the guest ended or the deadline passed."""
        while True:
            if self.report.exists():
                with self.report.open("rb") as report:
                    report.seek(self.position)
                    line = report.readline()
                if line.endswith(b"\n"):
                    self.position += len(line)
                    return json.loads(line)
            if self.process.poll() is not None or time.monotonic() > deadline:
                return None
            time.sleep(0.1)

    def wait_for_poweroff(self):
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.stop()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
