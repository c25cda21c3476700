#!/bin/bash
# What a run gives back: exit ports, the debug console, time limits, reboot,
# the hash, screenshots, standard input that ends.
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
fail() { echo "$*"; failed=1; }
boot() { timeout 60 "$LANYARD" boot --pace max --memory 32M "$@" </dev/null; }

boot --kernel build/guest/segments.elf --test-exit 0xf4 --until 20s >"$dir/out" 2>"$dir/err"
[ $? = 1 ] || fail "--test-exit: status"
grep -q '^passed$' "$dir/err" || fail "the debug console is not on stderr"

# No bootable drive: the BIOS says so on the screen and waits; --until ends it.
boot --until 30s --screenshot "$dir/screen.txt" --screenshot "$dir/screen.txt" >"$dir/out" 2>&1
[ $? = 0 ] || fail "--until: status"
grep -qi 'no bootable device' "$dir/screen.txt" || fail "screenshot: $(cat "$dir/screen.txt")"
boot --until 1s --screenshot "$dir/screen.png" >"$dir/out" 2>&1
[ "$(head -c 4 "$dir/screen.png" | tail -c 3)" = PNG ] || fail "no PNG"

# The exit port is a guest's business only if asked for; the hash is printed.
boot --kernel build/guest/segments.elf --until 1s --hash >"$dir/out" 2>/dev/null
[ $? = 0 ] || fail "without --test-exit: status"
grep -qE '^hash [0-9a-f]{32,}$' "$dir/out" || fail "--hash: $(cat "$dir/out")"

# A reset ends the run with --no-reboot: the guest that resets thrice does not pass.
boot --kernel build/guest/reset.elf --test-exit 0xf4 --until 20s >"$dir/out" 2>"$dir/err"
[ $? = 1 ] || fail "reset: status"
boot --kernel build/guest/reset.elf --test-exit 0xf4 --until 20s --no-reboot >"$dir/out" 2>"$dir/err"
[ $? = 0 ] || fail "--no-reboot: status"
grep -q passed "$dir/err" && fail "--no-reboot went on"

# Virtual time is not real time: an hour of an idle PC passes in a moment.
start=$SECONDS
boot --kernel build/guest/idle.elf --until 600s >/dev/null 2>&1 || fail "an idle PC: status"
[ $((SECONDS - start)) -lt 30 ] || fail "ten idle minutes took $((SECONDS - start)) s"
exit $failed
