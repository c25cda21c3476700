/* The 8255x cards as a driver sees them: command and frame lists, configuration,
 * filters, statistics, EEPROM and PHY, and drivers that write nonsense. */
#include "engine/nic/i8255x.h"
#include "tests/unit/nics.h"

enum {
	CB = 0x100000,  /* command blocks, 0x1000 apart */
	RFD = 0x200000, /* frame areas, 0x1000 apart */
	DATA = 0x300000,
	STATS = 0x400000,
	CMD_NOP = 0,
	CMD_IA = 1,
	CMD_CONFIG = 2,
	CMD_MULTICAST = 3,
	CMD_TX = 4,
	CMD_UCODE = 5,
	CMD_DUMP = 6,
};

static void w8(struct board *b, unsigned reg, uint8_t v)
{
	mem_write(&b->mem, BAR + reg, v, 1);
}
static uint8_t r8(struct board *b, unsigned reg)
{
	return (uint8_t)mem_read(&b->mem, BAR + reg, 1);
}
static void m16(struct board *b, uint32_t at, unsigned v)
{
	mem_write(&b->mem, at, v, 2);
}
static void m32(struct board *b, uint32_t at, uint32_t v)
{
	mem_write(&b->mem, at, v, 4);
}
static unsigned g16(struct board *b, uint32_t at)
{
	return (unsigned)mem_read(&b->mem, at, 2);
}
static uint32_t g32(struct board *b, uint32_t at)
{
	return (uint32_t)mem_read(&b->mem, at, 4);
}
static unsigned cus(struct board *b)
{
	return r8(b, CSR_STATUS) >> CUS_SHIFT;
}
static unsigned rus(struct board *b)
{
	return r8(b, CSR_STATUS) >> RUS_SHIFT & 15;
}

/* A command of the SCB with a pointer. */
static void scb(struct board *b, uint8_t command, uint32_t pointer)
{
	wr(b, CSR_POINTER, pointer);
	w8(b, CSR_COMMAND, command);
	assert_int_equal(r8(b, CSR_COMMAND), 0);
}

static uint32_t block(struct board *b, unsigned n, unsigned command)
{
	uint32_t at = CB + n * 0x1000;

	m16(b, at, 0);
	m16(b, at + 2, command);
	m32(b, at + 4, CB + (n + 1) * 0x1000);
	return at;
}

static bool complete(struct board *b, uint32_t at)
{
	return g16(b, at) == (STATUS_C | STATUS_OK);
}

static void start(struct board *b, uint32_t at)
{
	scb(b, 0x10, at);
}

static void configure(struct board *b, const uint8_t *config, unsigned bytes)
{
	uint32_t at = block(b, 0, CMD_CONFIG | COMMAND_EL);

	mem_dma_write(&b->mem, at + 8, config, bytes);
	start(b, at);
	assert_true(complete(b, at));
}

/* An 82559ER with its address and one configuration byte changed. */
static const uint8_t plain[22] = {22, 8,    0, 0,    0,    0, 0x32, 3,    1,    0,    0x2e,
				  0,  0x60, 0, 0xf2, 0x48, 0, 0x40, 0xf2, 0x80, 0x3f, 5};

static void configured(struct board *b, unsigned byte, uint8_t value)
{
	uint8_t c[22];

	memcpy(c, plain, sizeof(c));
	c[byte] = value;
	configure(b, c, sizeof(c));
}

static struct board *card(const char *model)
{
	struct board *b = new_board(model);
	uint32_t at = block(b, 0, CMD_IA | COMMAND_EL);

	mem_dma_write(&b->mem, at + 8, mac, 6);
	start(b, at);
	assert_true(complete(b, at));
	w8(b, CSR_ACK, 0xff);
	return b;
}

static void area(struct board *b, unsigned n, unsigned command, unsigned size)
{
	uint32_t at = RFD + n * 0x1000;

	m16(b, at, 0);
	m16(b, at + 2, command);
	m32(b, at + 4, RFD + (n + 1) * 0x1000);
	m32(b, at + 8, 0xffffffff);
	m16(b, at + 12, 0);
	m16(b, at + 14, size);
}

/* ---- setting up ---- */

