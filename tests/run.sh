#!/bin/bash
# Runs tests, as many at a time as there are processors, and sums up.
#
#   tests/run.sh check|check-full TEST...
#
# A test is a program, a script, or a Multiboot guest (*.elf). Its exit status
# 0 is a pass, 77 "cannot be done here", anything else a failure; its output is
# kept in build/MODE/log. A script may say in its first lines:
#   # suite: full      not part of `check`
#   # limit: 300       seconds it may take on an idle machine (default 300);
#                      a busy one gets three times as long before the test is ended
#   # modes: rel dbg   only there (default: all)
# In the environment: MODE, CC, and B (build/MODE).
set -u
cd "$(dirname "$0")/.."
suite=$1
shift
MODE=${MODE:-rel}
B=${B:-build/$MODE}
export MODE B CC=${CC:-gcc} LANYARD=$PWD/$B/lanyard
# GLib allocates out of sight of the thread sanitizer unless told otherwise.
[ "$MODE" != tsan ] || export G_SLICE=always-malloc
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1} UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
unset DISPLAY
jobs=${JOBS:-$(nproc)}
log=$B/log
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
mkdir -p "$log"

# Sanitizers make everything slower.
case $MODE in
asan | tsan | fuzz) slower=5 ;;
dbg) slower=3 ;;
*) slower=1 ;;
esac

declared() { # FILE KEY DEFAULT
	local value=
	[[ $1 == *.sh ]] && value=$(sed -n "2,12s/^# $2: *//p" "$1" | head -1)
	echo "${value:-$3}"
}

name_of() {
	local name=${1#"$B"/}
	name=${name#build/}
	name=${name#tests/}
	echo "${name%.*}"
}

run_one() { # TEST
	local name file start seconds status limit command=("$1")
	name=$(name_of "$1")
	file=$log/${name//\//-}.log
	limit=$(($(declared "$1" limit 300) * slower * 3))
	[[ $1 == *.elf ]] && command=(tests/guest/run.sh "$1")
	echo "  ....  $name"
	start=$SECONDS
	timeout -k 5 "$limit" "${command[@]}" >"$file" 2>&1 </dev/null
	status=$?
	seconds=$((SECONDS - start))
	case $status in
	0) echo "  PASS  $name ($seconds s)"; : >"$results/${name//\//-}.pass" ;;
	77) echo "  SKIP  $name: $(tail -1 "$file")"; : >"$results/${name//\//-}.skip" ;;
	*)
		[ $status = 124 ] && echo "time limit of $limit s" >>"$file"
		{ echo "  FAIL  $name ($seconds s, status $status), from $file:"; tail -n 25 "$file" | sed 's/^/        /'; }
		echo "$name" >"$results/${name//\//-}.fail"
		;;
	esac
}

for test in "$@"; do
	[ "$suite" = check ] && [ "$(declared "$test" suite check)" = full ] && continue
	[[ " $(declared "$test" modes "$MODE") " == *" $MODE "* ]] || continue
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
	run_one "$test" &
done
wait

count() { find "$results" -name "*.$1" | wc -l; }
cat "$results"/*.fail 2>/dev/null | sed 's/^/failed: /'
[ "$(count skip)" = 0 ] || echo "$(count skip) skipped"
echo "$(count pass) passed, $(count fail) failed"
[ "$(count fail)" = 0 ] && [ "$(count pass)" != 0 ]
