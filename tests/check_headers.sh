#!/bin/bash
# Every header compiles alone, and only once when included twice.
# modes: rel
set -u
cd "$(dirname "$0")/.."

check() {
	printf '#include "%s"\n#include "%s"\n' "$1" "$1" |
		${CC:-gcc} -std=gnu17 -Wall -Wextra -Wno-unused-parameter -Werror -fsyntax-only -I. \
			$(pkg-config --cflags glib-2.0 json-glib-1.0) -x c - || { echo "$1 does not compile alone"; exit 1; }
	guard=LANYARD_$(sed 's,^engine/,,; s,[/.-],_,g' <<<"$1" | tr '[:lower:]' '[:upper:]')
	grep -q "^#ifndef $guard\$" "$1" || { echo "$1: its guard is not $guard"; exit 1; }
}
export -f check
find engine capture topology tui tests -name '*.h' -not -path 'tests/*guest/*' -print0 | xargs -0 -P "$(nproc)" -I{} bash -c 'check {}'
