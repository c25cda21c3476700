#!/bin/bash
# Builds the image from Debian packages: OUT/vmlinuz, OUT/initrd, OUT/cmdline and
# OUT/versions (what it is made of). Neither root nor a change of the system is
# needed; apt works with a state of its own below CACHE, where downloads stay.
# The same versions of packages give the same bytes on every machine.
#
#   recipe.sh OUT CACHE      progress on stdout, one line a step; errors on stderr
#
# A recipe that is this one with changes says so in the environment: RECIPE_ARCH is
# Debian's word for another processor; lists and files in the folder RECIPE_MORE are
# added to those here (debian-i386 does both).
set -euo pipefail
shopt -s inherit_errexit nullglob extglob
export LC_ALL=C TZ=UTC
umask 022

[ $# = 2 ] || { echo "usage: recipe.sh OUT CACHE" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1" "$2"
out=$(cd "$1" && pwd)
cache=$(cd "$2" && pwd)
work=$out/work
root=$work/root
tools=$work/tools

arch=${RECIPE_ARCH:-amd64}
more=${RECIPE_MORE:-}
# Where packages of the architecture have their things, and which kernel is meant.
case $arch in
amd64) triplet=x86_64-linux-gnu gnu=x86_64-linux-gnu loader=usr/lib64/ld-linux-x86-64.so.2 bits=64 elf=elf_x86_64 kernel=amd64 ;;
i386) triplet=i386-linux-gnu gnu=i686-linux-gnu loader=usr/lib/ld-linux.so.2 bits=32 elf=elf_i386 kernel=686-pae ;;
*) echo "recipe: $arch: not an architecture it knows" >&2 && exit 2 ;;
esac
lists=$cache/apt
[ "$arch" = amd64 ] || lists=$cache/apt-$arch
# What the kernel needs beside that until the agent says hello (measured).
KERNEL_MB=90

