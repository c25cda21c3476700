#!/bin/bash
# `lanyard image build --if-needed`: works once for each state of a recipe.
set -euo pipefail
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export XDG_CACHE_HOME=$dir/cache
mkdir -p "$dir/tiny/files"
cat >"$dir/tiny/recipe.sh" <<'EOF'
echo made >>"$(dirname "$0")/../times"
echo kernel >"$1/vmlinuz"
cat "$(dirname "$0")"/files/* >"$1/initrd"
echo quiet >"$1/cmdline"
echo "thing 1.0" >"$1/versions"
EOF
build() { # EXPECTED TIMES MADE
	echo "$*" >>"$dir/log"
	"$LANYARD" image build --if-needed "$dir/tiny" >>"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
	[ "$(wc -l <"$dir/times")" = "$1" ] || { echo "made $(wc -l <"$dir/times") times, not $1"; cat "$dir/log"; exit 1; }
}

echo one >"$dir/tiny/files/a"
build 1
build 1
echo two >"$dir/tiny/files/a"
build 2
build 2
mkdir "$dir/tiny/files.d" && touch "$dir/tiny/files.d/b"
build 3
mv "$dir/tiny/files.d/b" "$dir/tiny/files.d/c"
build 4
"$LANYARD" image build "$dir/tiny" >>"$dir/log"
[ "$(wc -l <"$dir/times")" = 5 ] || { echo "without --if-needed it must work"; exit 1; }
"$LANYARD" image info tiny | grep -q '^  thing 1.0$'
# Two at once: one works, the other waits and has nothing to do.
echo three >"$dir/tiny/files/a"
"$LANYARD" image build --if-needed "$dir/tiny" >>"$dir/log" 2>&1 &
"$LANYARD" image build --if-needed "$dir/tiny" >>"$dir/log" 2>&1
wait $!
[ "$(wc -l <"$dir/times")" = 6 ] || { echo "both made it"; cat "$dir/log"; exit 1; }
# A package that Debian does not have is named, in the last words.
mkdir "$dir/bin"
cat >"$dir/bin/apt-get" <<'EOF'
#!/bin/sh
case $* in *update*) exit 0 ;; esac
echo "Reading package lists..."
echo "E: Unable to locate package nosuch" >&2
exit 100
EOF
chmod +x "$dir/bin/apt-get"
status=0
PATH=$dir/bin:$PATH "$LANYARD" image build labs/images/debian >"$dir/said" 2>&1 || status=$?
[ $status = 2 ] && tail -2 "$dir/said" | grep -q '^recipe: Unable to locate package nosuch (asked for: linux-image' ||
	{ echo "a package that is not there: $status"; cat "$dir/said"; exit 1; }
echo "as expected"
