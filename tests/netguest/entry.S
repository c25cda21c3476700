/* main() for libstart.S, which keeps ebx as the loader left it: the address of
 * the Multiboot information. */
	.text
	.globl main
main:
	pushl %ebx
	call netguest
	addl $4, %esp
	ret
	.section .note.GNU-stack, "", @progbits
