#!/bin/bash
# The benchmark as a program: its help, a wrong word, and Ctrl-C in the middle of
# a lab, after which nothing is left. Its figures are not looked at.
# limit: 400
# modes: rel
set -eu
cd "$(dirname "$0")/../.."
B=${B:-build/rel}
export B LANYARD=${LANYARD:-$PWD/$B/lanyard} PYTHONDONTWRITEBYTECODE=1
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
bench() { python3 tests/bench/bench.py "$@"; }

bench --help | grep '^  frames ' >/dev/null
status=0
bench frame 2>"$TMPDIR/words" || status=$?
[ $status = 2 ] && [ "$(cat "$TMPDIR/words")" = "bench: frame: expected pc, frames, net, labs" ]
rm "$TMPDIR/words"

command -v qemu-system-x86_64 >/dev/null || { echo "Ctrl-C in a measurement: QEMU is not installed (make bench does it)"; exit 77; }
"$LANYARD" image info debian >/dev/null 2>&1 || "$LANYARD" image build debian
# A program without job control would start it with Ctrl-C ignored.
set -m
python3 tests/bench/bench.py net >/dev/null 2>&1 &
bench=$!
set +m
for ((i = 0; i < 600; i++)); do
	folder=$(find "$TMPDIR" -name 'bench-net*' -path '*/lanyard/*') # the lab's control socket
	[ -z "$folder" ] || break
	sleep 0.2
done
[ -n "$folder" ] || { echo "no lab was started"; kill $bench; exit 1; }
kill -INT $bench
status=0
wait $bench || status=$?
[ $status = 130 ] || { echo "status $status after Ctrl-C"; exit 1; }
[ -z "$(ls "$TMPDIR")" ] || { ls "$TMPDIR"; exit 1; }
! pgrep -f "$TMPDIR" || { echo "a process is left"; exit 1; }
