#!/bin/bash
# `lanyard boot` without a terminal: streams that are closed, full or not read,
# what --commit writes and when, what is asked for before the run and not after it.
# limit: 300
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
. tests/real/talker.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
talker "$dir/talker.img" || exit 1
cd "$dir" || exit 1
failed=0
fail() { echo "FAIL $*"; failed=1; }

# talk TEXT STATUS [ARGS...]: what the guest hears; stdout in out, stderr in err.
# Flat out, for there is no terminal.
talk() {
	local text=$1 wanted=$2 status
	shift 2
	printf %s "$text" | timeout 60 "$LANYARD" boot --floppy talker.img "$@" >out 2>err
	status=${PIPESTATUS[1]}
	[ "$status" = "$wanted" ] || fail "'$text' $*: status $status, expected $wanted: $(cat out err)"
}
says() { grep -qF -- "$1" err && [ "$(wc -l <err)" = 1 ] || fail "expected one line with '$1': $(cat err)"; }

# How a run ends.
talk o 0
[ "$(tr -d '\r' <out)" = $'ready\no' ] && [ ! -s err ] || fail "power-off: $(cat out err)"
talk e 43 --test-exit 0xf4
talk r 0 --no-reboot
talk t 0 --no-reboot
says "triple fault"
talk h 0
says "halted for ever"
{ printf r; sleep 2; printf o; } | timeout 60 "$LANYARD" boot --floppy talker.img >out
[ $? = 0 ] && [ "$(grep -c ready out)" = 2 ] || fail "a reboot: $(cat out)"
talk do 0
says D
talk abo 0 --serial serial --hash
[ "$(cut -c1-5 out)" = "hash " ] && grep -q abo serial || fail "--serial: $(cat out serial)"
# The hash has a line of its own, whatever the guest said last.
talk abo 0 --hash
grep -q '^hash [0-9a-f]*$' out || fail "--hash: $(cat out)"
# An hour of virtual time: the pace is max where nobody looks on.
talk '' 0 --until 1h

# Streams. No file of ours takes the place of a closed one.
timeout 60 "$LANYARD" boot --floppy talker.img --until 2s <&- >out 2>err
[ $? = 0 ] && [ "$(tr -d '\r' <out)" = ready ] || fail "closed stdin: $(cat out err)"
echo o | timeout 60 "$LANYARD" boot --floppy talker.img >&- 2>err
[ $? = 3 ] || fail "closed stdout"
says "stdout: Bad file descriptor"
echo o | timeout 60 "$LANYARD" boot --floppy talker.img 2>&- >out
[ $? = 0 ] || fail "closed stderr"
echo o | timeout 60 "$LANYARD" boot --floppy talker.img --hash >/dev/full 2>err
[ $? = 3 ] || fail "full stdout"
says "stdout: No space left"
echo o | timeout 60 "$LANYARD" boot --floppy talker.img --hash --serial /dev/null >/dev/full 2>err
[ $? = 3 ] || fail "full stdout for the hash"
says "stdout: No space left"
talk o 3 --serial /dev/full
says "/dev/full: No space left"
{ sleep 1; echo o | timeout 60 "$LANYARD" boot --floppy talker.img 2>err; echo $? >status; } | true
[ "$(cat status)" = 3 ] || fail "nobody reads stdout: $(cat status)"
says "stdout: Broken pipe"
# A reader that does not read: SIGTERM still ends the run, and says so.
mkfifo pipe
sleep 60 <pipe &
reader=$!
timeout 60 "$LANYARD" boot --floppy talker.img --pace max --trace all >pipe 2>&1 </dev/null &
sleep 2
kill -TERM $! # timeout hands it on
wait $!
status=$?
kill $reader
[ $status = 143 ] || fail "SIGTERM while nobody reads: $status"

# --commit: at a clean end, and only what was written.
disk() { truncate -s 0 disk.img && truncate -s 1M disk.img; }
disk
talk wo 0 --disk disk.img
cmp -s disk.img <(head -c 1M /dev/zero) || fail "written without --commit"
talk wo 0 --disk disk.img --commit
cmp -s <(head -c 1024 disk.img | tail -c 512) talker.img || fail "--commit did not write"
[ "$(du -k disk.img | cut -f1)" -le 64 ] || fail "--commit filled the holes of a sparse file"
[ "$(stat -c %s disk.img)" = 1048576 ] || fail "--commit changed the size"
disk
{ printf w; sleep 3; } | "$LANYARD" boot --floppy talker.img --pace realtime --disk disk.img --commit >out 2>err &
for _ in $(seq 100); do grep -q W out 2>/dev/null && break; sleep 0.1; done
# Meanwhile it belongs to that run.
"$LANYARD" boot --until 0s --disk disk.img 2>err2 && fail "the disk of a run with --commit is read by another"
grep -q 'disk.img: is in use' err2 || fail "$(cat err2)"
kill -TERM $!
wait $!
status=$?
[ $status = 143 ] && cmp -s disk.img <(head -c 1M /dev/zero) || fail "--commit after SIGTERM: $status"
grep -q 'disk.img: not written' err || fail "--commit after SIGTERM does not say so: $(cat err)"
talk '' 2 --disk disk.img --disk ./disk.img --commit --until 0s
says "disk.img: is in use by another drive"
talk '' 0 --disk disk.img --disk ./disk.img --until 0s
if [ "$(id -u)" = 0 ]; then
	# Root may write anywhere, but not on a full file system.
	mkdir full
	if mount -t tmpfs -o size=256k none full 2>/dev/null; then
		truncate -s 1M full/disk.img
		head -c 1M /dev/zero >full/fill 2>/dev/null
		talk wo 3 --disk full/disk.img --commit
		says "full/disk.img: No space left"
		talk o 3 --screenshot full/shot.png
		says "full/shot.png"
		[ ! -e full/shot.png ] || fail "half a screenshot is left"
		umount full
	fi
else
	chmod 444 disk.img
	talk '' 2 --disk disk.img --commit --until 0s
	says "disk.img: Permission denied"
fi

# Before the run.
talk o 2 --screenshot nowhere/shot.png
says "nowhere/shot.png: No such file"
mkdir folder.png
talk o 2 --screenshot folder.png
says "folder.png: Is a directory"
talk o 0 --screenshot shot.txt
grep -q 'SeaBIOS' shot.txt || fail "screenshot: $(cat shot.txt)"
talk '' 0 --until 0s --epoch 2024-02-29
talk '' 2 --until 0s --epoch 2023-02-29
says "2024-01-31"
exit $failed
