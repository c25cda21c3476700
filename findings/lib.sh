# For the scripts beside this one: pinned Debian 12 packages, with all that they
# depend on, unpacked into a temporary folder. Nothing is installed, no root needed.
#   fetch PACKAGE=VERSION...   sets $root, PATH and LD_LIBRARY_PATH
#   expect WHAT SEEN WANTED    says what was seen; a difference ends in status 1
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
failed=0

fetch() {
	local dir=$work/packages file
	mkdir -p "$dir/partial" "$root"
	: >"$work/status"
	echo "fetching $* and what they depend on"
	apt-get -qq -o Dir::State::status="$work/status" -o Dir::Cache::archives="$dir" -o Debug::NoLocking=1 \
		install -y --download-only --no-install-recommends "$@" >"$work/apt" 2>&1 ||
		{ cat "$work/apt"; echo "packages of just these versions could not be had"; exit 1; }
	for file in "$dir"/*.deb; do
		case ${file##*/} in libc6_* | libc-bin_* | perl-base_*) continue ;; esac
		dpkg -x "$file" "$root"
	done
	export PATH=$root/usr/bin:$root/usr/sbin:$PATH
	export LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
}

expect() {
	printf '%s: %s\n' "$1" "$2"
	[ "$2" = "$3" ] || { printf '  CHANGED, it was: %s\n' "$3"; failed=1; }
}

finish() { [ $failed = 0 ] && echo "as described"; exit $failed; }
