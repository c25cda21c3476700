/* The network guest's protocol and timers; see netguest.h. Words of its command
 * line, all numbers hexadecimal:
 *   id=N      who it is
 *   us=N      microseconds between two ticks, at most d000 (default 1388: 5 ms)
 *   apic      ticks come from the local APIC, not from the PIT
 *   quiet     ticks, but says nothing
 *   agent     waits for its identity (agent.c); its address says who it is
 *   late      with agent: ready only when a command says so
 * Its console is COM1: a line each sixteen ticks. What is typed there goes into
 * the hash; R resets the PC, P switches it off. */
#include "tests/netguest/netguest.h"

#define LAPIC(reg) (*(volatile uint32_t *)(0xfee00000u + (reg)))
enum {
	SVR = 0xf0,
	EOI = 0xb0,
	LVT_TIMER = 0x320,
	LVT_LINT0 = 0x350,
	TIMER_INIT = 0x380,
	TIMER_DIVIDE = 0x3e0,
	VEC_APIC = 0x40,
	COM1 = 0x3f8,
	IRQ_COM1 = 4,
	MULTIBOOT_CMDLINE = 4,
	TYPE = 0x88b5, /* IEEE 802: for experiments */
	GREETING = 1,
	ECHO = 2,
};

struct multiboot {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
};

static struct card cards[MAX_CARDS];
static unsigned card_count;
static uint32_t id, tick, greetings, echoes, lost, hash = 2166136261u;
static uint32_t us;
static bool apic, quiet, agent;
static uint32_t page_table[1024] __attribute__((aligned(4096))), page_dir[1024] __attribute__((aligned(4096)));

void netguest(const struct multiboot *info);

/* FNV-1a, a word at a time. */
void mix(uint32_t v)
{
	hash = (hash ^ v) * 16777619u;
}

uint32_t seen_so_far(void)
{
	return hash;
}

static void put32(uint8_t *p, uint32_t v)
{
	for (unsigned n = 0; n < 4; n++)
		p[n] = (uint8_t)(v >> 8 * n);
}

static uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* ---- console ---- */

static void say(const char *text)
{
	for (; *text; text++)
		outb(COM1, (uint8_t)*text);
}

static void say_hex(const char *name, uint32_t value)
{
	say(name);
	for (int shift = 28; shift >= 0; shift -= 4)
		outb(COM1, (uint8_t) "0123456789abcdef"[value >> shift & 15]);
}

static void report(void)
{
	say_hex("id ", id);
	say_hex(" tick ", tick);
	say_hex(" greetings ", greetings);
	say_hex(" echoes ", echoes);
	say_hex(" lost ", lost);
	say_hex(" hash ", hash);
	say("\n");
}

static void power_off(void)
{
	uint16_t pm = (uint16_t)(pci_read(0x0b, 0x40) & 0xffc0); /* PIIX4: PMBA */

	outw(pm + 4, 0x2000); /* PM1a control: SLP_EN, S5 */
}

static void typed(void)
{
	while (inb(COM1 + 5) & 1) {
		uint8_t c = inb(COM1);

		mix(c);
		mix((uint32_t)rdtsc());
		if (c == 'R')
			outb(0xcf9, 6);
		else if (c == 'P')
			power_off();
	}
}

/* ---- frames ---- */

static void send(struct card *c, const uint8_t *to, uint8_t kind, uint32_t number)
{
	uint8_t f[FRAME_BYTES] = {0};

	for (unsigned n = 0; n < 6; n++) {
		f[n] = to[n];
		f[6 + n] = c->mac[n];
	}
	f[12] = TYPE >> 8;
	f[13] = TYPE & 0xff;
	f[14] = kind;
	f[15] = (uint8_t)id;
	put32(f + 16, number);
	put32(f + 20, hash);
	put32(f + 24, (uint32_t)rdtsc());
	lost += !c->send(c, f);
}

void frame_in(struct card *c, const uint8_t *f, uint32_t size)
{
	mix(size);
	mix((uint32_t)rdtsc());
	if (size < FRAME_BYTES || f[12] != TYPE >> 8 || f[13] != (TYPE & 0xff))
		return;
	for (unsigned n = 6; n < 28; n += 2)
		mix(f[n] | (uint32_t)f[n + 1] << 8);
	if (f[14] == GREETING) {
		greetings++;
		send(c, f + 6, ECHO, get32(f + 16));
	} else {
		echoes++;
	}
}

/* ---- interrupts ---- */

static void end_of_interrupt(uint32_t vector)
{
	if (vector >= 0x28)
		outb(0xa0, 0x20);
	outb(0x20, 0x20);
}

