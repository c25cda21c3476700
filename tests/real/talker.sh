#!/bin/bash
# A floppy image that a test can talk to: talker PATH. Source this.
talker() {
	local object
	object=$(mktemp) && as --32 -o "$object" "$(dirname "${BASH_SOURCE[0]}")/talker.S" &&
		ld -m elf_i386 --oformat binary -Ttext 0x7c00 -o "$1" "$object"
	rm -f "$object"
}
