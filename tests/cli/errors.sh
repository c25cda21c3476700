#!/bin/bash
# Bad input to `lanyard boot`: one clear line that names the option or file,
# status 2, nothing on stdout, and quickly.
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

# expect PATTERN ARGS...: of lanyard boot
expect() {
	local pattern=$1 status
	shift
	timeout 20 "$LANYARD" boot --pace max --until 1ms "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	if [ $status != 2 ] || [ "$(wc -l <"$dir/err")" != 1 ] || [ -s "$dir/out" ] || ! grep -qiE -- "$pattern" "$dir/err"; then
		echo "lanyard boot $*: status $status, expected 2 and one line matching '$pattern'; got:"
		cat "$dir/out" "$dir/err"
		failed=1
	fi
}

head -c 100000 /dev/zero >"$dir/zeros"
head -c 300 /dev/zero >"$dir/short"
: >"$dir/empty"
guest=build/guest/paging.elf
head -c 3000 $guest >"$dir/truncated.elf"
# A bzImage whose header promises more than there is.
{ head -c 497 /dev/zero; printf '\x04\0\0\0\x40\0\0\0\0\0\0\0\0\x55\xaa\xeb\x66HdrS\x0f\x02'; head -c 4000 /dev/zero; } >"$dir/truncated.bz"
truncate -s 100M "$dir/big"
truncate -s 1000 "$dir/odd"
mkdir "$dir/folder"

expect 'missing.*no such file' --kernel "$dir/missing"
expect 'zeros' --kernel "$dir/zeros"
expect 'short' --kernel "$dir/short"
expect 'empty' --kernel "$dir/empty"
expect 'truncated.elf' --kernel "$dir/truncated.elf"
expect 'truncated.bz' --kernel "$dir/truncated.bz"
expect 'folder' --kernel "$dir/folder"
expect 'no such file' --kernel $guest --initrd "$dir/missing"
expect 'big|memory' --kernel $guest --initrd "$dir/big" --memory 32M
expect '--initrd.*--kernel' --initrd "$dir/zeros"
expect '--append.*--kernel' --append "quiet"
expect 'missing' --disk "$dir/missing"
expect 'odd' --disk "$dir/odd"
expect 'empty' --disk "$dir/empty"
expect 'missing' --cdrom "$dir/missing"
expect 'odd' --cdrom "$dir/odd"
expect 'missing' --floppy "$dir/missing"
expect 'odd' --floppy "$dir/odd"
expect 'folder' --disk "$dir/folder"
expect "--cpu.*'387'.*486" --cpu 387
expect "--memory.*'12Q'" --memory 12Q
expect "--memory.*'0'" --memory 0
expect "--memory.*'900G'" --memory 900G
expect "--memory.*'-5M'" --memory=-5M
expect "--mips.*'many'" --mips many
expect "--mips.*'0'" --mips 0
expect "--pace.*'slow'" --pace slow
expect "--until.*'soon'" --until soon
expect "--boot.*'tape'" --boot tape
expect "--trace.*'everything'" --trace cpu,everything
expect "--test-exit.*'port'" --test-exit port
expect "--screenshot.*'shot.gif'" --screenshot shot.gif
expect '--screen.*terminal' --screen
expect 'bios.*missing|missing' --bios "$dir/missing"
expect 'odd' --bios "$dir/odd"
expect 'serial.*(no such|not a directory)' --serial "$dir/nowhere/file"
expect 'unknown option' --frobnicate
expect "--nic.*'banana'.*e1000" --nic banana
expect "--nic.*'e100'.*did you mean" --nic e100
expect "--nic.*'fast'.*10Mbit, 100Mbit, 1Gbit" --nic e1000,rate=fast
expect "--nic.*ne2k_pci.*no 'rate'" --nic ne2k_pci,rate=10Mbit
expect "--nic.*'speed' is called 'rate' now" --nic e1000,speed=100
expect "--nic.*'vlan'" --nic e1000,vlan=office
expect "--nic.*'speed'.*KEY=VALUE" --nic e1000,speed
expect "--nic.*MODEL" --nic ''
expect "--nic.*MODEL" --nic $'e1000\n'
expect '--nic.*8 cards' --nic e1000 --nic e1000 --nic e1000 --nic e1000 --nic e1000 --nic e1000 --nic e1000 --nic e1000 --nic e1000
expect '--boot.*--nic' --boot net
expect "'stray'" stray
[ -z "$(ls "$dir/folder")" ] || failed=1

"$LANYARD" >"$dir/out" 2>&1 </dev/null
[ $? = 2 ] && grep -q help "$dir/out" || { echo "lanyard without a command: $(cat "$dir/out")"; failed=1; }
"$LANYARD" fly >"$dir/out" 2>&1 </dev/null
[ $? = 2 ] && grep -q fly "$dir/out" || { echo "lanyard fly: $(cat "$dir/out")"; failed=1; }
for option in --help --version; do
	"$LANYARD" $option >"$dir/out" 2>"$dir/err" </dev/null
	[ $? = 0 ] && [ -s "$dir/out" ] && [ ! -s "$dir/err" ] || { echo "lanyard $option: $(cat "$dir/err")"; failed=1; }
done
"$LANYARD" boot --help >"$dir/out" 2>&1 </dev/null
[ $? = 0 ] && grep -q -- --kernel "$dir/out" || { echo "lanyard boot --help"; failed=1; }
exit $failed
