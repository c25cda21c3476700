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

# Network cards: on the PCI bus (the guest tells how many), with their boot ROMs if that is asked for; what
# the guest sees of them is in the hash.
boot --kernel build/guest/netguest.elf --append id=1 --nic e1000 --until 50ms --hash >"$dir/one" 2>&1 || fail "--nic"
boot --kernel build/guest/netguest.elf --append id=1 --nic e1000 --nic ne2k_pci --until 50ms --hash >"$dir/two" 2>&1 ||
	fail "--nic twice"
grep -q 'netguest 00000001' "$dir/one" && grep -q 'netguest 00000002' "$dir/two" || fail "cards: $(cat "$dir/one" "$dir/two")"
boot --nic e1000,mac=52:54:00:00:00:77,rate=100Mbit --boot net --until 2s --screenshot "$dir/net.txt" >"$dir/out" 2>&1 ||
	fail "--boot net: $(cat "$dir/out")"
grep -q 'iPXE (PCI 00:03.0) starting' "$dir/net.txt" || fail "--boot net: $(cat "$dir/net.txt")"

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

# Virtual time is not real time: ten minutes of an idle PC pass in a moment of ours.
(ulimit -t 30; boot --kernel build/guest/idle.elf --until 600s >/dev/null 2>&1) || fail "ten idle minutes of a PC: status $?"
exit $failed
