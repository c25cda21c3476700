#!/bin/bash
# Debian's fully preemptible kernels, whose interrupt handlers are threads.
# suite: full
# limit: 600
# modes: rel dbg
. "$(dirname "$0")/linux.sh"
linux_test rt-amd64 x86-64
linux_test rt-686-pae 686
