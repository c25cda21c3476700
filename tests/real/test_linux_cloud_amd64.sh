#!/bin/bash
# Debian's cloud-amd64 kernel boots, works and powers off.
# limit: 300
# modes: rel dbg
. "$(dirname "$0")/linux.sh"
linux_test cloud-amd64 x86-64
