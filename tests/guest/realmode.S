/* Real mode: 64 KiB limits and their exceptions, "unreal" segments with a limit
 * of 4 GiB, A20, wrap-around, BIOS calls from a guest. The result is the number
 * of the failed step. */
	.text
	.globl main
main:
	movb $0xff, %al                 /* no interrupts of chips */
	outb %al, $0x21
	outb %al, $0xa1
	movl $code16, %esi
	movl $0x8000, %edi
	movl $code16_end - code16, %ecx
	rep movsb
	movl $0x0000ffff, gdt + 0x30    /* 16-bit code at 0 */
	movl $0x00009a00, gdt + 0x34
	movl $0x0000ffff, gdt + 0x38    /* 16-bit data, 64 KiB */
	movl $0x00009200, gdt + 0x3c
	movw $0x38, %ax
	movw %ax, %ds
	movw %ax, %ss
	movw %ax, %gs
	movw $0x10, %ax                 /* FS and ES keep 4 GiB */
	movw %ax, %fs
	movw %ax, %es
	movl $0x7000, %esp
	ljmp $0x30, $0x8000

	.code16
.macro STEP n
	movw $\n, %bp
.endm
/* Offsets as at 0x8000. */
#define AT(x) (x - code16 + 0x8000)

code16:
	movl %cr0, %eax
	andl $0x7ffffffe, %eax
	movl %eax, %cr0
	ljmpw $0, $AT(real)
real:
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %ss
	lidtl AT(idt16)
	movw $AT(trap13), 0x4000 + 13 * 4
	movw $0, 0x4000 + 13 * 4 + 2
	movw $AT(trap12), 0x4000 + 12 * 4
	movw $0, 0x4000 + 12 * 4 + 2
	movw $AT(trap6), 0x4000 + 6 * 4
	movw $0, 0x4000 + 6 * 4 + 2
	movw $AT(int80), 0x4000 + 0x80 * 4
	movw $0x10, 0x4000 + 0x80 * 4 + 2
	subw $0x100, 0x4000 + 0x80 * 4

	STEP 1 /* beyond 64 KiB: #GP, no error code */
	movw $AT(1f), resume_at
	movl $0x10000, %ebx
	movb (%ebx), %al
	jmp fail
1:	STEP 2 /* a word at 0xffff */
	movw $AT(1f), resume_at
	movw $0xffff, %bx
	movw (%bx), %ax
	jmp fail
1:	STEP 3 /* the same by the stack: #SS */
	movw $AT(1f), resume_at
	movw %bp, %si
	movw $0xffff, %bp
	movw (%bp), %ax
	movw %si, %bp
	jmp fail
1:	movw $3, %bp
	cmpb $12, vector_seen
	jne fail
	STEP 4 /* unreal: FS still has its limit of 4 GiB, and loses it by no load */
	movl $0x100000, %ebx
	movl %fs:(%ebx), %eax
	cmpl $0x1badb002, %eax
	jne fail
	xorw %ax, %ax
	movw %ax, %fs
	movl %fs:(%ebx), %eax
	cmpl $0x1badb002, %eax
	jne fail
	STEP 5 /* INT and IRET: flags, segment, IF off inside */
	sti
	int $0x80
	cmpw $0x8080, %ax
	jne fail
	pushfw
	popw %ax
	testw $0x200, %ax
	jz fail
	cli
	STEP 6 /* FFFF:0010 is 0x100000 with A20, 0 without */
	movw $0xffff, %ax
	movw %ax, %gs
	movl %gs:0x10, %eax
	cmpl $0x1badb002, %eax
	jne fail
	inb $0x92, %al
	andb $0xfc, %al
	outb %al, $0x92
	movl %gs:0x10, %eax
	movl 0, %ecx
	cmpl %ecx, %eax
	jne fail
	inb $0x92, %al
	andb $0xfe, %al
	orb $2, %al
	outb %al, $0x92
	STEP 7 /* SP wraps */
	xorw %sp, %sp
	pushw $0x1234
	cmpw $0xfffe, %sp
	jne fail
	popw %ax
	movw $0x7000, %sp
	STEP 8 /* IP stays 16 bits: a jump wraps */
	movw $0x2000, %ax
	movw %ax, %gs
	movw $0x06eb, %gs:0xfff8        /* 2000:fff8 jmp 0x10000 */
	movb $0xb8, %gs:0               /* 2000:0000 movw $0x4321, %ax; lret */
	movw $0x4321, %gs:1
	movb $0xcb, %gs:3
	lcallw $0x2000, $0xfff8
	cmpw $0x4321, %ax
	jne fail
	movw $0, fault_at               /* beyond 64 KiB EIP does not wrap but faults: behind an */
	movb $0x90, %gs:0xffff          /* instruction, and by a branch of 32 bits */
	movw $AT(1f), resume_at
	lcallw $0x2000, $0xffff
	jmp fail
1:	movw $0x7000, %sp
	cmpb $13, vector_seen
	jne fail
	cmpw $0, fault_at               /* the image of EIP 10000 has 16 bits */
	jne fail
	movw $AT(1f), resume_at
	movl $0x10000 + AT(fail), %eax
	jmpl *%eax
1:	movw $AT(1f), resume_at
	.byte 0x66, 0xe9
	.long 0x10000
	jmp fail
1:	movw $AT(1f), resume_at
	lcalll $0, $0x12345
	jmp fail
1:	cmpw $0x7000, %sp
	jne fail
	STEP 9 /* an instruction without meaning; a LOCK that is not allowed */
	movw $AT(1f), resume_at
	ud2
	jmp fail
1:	cmpb $6, vector_seen
	jne fail
	movw $AT(1f), resume_at
	.byte 0xf0, 0x90
	jmp fail
1:	STEP 10 /* protected-mode instructions do not exist here */
	movw $AT(1f), resume_at
	movb $0, vector_seen
	.byte 0x0f, 0x00, 0xd8          /* ltr %ax */
	jmp fail
1:	cmpb $6, vector_seen
	jne fail
	STEP 11 /* the BIOS answers: memory size */
	lidtl AT(bios_idt)
	int $0x12
	cmpw $600, %ax
	jb fail
	cmpw $640, %ax
	ja fail
	STEP 12 /* INT 10h: write and read back a character */
	movb $2, %ah
	xorb %bh, %bh
	movw $0x0509, %dx
	int $0x10
	movw $0x0941, %ax
	movw $0x001e, %bx
	movw $1, %cx
	int $0x10
	movb $8, %ah
	int $0x10
	cmpw $0x1e41, %ax
	jne fail
	xorw %bp, %bp
fail:
	movzwl %bp, %eax
	movw $0xf4, %dx
	outl %eax, %dx
	hlt

trap6:	movb $6, vector_seen
	jmp handler
trap12:	movb $12, vector_seen
	jmp handler
trap13:	movb $13, vector_seen
handler: /* three words on the stack, no error code: goes on at resume_at */
	pushw %bp
	movw %sp, %bp
	pushw %ax
	movw 2(%bp), %ax
	movw %ax, fault_at
	movw resume_at, %ax
	movw %ax, 2(%bp)
	movw $0, 4(%bp)
	popw %ax
	popw %bp
	iretw
int80:
	pushfw
	popw %ax
	testw $0x300, %ax
	jnz fail
	movw $0x8080, %ax
	iretw

	.set resume_at, 0x6000
	.set vector_seen, 0x6004
	.set fault_at, 0x6006
	.balign 4
idt16:	.word 0x3ff
	.long 0x4000
bios_idt: .word 0x3ff
	.long 0
code16_end:
	.section .note.GNU-stack, "", @progbits
