#!/bin/bash
# Every network card does all that its stock Linux driver asks of it: sizes, load,
# groups, addresses, VLANs, jumbo frames, offloads, rings, speeds, self tests,
# reloads under traffic (debian/cards/near.sh); the cards are rows of cards/models.
#   cards.sh [MODEL...]
# suite: full
# limit: 3000
# modes: rel
set -eu
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
. tests/lab/debian/cards/lab.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$LANYARD" image build --if-needed debian
cards_lab "$dir" near.sh 1200s "$@"
"$LANYARD" test "$dir/cards.yaml"
