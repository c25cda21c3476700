# A boot sector that a test talks to by way of COM1: it says "ready", sends back
# what it receives, and does what some letters ask for.
	.code16
	.globl _start
_start:	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw $0x7c00, %sp
	sti
	movw $0x3fc, %dx                # DTR, RTS: somebody listens
	movb $3, %al
	outb %al, %dx
	movw $text, %si
1:	lodsb
	testb %al, %al
	jz loop
	call send
	jmp 1b
loop:	movw $0x3fd, %dx
	inb %dx, %al
	testb $1, %al
	jnz got
	hlt                             # until the next tick, or a key
	jmp loop
got:	movw $0x3f8, %dx
	inb %dx, %al
	call send
	cmpb $'o', %al                  # off
	je off
	cmpb $'r', %al                  # reset
	je reset
	cmpb $'e', %al                  # --test-exit 0xf4: status 2 * 21 + 1
	je exit
	cmpb $'h', %al                  # halt for ever
	je halt
	cmpb $'t', %al                  # triple fault
	je triple
	cmpb $'d', %al                  # the debug console
	je debug
	cmpb $'w', %al                  # write a sector of this program to the first disk
	jne loop
	movw $0x0301, %ax
	movw $0x0002, %cx
	movw $0x0080, %dx
	movw $0x7c00, %bx
	int $0x13
	movb $'W', %al
	jnc 2f
	movb $'E', %al
2:	call send
	jmp loop
off:	movw $0xb004, %dx
	movw $0x2000, %ax
	outw %ax, %dx
reset:	movw $0xcf9, %dx
	movb $6, %al
	outb %al, %dx
exit:	movb $21, %al
	outb %al, $0xf4
halt:	cli
	hlt
triple:	lidt zero
	int3
debug:	movb $'D', %al
	outb %al, $0xe9
	movb $'\n', %al
	outb %al, $0xe9
	jmp loop
send:	movw $0x3f8, %dx
	outb %al, %dx
	ret
zero:	.word 0
	.long 0
text:	.asciz "ready\r\n"
	.org 510
	.word 0xaa55
