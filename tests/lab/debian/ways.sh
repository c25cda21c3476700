# Labs of Debian PCs, run in several ways that must not matter. Source this.
#
#   lab LAB.yaml UNTIL     the lab, and the reference that others are compared with
#   way LABEL COMMAND...   runs COMMAND --until ... LAB; hash, captures and serial
#                          logs must be those of the first
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
B=${B:-build/rel}
LANYARD=${LANYARD:-$PWD/build/lanyard}
RUN="$LANYARD run --headless --pace max --hash"
HOOKS="$PWD/$B/tests/test-lab --run"
out=$(mktemp -d)
export XDG_RUNTIME_DIR=$out
trap 'rm -rf "$out"' EXIT
failed=0

"$LANYARD" image build --if-needed debian || exit 1

fail() { echo "FAIL $*"; failed=1; }

lab() {
	file=$1 until=$2 reference=
	rm -rf "$out/first"
	echo "$file:"
}

way() { # LABEL COMMAND...
	local label=$1 dir=$out/other hash
	shift
	[ -n "$reference" ] || dir=$out/first
	rm -rf "$dir"
	"$@" --until "$until" --capture-dir "$dir/captures" --log-dir "$dir/logs" "$file" >"$out/said" 2>&1 </dev/null ||
		{ fail "$label: status $?: $(tail -3 "$out/said")"; return; }
	# What it says of its pace, and where the checks of a run end, is no result.
	rm "$dir/logs/events.log"
	hash=$(grep '^hash' "$out/said") || { fail "$label: no hash: $(tail -3 "$out/said")"; return; }
	if [ -z "$reference" ]; then
		reference=$hash
		[ -n "$(find "$dir/captures" -size +1000c)" ] || fail "$label: nothing is captured"
	fi
	[ "$hash" = "$reference" ] || fail "$label: $hash, first was $reference"
	diff -rq "$out/first" "$dir" || fail "$label: captures or serial logs differ"
	echo "  $label: $hash"
}
