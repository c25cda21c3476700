"""Runs the benchmark's kernel in Lanyard and in QEMU and compares the times.

The host's clock is read when a line arrives; the guest's clock, printed in the
line, gives the instructions (one a virtual nanosecond) that Lanyard retired.
"""
import subprocess
import sys
import time

ORDER = ["boot", "integers", "x87", "sse", "sha256", "shell", "fork"]
WHAT = {
    "boot": "power-on to shell", "integers": "integer loop, 100M turns", "x87": "x87 loop, 20M turns",
    "sse": "SSE loop, 20M turns", "sha256": "sha256 of 40 MiB", "shell": "shell loop, 100,000 turns",
    "fork": "fork and exec, 200 times",
}


def measure(name, command):
    """{work: (host seconds, guest seconds)}"""
    times, began = {}, {"boot": (time.monotonic(), 0.0)}
    print(f"{name} ...", file=sys.stderr, flush=True)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    for line in process.stdout:
        now = time.monotonic()
        words = line.decode(errors="replace").split()
        if len(words) == 3 and words[0] == "@begin":
            began[words[1]] = (now, float(words[2]))
        elif len(words) == 3 and words[0] == "@end":
            start = began[words[1]]
            times[words[1]] = (now - start[0], float(words[2]) - start[1])
    if process.wait() != 0:
        sys.exit(f"{name} ended with status {process.returncode}")
    missing = [work for work in ORDER if work not in times]
    if missing:
        sys.exit(f"{name} did not finish: {', '.join(missing)}")
    return times


def main():
    lanyard, kernel, initrd = sys.argv[1:4]
    append = "console=ttyS0 quiet panic=-1"
    ours = measure("lanyard", [lanyard, "boot", "--pace", "max", "--no-reboot", "--memory", "256M", "--until", "600s",
                               "--kernel", kernel, "--initrd", initrd, "--append", append])
    theirs = measure("qemu", ["qemu-system-x86_64", "-accel", "tcg", "-m", "256", "-nographic", "-no-reboot", "-nic", "none",
                              "-kernel", kernel, "-initrd", initrd, "-append", append])
    print(f"{'':28}{'lanyard':>10}{'MIPS':>8}{'QEMU TCG':>11}{'ratio':>8}")
    for work in ORDER:
        host, guest = ours[work]
        mips = f"{guest * 1000 / host:8.0f}"
        print(f"{WHAT[work]:28}{host:8.2f} s{mips}{theirs[work][0]:9.2f} s{host / theirs[work][0]:8.2f}")


main()
