#!/bin/bash
# e1000 and ne2k_pci do all that Linux's drivers ask of them: self test, offloads,
# VLANs, jumbo frames, groups, addresses, rings, speeds, reloads under traffic.
# suite: full
# limit: 1800
# modes: rel
cd "$(dirname "$0")/../.." || exit 1
LANYARD=${LANYARD:-$PWD/build/lanyard}
"$LANYARD" image build --if-needed debian || exit 1
exec "$LANYARD" test tests/lab/debian/cards.yaml
