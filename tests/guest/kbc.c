/* The 8042 and what hangs on it (IBM PS/2 Hardware Interface Technical
 * Reference): self tests, command byte, output port and A20, loops through the
 * output buffer and their interrupts, translation, keyboard and mouse commands. */
#include "tests/guest/lib.h"

enum { DATA = 0x60, STATUS = 0x64, COMMAND = 0x64 };
enum { OBF = 1, IBF = 2, SYS = 4, AUX = 0x20 };
enum { NOTHING = -1, MOUSE = 0x100 }; /* answer(): MOUSE is set on a byte of the mouse */

static void settle(void)
{
	for (uint32_t n = 0; n < 1000000 && (inb(STATUS) & IBF); n++)
		;
}

static int answer(void)
{
	uint8_t status = 0;

	for (uint32_t n = 0; n < 200000 && !((status = inb(STATUS)) & OBF); n++)
		;
	return status & OBF ? inb(DATA) | (status & AUX ? MOUSE : 0) : NOTHING;
}

static void drain(void)
{
	while (inb(STATUS) & OBF)
		inb(DATA);
}

static void command(uint8_t v)
{
	settle();
	outb(COMMAND, v);
}

static void data(uint8_t v)
{
	settle();
	outb(DATA, v);
}

static int ask(uint8_t v)
{
	command(v);
	return answer();
}

static void set_command_byte(uint8_t v)
{
	command(0x60);
	data(v);
}

static int keyboard(uint8_t v)
{
	data(v);
	return answer();
}

static int mouse(uint8_t v)
{
	command(0xd4);
	data(v);
	return answer();
}

static uint8_t irr(uint16_t pic)
{
	outb(pic, 0x0a);
	return inb(pic);
}

static void test_controller(void)
{
	command(0xad);
	command(0xa7);
	drain();
	CHECK_EQ(ask(0xaa), 0x55);
	CHECK_EQ(inb(STATUS) & SYS, SYS);
	set_command_byte(0x30); /* no interrupts, no translation, both off */
	CHECK_EQ(ask(0x20), 0x30);
	CHECK_EQ(ask(0xab), 0);
	CHECK_EQ(ask(0xa9) & 0xff, 0);
	command(0xae);
	CHECK_EQ(ask(0x20) & 0x30, 0x20);
	command(0xa8);
	CHECK_EQ(ask(0x20) & 0x30, 0);
	command(0xad);
	command(0xa7);
	CHECK_EQ(ask(0x20) & 0x30, 0x30);
	/* What is written for the keyboard or the mouse comes back as if it came from there. */
	command(0xd2);
	data(0x12);
	CHECK_EQ(answer(), 0x12);
	command(0xd3);
	data(0x34);
	CHECK_EQ(answer(), MOUSE | 0x34);
}

static void test_interrupts(void)
{
	drain();
	set_command_byte(0x03);
	CHECK_EQ(irr(0x20) & 2, 0);
	command(0xd2);
	data(0x56);
	for (uint32_t n = 0; n < 200000 && !(inb(STATUS) & OBF); n++)
		;
	CHECK_EQ(irr(0x20) & 2, 2);
	CHECK_EQ(inb(DATA), 0x56);
	command(0xd3);
	data(0x78);
	for (uint32_t n = 0; n < 200000 && !(inb(STATUS) & OBF); n++)
		;
	CHECK_EQ(irr(0xa0) & 0x10, 0x10);
	CHECK_EQ(inb(DATA), 0x78);
	set_command_byte(0x30);
	pic_init();
	command(0xd2);
	data(0x9a);
	CHECK_EQ(answer(), 0x9a);
	CHECK_EQ(irr(0x20) & 2, 0);
}

/* With A20 low the guest itself is out of sight, for it lies in an odd megabyte:
 * this runs in the first one, without a stack. It writes al to port edx, and A20
 * is low; bl to port ebp, and it is high again. esi: what 0x7C00 held after
 * 0x107C00 was written. */
#define PROBE ((uint8_t *)0x8000)
extern const uint8_t a20_probe[], a20_probe_end[];
__asm__(".pushsection .rodata\n"
	"a20_probe:\n"
	"	outb %al, %dx\n"
	"	movl $0x11111111, 0x7c00\n"
	"	movl $0x22222222, 0x107c00\n"
	"	movl 0x7c00, %esi\n"
	"	movb %bl, %al\n"
	"	movl %ebp, %edx\n"
	"	outb %al, %dx\n"
	"	jmp *%ecx\n"
	"a20_probe_end:\n"
	".popsection");

static uint32_t at_low;

static void a20_low(uint16_t off_port, uint8_t off, uint16_t on_port, uint8_t on)
{
	uint32_t a = off, b = on, d = off_port, bp = on_port, si;

	for (uint32_t n = 0; n < (uint32_t)(a20_probe_end - a20_probe); n++)
		PROBE[n] = a20_probe[n];
	__asm__ volatile(
		"pushl %%ebp; movl %[bp], %%ebp; movl $1f, %%ecx; movl $0x8000, %%edi; jmp *%%edi; 1: popl %%ebp"
		: "+a"(a), "+d"(d), "=&S"(si)
		: "b"(b), [bp] "2"(bp)
		: "ecx", "edi", "memory");
	at_low = si;
}

static bool a20_high(void)
{
	volatile uint32_t *low = (volatile uint32_t *)0x7c00, *high = (volatile uint32_t *)0x307c00;

	*low = 0x11111111;
	*high = 0x22222222;
	return *low == 0x11111111;
}

