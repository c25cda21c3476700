#!/bin/bash
# Each fuzz target for FUZZ_TIME seconds (10), from its seeds (tests/fuzz/seeds:
# inputs that reach deep) and from what earlier runs found (build/fuzz/corpus).
# What once crashed is in tests/fuzz/found/TARGET and runs first.
# limit: 900
# modes: rel fuzz
set -u
cd "$(dirname "$0")/../.."
command -v clang >/dev/null || { echo "no clang"; exit 77; }
[ "${MODE:-}" = fuzz ] || make --no-print-directory MODE=fuzz CC=clang -j"$(nproc)" fuzz-programs || exit 1
failed=0
for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	corpus=build/fuzz/corpus/$name
	mkdir -p "$corpus"
	seeds=(tests/fuzz/seeds/"$name")
	[ -d "$seeds" ] || seeds=()
	found=(tests/fuzz/found/"$name"/*)
	echo "$name"
	[ -e "${found[0]}" ] && { build/fuzz/tests/"$name" "${found[@]}" >build/fuzz/"$name".log 2>&1 || failed=1; }
	ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 \
		build/fuzz/tests/"$name" -max_total_time="${FUZZ_TIME:-10}" -timeout=100 -rss_limit_mb=4096 -print_final_stats=1 -len_control=0 \
		-artifact_prefix=build/fuzz/"$name"- -max_len=4096 "$corpus" "${seeds[@]}" >>build/fuzz/"$name".log 2>&1 || failed=1
	tail -n 4 build/fuzz/"$name".log
	[ $failed = 0 ] || grep -E '^==|ERROR|SUMMARY|runtime error|Assertion|    #[0-9]' build/fuzz/"$name".log | head -20
done
exit $failed
