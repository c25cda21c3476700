/* A triple fault resets the PC: RAM and CMOS survive, the firmware runs again
 * and enters this guest again. Three ways: triple fault, port 0xCF9, keyboard
 * controller; CMOS byte 0x70 counts. */
	.text
	.globl main
main:
	movb $0x70, %al
	outb %al, $0x70
	inb $0x71, %al
	cmpb $0xa1, %al
	je second
	cmpb $0xa2, %al
	je third
	cmpb $0xa3, %al
	je done
	movb $0xa1, %al
	outb %al, $0x71
	lidt no_idt
	ud2
1:	jmp 1b
second:
	movb $0xa2, %al
	outb %al, $0x71
	movw $0xcf9, %dx
	movb $2, %al
	outb %al, %dx
	movb $6, %al
	outb %al, %dx
1:	jmp 1b
third:
	movb $0xa3, %al
	outb %al, $0x71
	movb $0xfe, %al
	outb %al, $0x64
1:	jmp 1b
done:
	movb $0, %al
	outb %al, $0x71
	xorl %eax, %eax
	ret

	.data
no_idt:	.word 0
	.long 0
	.section .note.GNU-stack, "", @progbits
