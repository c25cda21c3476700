#!/bin/bash
# `make lint`: clang-format, cppcheck and clang-tidy over all sources; the
# arguments are the compiler's flags. Prints "clean" at the end if they are.
set -u
cd "$(dirname "$0")/.."
failed=0
mapfile -t sources < <(find engine capture topology tui tests labs -name '*.c' -not -path 'tests/*guest/*' | sort)
mapfile -t guests < <(find tests/guest tests/netguest -name '*.c' | sort) # run on the bare machine
mapfile -t all < <(find engine capture topology tui tests labs -name '*.[ch]' | sort)
flags=()
for flag in "$@"; do
	case $flag in -D* | -I* | -std=*) flags+=("$flag") ;; esac
done

echo "clang-format"
clang-format --dry-run -Werror "${all[@]}" 2>&1 | grep -E 'error:' | cut -d: -f1 | sort | uniq -c
[ "${PIPESTATUS[0]}" = 0 ] || failed=1

# Not wrong here: arithmetic shifts (gcc and clang define them), macros that
# cppcheck does not expand, noreturn functions that it does not know.
echo "cppcheck"
cppcheck --quiet --error-exitcode=1 --std=c11 --language=c -j "$(nproc)" -I. --inline-suppr \
	--enable=warning,portability --suppress=missingIncludeSystem --suppress=unknownMacro \
	--suppress=preprocessorErrorDirective --suppress=internalAstError \
	--suppress=shiftTooManyBitsSigned --suppress=CastIntegerToAddressAtReturn --suppress=varFuncNullUB \
	--suppress=autoVariables:engine/cpu/core.c --suppress=zerodivcond:engine/cpu/interp/exec_math.c \
	--suppress=arrayIndexThenCheck:engine/pc/fdc.c --suppress=arrayIndexOutOfBoundsCond:engine/pc/rtc.c \
	engine capture topology tui labs/images/agent 2>&1 | sort -u
[ "${PIPESTATUS[0]}" = 0 ] || failed=1

echo "clang-tidy"
tidy() { # FLAG...; files from standard input
	TIDY_FLAGS=$* xargs -P "$(nproc)" -I{} \
		sh -c 'clang-tidy --quiet {} -- $TIDY_FLAGS -Wno-unknown-warning-option 2>/dev/null'
}
printf '%s\n' "${sources[@]}" | tidy "${flags[@]}" || failed=1
printf '%s\n' "${guests[@]}" | tidy -std=gnu17 -m32 -ffreestanding -I. || failed=1
[ $failed = 0 ] && echo "clean"
exit $failed
