# A Debian kernel with a busybox: its work has the same results as on the host.
# Source this, then: linux_test VARIANT CPU ARGS...
. "$(dirname "${BASH_SOURCE[0]}")/images.sh"

# The host's results, by the same busybox and the same program.
host_work() { # ARCH
	local box
	box=$(busybox "$1")
	"$box" true || { echo "this host runs no $1 programs"; exit 77; }
	mkdir -p "$out/bin"
	for applet in $("$box" --list); do ln -sf "$box" "$out/bin/$applet"; done
	sed "s,/bin/busybox,$box,; s,^/numbers,$out/numbers," tests/real/work.sh >"$out/host-work.sh"
	env -i PATH="$out/bin" "$box" sh "$out/host-work.sh" 2>&1
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
	serial_text | between "=== begin" "=== complaints" >"$out/guest.txt"
	serial_text | between "=== complaints" "=== end" >"$out/complaints.txt"
	host_work "$arch" >"$out/host.txt"
	diff "$out/host.txt" "$out/guest.txt" || die "the guest's results differ from the host's"
	[ -s "$out/guest.txt" ] || die "no results"
	expect "=== end" <(serial_text)
	[ ! -s "$out/complaints.txt" ] || die "the kernel complains: $(cat "$out/complaints.txt")"
}
