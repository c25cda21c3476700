/* Entry of every guest: Multiboot header, flat segments, an IDT whose 256
 * entries lead to lib_trap() (lib.c), then main(). */
	.section .multiboot, "a"
	.balign 4
	.long 0x1badb002, 0x00000003, -(0x1badb002 + 0x00000003)

	.text
	.globl _start
_start:
	cli
	cld
	movl $stack_top, %esp
	lgdt gdt_pointer
	ljmp $0x08, $1f
1:	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %fs
	movl %eax, %gs
	movl %eax, %ss
	pushl $0
	popfl
	call lib_start
	call main
	pushl %eax
	call lib_exit

/* int trap_save(void): like setjmp. 0 at first; 1 when an exception came back
 * to this place. */
	.globl trap_save
trap_save:
	movl $trap_context, %eax
	movl %ebx, 0(%eax)
	movl %esi, 4(%eax)
	movl %edi, 8(%eax)
	movl %ebp, 12(%eax)
	leal 4(%esp), %ecx
	movl %ecx, 16(%eax)
	movl (%esp), %ecx
	movl %ecx, 20(%eax)
	movl $1, trap_armed
	xorl %eax, %eax
	ret

	.globl trap_return
trap_return:
	movl $0x10, %eax
	movl %eax, %ss /* a test may have loaded another */
	movl $trap_context, %eax
	movl 0(%eax), %ebx
	movl 4(%eax), %esi
	movl 8(%eax), %edi
	movl 12(%eax), %ebp
	movl 16(%eax), %esp
	pushl $0x00000002
	popfl
	pushl 20(%eax)
	movl $1, %eax
	ret

/* void user_call(uint32_t eip, uint32_t esp, uint32_t eflags): to ring 3 with
 * flat segments 0x1b, 0x23. Comes back by a trap only. */
	.globl user_call
user_call:
	movl 4(%esp), %eax
	movl 8(%esp), %ecx
	movl 12(%esp), %edx
	pushl $0x23
	pushl %ecx
	pushl %edx
	pushl $0x1b
	pushl %eax
	movl $0x23, %ecx
	movl %ecx, %ds
	movl %ecx, %es
	movl %ecx, %fs
	movl %ecx, %gs
	iretl

/* One 16-byte stub a vector; a zero stands in for a missing error code. */
	.balign 16
	.globl trap_stubs
trap_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	.if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17
	nop
	nop
	.else
	pushl $0
	.endif
	pushl $vector
	jmp trap_common
	.set vector, vector + 1
	.endr

trap_common:
	pushl %gs
	pushl %fs
	pushl %es
	pushl %ds
	pushal
	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	cld
	pushl %esp
	call lib_trap
	addl $4, %esp
	popal
	popl %ds
	popl %es
	popl %fs
	popl %gs
	addl $8, %esp
	iretl

	.data
	.balign 8
/* 08 code, 10 data, 1b user code, 23 user data, 28 TSS; 30.. free for tests */
	.globl gdt
gdt:
	.quad 0
	.quad 0x00cf9a000000ffff
	.quad 0x00cf92000000ffff
	.quad 0x00cffa000000ffff
	.quad 0x00cff2000000ffff
	.fill 27, 8, 0
gdt_end:
	.globl gdt_pointer
gdt_pointer:
	.word gdt_end - gdt - 1
	.long gdt

	.bss
	.balign 16
	.globl stack_top, user_stack_top, trap_armed, trap_context
	.skip 16384
stack_top:
	.skip 4096
user_stack_top:
trap_armed:
	.skip 4
trap_context:
	.skip 24
	.section .note.GNU-stack, "", @progbits