/* The gate has three handles: the 8042's output port, its commands DDh and DFh,
 * port 92h. */
static void test_a20(void)
{
	CHECK_EQ(ask(0xd0) & 3, 3);
	command(0xd1);
	settle();
	a20_low(DATA, 0xdd, COMMAND, 0xdf);
	CHECK_EQ(at_low, 0x22222222);
	CHECK(a20_high());
	a20_low(COMMAND, 0xdd, 0x92, 2);
	CHECK_EQ(at_low, 0x22222222);
	CHECK(a20_high());
	a20_low(0x92, 0, COMMAND, 0xdf);
	CHECK_EQ(at_low, 0x22222222);
	CHECK(a20_high());
	CHECK_EQ(ask(0xd0) & 3, 3);
}

static void test_keyboard(void)
{
	set_command_byte(0x20); /* keyboard on, codes as they come */
	drain();
	CHECK_EQ(keyboard(0xff), 0xfa);
	CHECK_EQ(answer(), 0xaa);
	CHECK_EQ(keyboard(0xee), 0xee);
	CHECK_EQ(keyboard(0xf2), 0xfa);
	CHECK_EQ(answer(), 0xab);
	CHECK_EQ(answer(), 0x83);
	CHECK_EQ(keyboard(0xed), 0xfa);
	CHECK_EQ(keyboard(0x07), 0xfa);
	CHECK_EQ(keyboard(0xed), 0xfa);
	CHECK_EQ(keyboard(0x00), 0xfa);
	CHECK_EQ(keyboard(0xf3), 0xfa);
	CHECK_EQ(keyboard(0x20), 0xfa);
	for (unsigned set = 1; set <= 3; set++) {
		CHECK_EQ(keyboard(0xf0), 0xfa);
		CHECK_EQ(keyboard((uint8_t)set), 0xfa);
		CHECK_EQ(keyboard(0xf0), 0xfa);
		CHECK_EQ(keyboard(0), 0xfa);
		CHECK_EQ(answer(), set);
	}
	CHECK_EQ(keyboard(0xf6), 0xfa); /* defaults: set 2 again */
	CHECK_EQ(keyboard(0xf0), 0xfa);
	CHECK_EQ(keyboard(0), 0xfa);
	CHECK_EQ(answer(), 2);
	CHECK_EQ(keyboard(0xf5), 0xfa);
	CHECK_EQ(keyboard(0xf4), 0xfa);
	CHECK_EQ(keyboard(0xee), 0xee);
	CHECK_EQ(keyboard(0xfe), 0xee); /* resend */
	CHECK_EQ(answer(), NOTHING);
	/* With translation the ID is one of set 1. */
	set_command_byte(0x60);
	CHECK_EQ(keyboard(0xf2), 0xfa);
	CHECK_EQ(answer(), 0xab);
	CHECK_EQ(answer(), 0x41);
	/* Off: nothing arrives. A byte for the keyboard opens the interface. */
	command(0xad);
	CHECK_EQ(ask(0x20) & 0x10, 0x10);
	CHECK_EQ(keyboard(0xee), 0xee);
	CHECK_EQ(ask(0x20) & 0x10, 0);
}

static void test_mouse(void)
{
	set_command_byte(0x10);
	drain();
	CHECK_EQ(mouse(0xff), MOUSE | 0xfa);
	CHECK_EQ(answer(), MOUSE | 0xaa);
	CHECK_EQ(answer(), MOUSE | 0x00);
	CHECK_EQ(mouse(0xf2), MOUSE | 0xfa);
	CHECK_EQ(answer(), MOUSE | 0x00);
	CHECK_EQ(mouse(0xe8), MOUSE | 0xfa);
	CHECK_EQ(mouse(0x03), MOUSE | 0xfa);
	CHECK_EQ(mouse(0xe7), MOUSE | 0xfa);
	CHECK_EQ(mouse(0xf3), MOUSE | 0xfa);
	CHECK_EQ(mouse(40), MOUSE | 0xfa);
	CHECK_EQ(mouse(0xf4), MOUSE | 0xfa);
	CHECK_EQ(mouse(0xe9), MOUSE | 0xfa);
	CHECK_EQ(answer(), MOUSE | 0x30); /* enabled, 2:1 */
	CHECK_EQ(answer(), MOUSE | 3);
	CHECK_EQ(answer(), MOUSE | 40);
	CHECK_EQ(mouse(0xeb), MOUSE | 0xfa);
	CHECK_EQ(answer(), MOUSE | 0x08);
	CHECK_EQ(answer(), MOUSE | 0);
	CHECK_EQ(answer(), MOUSE | 0);
	CHECK_EQ(mouse(0xee), MOUSE | 0xfa); /* wrap mode: everything but reset comes back */
	CHECK_EQ(mouse(0xf4), MOUSE | 0xf4);
	CHECK_EQ(mouse(0xec), MOUSE | 0xfa);
	CHECK_EQ(mouse(0xf6), MOUSE | 0xfa);
	CHECK_EQ(mouse(0xe9), MOUSE | 0xfa);
	CHECK_EQ(answer(), MOUSE | 0);
	CHECK_EQ(answer(), MOUSE | 2);
	CHECK_EQ(answer(), MOUSE | 100);
	CHECK_EQ(answer(), NOTHING);
}

int main(void)
{
	test_controller();
	test_interrupts();
	test_a20();
	test_keyboard();
	test_mouse();
	return lib_result();
}
