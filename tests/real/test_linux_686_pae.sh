#!/bin/bash
# Debian's 686-pae kernel boots, works and powers off.
# limit: 300
# modes: rel dbg
. "$(dirname "$0")/linux.sh"
linux_test 686-pae 686
