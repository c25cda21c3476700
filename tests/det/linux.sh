#!/bin/bash
# A Linux kernel from power-on to its shell script's end.
# limit: 400
# modes: rel
. "$(dirname "$0")/../real/images.sh"
. tests/det/det.sh
vmlinuz=$(kernel cloud-amd64)
initrd=$(initramfs amd64 tests/real/init.sh tests/real/work.sh)
args=(--kernel "$vmlinuz" --initrd "$initrd" --append "console=ttyS0 quiet" --memory 128M --serial /dev/null --until 4s)
hash_of first "$LANYARD" boot --hash --pace max "${args[@]}"
hash_of "fixed addresses, poisoned memory" env MALLOC_PERTURB_=165 setarch -R "$LANYARD" boot --hash --pace max "${args[@]}"
hash_of "in real time" "$LANYARD" boot --hash --pace realtime "${args[@]}"
