#!/bin/bash
# Determinism of six Debian labs, in every way that must not matter.
# suite: full
# limit: 7200
# modes: rel
. "$(dirname "$0")/debian/ways.sh"

# Somebody works in the lab while it runs in real time.
work() { # PC PC
	local pc try
	for pc; do
		for try in $(seq 600); do
			"$LANYARD" ps 2>/dev/null | grep -q "$pc *ready" && break
			sleep 0.2
		done
	done
	"$LANYARD" exec "$lab" "$1" -- sh -c 'wc -c; ip -br addr' <docs/lab-format.md >/dev/null
	"$LANYARD" exec "$lab" "$2" -- sh -c 'sleep 100' <docs/lab-format.md &
	pc=$!
	{ echo 'echo typed; uptime'; sleep 1; } | timeout 3 "$LANYARD" connect "$lab" "$2" >/dev/null
	"$LANYARD" set "$lab" "$1:eth0" delay=1ms
	"$LANYARD" cp "$lab" labs/images/debian/services "$1:/root/services" || fail "cp"
	kill $pc
}

# shellcheck disable=SC2086
recorded() { # UNTIL PC PC
	local journal=$out/journal lab
	lab=$(sed -n 's/^lab: *//p' "$file")
	until=$1 reference=
	shift
	work "$@" &
	way "in real time, with input" "$LANYARD" run --headless --pace realtime --hash --record "$journal"
	wait
	[ "$(wc -l <"$journal")" -gt 8 ] || fail "nothing is recorded: $(cat "$journal")"
	way "replayed" $RUN --workers 1 --replay "$journal"
	way "replayed, 3 workers" $RUN --workers 3 --replay "$journal"
	way "replayed, random windows" $HOOKS --workers 2 --windows 7 --replay "$journal"
	way "replayed, no idle skipping" $HOOKS --no-idle-skip --replay "$journal" --record "$out/journal2"
	cmp "$journal" "$out/journal2" || fail "the journal of a replay is not that of the run"
}

# shellcheck disable=SC2086
all_ways() {
	way "first" $RUN --workers 1
	way "again" $RUN --workers 1
	way "2 workers" $RUN --workers 2
	way "3 workers" $RUN --workers 3
	way "random windows" $HOOKS --windows 1
	way "random windows, 3 workers" $HOOKS --windows 2 --workers 3
	way "no idle skipping" $HOOKS --no-idle-skip
	way "no idle skipping, random windows, 2 workers" $HOOKS --no-idle-skip --windows 3 --workers 2
	way "fixed addresses" setarch -R $RUN
	way "poisoned memory" env MALLOC_PERTURB_=165 $RUN
	way "other poison, other allocator" env MALLOC_PERTURB_=90 MALLOC_ARENA_MAX=1 G_SLICE=always-malloc $RUN
	way "in real time" "$LANYARD" run --headless --pace realtime --hash
}

wanted() { [ -z "${LABS:-}" ] || [[ " $LABS " == *" $1 "* ]]; } # LABS="ospf": only that one

wanted first-ping && { lab labs/first-ping/lab.yaml 4s; all_ways; recorded 15s alice bob; }
wanted vlans && { lab tests/lab/debian/vlans.yaml 4s; all_ways; recorded 15s alice router; }
wanted lockstep && { lab tests/lab/debian/lockstep.yaml 3s; all_ways; }
wanted switches && { lab tests/lab/debian/switches.yaml 6s; all_ways; recorded 15s client server; }
wanted ospf && { lab tests/lab/debian/ospf.yaml 6s; all_ways; }
wanted mixed && { lab tests/lab/debian/mixed.yaml 2s; all_ways; }
for file in tests/lab/debian/{vlans,lockstep,switches,ospf}.yaml; do
	wanted "$(basename "$file" .yaml)" || continue
	"$LANYARD" test "$file" >"$out/said" 2>&1 || fail "$file: $(cat "$out/said")"
done
exit $failed
