#!/bin/bash
# The network cards under the drivers of a 32-bit kernel: the NE2000 on ISA, which
# only that one has, does all that it can; every other one in short.
#   cards_i386.sh [MODEL...]
# suite: full
# limit: 3000
# modes: rel
set -eu
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
. tests/lab/debian/cards/lab.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
IMAGE=debian-i386
"$LANYARD" image build --if-needed $IMAGE
mkdir "$dir/short" "$dir/isa"
cards_lab "$dir/short" quick.sh 120s "$@"
"$LANYARD" test "$dir/short/cards.yaml"
[ $# = 0 ] || exit 0
cards_lab "$dir/isa" near.sh 1200s ne2k_isa
"$LANYARD" test "$dir/isa/cards.yaml"