static void identity(void **state)
{
	static const struct {
		const char *name;
		uint32_t id;
		uint8_t revision, cap;
	} cards[] = {
		{"i82557b", 0x12298086, 2, 0}, {"i82559er", 0x12098086, 9, 0xdc}, {"i82551", 0x12098086, 15, 0xdc}};

	for (unsigned n = 0; n < ARRAY_LEN(cards); n++) {
		struct board *b = new_board(cards[n].name);

		assert_int_equal(pci_config_read(b, NIC_DEVFN(0), 0, 4), cards[n].id);
		assert_int_equal(pci_config_read(b, NIC_DEVFN(0), PCI_REVISION_ID, 1), cards[n].revision);
		assert_int_equal(pci_config_read(b, NIC_DEVFN(0), PCI_CAPABILITY_LIST, 1), cards[n].cap);
		assert_int_equal(pci_config_read(b, NIC_DEVFN(0), PCI_SUBSYSTEM_VENDOR_ID, 4), 0x11001af4);
		done(b);
	}
}

static void clock_in(struct board *b, unsigned di)
{
	w8(b, CSR_EEPROM, (uint8_t)(EE_CS | (di ? EE_DI : 0)));
	w8(b, CSR_EEPROM, (uint8_t)(EE_CS | EE_SK | (di ? EE_DI : 0)));
}

static uint16_t eeprom(struct board *b, unsigned word)
{
	uint16_t v = 0;

	w8(b, CSR_EEPROM, 0);
	for (int n = 8; n >= 0; n--)
		clock_in(b, (0x180 | word) >> n & 1);
	assert_false(r8(b, CSR_EEPROM) & EE_DO); /* the dummy bit, by which its size is found */
	for (unsigned n = 0; n < 16; n++) {
		clock_in(b, 0);
		v = (uint16_t)(v << 1 | !!(r8(b, CSR_EEPROM) & EE_DO));
	}
	w8(b, CSR_EEPROM, 0);
	return v;
}

/* It survives every reset, its checksum right. */
static void eeprom_words(void **state)
{
	struct board *b = new_board("i82559er");

	for (unsigned reset = 0; reset < 3; reset++) {
		uint16_t sum = 0;

		for (unsigned n = 0; n < 64; n++)
			sum = (uint16_t)(sum + eeprom(b, n));
		assert_int_equal(sum, 0xbaba);
		assert_int_equal(eeprom(b, 0), get_le16(mac));
		assert_int_equal(eeprom(b, 2), get_le16(mac + 4));
		wr(b, CSR_PORT, reset ? 2 : 0);
	}
	done(b);
}

static uint32_t mdi(struct board *b, uint32_t command)
{
	wr(b, CSR_MDI, command);
	assert_true(rd(b, CSR_MDI) & 1u << 28);
	return rd(b, CSR_MDI) & 0xffff;
}

static void phy(void **state)
{
	struct board *b = new_board("i82559er");

	assert_int_equal(mdi(b, 2u << 26 | 1u << 21 | 2u << 16), 0x02a8);
	assert_int_equal(mdi(b, 2u << 26 | 1u << 21 | 3u << 16), 0x0154);
	assert_true(mdi(b, 2u << 26 | 1u << 21 | 1u << 16) & 4);
	assert_int_equal(mdi(b, 2u << 26 | 5u << 21 | 1u << 16), 0xffff);
	mdi(b, 1u << 26 | 1u << 21 | 0u << 16 | 0x2100);
	assert_int_equal(mdi(b, 2u << 26 | 1u << 21 | 0u << 16), 0x2100);
	mdi(b, 1u << 26 | 1u << 21 | 0x8000);
	assert_int_equal(mdi(b, 2u << 26 | 1u << 21 | 0u << 16), 0x3000);
	assert_false(irq(b));
	mdi(b, 1u << 29 | 2u << 26 | 1u << 21);
	assert_true(irq(b));
	assert_int_equal(r8(b, CSR_ACK), ACK_MDI);
	w8(b, CSR_ACK, ACK_MDI);
	assert_false(irq(b));
	done(b);
}

static void self_test(void **state)
{
	struct board *b = new_board("i82551");

	m32(b, DATA, 0);
	m32(b, DATA + 4, 0xffffffff);
	wr(b, CSR_PORT, DATA | 1);
	assert_int_not_equal(g32(b, DATA), 0);
	assert_int_equal(g32(b, DATA + 4), 0);
	done(b);
}

/* The registers repeat in their page; what begins at the end of one set goes on in
 * the next. */
