#!/bin/bash
# engine/ keeps no mutable state at file scope: everything hangs on a PC, a
# board, a device. Looks at the objects' sections, so that constants with
# relocations (.data.rel.ro) are told from variables.
# modes: rel
set -u
cd "$(dirname "$0")/.."
failed=0

# "q.N" is the cached number that G_DEFINE_QUARK declares.
for object in $(find "$B/engine" -name '*.o' | sort); do
	variables=$(objdump -t "$object" | awk '
		match($0, /\.(data|bss|tdata|tbss|common)[^ \t]*[ \t]/) || / \*COM\*/ {
			section = substr($0, RSTART, RLENGTH)
			if (section ~ /^\.data\.rel\.ro/ || / d  / || $NF ~ /^q\.[0-9]+$/ || $NF ~ /^\./)
				next
			print $NF
		}')
	if [ -n "$variables" ]; then
		echo "${object#"$B"/}: mutable at file scope:" $variables
		failed=1
	fi
done
exit $failed