static void on_tick(struct trap *t)
{
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	if (t->vector == VEC_APIC)
		LAPIC(EOI) = 0;
	else
		end_of_interrupt(t->vector);
	WRITE_CR(3, READ_CR(3)); /* the TLB starts empty: when pages are marked shows in memory */
	mix((uint32_t)rdtsc());
	for (unsigned n = 0; n < card_count && !quiet; n++)
		send(&cards[n], all, GREETING, tick);
	if (++tick % 16 == 0 && !quiet)
		report();
}

static void on_card(struct trap *t)
{
	uint32_t irq = t->vector - 0x20;

	for (unsigned n = 0; n < card_count; n++)
		if (cards[n].irq == irq)
			cards[n].serve(&cards[n]);
	end_of_interrupt(t->vector);
}

static void on_typed(struct trap *t)
{
	typed();
	end_of_interrupt(t->vector);
}

/* ---- start ---- */

static const char *word(const char *line, const char *name)
{
	for (; *line; line++) {
		unsigned n = 0;

		while (name[n] && line[n] == name[n])
			n++;
		if (!name[n])
			return line + n;
	}
	return NULL;
}

static uint32_t number(const char *text, uint32_t otherwise)
{
	uint32_t v = 0;

	if (!text)
		return otherwise;
	for (;; text++) {
		if (*text >= '0' && *text <= '9')
			v = v << 4 | (uint32_t)(*text - '0');
		else if (*text >= 'a' && *text <= 'f')
			v = v << 4 | (uint32_t)(*text - 'a' + 10);
		else
			return v;
	}
}

/* Everything where it is: small pages below 4 MiB, large ones above. */
static void paging_on(void)
{
	for (uint32_t n = 0; n < 1024; n++) {
		page_table[n] = n << 12 | 3;
		page_dir[n] = n << 22 | (n < 0x200 ? 0x83 : 0x9b); /* devices: not cached */
	}
	page_dir[0] = (uint32_t)page_table | 3;
	WRITE_CR(4, READ_CR(4) | 0x10); /* PSE */
	WRITE_CR(3, page_dir);
	WRITE_CR(0, READ_CR(0) | 0x80010000); /* PG, WP */
}

static void timer_on(void)
{
	uint32_t clocks = us * 1193 / 1000;

	if (apic) {
		wrmsr(0x1b, rdmsr(0x1b) | 0x800);
		LAPIC(SVR) = 0x1ff;
		LAPIC(LVT_LINT0) = 0x700;  /* the 8259s */
		LAPIC(TIMER_DIVIDE) = 0xb; /* by 1 */
		trap_handler[VEC_APIC] = on_tick;
		LAPIC(LVT_TIMER) = 0x20000 | VEC_APIC; /* periodic */
		LAPIC(TIMER_INIT) = us * 1000;
		return;
	}
	trap_handler[0x20] = on_tick;
	outb(0x43, 0x34);
	outb(0x40, (uint8_t)clocks);
	outb(0x40, (uint8_t)(clocks >> 8));
	outb(0x21, inb(0x21) & 0xfe);
}

static void console_on(void)
{
	trap_handler[0x20 + IRQ_COM1] = on_typed;
	outb(COM1 + 3, 0x03);
	outb(COM1 + 2, 0x00);
	outb(COM1 + 4, 0x0b); /* DTR, RTS, OUT2 */
	outb(COM1 + 1, 0x01);
	outb(0x21, inb(0x21) & (uint8_t) ~(1 << IRQ_COM1));
}

void begin(void)
{
	card_count = cards_find(cards);
	for (unsigned n = 0; n < card_count; n++)
		trap_handler[0x20 + cards[n].irq] = on_card;
	if (agent && card_count)
		id = cards[0].mac[4];
	say_hex("netguest ", card_count);
	say("\n");
	timer_on();
}

void netguest(const struct multiboot *info)
{
	const char *line = info->flags & MULTIBOOT_CMDLINE ? (const char *)info->cmdline : "";

	us = number(word(line, "us="), 0x1388);
	id = number(word(line, "id="), 0);
	apic = word(line, "apic") != NULL;
	quiet = word(line, "quiet") != NULL;
	agent = word(line, "agent") != NULL;
	paging_on();
	console_on();
	if (agent)
		agent_on(word(line, "late") != NULL);
	else
		begin();
	for (;;) {
		__asm__ volatile("sti; hlt; cli" ::: "memory");
		mix((uint32_t)rdtsc()); /* each wake-up counts */
	}
}
