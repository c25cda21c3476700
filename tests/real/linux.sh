# A Debian kernel with a busybox: its work has the same results as on the host.
# Source this, then: linux_test VARIANT CPU ARGS...
. "$(dirname "${BASH_SOURCE[0]}")/images.sh"

# The host's results, by the same busybox and the same program.
host_work() { # ARCH
	local box
	box=$(busybox "$1")
	mkdir -p "$out/bin"
	for applet in $("$box" --list); do ln -sf "$box" "$out/bin/$applet"; done
	sed "s,/bin/busybox,$box,; s,^/numbers,$out/numbers," tests/real/work.sh >"$out/host-work.sh"
	env -i PATH="$out/bin" "$box" sh "$out/host-work.sh" 2>&1
}

work_of() { tr -d '\r' <"$1" | between "=== begin" "=== complaints"; }

# What the work must come to: on a host that runs no 32-bit programs, QEMU says.
# (On a busy host its timer test fails; there is none without no_timer_check.)
reference_work() { # ARCH VMLINUZ INITRD
	if "$(busybox "$1")" true 2>/dev/null; then
		host_work "$1"
		return
	fi
	command -v qemu-system-x86_64 >/dev/null || { echo "this host runs no $1 programs and has no QEMU" >&2; exit 77; }
	qemu-system-x86_64 -accel tcg -m 256 -nodefaults -display none -no-reboot -serial "file:$out/qemu" \
		-kernel "$2" -initrd "$3" -append "console=ttyS0 quiet panic=-1 no_timer_check" </dev/null
	work_of "$out/qemu"
}

linux_test() { # VARIANT CPU ARGS...
	local variant=$1 cpu=$2 arch vmlinuz initrd
	shift 2
	arch=$(arch_of "$variant")
	vmlinuz=$(kernel "$variant")
	gcc $([ "$arch" = i386 ] && echo -m32 -march=pentium3 -mfpmath=387) -O1 -static -nostdlib -ffreestanding -fno-pic -no-pie \
		-fno-stack-protector -fcf-protection=none -o "$out/numbers" tests/real/numbers.c
	initrd=$(initramfs "$arch" tests/real/init.sh tests/real/work.sh "$out/numbers")
	lanyard_boot 120s --kernel "$vmlinuz" --initrd "$initrd" --append "console=ttyS0 quiet panic=-1" \
		--memory 256M --cpu "$cpu" "$@" || die "lanyard ended with status $?: $(tail -n 5 "$out/serial")"
	work_of "$out/serial" >"$out/guest.txt"
	serial_text | between "=== complaints" "=== end" >"$out/complaints.txt"
	reference_work "$arch" "$vmlinuz" "$initrd" >"$out/host.txt"
	diff "$out/host.txt" "$out/guest.txt" || die "the guest's results differ from the host's"
	[ -s "$out/guest.txt" ] || die "no results"
	expect "=== end" <(serial_text)
	[ ! -s "$out/complaints.txt" ] || die "the kernel complains: $(cat "$out/complaints.txt")"
}
