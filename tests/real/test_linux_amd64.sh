#!/bin/bash
# Debian's amd64 kernel boots, works and powers off.
# limit: 300
# modes: rel dbg
. "$(dirname "$0")/linux.sh"
linux_test amd64 x86-64
