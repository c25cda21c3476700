"""Sixteen PCs: their start, and what they cost when they do nothing.

QEMU has no clones: the start of sixteen is sixteen times that of one, alone on
the machine, shared by the processors.
"""
import os
import time

import table
from children import Trouble
from guests import Lab, Qemu, image, qemu_version

PCS = 16
IDLE = 300      # virtual seconds
SETTLE = 8      # seconds until a QEMU PC is idle
QEMU_IDLE = 10  # seconds that its idling is watched
LAB = f"""vlans: {{office: 10}}
pcs:
  c<n>:
    count: {PCS}
    nics: {{eth0: {{vlan: office, ip: ["10.0.0.<n>/24"]}}}}
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


def run(folder):
    table.group("labs", f"{PCS} PCs with a card each on a VLAN; the peer is {qemu_version()} with TCG, "
                        f"one PC measured and multiplied")
    qemu = QemuTimes(image())
    table.busy(f"lanyard: a lab of {PCS} PCs")
    lab = Lab("bench-labs", LAB, PCS, folder)
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
