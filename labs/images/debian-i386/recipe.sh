#!/bin/bash
# The image `debian` for 32-bit PCs, from Debian's i386 packages: for cards whose
# drivers the 64-bit kernel lacks (the NE2000 on ISA), and to see the old world.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
RECIPE_ARCH=i386 RECIPE_MORE=$here exec "$here/../debian/recipe.sh" "$@"
