"""One PC: Debian's cloud kernel and some work in it.

The host's clock is read when a line arrives; the guest's clock, printed in the
line, gives the instructions (one a virtual nanosecond) that Lanyard retired.
"""
import subprocess

import table
from children import Child, Trouble
from guests import LANYARD, qemu_version

WORK = {
    "boot": "power-on to shell", "integers": "integer loop, 100M turns", "x87": "x87 loop, 20M turns",
    "sse": "SSE loop, 20M turns", "sha256": "sha256 of 40 MiB", "shell": "shell loop, 100,000 turns",
    "fork": "fork and exec, 200 times",
}
LIMIT = 300  # s


class Times:
    def __init__(self, wall, cpu, guest):
        self.wall, self.cpu, self.guest = wall, cpu, guest

    def since(self, start):
        return Times(self.wall - start.wall, self.cpu - start.cpu, self.guest - start.guest)


def measure(name, command):
    """{work: Times}, as far as it came"""
    child = Child(name, command)
    took, began = {}, {"boot": Times(child.began, 0.0, 0.0)}
    table.busy(f"{name}: booting")
    try:
        for line in child.lines(LIMIT):
            words = line.text.split()
            if len(words) != 3 or words[0] not in ("@begin", "@end"):
                continue
            now = Times(line.wall, line.cpu, float(words[2]))
            if words[0] == "@begin":
                began[words[1]] = now
                table.busy(f"{name}: {WORK[words[1]]}")
            else:
                took[words[1]] = now.since(began[words[1]])
                if words[1] == list(WORK)[-1]:
                    break
        else:
            raise Trouble(f"{name} ended early{child.last_words()}")
    finally:
        child.end()
    return took


def run(folder):
    table.busy("preparing a kernel and an initramfs")
    made = subprocess.run(["tests/bench/pc_files.sh"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if made.returncode:
        raise Trouble(f"no kernel to boot: {made.stderr.strip()[-300:]}")
    kernel, initrd = made.stdout.split()
    table.group("pc", f"one PC, Debian's cloud kernel; the peer is {qemu_version()} with TCG")
    append = "console=ttyS0 quiet panic=-1"
    ours = measure("lanyard", [LANYARD, "boot", "--pace", "max", "--no-reboot", "--memory", "256M", "--until", "600s",
                               "--kernel", kernel, "--initrd", initrd, "--append", append])
    theirs = measure("qemu", ["qemu-system-x86_64", "-accel", "tcg", "-m", "256", "-nographic", "-no-reboot", "-nic",
                              "none", "-kernel", kernel, "-initrd", initrd, "-append", append])
    for work, what in WORK.items():
        a, b = ours[work], theirs[work]
        table.row(what, "s", a.wall, b.wall, cpu=(a.cpu, b.cpu), note=f"{a.guest * 1000 / (a.cpu or a.wall):.0f} MIPS")