static void window(void **state)
{
	struct board *b = card("i82559er");

	wr(b, 0x40 + CSR_POINTER, 0x12345678);
	assert_int_equal(rd(b, 0xfc0 + CSR_POINTER), 0x12345678);
	wr(b, 0x83e, 0xaa550000);
	assert_int_equal(mem_read(&b->mem, BAR + 0x3e, 8) >> 16 & 0xff, r8(b, CSR_STATUS));
	mem_write(&b->mem, BAR + 0x3c, 0xffffffff00000000, 8);
	done(b);
}

static void interrupts(void **state)
{
	struct board *b = card("i82559er");
	uint32_t at = block(b, 0, CMD_NOP | COMMAND_EL | COMMAND_I);

	w8(b, CSR_MASK, 0xff & ~MASK_SI);
	start(b, at);
	assert_int_equal(r8(b, CSR_ACK), ACK_CX | ACK_CNA);
	assert_false(irq(b));
	w8(b, CSR_MASK, ACK_CX | ACK_CNA); /* those two alone */
	assert_false(irq(b));
	w8(b, CSR_MASK, 0);
	assert_true(irq(b));
	w8(b, CSR_ACK, ACK_CX);
	assert_true(irq(b));
	w8(b, CSR_ACK, ACK_CNA);
	assert_false(irq(b));
	w8(b, CSR_MASK, MASK_SI);
	assert_int_equal(r8(b, CSR_ACK), ACK_SWI);
	assert_int_equal(r8(b, CSR_MASK), 0);
	done(b);
}

/* ---- transmit ---- */

/* Simplified: the frame is in the block. */
static void transmit_simple(void **state)
{
	struct board *b = card("i82557b");
	uint32_t at = block(b, 0, CMD_TX | COMMAND_EL | COMMAND_I);
	uint8_t f[100];

	make_frame(f, peer, sizeof(f));
	m32(b, at + 8, 0xffffffff);
	m32(b, at + 12, sizeof(f) | 0x8000);
	mem_dma_write(&b->mem, at + 16, f, sizeof(f));
	start(b, at);
	assert_true(complete(b, at));
	assert_int_equal(wire.count, 1);
	assert_int_equal(wire.size[0], 100);
	assert_memory_equal(wire.data[0], f, sizeof(f));
	assert_int_equal(cus(b), CUS_IDLE);
	done(b);
}

/* Three buffers: with an extended block two descriptors are in the block itself. */
static void transmit_flexible(void **state)
{
	uint8_t f[100];

	make_frame(f, peer, sizeof(f));
	for (unsigned extended = 0; extended < 2; extended++) {
		struct board *b = card("i82559er");
		uint32_t at = CB + 0x1000, tbd = extended ? at + 16 : DATA + 0x1000;

		configured(b, CONFIG_LIST, extended ? 0x22 : 0x32);
		block(b, 1, CMD_TX | COMMAND_EL | COMMAND_SF);
		mem_dma_write(&b->mem, DATA, f, sizeof(f));
		m32(b, at + 8, DATA + 0x1000);
		m32(b, at + 12, 3u << 24);
		for (unsigned n = 0; n < 3; n++) {
			if (extended && n == 2)
				tbd = DATA + 0x1000;
			m32(b, tbd, DATA + 40 * n);
			m32(b, tbd + 4, n < 2 ? 40 : 20 | 1 << 16);
			tbd += 8;
		}
		start(b, at);
		assert_int_equal(wire.count, 1);
		assert_memory_equal(wire.data[0], f, sizeof(f));
		assert_int_equal(wire.size[0], 100);
		done(b);
	}
}

/* Suspend and resume: what Linux does with its ring. */
static void suspend(void **state)
{
	struct board *b = card("i82559er");
	uint32_t first = block(b, 0, CMD_NOP | COMMAND_S), second = block(b, 1, CMD_NOP | COMMAND_EL);

	start(b, first);
	assert_int_equal(cus(b), CUS_SUSPENDED);
	assert_false(complete(b, second));
	assert_int_equal(r8(b, CSR_ACK), ACK_CNA);
	scb(b, 0x20, 0);
	assert_true(complete(b, second));
	assert_int_equal(cus(b), CUS_IDLE);
	scb(b, 0x20, 0); /* nothing to resume */
	assert_int_equal(cus(b), CUS_IDLE);
	done(b);
}

