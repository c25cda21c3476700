#!/bin/bash
# `make bench`: how fast Lanyard is, beside other programs that Debian has, in
# the same run. `make` and the two programs below must have been built.
#
#   tests/bench/bench.sh            everything, about six minutes
#   tests/bench/bench.sh GROUP...   some of it; --help lists the groups
#
# Exit status: 0, or 1 if a figure could not be measured.
set -eu
cd "$(dirname "$0")/../.."
B=${B:-build/rel}
export B LANYARD=$PWD/$B/lanyard PYTHONDONTWRITEBYTECODE=1
for program in "$LANYARD" "$B/tests/net_bench" "$B/tests/vde_bench"; do
	[ -x "$program" ] || { echo "bench: $program is not there: run 'make bench'" >&2; exit 2; }
done
exec python3 tests/bench/bench.py "$@"
