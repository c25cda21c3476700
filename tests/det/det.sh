# Determinism: the hash of a PC's final state depends on what it was given and
# on nothing else. Source this, then: det_same ARGS... (of lanyard boot).
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
reference=

hash_of() { # LABEL COMMAND...
	local label=$1 hash
	shift
	hash=$("$@" </dev/null 2>/dev/null | grep -a '^hash ')
	[ -n "$hash" ] || { echo "$label: no hash"; exit 1; }
	reference=${reference:-$hash}
	[ "$hash" = "$reference" ] || { echo "$label: $hash, first was $reference"; exit 1; }
	echo "$label: same"
}

det_same() {
	hash_of first "$LANYARD" boot --hash --pace max "$@"
	hash_of again "$LANYARD" boot --hash --pace max "$@"
	hash_of "fixed addresses" setarch -R "$LANYARD" boot --hash --pace max "$@"
	hash_of "poisoned memory" env MALLOC_PERTURB_=165 "$LANYARD" boot --hash --pace max "$@"
	hash_of "other poison, other allocator" env MALLOC_PERTURB_=90 MALLOC_ARENA_MAX=1 MALLOC_TOP_PAD_=1 G_SLICE=always-malloc \
		"$LANYARD" boot --hash --pace max "$@"
	hash_of "big environment" env LONG="$(head -c 60000 /dev/zero | tr '\0' x)" "$LANYARD" boot --hash --pace max "$@"
}
