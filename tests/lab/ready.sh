#!/bin/bash
# PCs that are ready can be used at once: carrier, addresses, the first ping.
# limit: 300
# modes: rel
set -eu
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
"$LANYARD" image build --if-needed debian
"$LANYARD" test tests/lab/debian/ready.yaml
