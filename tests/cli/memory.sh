#!/bin/bash
# A PC with less memory than its image needs is an error of lint, if the image is on
# this machine and says what it needs.
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export XDG_CACHE_HOME=$out
hash=$(printf '0123456789abcdef%.0s' 1 2 3 4)
image=$out/lanyard/images/debian
mkdir -p "$image/$hash"
: >"$image/$hash/vmlinuz"
: >"$image/$hash/initrd"
printf '{\n"format": "1",\n"name": "debian",\n"hash": "%s",\n"cmdline": "",\n"versions": "bash 5\\n@memory 240M\\n@service frr Routing\\n@tool dig\\n"\n}\n' \
	"$hash" >"$image/$hash/image.json"
printf '%s' "$hash" >"$image/current"
cat >"$out/lab.yaml" <<'END'
version: 1
lab: x
pcs:
  a: {memory: 128M}
  b: {memory: 240M}
  c: {}
END
said=$("$LANYARD" lint "$out/lab.yaml" 2>&1)
status=$?
wanted="$out/lab.yaml:4:15: error: pcs.a.memory: '128M': image 'debian' needs at least 240M"
if [ $status != 2 ] || ! grep -qxF "$wanted" <<<"$said" || [ "$(grep -c "error:" <<<"$said")" != 1 ]; then
	echo "status $status: $said"
	exit 1
fi
said=$("$LANYARD" image info debian 2>&1)
for part in 'at least 240 MB' '  frr  *Routing' '  dig' '  bash 5'; do
	grep -q "$part" <<<"$said" || { echo "info lacks '$part': $said"; exit 1; }
done
