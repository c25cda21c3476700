#!/bin/bash
# ENTER with a 32-bit operand on a 16-bit stack. A push there moves SP alone, and
# EBP is then given ESP: a processor (AMD EPYC, by an LDT with a 16-bit stack) has
# EBP = 0000fffc after ESP = 00000000, and 5678fffc after 56780000. QEMU 7.2's TCG
# (Debian 12) lets the subtraction borrow from the upper half: fffffffc, 5677fffc.
# So TCG is no oracle for 16-bit code: compare with a processor.
cd "$(dirname "$0")" && . ./lib.sh
fetch qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3 seabios=1.16.2-1 ipxe-qemu

python3 - "$work/boot.img" <<'PY'
import struct, sys
code = bytearray.fromhex("31c08ed0")                     # xor ax,ax; mov ss,ax
prints = bytearray.fromhex(
    "b90800"                                             # mov cx,8
    "66c1c504" "6689e8"                                  # 1: rol ebp,4; mov eax,ebp
    "240f" "0430" "3c39" "7602" "0427" "e6e9" "e2eb"     # a hex digit to port e9; loop 1b
    "b020" "e6e9")                                       # a space
for esp in (0, 0x56780000):
    code += b"\x66\xbc" + struct.pack("<I", esp)         # mov esp,...
    code += bytes.fromhex("66bd78563412" "66c8000000")   # mov ebp,0x12345678; enter (32-bit) 0,0
    code += prints
code += bytes.fromhex("66bc007c0000" "e6f4" "f4")        # a sane stack; end
open(sys.argv[1], "wb").write(code.ljust(510, b"\0") + b"\x55\xaa" + bytes(1474560 - 512))
PY
timeout 60 qemu-system-x86_64 -accel tcg -L "$root/usr/share/seabios" -L "$root/usr/share/qemu" -L "$root/usr/lib/ipxe/qemu" \
	-display none -nodefaults -device isa-debugcon,iobase=0xe9,chardev=c -chardev file,id=c,path="$work/out" \
	-device isa-debug-exit,iobase=0xf4 -drive if=floppy,format=raw,file="$work/boot.img" -boot a 2>"$work/words" || true
grep -i error "$work/words" || true
expect "EBP after ENTER, ESP 00000000 and 56780000 before" "$(tail -c 18 "$work/out" | xargs)" "fffffffc 5677fffc"
finish
