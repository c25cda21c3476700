"""PCs with the debian image, here and in QEMU, that take shell commands.

Both run the same kernel and initial RAM disk: those of the image's folder.
"""
import os
import socket

import table
from children import Child, Trouble

LANYARD = os.environ["LANYARD"]
BOOT_LIMIT = 240  # s, of a busy machine


def image():
    """{"folder": ..., "cmdline": ...} of the debian image, which is made if it is missing."""
    table.busy("the debian image: built once, from packages")
    Child("lanyard image build", [LANYARD, "image", "build", "--if-needed", "debian"]).output(1800)
    info = Child("lanyard image info", [LANYARD, "image", "info", "debian"]).output(10)
    pairs = [line.split(":", 1) for line in info.splitlines() if ":" in line]
    return {key.strip(): value.strip() for key, value in pairs}


class Done:
    """A command's output, and what it took from its first line to its last."""

    def __init__(self, lines):
        self.lines = lines[1:-1]
        self.wall = lines[-1].wall - lines[0].wall
        self.cpu = lines[-1].cpu - lines[0].cpu

    def text(self):
        return "\n".join(line.text for line in self.lines)

    def line(self, words, nth=0):
        """The nth line with these words."""
        found = [line for line in self.lines if words in line.text]
        if len(found) <= nth:
            raise Trouble(f"no '{words}' in: {self.text()[-200:]}")
        return found[nth]


# The markers are taken apart, so that a terminal's echo is not taken for them.
def marked(command):
    return f'echo "@"begin; {command}; echo "@"end $?'


def collect(name, lines):
    """The lines from @begin to @end; fails unless the command succeeded."""
    seen = []
    for line in lines:
        if seen or line.text.endswith("@begin"):
            seen.append(line)
        if seen and line.text.startswith("@end "):
            if line.text != "@end 0":
                raise Trouble(f"{name}: {' / '.join(s.text for s in seen[1:])[-200:]}")
            return Done(seen)
    raise Trouble(f"{name} ended early")


class Lab:
    """A running lab."""

    def __init__(self, name, text, pcs, folder, options=()):
        """Returns when all PCs are ready; self.at[WORDS] is the line that told."""
        path = os.path.join(folder, f"{name}.yaml")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"version: 1\nlab: {name}\n{text}")
        self.name, self.at = name, {}
        self.child = Child("lanyard run", [LANYARD, "run", "--headless", "--pace", "max", *options, path])
        ready = 0
        for line in self.child.lines(BOOT_LIMIT):
            self.at.setdefault(line.text.split("] ")[-1], line)
            ready += line.text.endswith(": ready")
            if ready == pcs:
                return
        raise Trouble(f"the lab ended early{self.child.last_words()}")

    def run(self, pc, command, seconds=240):
        client = Child(f"{pc}: {command}", [LANYARD, "exec", self.name, pc, "--", "sh", "-c", marked(command)], [self.child])
        try:
            return collect(client.name, client.lines(seconds))
        finally:
            client.end()

    def end(self):
        self.child.end()


class Qemu:
    """A PC of QEMU's translator, used through its first serial line."""

    def __init__(self, name, debian, options=()):
        """With nothing but what a PC of ours has. Does not wait."""
        self.name = name
        self.child = Child(f"qemu {name}", [
            "qemu-system-x86_64", "-accel", "tcg", "-m", "256", "-nodefaults", "-display", "none", "-no-reboot",
            "-serial", "stdio", "-serial", "null", "-kernel", f"{debian['folder']}/vmlinuz",
            "-initrd", f"{debian['folder']}/initrd", "-append", debian["cmdline"], *options])

    def wait(self):
        self.child.wait_for(b"# ", BOOT_LIMIT)

    def run(self, command, with_=(), seconds=240):
        """with_: other PCs whose processor time counts, too."""
        self.child.watched = [self.child, *(pc.child for pc in with_)]
        self.child.type(marked(command) + "\n")
        return collect(f"qemu {self.name}: {command}", self.child.lines(seconds))

    def end(self):
        self.child.end()


def qemu_cable(end, port):
    """Options for a card whose cable is a TCP connection on the loopback; end 0 listens."""
    where = f"{'connect' if end else 'listen'}=127.0.0.1:{port}"
    return ["-netdev", f"socket,id=n,{where}", "-device", f"e1000,netdev=n,romfile=,mac=52:54:00:00:00:0{end + 1}"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def qemu_version():
    words = Child("qemu", ["qemu-system-x86_64", "--version"]).output(30).split()
    return f"QEMU {words[3]}"
