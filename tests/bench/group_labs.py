"""Many PCs: their start, and what they cost when they do nothing.

QEMU has no clones: the start of sixteen is sixteen times that of one, alone on
the machine, shared by the processors.
"""
import os
import time

import table
from children import Trouble
from guests import Lab, Qemu, image, qemu_version

PCS = 16
CROWDS = (2, 50, 100)
IDLE = 300      # virtual seconds
SETTLE = 8      # seconds until a QEMU PC is idle
QEMU_IDLE = 10  # seconds that its idling is watched
LAB = f"""vlans: {{office: 10}}
pcs:
  c<n>:
    count: {PCS}
    nics: {{eth0: {{vlan: office, ip: ["10.0.0.<n>/24"]}}}}
"""


# Each PC is ready when its neighbour answers a ping.
CROWD = """vlans: {{office: 10}}
defaults: {{nic: {{model: e1000}}}}
pcs:
  c<n>:
    count: {count}
    nics: {{eth0: {{vlan: office, ip: ["10.0.0.<n>/24"]}}}}
    ready: ping -c 1 -W 1 10.0.0.<n+1>
  last:
    nics: {{eth0: {{vlan: office, ip: ["10.0.0.{last}/24"]}}}}
"""


class QemuTimes:
    """Of one PC of QEMU's."""

    def __init__(self, debian):
        table.busy("qemu: one PC boots")
        pc = Qemu("alone", debian)
        try:
            pc.wait()
            self.boot, self.boot_cpu = time.monotonic() - pc.child.began, pc.child.cpu()
            table.busy("qemu: one PC idles")
            time.sleep(SETTLE)
            cpu, wall = pc.child.cpu(), time.monotonic()
            time.sleep(QEMU_IDLE)
            self.idle = (pc.child.cpu() - cpu) / (time.monotonic() - wall)
        finally:
            pc.end()


def starts(lab, qemu):
    def line(words):
        if words not in lab.at:
            raise Trouble(f"the lab did not say '{words}'")
        return lab.at[words]

    begin, booted = line("image debian: booting"), line("image debian: booted")
    last = max((line(f"c{n}: ready") for n in range(1, PCS + 1)), key=lambda l: l.wall)
    table.row("the image boots, once", "s", booted.wall - begin.wall, qemu.boot,
              cpu=(booted.cpu - begin.cpu, qemu.boot_cpu))
    share = PCS / min(PCS, os.cpu_count())
    table.row(f"{PCS} PCs, clones to all ready", "s", last.wall - booted.wall, qemu.boot * share,
              cpu=(last.cpu - booted.cpu, qemu.boot_cpu * PCS), note=f"peer: {share:.0f} boots, {PCS} by CPU")


def memory(pid):
    """MiB that are its own, and of files that any process may share."""
    kib = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            words = line.split()
            if len(words) == 3 and words[2] == "kB":
                kib[words[0]] = int(words[1])
    own = kib["Private_Dirty:"]
    return own / 1024, (kib["Rss:"] - own) / 1024


def crowd(count, qemu, folder):
    """From the command to the last PC that has reached its neighbour; the image has booted before."""
    table.busy(f"lanyard: {count} PCs")
    lab = Lab(f"bench-crowd{count}", CROWD.format(count=count - 1, last=count), count, folder)
    try:
        last = max((line for words, line in lab.at.items() if ": ready" in words), key=lambda line: line.wall)
        own, shared = memory(lab.child.process.pid)
        share = count / min(count, os.cpu_count())
        table.row(f"{count} PCs, command to all pinged", "s", last.wall - lab.child.began, qemu.boot * share,
                  cpu=(last.cpu, qemu.boot_cpu * count), note=f"{own:.0f} MiB own, {shared:.0f} MiB shared")
    finally:
        lab.end()


def run(folder):
    table.group("labs", f"{PCS} PCs with a card each on a VLAN; the peer is {qemu_version()} with TCG, "
                        f"one PC measured and multiplied")
    qemu = QemuTimes(image())
    table.busy(f"lanyard: a lab of {PCS} PCs")
    lab = Lab("bench-labs", LAB, PCS, folder, ("--no-cache",))
    try:
        try:
            starts(lab, qemu)
        except Trouble as trouble:
            table.failed("start", trouble)
        table.busy(f"lanyard: {PCS} PCs idle for {IDLE} virtual seconds")
        done = lab.run("c1", f"sleep {IDLE}")
        table.row(f"{PCS} idle PCs, a virtual second", "s", done.wall / IDLE, qemu.idle * PCS,
                  cpu=(done.cpu / IDLE, qemu.idle * PCS), note=f"peer: one PC's {qemu.idle:.3f} CPU s/s, times {PCS}")
    finally:
        lab.end()
    Lab("bench-store", CROWD.format(count=1, last=2), 2, folder).end()  # from here on the booted image is stored
    for count in CROWDS:
        try:
            crowd(count, qemu, folder)
        except Trouble as trouble:
            table.failed(f"{count} PCs", trouble)
