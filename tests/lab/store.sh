#!/bin/bash
# Booted images kept on disk: a lab with a stored PC, without one, and that stores
# nothing has one hash, also after resets and power cycles; a damaged one is made
# anew; a full disk, a folder that cannot be made and a killed run cost nothing.
# limit: 120
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
guest=$PWD/build/guest/netguest.elf
[ -f "$guest" ] || { echo "build/guest/netguest.elf is not built"; exit 77; }
dir=$(mktemp -d)
trap 'umount "$dir/small" 2>/dev/null; rm -rf "$dir"' EXIT
cp "$guest" "$dir/netguest.elf"
cd "$dir" || exit 1
export XDG_CACHE_HOME=$dir/cache XDG_RUNTIME_DIR=$dir
failed=0
fail() { echo "FAIL $*"; failed=1; }
cat >lab.yaml <<'END'
version: 1
lab: stored
vlans: {l: 1}
images:
  guest: {kernel: netguest.elf, cmdline: "agent quiet us=fffff", agent: true}
defaults: {image: guest, memory: 4M, nic: {model: ne2k_pci}}
pcs:
  a: {nics: {eth0: {vlan: l}}}
  b: {nics: {eth0: {vlan: l}}}
  big: {memory: 8M, nics: {eth0: {vlan: l}}}
events:
  again: {at: 400ms, pc: a, power: reset}
  down: {at: 500ms, pc: b, power: "off"}
  up: {at: 600ms, pc: b, power: "on"}
END
run() { # OUT OPTION...
	local out=$1
	shift
	timeout 100 "$LANYARD" run --headless --pace max --until 2s --hash "$@" lab.yaml >"$out" 2>&1 || fail "status of $out: $(tail -3 "$out")"
	grep '^hash' "$out" >"$out.hash" || fail "no hash in $out: $(tail -3 "$out")"
}
values() { find cache/lanyard/pcs -name '*.pc' 2>/dev/null | sort; }

run none --no-cache
[ -z "$(values)" ] || fail "--no-cache stored something"
run cold
[ "$(values | wc -l)" = 2 ] || fail "expected a value for each size of memory, found: $(values)"
run warm
[ "$(grep -c 'image guest: from the store' warm)" = 2 ] || fail "not from the store: $(cat warm)"
grep -q 'booted' warm && fail "the image booted again"
cmp none.hash cold.hash || fail "the hash with and without a store"
cmp none.hash warm.hash || fail "the hash with a stored PC"
[ -z "$(find cache -name '*.part-*')" ] || fail "something was left aside"
[ -z "$(find cache/lanyard/pcs ! -perm /077 -prune -o -print)" ] || fail "others may read the store"

# Damaged in its middle: said, made anew, right again.
for file in $(values); do
	printf 'x' | dd of="$file" bs=1 seek=9000 conv=notrunc status=none
done
run mended
[ "$(grep -c 'boots anew: .*is damaged' mended)" = 2 ] || fail "the damage is not told: $(cat mended)"
cmp none.hash mended.hash || fail "the hash after damage"
run healthy
[ "$(grep -c 'from the store' healthy)" = 2 ] || fail "not mended"

# The files have changed since: another PC.
cp netguest.elf kept.elf
printf '\0' >>netguest.elf
run changed
grep -q 'from the store' changed && fail "another kernel, but the stored PC"
mv kept.elf netguest.elf

# A folder that cannot be made.
mv cache cache.away
echo >cache
run nowhere
grep -q 'not stored, it will boot again: .*cache' nowhere || fail "nowhere to store: $(cat nowhere)"
cmp none.hash nowhere.hash
rm cache
mv cache.away cache

# Room for one only.
run limited --cache-limit 1K
[ "$(values | wc -l)" -le 4 ] || fail "--cache-limit"
rm -rf cache
run limited --cache-limit 1K
[ "$(values | wc -l)" = 1 ] || fail "--cache-limit 1K keeps $(values | wc -l) values"

# A full disk, where this may be tried.
mkdir small
if mount -t tmpfs -o size=64K none small 2>/dev/null; then
	XDG_CACHE_HOME=$dir/small run full
	grep -q 'not stored, .*No space left' full || fail "a full disk: $(cat full)"
	cmp none.hash full.hash
	[ -z "$(find small -name '*.p*' -type f)" ] || fail "the full disk holds $(find small -type f)"
fi

# Cut under a running lab: it ends with a sentence.
cat >long.yaml <<'END'
version: 1
lab: long
vlans: {l: 1}
images: {guest: {kernel: netguest.elf, cmdline: "agent quiet us=fffff", agent: true}}
pcs: {a: {image: guest, memory: 4M, nics: {eth0: {vlan: l, model: ne2k_pci}}}}
END
"$LANYARD" run --headless --pace max --until 1ms long.yaml >/dev/null 2>&1
"$LANYARD" run --headless --pace realtime --until 60s long.yaml >long 2>&1 &
until grep -q 'a: ready' long || ! kill -0 $! 2>/dev/null; do sleep 0.1; done
for file in $(values); do truncate -s 4096 "$file"; done
wait $!
[ $? = 3 ] && grep -q 'was a stored PC cut short?' long || fail "a file that is cut: $(cat long)"

# Killed at some moment: the next run does not mind.
rm -rf cache
for pause in 0.02 0.05 0.1 0.2; do
	"$LANYARD" run --headless --pace max --until 2s lab.yaml >/dev/null 2>&1 &
	sleep $pause
	kill -9 $!
	wait $! 2>/dev/null
done
rm -f ./*.sock lanyard/*.sock
run after
cmp none.hash after.hash || fail "the hash after kills"
run last
[ "$(grep -c 'from the store' last)" = 2 ] || fail "no store after kills"
[ -z "$(find cache -name '*.part-*')" ] || fail "something was left aside: $(find cache -name '*.part-*')"
exit $failed
