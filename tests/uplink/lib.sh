# What tests with uplinks share. Source this.
. "$(dirname "${BASH_SOURCE[0]}")/../real/images.sh"
export XDG_RUNTIME_DIR=$out/runtime
mkdir -m 700 -p "$XDG_RUNTIME_DIR"
pids=()
end_all() {
	for lab in "$XDG_RUNTIME_DIR"/lanyard/*; do
		[ -S "$lab" ] && timeout 20 "$LANYARD" stop "$(basename "$lab" .sock)" >/dev/null 2>&1
	done
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null
	wait
}
trap end_all EXIT
ly() { timeout 120 "$LANYARD" "$@"; }
# Waits until COMMAND succeeds; a busy machine may take its time.
await() {
	for ((i = 0; i < ${AWAIT:-600}; i++)); do
		if "$@"; then return; fi
		sleep 0.1
	done
	return 1
}
# A real QEMU in the background, its serial line in $out/NAME.serial.
# NAME ADDRESSES PING OPTION...
qemu() {
	local name=$1 addr=$2 ping=$3
	shift 3
	[ -e "$out/initrd.gz" ] || initramfs amd64 tests/uplink/lib-init.sh "$(module amd64 mii)" "$(module amd64 e1000)" \
		"$(module amd64 8139cp)" >/dev/null
	qemu-system-x86_64 -accel tcg -m 128 -nodefaults -display none -no-reboot -serial "file:$out/$name.serial" \
		-kernel "$(kernel amd64)" -initrd "$out/initrd.gz" \
		-append "console=ttyS0 quiet panic=-1 no_timer_check addr=$addr ping=$ping" "$@" </dev/null >"$out/$name.log" 2>&1 &
	pids+=($!)
}
says() { tr -d '\r' 2>/dev/null <"$out/$1.serial" | grep -qx "=== $2"; }
