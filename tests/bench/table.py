"""The table that the benchmark prints, and its signs of life.

A figure is a row: ours, theirs, the ratio by the wall clock and, where both
sides' processor time is known, by that. Signs of life go to stderr; on a
terminal each takes the place of the one before.
"""
import sys

failures = []
rows = 0

HEADER = f"{'':34}{'Lanyard':>9}{'peer':>10}  {'unit':<9}{'ratio':>7}{'by CPU':>8}"


def busy(text):
    """What is being done now."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K... {text}")
    else:
        sys.stderr.write(f"... {text}\n")
    sys.stderr.flush()


def out(line=""):
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
    print(line, flush=True)


def group(name, text):
    out()
    out(f"{name}: {text}")


def _number(value):
    if value is None:
        return "-"
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 1 else f"{value:.4g}"


def row(what, unit, ours, theirs=None, more_is_better=False, cpu=None, note=""):
    """cpu: (ours, theirs), processor seconds for the same work."""
    global rows
    rows += 1
    ratio = by_cpu = ""
    if ours and theirs:
        ratio = f"{ours / theirs if more_is_better else theirs / ours:.2f}"
    if cpu and cpu[0] > 0 and cpu[1] > 0:
        by_cpu = f"{cpu[1] / cpu[0]:.2f}"
    line = f"  {what:32}{_number(ours):>9}{_number(theirs):>10}  {unit:<9}{ratio:>7}{by_cpu:>8}"
    out(f"{line}  {note}".rstrip())


def failed(what, why):
    failures.append(what)
    out(f"  {what}: NOT MEASURED: {why}")