die() { echo "recipe: $*" >&2; exit 1; }
step() { echo "$*"; }
# The lines of a list without comments; packages by their names on this architecture.
list() {
	sed "s/#.*//; s/[[:space:]]*$//; /^$/d; s/^linux-image-amd64$/linux-image-$kernel/
		s/^+binutils-x86-64-linux-gnu$/+binutils-${gnu//_/-}/" "$here/$1" ${more:+$(find "$more" -maxdepth 1 -name "$1")}
}

for program in apt-get apt-cache dpkg-deb tar awk sed find sort flock; do
	command -v "$program" >/dev/null || die "$program is missing: images are built on Debian or its relatives"
done

# ---- packages ----

private_apt() {
	local tool=$1
	shift
	"$tool" -q -o Dir::State="$lists" -o Dir::State::status=/dev/null -o Dir::Cache="$lists/cache" \
		-o Dir::Etc::sourcelist="$lists/sources.list" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferences=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null -o APT::Architecture="$arch" -o APT::Architectures::="$arch" \
		-o APT::Default-Release= -o Acquire::Languages=none -o Dpkg::Use-Pty=0 \
		-o APT::Sandbox::User="$(id -un)" "$@"
}

# What apt says goes to a log; it is shown if apt fails.
quiet_apt() {
	private_apt "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "$1 $2 failed"; }
}

update_lists() {
	mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial"
	if cmp -s <(list sources) "$lists/sources.list" && [ -e "$lists/updated" ] && [ -z "${LANYARD_UPDATE:-}" ]; then
		step "lists of packages: as downloaded on $(date -r "$lists/updated" +%F)"
		return
	fi
	step "lists of packages: downloading"
	list sources >"$lists/sources.list"
	quiet_apt apt-get update --error-on=any
	touch "$lists/updated"
}

# name=version of each package that $@ need, those on the list of the unwanted
# left out.
resolve() {
	local name version rest pattern
	local -a unwanted
	mapfile -t unwanted < <(list packages | sed -n 's/^-//p')
	private_apt apt-get -s --no-install-recommends install "$@" >"$work/plan" 2>"$work/log" ||
		{ cat "$work/plan" "$work/log" >&2; die "$(sed -n 's/^E: //p' "$work/log" | head -1) (asked for: $*)"; }
	sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1 \2/p' "$work/plan" | sort | while read -r name version rest; do
		for pattern in "${unwanted[@]}"; do
			# shellcheck disable=SC2053
			[[ $name != $pattern ]] || continue 2
		done
		echo "${name%":$arch"}=$version"
	done
}

# apt's names of files: the epoch's colon is %3a. Other recipes keep theirs of other
# machines in the same place.
file_of() { echo "$cache/debs/${1%%=*}_$(sed 's/:/%3a/g' <<<"${1#*=}")"_@("$arch"|all).deb; }

# apt checks each package's hash against the signed list. A package that is
# there already was checked when it came.
download() {
	local package
	local -a missing=()
	mkdir -p "$cache/debs/partial"
	for package; do
		[ -n "$(file_of "$package")" ] || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	step "downloading ${#missing[@]} packages"
	rm -f "$cache"/debs/partial/*.deb
	(cd "$cache/debs/partial" && private_apt apt-get download "${missing[@]}" 2>&1) | tee "$work/log" |
		awk -v all=${#missing[@]} '/^Get:/ && ++n % 10 == 0 { print "  " n " of " all; fflush() }' ||
		{ cat "$work/log" >&2; die "the download failed"; }
	mv "$cache"/debs/partial/*.deb "$cache/debs/"
	for package in "${missing[@]}"; do
		[ -n "$(file_of "$package")" ] || die "$package: apt named the file in an unknown way"
	done
}

# What nobody reads inside a PC of a lab.
unpack() { # DIR PACKAGE=VERSION...
	local dir=$1 package file
	shift
	mkdir -p "$dir"/usr/{bin,sbin,lib,lib64}
	for link in bin sbin lib lib64; do [ -L "$dir/$link" ] || ln -s "usr/$link" "$dir/$link"; done
	for package; do
		file=$(file_of "$package")
		dpkg-deb --fsys-tarfile "$file" | tar -x -C "$dir" --no-same-owner --keep-directory-symlink \
			--exclude-from=<(list left-out) ||
			die "cannot unpack $file"
	done
}

# Runs a program of the tools with the libraries it was built for.
tool() { # PATH ARGS...
	local program=$1 lib=$tools/usr/lib/$triplet
	shift
	"$tools/$loader" --library-path "$lib" "$tools/$program" "$@"
}

# The image's own busybox.
box() {
	"$root/$loader" --argv0 busybox --library-path "$root/usr/lib/$triplet" \
		"$root/bin/busybox" "$@"
}

# ---- parts of the tree ----

# Keeps the modules that the file "modules" names and what they depend on.
add_modules() {
	local tree version name path
	tree=$(echo "$work"/kernel/usr/lib/modules/*)
	version=${tree##*/}
	local kept=$root/usr/lib/modules/$version
	[ -d "$tree/kernel" ] || die "the kernel's package holds no modules"
	box depmod -b "$work/kernel" "$version"
	: >"$work/wanted"
	list modules | sed 's/^\*//' | while read -r name; do
		case $name in
		*/) find "$tree/$name" -name '*.ko' -printf "${name}%P\n" ;;
		*) find_module "$name" "$tree" ;;
		esac
	done | sort -u >"$work/wanted"
	# modules.dep names everything a module needs, indirectly too.
	awk -F': *' 'NR == FNR { want[$1]; next } $1 in want { print $1; n = split($2, d, " "); for (i = 1; i <= n; i++) print d[i] }' \
		"$work/wanted" "$tree/modules.dep" | sort -u | while read -r path; do
		mkdir -p "$kept/$(dirname "$path")"
		cp "$tree/$path" "$kept/$path"
	done
	cp "$tree"/modules.builtin "$tree"/modules.builtin.modinfo "$tree"/modules.order "$kept/"
	box depmod -b "$root" "$version"
	rm -f "$kept"/modules.builtin.modinfo "$kept"/modules.order
	for path in "$kept"/modules.{dep,alias,symbols}; do sort -o "$path" "$path"; done
	list modules | sed -n 's/^\*//p' >"$root/usr/lib/lanyard/modules"
}

# A module's path; nothing if it is part of the kernel itself.
find_module() { # NAME TREE
	local path
	path=$(cd "$2" && find kernel -name "$1.ko" -o -name "${1//_/-}.ko" -o -name "${1//-/_}.ko" | head -n 1)
	if [ -n "$path" ]; then
		echo "$path"
	else
		grep -q "/$(sed 's/[-_]/[-_]/g' <<<"$1")\.ko$" "$2/modules.builtin" || die "modules: $1: the kernel has no such module"
	fi
}

