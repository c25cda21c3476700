#!/bin/bash
# The default image: built from its recipe, booted by QEMU, its agent and its
# programs tried; then exported, forgotten and imported again.
# suite: full
# limit: 900
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v qemu-system-x86_64 >/dev/null || { echo "no QEMU"; exit 77; }
B=${B:-build/rel}
LANYARD=${LANYARD:-$PWD/$B/lanyard}
out=$(realpath -m "$B")/out/test_image
rm -rf "$out"
mkdir -p "$out/lanyard" build/cache/images
ln -s "$PWD/build/cache/images" "$out/lanyard/packages" # downloaded once for all modes
export XDG_CACHE_HOME=$out
die() { echo "$*" >&2; exit 1; }

"$LANYARD" image build
"$LANYARD" image list
hash=$("$LANYARD" image info debian | sed -n 's/.*sha256://p')
folder=$(echo "$out/lanyard/images/debian/$hash")

# The same bytes on a machine without a compiler, elsewhere, with another umask.
mkdir "$out/none"
for program in cc gcc gcc-12 as ld cpio lz4; do
	printf '#!/bin/sh\nexit 1\n' >"$out/none/$program"
	chmod 755 "$out/none/$program"
done
(umask 077; CC=false TZ=Asia/Tokyo PATH=$out/none:$PATH "$LANYARD" image build) | grep -q "debian@sha256:$hash" ||
	die "another machine would build other bytes"

"$LANYARD" image export debian "$out/debian.tar"
"$LANYARD" image forget debian
if "$LANYARD" image info debian 2>"$out/error"; then die "it is still there"; fi
grep -q "lanyard image build debian" "$out/error" || die "$(cat "$out/error")"
"$LANYARD" image import "$out/debian.tar" copy | grep -q "copy@sha256:$hash" || die "the copy has other bytes"
"$LANYARD" image import "$out/debian.tar" | grep -q "debian@sha256:$hash" || die "the import has other bytes"
if "$LANYARD" image import "$0" 2>/dev/null; then die "a script is no image"; fi
printf x >>"$out/lanyard/images/copy/$hash/initrd"
if "$LANYARD" image info copy >/dev/null 2>&1; then die "damage goes unnoticed"; fi
"$LANYARD" image forget copy@"${hash:0:8}"

python3 tests/image/talk.py "$folder"