static void pace(void **state)
{
	struct board *b = card("i82559er");

	for (unsigned n = 0; n < 20; n++) {
		uint32_t at = block(b, n, CMD_TX | (n == 19 ? COMMAND_EL : 0));

		m32(b, at + 8, 0xffffffff);
		m32(b, at + 12, 1514 | 0x8000);
	}
	start(b, CB);
	assert_in_range(wire.count, 2, 4);
	assert_int_equal(cus(b), CUS_ACTIVE);
	pass(b, 20 * 1538 * 80);
	assert_int_equal(wire.count, 20);
	assert_int_equal(cus(b), CUS_IDLE);
	done(b);
}

/* ---- receive ---- */

static void receive_simple(void **state)
{
	struct board *b = card("i82559er");
	uint8_t f[200], got[200];

	make_frame(f, mac, sizeof(f));
	assert_false(receive(b, f, sizeof(f), DROP_NIC_DOWN));
	area(b, 0, 0, 1536);
	area(b, 1, COMMAND_EL, 1536);
	area(b, 2, COMMAND_EL, 0);
	scb(b, 1, RFD);
	assert_int_equal(rus(b), RUS_READY);
	assert_true(receive(b, f, sizeof(f), 0));
	assert_int_equal(g16(b, RFD), STATUS_C | STATUS_OK | 0x20);
	assert_int_equal(g16(b, RFD + 12), 0xc000 | 200);
	mem_dma_read(&b->mem, RFD + 16, got, sizeof(got));
	assert_memory_equal(got, f, sizeof(f));
	assert_int_equal(r8(b, CSR_ACK), ACK_FR);
	assert_true(receive(b, f, 60, 0));
	assert_int_equal(rus(b), RUS_NO_RESOURCES);
	assert_int_equal(r8(b, CSR_ACK), ACK_FR | ACK_RNR);
	assert_false(receive(b, f, 60, DROP_NIC_FULL));
	/* An area of no size at the end of the list is never touched. */
	w8(b, CSR_ACK, 0xff);
	scb(b, 1, RFD + 0x2000);
	assert_int_equal(rus(b), RUS_READY);
	assert_false(receive(b, f, 60, DROP_NIC_FULL));
	assert_int_equal(g16(b, RFD + 0x2000), 0);
	assert_int_equal(rus(b), RUS_NO_RESOURCES);
	assert_int_equal(r8(b, CSR_ACK), ACK_RNR);
	done(b);
}

static void receive_flexible(void **state)
{
	struct board *b = card("i82559er");
	uint8_t f[200], got[120];
	uint32_t rbd = DATA;

	make_frame(f, mac, sizeof(f));
	area(b, 0, COMMAND_SF | COMMAND_S, 0);
	m32(b, RFD + 8, rbd);
	for (unsigned n = 0; n < 2; n++, rbd += 16) {
		m32(b, rbd, 0);
		m32(b, rbd + 4, rbd + 16);
		m32(b, rbd + 8, DATA + 0x1000 * (n + 1));
		m32(b, rbd + 12, 120);
	}
	scb(b, 1, RFD);
	assert_true(receive(b, f, sizeof(f), 0));
	assert_int_equal(g16(b, DATA), 0x4000 | 120);
	assert_int_equal(g16(b, DATA + 16), 0xc000 | 80);
	mem_dma_read(&b->mem, DATA + 0x1000, got, 120);
	assert_memory_equal(got, f, 120);
	mem_dma_read(&b->mem, DATA + 0x2000, got, 80);
	assert_memory_equal(got, f + 120, 80);
	assert_int_equal(rus(b), RUS_SUSPENDED);
	scb(b, 2, 0);
	assert_int_equal(rus(b), RUS_READY);
	scb(b, 4, 0);
	assert_int_equal(rus(b), RUS_IDLE);
	done(b);
}

