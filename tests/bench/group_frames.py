"""Frames a second through a VLAN between two generators, with and without a
capture into a file."""
import os

import table
from children import Child, Trouble

B = os.environ["B"]
SECONDS = 2
PDUMP = "/usr/lib/vde2/plugins/pdump.so"


def figures(text):
    """Frames a second, and processor seconds a frame."""
    frames, seconds, cpu = (float(word) for word in text.split())
    return frames, frames / seconds, cpu / frames


def lanyard(size, path):
    child = Child("net_bench", [f"{B}/tests/net_bench", str(SECONDS), str(size), *([path] if path else [])])
    return figures(child.output(60))[1:]


def start_vde(folder, path):
    """A vde_switch whose ports 1 and 2 are in VLAN 10."""
    rc = os.path.join(folder, "vde.rc")
    lines = ["vlan/create 10", "port/create 1", "port/create 2", "port/setvlan 1 10", "port/setvlan 2 10"]
    if path:
        lines += [f"plugin/add {PDUMP}", f"pdump/filename {path}", "pdump/buffered 1", "pdump/active 1"]
    with open(rc, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    child = Child("vde_switch", ["vde_switch", "-sock", os.path.join(folder, "vde"), "-f", rc])
    child.type("port/print\n")
    child.wait_for(b"Success", 10)
    return child


def vde(size, folder, path):
    switch = start_vde(folder, path)
    try:
        stations = Child("vde_bench", [f"{B}/tests/vde_bench", str(SECONDS), str(size), os.path.join(folder, "vde")])
        frames, rate, cpu = figures(stations.output(60))
        cpu += switch.cpu() / frames
    finally:
        switch.end()
    if path and os.path.getsize(path) < 1000000:
        raise Trouble("vde_switch's plugin captured nothing")
    return rate, cpu


def run(folder):
    table.group("frames", "two generators on a VLAN, bytes with FCS; the peer is vde_switch with two clients")
    table.out("  (ubridge, which GNS3 uses, is not in Debian 12: no figure of it)")
    for size in (64, 1518):
        for captured in (False, True):
            what = f"{size} bytes{', captured' if captured else ''}"
            path = os.path.join(folder, "frames") if captured else None
            try:
                table.busy(f"frames of {what}: lanyard")
                ours = lanyard(size, path and path + ".pcapng")
                table.busy(f"frames of {what}: vde_switch")
                theirs = vde(size, folder, path and path + ".pcap")
                table.row(what, "frames/s", ours[0], theirs[0], more_is_better=True, cpu=(ours[1], theirs[1]))
            except (Trouble, OSError) as trouble:
                table.failed(what, trouble)
            for end in (".pcapng", ".pcap"):
                if path and os.path.exists(path + end):
                    os.remove(path + end)
