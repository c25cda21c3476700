/* A boot sector that waits as DOS and its programs do, and says on COM1 how often
 * it had to ask in a second: by INT 16h AH=01h, by AH=11h, by INT 28h; then that a
 * key is found and that interrupts that are off stay off. */
	.code16
	.text
	.globl _start
_start:	cli
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %ss
	movw $0x7c00, %sp
	movw $dummy - 0x600, 0x84	/* INT 21h: a system is there */
	movw $0x60, %ax
	movw %ax, 0x86
	movw $dummy, 0xa0	/* INT 28h, as DOS sets it */
	movw $0, 0xa2
	sti
	movb $0x01, ask
	call second
	movb $0x11, ask
	call second
	movb $0, ask
	call second
	/* a key into the buffer */
	movb $0x05, %ah
	movw $0x1e61, %cx
	int $0x16
	movb $0x01, %ah
	int $0x16
	jz bad
	cmpw $0x1e61, %ax
	jne bad
	movb $0x00, %ah
	int $0x16
	cmpw $0x1e61, %ax
	jne bad
	/* with interrupts off it does not halt, nor turn them on */
	cli
	movw $200, %cx
1:	movb $0x01, %ah
	pushw %cx
	int $0x16
	popw %cx
	jnz bad
	loop 1b
	int $0x28
	pushfw
	popw %ax
	testw $0x200, %ax
	jnz bad
	/* what INT 28h was is called */
	cmpl $0, dummies
	je bad
	xorl %eax, %eax
	jmp leave
bad:	movl $1, %eax
leave:	movw $0xf4, %dx
	outl %eax, %dx
2:	hlt
	jmp 2b

dummy:	incl %cs:dummies
	iretw

/* Asks for 18 ticks of the clock and prints how often, as eight hex digits. */
second:	movl 0x46c, %ebx
1:	cmpl 0x46c, %ebx
	je 1b
	movl 0x46c, %ebx
	addl $18, %ebx
	xorl %edi, %edi
2:	incl %edi
	movb ask, %ah
	testb %ah, %ah
	jz 3f
	int $0x16
	jmp 4f
3:	int $0x28
4:	cmpl 0x46c, %ebx
	ja 2b
	movw $8, %cx
5:	roll $4, %edi
	movw %di, %ax
	andb $15, %al
	cmpb $10, %al
	sbbb $0x69, %al
	das
	movw $0x3f8, %dx
	outb %al, %dx
	loop 5b
	movb $10, %al
	outb %al, %dx
	ret
ask:	.byte 0
dummies: .long 0
	.org 510
	.word 0xaa55
	.section .note.GNU-stack, "", @progbits