static void filters(void **state)
{
	static const uint8_t group[6] = {1, 0, 0x5e, 1, 2, 3}, all[6] = {255, 255, 255, 255, 255, 255};
	struct board *b = card("i82559er");
	uint32_t at;
	uint8_t f[1518];

	area(b, 0, 0, 1600);
	m32(b, RFD + 4, RFD); /* for ever */
	scb(b, 1, RFD);
	make_frame(f, peer, sizeof(f));
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	configured(b, CONFIG_FILTER, 0x49);
	assert_true(receive(b, f, 60, 0));
	assert_int_equal(g16(b, RFD) & 6, 6);
	configured(b, CONFIG_FILTER, 0x48);
	memcpy(f, all, 6);
	assert_true(receive(b, f, 60, 0));
	configured(b, CONFIG_FILTER, 0x4a);
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	memcpy(f, group, 6);
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	configured(b, CONFIG_MULTICAST, 0x0d);
	assert_true(receive(b, f, 60, 0));
	configured(b, CONFIG_MULTICAST, 0x05);
	at = block(b, 0, CMD_MULTICAST | COMMAND_EL);
	m16(b, at + 8, 6);
	mem_dma_write(&b->mem, at + 10, group, 6);
	start(b, at);
	assert_true(receive(b, f, 60, 0));
	/* Frames with a tag are longer than the configuration's default takes. */
	memcpy(f, mac, 6);
	configured(b, CONFIG_FRAMING, 0xf2);
	assert_false(receive(b, f, 1518, DROP_TOO_LONG));
	configured(b, CONFIG_FRAMING, 0xfa);
	assert_true(receive(b, f, 1518, 0));
	configured(b, CONFIG_FRAMING, 0xfe); /* the FCS comes along */
	assert_true(receive(b, f, 60, 0));
	assert_int_equal(g16(b, RFD + 12) & 0x3fff, 64);
	done(b);
}

static void loopback(void **state)
{
	struct board *b = card("i82559er");
	uint32_t at;
	uint8_t f[60];

	area(b, 0, 0, 1600);
	scb(b, 1, RFD);
	configured(b, CONFIG_LOOPBACK, 0x6e);
	make_frame(f, mac, sizeof(f));
	at = block(b, 0, CMD_TX | COMMAND_EL);
	m32(b, at + 8, 0xffffffff);
	m32(b, at + 12, sizeof(f) | 0x8000);
	mem_dma_write(&b->mem, at + 16, f, sizeof(f));
	start(b, at);
	assert_int_equal(wire.count, 0);
	assert_int_equal(g16(b, RFD + 12), 0xc000 | 60);
	done(b);
}

/* PAUSE: it stops the transmitter for its time, and is counted. */
static void flow(void **state)
{
	struct board *b = card("i82559er");
	uint8_t f[60] = {1, 0x80, 0xc2, 0, 0, 1, 2, 2, 2, 2, 2, 2, 0x88, 8, 0, 1, 0, 100};
	uint32_t at = block(b, 1, CMD_TX | COMMAND_EL);

	configured(b, CONFIG_FLOW, 0xa0);
	area(b, 0, 0, 1600);
	scb(b, 1, RFD);
	w8(b, CSR_ACK, 0xff);
	assert_true(receive(b, f, sizeof(f), 0));
	assert_int_equal(r8(b, CSR_ACK), ACK_FCP);
	assert_int_equal(g16(b, RFD), 0); /* it went no further */
	m32(b, at + 8, 0xffffffff);
	m32(b, at + 12, 60 | 0x8000);
	start(b, at);
	assert_int_equal(wire.count, 0);
	pass(b, 100 * 512 * 10);
	assert_int_equal(wire.count, 1);
	w8(b, CSR_FC_COMMAND, FC_XOFF);
	assert_int_equal(wire.count, 2);
	assert_int_equal(get_be16(wire.data[1] + 12), 0x8808);
	done(b);
}

/* ---- statistics ---- */

static void statistics(void **state)
{
	static const struct {
		const char *model;
		uint8_t list;
		unsigned marker;
	} cases[] = {{"i82557b", 0x32, 64}, {"i82559er", 0x32, 64}, {"i82559er", 0x12, 76}, {"i82559er", 0x16, 80}};

	for (unsigned n = 0; n < ARRAY_LEN(cases); n++) {
		struct board *b = card(cases[n].model);
		uint8_t f[60];

		make_frame(f, mac, sizeof(f));
		configured(b, CONFIG_LIST, cases[n].list);
		area(b, 0, COMMAND_EL, 1600);
		scb(b, 1, RFD);
		receive(b, f, sizeof(f), 0);
		receive(b, f, sizeof(f), DROP_NIC_FULL);
		scb(b, 0x40, STATS);
		scb(b, 0x50, 0);
		assert_int_equal(g32(b, STATS + 4 * STAT_RX_GOOD), 1);
		assert_int_equal(g32(b, STATS + 4 * STAT_RX_RESOURCE), 1);
		assert_int_equal(g32(b, STATS + cases[n].marker), 0xa005);
		scb(b, 0x70, 0);
		assert_int_equal(g32(b, STATS + cases[n].marker), 0xa007);
		scb(b, 0x50, 0);
		assert_int_equal(g32(b, STATS + 4 * STAT_RX_GOOD), 0);
		done(b);
	}
}

