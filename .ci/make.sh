#!/bin/sh
# Installs make if it is missing, which installs the rest (.ci/deps.sh).
# POSIX sh, for the smallest of systems.
set -eu
command -v make >/dev/null && exit 0
sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || { echo "make is missing; as root: apt-get install make" >&2; exit 1; }
	sudo=sudo
fi
echo "deps: installing make"
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends make </dev/null
