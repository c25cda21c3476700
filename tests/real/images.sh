# Real systems for tests, made from Debian packages in build/cache: nothing is
# installed, and no root is needed. Source this; the functions print the path
# of what they made. Everything is made once (a lock guards each thing).
#
#   deb ARCH PACKAGE          the package's unpacked tree
#   kernel VARIANT            vmlinuz of linux-image-VARIANT
#   busybox ARCH              a static busybox
#   initramfs ARCH INIT [FILE|DIR...]   initrd.gz: busybox, INIT as /init, files in /
#   lanyard_boot SECONDS ARGS...        boots with the serial line in $out/serial
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
B=${B:-build/rel}
LANYARD=${LANYARD:-$PWD/$B/lanyard}
cache=$PWD/build/cache
out=$(realpath -m "$B")/out/$(basename "$0" .sh)
rm -rf "$out"
mkdir -p "$cache" "$out"

die() { echo "$*" >&2; exit 1; }

# The architecture of a kernel variant of Debian.
arch_of() { case $1 in *686*) echo i386 ;; *) echo amd64 ;; esac; }

# apt with its own state: the system's is neither used nor changed. $1 = ARCH.
private_apt() {
	local arch=$1 dir=$cache/apt-$1 tool=$2
	shift 2
	"$tool" -q -o Dir::State="$dir" -o Dir::State::status=/dev/null -o Dir::Cache="$dir/cache" \
		-o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=- -o APT::Sandbox::User=root \
		-o APT::Architecture="$arch" -o APT::Architectures::="$arch" -o Acquire::Languages=none "$@"
}

apt_lists() { # ARCH: once a cache
	local dir=$cache/apt-$1 mirror
	[ -e "$dir/updated" ] && return
	mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
		awk '$1 ~ /debian/ && $2 == "bookworm" { print $1; exit }')
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} bookworm main" \
		>"$dir/sources.list"
	private_apt "$1" apt-get update >"$dir/log" 2>&1 || { cat "$dir/log" >&2; die "apt-get update for $1 failed"; }
	touch "$dir/updated"
}

once() { # FILE FUNCTION ARGS...: makes FILE (or a folder) if it is not there yet
	local file=$1
	shift
	(
		flock 9
		if [ ! -e "$file" ]; then "$@" >&2; fi
	) 9>"$cache/.lock.$(basename "$(dirname "$file")")-$(basename "$file")"
	echo "$file"
}

make_deb() { # DIR ARCH PACKAGE
	local fetch=$1.fetch
	echo "fetching $3 ($2)"
	(
		flock 8
		apt_lists "$2"
	) 8>"$cache/.lock.apt-$2"
	rm -rf "$fetch" "$1.part"
	mkdir -p "$fetch" "$1.part"
	(cd "$fetch" && private_apt "$2" apt-get download "$3" >log 2>&1) || { cat "$fetch/log"; exit 1; }
	dpkg-deb -x "$fetch"/*.deb "$1.part"
	rm -rf "$fetch"
	mv "$1.part" "$1"
}
deb() { once "$cache/$1-$2" make_deb "$cache/$1-$2" "$1" "$2"; }

# linux-image-686 only names the package of the day.
kernel_tree() {
	local arch name tree
	arch=$(arch_of "$1")
	if [ ! -e "$cache/kernel-$1" ]; then
		(
			flock 8
			apt_lists "$arch"
		) 8>"$cache/.lock.apt-$arch"
		name=$(private_apt "$arch" apt-cache depends "linux-image-$1" | awk '/Depends: linux-image/ { print $2; exit }')
		[ -n "$name" ] || die "linux-image-$1 is not in Debian's list"
		tree=$(deb "$arch" "$name")
		ln -sfn "$(basename "$tree")" "$cache/kernel-$1"
	fi
	echo "$cache/kernel-$1"
}
kernel() {
	local tree
	tree=$(kernel_tree "$1")
	echo "$tree"/boot/vmlinuz-*
}
# The path of a kernel's module. VARIANT NAME
module() { find "$(kernel_tree "$1")/lib/modules" -name "$2.ko" | head -1; }
busybox() {
	local tree
	tree=$(deb "$1" busybox-static)
	echo "$tree/bin/busybox"
}

initramfs() { # ARCH INIT FILES...: in $out
	local root=$out/initramfs box file=$out/initrd.gz
	box=$(busybox "$1")
	rm -rf "$root"
	mkdir -p "$root"/{bin,dev,proc,sys,tmp,etc}
	cp "$box" "$root/bin/busybox"
	for applet in $("$(busybox amd64)" --list); do [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"; done
	cp "$2" "$root/init"
	chmod 755 "$root/init"
	shift 2
	[ $# = 0 ] || cp -R "$@" "$root/"
	(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet --owner 0:0 --reproducible | gzip -1n) >"$file"
	echo "$file"
}

# Without a limit of real time: run.sh has one. The status is lanyard's.
lanyard_boot() { # UNTIL ARGS...
	local until=$1
	shift
	${EMULATOR:-"$LANYARD"} boot --no-reboot --pace max --until "$until" --serial "$out/serial" "$@"
}
# The serial line without carriage returns; parts between two marker lines.
serial_text() { tr -d '\r' <"$out/serial"; }
between() { awk -v a="$1" -v z="$2" '$0 == z { on = 0 } on; $0 == a { on = 1 }'; }
expect() { # TEXT FILE
	grep -aqF -- "$1" "$2" || { tail -n 30 "$2"; die "expected: $1"; }
}
