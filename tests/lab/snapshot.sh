#!/bin/bash
# A running lab into a file and on from there, in a new process, with other workers:
# the same hash and the same captured frames as if nothing had happened. Files that
# are there already, damaged, cut, foreign or of a changed lab are refused with a
# sentence, status 2.
# limit: 120
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
guest=$PWD/build/guest/netguest.elf
[ -f "$guest" ] || { echo "build/guest/netguest.elf is not built"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp "$guest" "$dir/netguest.elf"
cd "$dir" || exit 1
export XDG_CACHE_HOME=$dir/cache XDG_RUNTIME_DIR=$dir
failed=0
fail() { echo "FAIL $*"; failed=1; }
cat >lab.yaml <<'END'
version: 1
lab: kept
vlans: {l: 1}
images: {guest: {kernel: netguest.elf, cmdline: "agent us=ffff", agent: true}}
defaults: {image: guest, memory: 4M, nic: {model: ne2k_pci}}
pcs:
  a: {nics: {eth0: {vlan: l}}}
  b: {nics: {eth0: {vlan: l}}}
  alone: {image: plain, memory: 4M, nics: {eth0: {vlan: l}}}
events:
  again: {at: 7s, pc: a, power: reset}
captures: {l: {watch: l}}
END
sed -i 's/^images:.*/images:\n  guest: {kernel: netguest.elf, cmdline: "agent us=ffff", agent: true}\n  plain: {kernel: netguest.elf, cmdline: "us=ffff id=3"}/' lab.yaml
END=9s
run() { # OUT FILE OPTION...
	local out=$1 file=$2
	shift 2
	timeout 100 "$LANYARD" run --headless --pace max --until $END --hash --capture-dir "$out" "$@" "$file" >"$out.said" 2>&1 ||
		fail "status of $out: $(tail -3 "$out.said")"
	grep '^hash' "$out.said" >"$out.hash"
}
run whole lab.yaml
"$LANYARD" run --headless lab.yaml --capture-dir first >said 2>&1 &
pid=$!
until [ -S lanyard/kept.sock ] || ! kill -0 $pid 2>/dev/null; do sleep 0.05; done
sleep 0.5
"$LANYARD" snapshot kept one.lab || fail "snapshot"
sleep 0.3
"$LANYARD" snapshot --full kept full.lab || fail "snapshot --full"
"$LANYARD" snapshot kept one.lab 2>err && fail "took the place of a file"
grep -q 'one.lab: File exists' err || fail "an existing file: $(cat err)"
"$LANYARD" snapshot kept missing/one.lab 2>err && fail "wrote into a folder that is not there"
[ -z "$(find . -name '*.part-*')" ] || fail "something was left aside"
"$LANYARD" stop kept
wait $pid
[ "$(stat -c %s one.lab)" -lt "$(stat -c %s full.lab)" ] || fail "one.lab: $(stat -c %s one.lab full.lab)"

run one one.lab --workers 1
run full full.lab --workers 3
rm -rf cache
run rebuilt one.lab # its images boot again, to the same values
run alone full.lab --no-cache
for out in one full rebuilt alone; do cmp whole.hash $out.hash || fail "the hash of $out"; done
# What was captured after the moment of the snapshot is what the whole run captured.
frames() { tshark -n -r "$1/l.pcapng" -T fields -e frame.time_epoch -e frame.len -e eth.src -e eth.dst -e frame.comment 2>/dev/null; }
if command -v tshark >/dev/null; then
	frames whole >whole.txt
	for out in one full; do
		frames $out >$out.txt
		[ -s $out.txt ] || fail "$out captured nothing"
		tail -n "$(wc -l <$out.txt)" whole.txt | cmp - $out.txt || fail "frames of $out"
	done
fi

refused() { # FILE WORDS OPTION...
	local file=$1 words=$2 status
	shift 2
	timeout 60 "$LANYARD" run --headless --pace max --until $END "$@" "$file" >said 2>err
	status=$?
	[ $status = 2 ] || fail "$file: status $status"
	grep -q -- "$words" err || fail "$file: expected '$words': $(cat err)"
}
head -c 3000 one.lab >cut.lab
refused cut.lab 'cut.lab: is damaged'
cp one.lab bad.lab
printf 'XXXX' | dd of=bad.lab bs=1 seek=$(($(stat -c %s one.lab) - 40)) conv=notrunc status=none
refused bad.lab 'bad.lab: is damaged'
cp one.lab huge.lab
printf '\377\377\377\177' | dd of=huge.lab bs=1 seek=16 conv=notrunc status=none
refused huge.lab 'more memory than the PCs'
rm -rf cache
refused one.lab 'not in the store' --no-cache
cp lab.yaml kept.yaml
sed -i 's/at: 7s/at: 8s/' lab.yaml
refused one.lab 'lab.yaml has changed since it was saved'
rm lab.yaml
refused one.lab 'lab.yaml'
exit $failed
