"""Judges the JSON Schema on stdin with jsonschema and PyYAML; see schema.sh."""
import copy
import glob
import json
import sys

import jsonschema
import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
GOOD = """version: 1
lab: x
vlans: {l: 1}
switches: {sw: {ports: {1-8: {access: l}, 24: {trunk: [l]}}}}
images: {own: {kernel: k, cmdline: 5}}
templates: {t: {memory: 64M, nics: {eth0: {vlan: l}}}}
pcs:
  a: {use: t, nics: {eth0: null, eth1: {to: "sw:1", ip: [dhcp, "2001:db8::1/64"]}}, mips: "500", forward: "true"}
  b<n>: {count: 3, nics: {eth0: {to: "sw:<n+4>"}}, files: {/a: {text: "x", mode: 644}, /b/: b/}, setup: true}
links: {w: {ends: [a:e, b1:e], delay: 5ms, loss: 0.5%}}
captures: {c: {watch: l}}
events: {e: {at: 5s, link: w, set: {state: down}}}
checks: {k: {pc: a, run: true, points: 0x10}, p: {watch: l, packet: arp, count: 0}}
"""
# Where, what is put there (None: the key goes away).
WRONG = [
    (["verson"], 1), (["version"], 2), (["version"], None), (["lab"], None), (["pcs"], None), (["lab"], "1st"),
    (["lab"], "x" * 33), (["vlans", "l"], 5000), (["vlans", "l/2"], 5), (["vlans", "l"], {}),
    (["switches", "sw", "ports", "1-"], {"access": "l"}), (["switches", "sw", "port"], {}),
    (["pcs", "al_ice"], {}), (["pcs", "a", "nic"], {}), (["pcs", "a", "memory"], 64), (["pcs", "a", "memory"], "64"),
    (["pcs", "a", "nics", "eth1", "vlans"], "l"), (["pcs", "a", "nics", "eth1", "ip"], "dhcp"),
    (["pcs", "a", "nics", "0eth"], {}), (["pcs", "a", "mips"], "fast"), (["pcs", "a", "forward"], "yes"),
    (["pcs", "a", "nics", "eth1", "model"], "e100"), (["templates", "t", "memry"], "1M"),
    (["links", "w", "ends"], None), (["links", "w", "delay"], 5), (["links", "w", "dealy"], "5ms"),
    (["links", "w", "loss"], "5"), (["captures", "c", "watch"], None), (["events", "e", "at"], None),
    (["events", "e", "set", "sate"], "up"), (["checks", "k", "point"], 3), (["checks", "k", "points"], -1),
    (["images", "own", "kernel"], "/boot/vmlinuz"), (["uplinks"], {"u": {"kind": "bridge"}}), (["links", "w"], None),
]


def load(text):
    return yaml.load(text, LOADER)


def main():
    schema = json.load(sys.stdin)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    judge = kind(schema)
    failed = 0

    def expect(right, name, lab):
        nonlocal failed
        wrong = next(judge.iter_errors(lab), None)
        if (wrong is None) != right:
            failed += 1
            where = "/".join(str(p) for p in wrong.absolute_path) if wrong else ""
            print(f"{name}: {'refused: ' + wrong.message[:200] + ' at ' + where if wrong else 'taken'}")

    files = glob.glob("tests/topology/good/*.yaml") + glob.glob("labs/*/lab.yaml") + \
        glob.glob("tests/lab/debian/*.yaml")
    assert len(files) >= 10
    for name in sorted(files):
        with open(name, "rb") as f:
            expect(True, name, load(f.read()))
    for name in sorted(glob.glob("tests/topology/bad/*.out")):
        with open(name, encoding="utf-8", errors="replace") as f:
            typo = [m for m in f if "unknown key" in m and "parts/" not in m]
        if typo:
            with open(name.replace(".out", ".yaml"), "rb") as f:
                text = f.read()
            # U+2028 and the like are line breaks to PyYAML, and what lint says first
            if "line-breaks" not in name:
                expect(False, name, load(text))
    expect(True, "the lab here", load(GOOD))
    for path, value in WRONG:
        lab = copy.deepcopy(load(GOOD))
        at = lab
        for key in path[:-1]:
            at = at[key]
        if value is None and path != ["links", "w"]:
            del at[path[-1]]
        else:
            at[path[-1]] = value
        expect(False, f"{'.'.join(path)}: {value}", lab)
    over = {"include": ["base.yaml"], "vlans": {"l": None}, "links": {"w": {"delay": "1ms"}}, "pcs": {"a": None}}
    expect(True, "an overlay", over)
    expect(False, "an overlay with a typo", dict(over, link={}))
    sys.exit(failed != 0)


main()
