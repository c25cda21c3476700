#!/bin/bash
# `make install`: what it installs anybody can read, whatever the umask; nothing of
# an older version is left among the recipes; the program finds them from anywhere.
# modes: rel
set -u
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
root="$dir/a b"
failed=0
fail() { echo "FAIL $*"; failed=1; }
mkdir -p "$root/usr/share/lanyard/images/debian"
touch "$root/usr/share/lanyard/images/debian/old"
chmod -R 755 "$root"
(umask 077 && make MODE="${MODE:-rel}" install DESTDIR="$root" PREFIX=/usr >"$dir/log" 2>&1) || { cat "$dir/log"; exit 1; }
[ ! -e "$root/usr/share/lanyard/images/debian/old" ] || fail "a file of an older version is left"
diff -r labs/images "$root/usr/share/lanyard/images" || fail "the recipes differ"
unreadable=$(find "$root/usr/share/lanyard" -not -perm -o=r -o -type d -not -perm -o=x)
[ -z "$unreadable" ] || fail "not for everybody: $unreadable"
cd / || exit 1
lanyard="$root/usr/bin/lanyard"
"$lanyard" --version | grep -q '^lanyard [0-9]' || fail "the program does not run"
"$lanyard" boot --until 10ms --hash | grep -q '^hash ' || fail "no PC starts"
XDG_CACHE_HOME=$dir "$lanyard" image build nosuch 2>"$dir/err"
grep -q "no recipe of that name" "$dir/err" || fail "$(cat "$dir/err")"
. "$root/usr/share/bash-completion/completions/lanyard" && complete -p lanyard >/dev/null || fail "no completion"
exit $failed