static void other_blocks(void **state)
{
	struct board *b = card("i82559er");
	uint32_t ucode = block(b, 0, CMD_UCODE), dump = block(b, 1, CMD_DUMP), last = block(b, 2, 7 | COMMAND_EL);

	m32(b, dump + 8, DATA);
	m32(b, DATA + 592, 0xffffffff);
	start(b, ucode);
	assert_true(complete(b, ucode) && complete(b, dump) && complete(b, last));
	assert_int_equal(g32(b, DATA + 592), 0);
	done(b);
}

/* ---- nonsense ---- */

static unsigned lost;
static void on_drop(void *opaque, unsigned slot, const uint8_t *data, size_t size, int reason)
{
	lost += reason == DROP_TOO_SHORT || reason == DROP_TOO_LONG;
}

static void circles(void **state)
{
	struct board *b = card("i82559er");
	uint32_t at = block(b, 0, CMD_NOP);

	m32(b, at + 4, CB); /* a list that never ends: it goes on, but only as time does */
	start(b, at);
	assert_int_equal(cus(b), CUS_ACTIVE);
	pass(b, 1000000);
	assert_int_equal(cus(b), CUS_ACTIVE);
	wr(b, CSR_PORT, 0);
	assert_int_equal(cus(b), CUS_IDLE);
	assert_int_equal(b->pc->due[TIMER_NIC0], TIME_NEVER);
	/* A buffer that leads to itself. */
	area(b, 0, COMMAND_SF | COMMAND_EL, 0);
	m32(b, RFD + 8, DATA);
	m32(b, DATA + 4, DATA);
	m32(b, DATA + 12, 0);
	scb(b, 1, RFD);
	configured(b, CONFIG_FILTER, 0x49);
	{
		uint8_t f[60];

		make_frame(f, mac, sizeof(f));
		assert_true(receive(b, f, sizeof(f), 0));
		assert_int_equal(g16(b, RFD) & STATUS_OK, 0);
	}
	done(b);
}

static void bad_sizes(void **state)
{
	struct board *b = card("i82559er");
	uint32_t at = block(b, 0, CMD_TX | COMMAND_SF), small = block(b, 1, CMD_TX | COMMAND_EL);

	lost = 0;
	b->nic_wire.drop = on_drop;
	m32(b, at + 8, 0xfffffff0); /* descriptors at the end of memory */
	m32(b, at + 12, 0xff000000 | 0x3fff);
	m32(b, small + 8, 0xffffffff);
	m32(b, small + 12, 5);
	start(b, at);
	assert_true(complete(b, small));
	assert_int_equal(lost, 2);
	assert_int_equal(wire.count, 0);
	start(b, BAR); /* its own registers: reads as ones */
	done(b);
}

static void hostile_state(void **state)
{
	struct board *b = card("i82551");
	struct i8255x *s = nic_state(b, 0), good = *s;

#define REFUSED(change) \
	do { \
		change; \
		assert_non_null(nic_validate(b)); \
		*s = good; \
		assert_null(nic_validate(b)); \
	} while (0)
	REFUSED(s->slot = 2);
	REFUSED(s->chip = I82557B);
	REFUSED(s->rate = 5);
	REFUSED(s->cus = 3);
	REFUSED(s->rus = 3);
	REFUSED(s->rus = 5);
	REFUSED(s->pad[0] = 1);
	REFUSED(s->eeprom.address = 64);
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity),
		cmocka_unit_test(eeprom_words),
		cmocka_unit_test(phy),
		cmocka_unit_test(self_test),
		cmocka_unit_test(window),
		cmocka_unit_test(interrupts),
		cmocka_unit_test(transmit_simple),
		cmocka_unit_test(transmit_flexible),
		cmocka_unit_test(suspend),
		cmocka_unit_test(pace),
		cmocka_unit_test(receive_simple),
		cmocka_unit_test(receive_flexible),
		cmocka_unit_test(filters),
		cmocka_unit_test(loopback),
		cmocka_unit_test(flow),
		cmocka_unit_test(statistics),
		cmocka_unit_test(other_blocks),
		cmocka_unit_test(circles),
		cmocka_unit_test(bad_sizes),
		cmocka_unit_test(hostile_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
