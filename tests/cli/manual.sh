#!/bin/bash
# Commands and options: what --help lists, the manual page has under the command's
# heading and the completion offers, neither more nor less.
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
failed=0
fail() { echo "$*"; failed=1; }
. docs/lanyard.bash

# Options of text on stdin, sorted, without --help.
options() { grep -oE -- '--[a-z][a-z0-9-]*' | grep -vx -- --help | sort -u; }
# A command's part of the manual page; of `image build`, its paragraph.
manual() {
	sed 's/\\-/-/g; s/\\fI//g; s/\\fP//g' docs/lanyard.1 | if [[ $1 == image\ * ]]; then
		awk -v head="${1#image }" '/^\.TP/ { on = 0 } /^\.B[RI]* / && $2 == head { on = 1 } /^\.S/ { on = 0 } on'
	else
		awk -v head=".SS lanyard $1" '$0 == head { on = 1; next } /^\.S/ { on = 0 } on' | awk '/^\.TP/ { getline; print }'
	fi
}
# What the completion offers for the words given.
complete_words() {
	COMP_WORDS=("$LANYARD" "$@")
	COMP_CWORD=$#
	_lanyard 2>/dev/null
	printf '%s\n' "${COMPREPLY[@]}"
}
compopt() { :; }

help_of() { "$LANYARD" $1 --help; }
commands=$("$LANYARD" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
images=$("$LANYARD" image --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 16 ] && [ "$(wc -w <<<"$images")" -ge 6 ] || fail "--help lists no commands"

for command in $commands; do
	help_of "$command" >/dev/null || fail "lanyard $command --help fails"
	help_of "$command" | grep -q "lanyard $command" || fail "lanyard $command --help does not name its command"
	grep -qx ".SS lanyard $command" docs/lanyard.1 || fail "docs/lanyard.1 lacks the command $command"
	complete_words "" | grep -qx "$command" || fail "docs/lanyard.bash lacks the command $command"
	[ "$command" = image ] && continue
	cmp <(help_of "$command" | sed -n '/^Application Options:/,$p' | options) <(manual "$command" | options) ||
		fail "lanyard $command: --help (first) and docs/lanyard.1 (second) differ"
	cmp <(help_of "$command" | sed -n '/^Application Options:/,$p' | options) <(complete_words "$command" -- | options) ||
		fail "lanyard $command: --help (first) and docs/lanyard.bash (second) differ"
done
for command in $images; do
	help_of "image $command" >/dev/null || fail "lanyard image $command --help fails"
	complete_words image "" | grep -qx "$command" || fail "docs/lanyard.bash lacks the command image $command"
	manual "image $command" | grep -q . || fail "docs/lanyard.1 lacks the command image $command"
	cmp <(help_of "image $command" | sed -n '/^Application Options:/,$p' | options) <(manual "image $command" | options) ||
		fail "lanyard image $command: --help (first) and docs/lanyard.1 (second) differ"
	cmp <(help_of "image $command" | sed -n '/^Application Options:/,$p' | options) \
		<(complete_words image "$command" -- | options) ||
		fail "lanyard image $command: --help (first) and docs/lanyard.bash (second) differ"
done
for command in $(sed -n 's/^\.SS lanyard //p' docs/lanyard.1); do
	grep -qx "$command" <<<"$commands" || fail "docs/lanyard.1 has a command that does not exist: $command"
done
for command in $(complete_words "" | grep -v ^-); do
	grep -qx "$command" <<<"$commands" || fail "docs/lanyard.bash has a command that does not exist: $command"
done

# Every option that takes a value is one whose value the completion knows.
for command in $commands; do
	for option in $(help_of "$command" | grep -oE -- '--[a-z-]+=' | tr -d =); do
		prev=$option cur='' COMPREPLY=()
		_lanyard_value || fail "docs/lanyard.bash does not know that $option takes a value"
	done
done
[ "$(complete_words lint labs/first-ping/l)" = labs/first-ping/lab.yaml ] || fail "lab files are not completed"
bash -n docs/lanyard.bash || failed=1
if command -v man >/dev/null; then
	warnings=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings=w -E UTF-8 -l docs/lanyard.1 2>&1 >/dev/null)
	[ -z "$warnings" ] || fail "docs/lanyard.1: $warnings"
fi
exit $failed