# Compiled by the packages' own gcc, not by this machine's: then the image's bytes
# follow from the versions of packages alone. The driver "gcc" would start its
# stages with this machine's libraries, so they are started here one by one.
add_agent() {
	local file name inc=() agent=$here/../agent gcc=$tools/usr/lib/gcc/$gnu/12 lib=$tools/usr/lib/$triplet
	for file in "$gcc/include" "$tools/usr/include" "$tools/usr/include/$triplet"; do inc+=(-isystem "$file"); done
	mkdir -p "$work/agent"
	for file in "$agent"/*.c; do
		name=$(basename "$file" .c)
		(cd "$agent" && tool "usr/lib/gcc/$gnu/12/cc1" -quiet -nostdinc "${inc[@]}" -std=gnu17 -Os -fno-pie \
			-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror \
			-o "$work/agent/$name.s" "$name.c") || die "cannot compile the agent"
		(cd "$work/agent" && tool "usr/bin/$gnu-as" "--$bits" -o "$name.o" "$name.s") || die "cannot assemble the agent"
	done
	(cd "$work/agent" && tool "usr/bin/$gnu-ld.bfd" -m "$elf" -static -s --build-id=none --hash-style=gnu \
		-z relro -o "$root/usr/lib/lanyard/agent" "$lib/crt1.o" "$lib/crti.o" "$gcc/crtbeginT.o" ./*.o \
		-L"$gcc" -L"$lib" --start-group -lgcc -lgcc_eh -lc --end-group "$gcc/crtend.o" "$lib/crtn.o") ||
		die "cannot link the agent"
}

add_own_files() {
	install -D -m 755 "$here/init" "$root/init"
	mkdir -p "$root"/{dev,proc,sys,run,tmp,root,mnt,var/log,var/lib/misc} "$root"/etc/lanyard/services
	rm -rf "$root/var/run" "$root/var/lock" "$root/var/tmp"
	ln -s /run "$root/var/run"
	ln -s /tmp "$root/var/tmp"
	install -m 755 "$here"/services/* "$root/etc/lanyard/services/"
	cp -R "$here"/files/. "$root/"
	chmod 755 "$root"/usr/lib/lanyard/*
	ln -sf /proc/mounts "$root/etc/mtab"
	rm -f "$root/etc/frr/frr.conf" # of comments alone; while it is there FRR reads no other
}

# What Debian's alternatives would link: a name and what it means, a pair a line.
alternatives="
/usr/bin/ssh dbclient
/usr/bin/dig kdig
/usr/bin/vi vim.tiny
/usr/bin/vim vim.tiny
/usr/bin/editor nano
/usr/sbin/iptables xtables-nft-multi
/usr/sbin/iptables-save xtables-nft-multi
/usr/sbin/iptables-restore xtables-nft-multi
/usr/sbin/ip6tables xtables-nft-multi
/usr/sbin/ip6tables-save xtables-nft-multi
/usr/sbin/ip6tables-restore xtables-nft-multi
/usr/sbin/arptables xtables-nft-multi
/usr/sbin/ebtables xtables-nft-multi
/usr/lib/$triplet/libblas.so.3 blas/libblas.so.3
"
add_alternatives() {
	local path name to
	for path in "$root"/usr/bin/*.db; do ln -sf "${path##*/}" "${path%.db}"; done
	while read -r name to; do
		[ ! -e "$root${name%/*}/$to" ] || [ -e "$root$name" ] || ln -s "$to" "$root$name"
	done <<<"$alternatives"
}

# Python's modules as bytecode alone: a PC starts them ten times as fast, and they
# need no more memory than their text. The same versions give the same bytes.
compile_python() {
	local python=$root/usr/bin/python3.11
	[ -x "$python" ] || return 0
	PYTHONHOME=$root/usr PYTHONHASHSEED=0 SOURCE_DATE_EPOCH=0 \
		"$root/$loader" --library-path "$root/usr/lib/$triplet" "$python" -m compileall -b -q -j 1 -s "$root" \
		--invalidation-mode unchecked-hash "$root/usr/lib/python3.11" "$root/usr/lib/python3" >"$work/log" 2>&1 ||
		{ cat "$work/log" >&2; die "cannot compile Python's modules"; }
	find "$root/usr/lib/python3.11" "$root/usr/lib/python3" -name '*.py' -delete
}

