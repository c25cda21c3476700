#!/bin/bash
# All PCI cards in one lab: a router of eight different ones, and eight PCs that all
# reach one another by the router, on one VLAN and with tagged frames.
# suite: full
# limit: 900
# modes: rel
set -eu
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
"$LANYARD" image build --if-needed debian
exec "$LANYARD" test tests/lab/debian/mixed.yaml
