/* 93C46 serial EEPROM; see microwire.h. Commands from its data sheet: a start
 * bit, then READ 10, WRITE 01, ERASE 11 with an address; or 00 and the upper two
 * address bits EWEN 11, EWDS 00, ERAL 10, WRAL 01. Programming takes no time:
 * the ready signal is there when chip select rises again. */
#include "engine/nic/microwire.h"

void microwire_reset(struct microwire *m)
{
	m->shift = 0;
	m->bits = 0;
	m->phase = MICROWIRE_START;
	m->address = 0;
	m->writable = 0;
	m->sk = 0;
	m->dout = 1;
}

static void fill(struct microwire *m, uint16_t value)
{
	for (unsigned n = 0; m->writable && n < MICROWIRE_WORDS; n++)
		m->word[n] = value;
}

static void store(struct microwire *m, uint16_t value)
{
	if (m->writable)
		m->word[m->address] = value;
}

/* Opcode 00: the upper two bits of the address field tell which. */
static void extended(struct microwire *m, unsigned which)
{
	m->phase = MICROWIRE_DONE;
	switch (which) {
	case 0: /* EWDS */ m->writable = 0; break;
	case 1: /* WRAL */ m->phase = MICROWIRE_WRITE_ALL; break;
	case 2: /* ERAL */ fill(m, 0xffff); break;
	default: /* EWEN */ m->writable = 1;
	}
}

static void command(struct microwire *m)
{
	unsigned code = m->shift >> 6 & 3;

	m->address = m->shift & (MICROWIRE_WORDS - 1);
	m->shift = 0;
	m->bits = 0;
	switch (code) {
	case 0: extended(m, m->address >> 4); break;
	case 1: m->phase = MICROWIRE_WRITE; break;
	case 2:
		m->phase = MICROWIRE_READ;
		m->shift = m->word[m->address];
		m->dout = 0; /* a dummy zero comes before the data */
		break;
	default: /* ERASE */ m->phase = MICROWIRE_DONE; store(m, 0xffff);
	}
}

/* Reading goes on with the next word while the clock runs. */
static void read_bit(struct microwire *m)
{
	if (m->bits == 16) {
		m->address = (m->address + 1) & (MICROWIRE_WORDS - 1);
		m->shift = m->word[m->address];
		m->bits = 0;
	}
	m->dout = m->shift >> 15;
	m->shift = (uint16_t)(m->shift << 1);
	m->bits++;
}

static void write_bit(struct microwire *m)
{
	if (m->bits < 16)
		return;
	if (m->phase == MICROWIRE_WRITE)
		store(m, m->shift);
	else
		fill(m, m->shift);
	m->phase = MICROWIRE_DONE;
}

static void clock_bit(struct microwire *m, bool di)
{
	if (m->phase == MICROWIRE_READ) {
		read_bit(m);
		return;
	}
	if (m->phase == MICROWIRE_DONE)
		return;
	if (m->phase == MICROWIRE_START) {
		if (di)
			m->phase = MICROWIRE_COMMAND;
		return;
	}
	m->shift = (uint16_t)(m->shift << 1 | di);
	m->bits++;
	if (m->phase != MICROWIRE_COMMAND)
		write_bit(m);
	else if (m->bits == 8)
		command(m);
}

void microwire_pins(struct microwire *m, bool cs, bool sk, bool di)
{
	bool rising = sk && !m->sk;

	m->sk = sk;
	if (!cs) {
		m->phase = MICROWIRE_START;
		m->shift = 0;
		m->bits = 0;
		m->dout = 1;
	} else if (rising) {
		clock_bit(m, di);
	}
}

bool microwire_valid(const struct microwire *m)
{
	return m->phase < MICROWIRE_PHASES && m->bits <= 16 && m->address < MICROWIRE_WORDS && m->writable <= 1 &&
	       m->sk <= 1 && m->dout <= 1;
}
