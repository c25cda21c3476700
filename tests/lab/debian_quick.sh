#!/bin/bash
# Determinism of Debian labs, the few ways that find most: other workers, other
# windows, other addresses and dirty memory. debian_full.sh has the rest.
# limit: 400
# modes: rel
. "$(dirname "$0")/debian/ways.sh"
# shellcheck disable=SC2086
{
	lab tests/lab/debian/vlans.yaml 2s
	way "1 worker" $RUN --workers 1
	way "3 workers, random windows" $HOOKS --workers 3 --windows 1
	way "fixed addresses, poisoned memory" env MALLOC_PERTURB_=165 setarch -R $RUN --workers 2
	lab tests/lab/debian/lockstep.yaml 1300ms
	way "1 worker" $RUN --workers 1
	way "2 workers, random windows" $HOOKS --workers 2 --windows 2
}
exit $failed