# A name for each of busybox's programs that no package brought.
add_applets() {
	local path
	for path in $(box --list-full); do
		path=$root/${path#/}
		case $path in */busybox | */linuxrc) continue ;; esac
		[ -e "$root/bin/${path##*/}" ] || [ -e "$root/sbin/${path##*/}" ] || ln -s /bin/busybox "$(applet_path "$path")"
	done
}
applet_path() { case $1 in */sbin/*) echo "$root/sbin/${1##*/}" ;; *) echo "$root/bin/${1##*/}" ;; esac; }

# Every program finds its libraries inside the tree, or the list of the unwanted
# is too long. (The loader also looks in the host's folders: no good.)
check_libraries() {
	local file missing lib=$root/usr/lib/$triplet failed=
	while read -r file; do
		[ "$(head -c 4 "$file" | tr -d '\0')" = $'\x7fELF' ] || continue
		missing=$("$root/$loader" --inhibit-cache --library-path "$lib:$lib/frr" --list "$file" 2>/dev/null |
			awk -v root="$root/" '$2 == "=>" && index($3, root) != 1 { print $1 }' | tr '\n' ' ') || true
		if [ -n "$missing" ]; then
			echo "${file#"$root"} needs $missing"
			failed=1
		fi
	done < <(find "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib/frr" "$lib" -type f \( -perm -100 -o -name '*.so*' \))
	[ -z "$failed" ]
}

finish_tree() {
	"$tools/sbin/ldconfig" -X -r "$root" 2>/dev/null || die "ldconfig failed"
	rm -rf "$root"/var/cache
	check_libraries >"$work/log" || { cat "$work/log" >&2; die "libraries are missing: too much is left out in 'packages'"; }
	chmod -R u+rwX,go+rX,go-w,a-st "$root"
	chmod 1777 "$root/tmp"
	find "$root" -exec touch -h -d @0 {} +
}

# Moves what the file "cold" names into a compressed file system; see there.
add_cold() {
	local pattern path
	while read -r pattern; do
		for path in "$root"/$pattern; do
			path=${path#"$root"/}
			[ -e "$root/$path" ] || die "cold: there is no $path"
			mkdir -p "$work/cold/${path%/*}"
			mv "$root/$path" "$work/cold/$path"
			ln -s "/usr/lib/lanyard/cold/$path" "$root/$path"
		done
	done < <(list cold)
	mkdir -p "$root/usr/lib/lanyard/cold"
	find "$work/cold" -exec touch -h -d @0 {} +
	tool usr/bin/mksquashfs "$work/cold" "$root/usr/lib/lanyard/cold.img" -comp zstd -all-root -no-xattrs -no-exports \
		-all-time 0 -mkfs-time 0 -processors 1 -quiet -no-progress >"$work/log" 2>&1 || { cat "$work/log" >&2; die "mksquashfs failed"; }
	find "$root" -exec touch -h -d @0 {} +
}

pack() {
	(cd "$root" && find . -mindepth 1 | sort | tool bin/cpio -o -H newc --quiet --reproducible --owner=+0:+0) >"$work/initrd.cpio"
	# The old framing, the only one that a kernel unpacks. LZ4, because unpacking
	# it costs a PC a tenth of what zstd costs.
	tool usr/bin/lz4 -q -l -12 -f "$work/initrd.cpio" "$out/initrd"
}

# What people and Lanyard want to know of the image: lines "@KIND VALUE".
facts() {
	local file
	# The kernel has the initrd, and what is unpacked of it, in memory at the same time.
	echo "@memory $(((memory + 15) / 16 * 16))M"
	for file in "$here"/services/*; do
		echo "@service ${file##*/} $(sed -n '2s/^# //p' "$file")"
	done
	(cd "$root" && find usr/bin usr/sbin -type f -o -lname '/usr/lib/lanyard/cold/*' -o -lname '[a-z]*' | sed 's,.*/,@tool ,' | sort -u)
}

# ---- the steps ----

exec 9>"$cache/.lock"
flock 9
rm -rf "$work"
mkdir -p "$work"
update_lists
mapfile -t names < <(list packages | grep -v '^[-+]')
mapfile -t helpers < <(list packages | sed -n 's/^+//p')
[ ${#names[@]} -gt 0 ] || die "packages: the list is empty"
packages=$(resolve "${names[@]}")
helper_packages=$(resolve "${helpers[@]}")
# shellcheck disable=SC2086
download $packages $helper_packages
step "unpacking $(wc -l <<<"$packages") packages"
# shellcheck disable=SC2086
{
	unpack "$tools" $helper_packages
	unpack "$work/kernel" $(grep '^linux-image' <<<"$packages")
	unpack "$root" $(grep -v '^linux-image' <<<"$packages")
}
step "choosing files"
find "$root" -name '*.a' -delete
mkdir -p "$root/usr/lib/lanyard"
add_modules
add_agent
add_own_files
add_alternatives
compile_python
add_applets
finish_tree
add_cold
step "packing $(du -sm "$root" | cut -f1) MB"
pack
memory=$(($(du -sm --apparent-size "$root" | cut -f1) + ($(wc -c <"$out/initrd") >> 20) + KERNEL_MB))
cp "$work"/kernel/boot/vmlinuz-* "$out/vmlinuz"
list cmdline >"$out/cmdline"
{
	sed 's/=/ /' <<<"$packages"
	facts
} >"$out/versions"
rm -rf "$work"
step "done: initrd of $(($(wc -c <"$out/initrd") >> 20)) MB"
