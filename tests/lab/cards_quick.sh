#!/bin/bash
# Every network card under its stock Linux driver, in short: carrier, pings of all
# kinds of sizes, bytes both ways, the driver unloaded and loaded under traffic.
#   cards_quick.sh [MODEL...]
# limit: 300
# modes: rel
set -eu
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
. tests/lab/debian/cards/lab.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$LANYARD" image build --if-needed debian
cards_lab "$dir" quick.sh 60s "$@"
"$LANYARD" test "$dir/cards.yaml"
