#!/bin/bash
# The default image holds what it promises: each program at work in a PC, as
# checks of a lab.
# limit: 400
# modes: rel
cd "$(dirname "$0")/../.." || exit 1
LANYARD=${LANYARD:-$PWD/build/lanyard}
"$LANYARD" image build --if-needed debian || exit 1
exec "$LANYARD" test tests/lab/debian/programs.yaml
