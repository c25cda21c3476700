/* Intel 8255x: the control/status registers, interrupts, resets and self test (the
 * manual's chapters 6.3 and 6.5), configuration space, EEPROM, and the models' rows. */
#include "engine/nic/i8255x.h"

#include <string.h>

#include "engine/base/bytes.h"
#include "engine/base/option.h"
#include "engine/net/drop.h"
#include "engine/net/link.h"

enum {
	BAR_MEMORY = 0,
	BAR_PORTS = 1,
	BAR_FLASH = 2,
	MEMORY_SIZE = 0x1000, /* the registers, again and again */
	FLASH_SIZE = 0x20000,
	CAP_PM = 0xdc,
	/* PORT (6.3.3) */
	PORT_RESET = 0,
	PORT_SELF_TEST = 1,
	PORT_SELECTIVE = 2,
	/* EEPROM words */
	EE_ID = 5,
	EE_PHY = 6,
	EE_CHECKSUM = 63,
	GSTATUS_LINK = 0x07, /* link, 100 Mbit/s, full duplex */
};
#define EE_SUM 0xbabau
#define SELF_TEST_SIGNATURE 0xffffffffu

static const char *reg_name(unsigned at)
{
	static const char *const names[CSR_BYTES] = {
		[CSR_STATUS] = "SCB status",
		[CSR_ACK] = "STAT/ACK",
		[CSR_COMMAND] = "SCB command",
		[CSR_MASK] = "SCB mask",
		[CSR_POINTER] = "SCB pointer",
		[CSR_PORT] = "PORT",
		[CSR_FLASH] = "flash",
		[CSR_EEPROM] = "EEPROM",
		[CSR_MDI] = "MDI",
		[CSR_RX_DMA] = "RX DMA",
		[CSR_FC_COMMAND] = "flow control",
		[CSR_PMDR] = "PMDR",
		[CSR_GCONTROL] = "general control",
		[CSR_GSTATUS] = "general status",
	};

	return names[at] ? names[at] : "register";
}

/* ---- interrupts ---- */

/* Causes that are not masked (6.3.1, 6.3.2.1). */
static uint8_t unmasked(const struct i8255x *s)
{
	uint8_t mask = s->csr[CSR_MASK], causes = s->csr[CSR_ACK];

	if (mask & MASK_ALL)
		return 0;
	if (!i8255x_extended(s))
		return causes;
	if (mask & MASK_FCP)
		causes &= (uint8_t)~ACK_FCP;
	return causes & (uint8_t) ~(mask & (ACK_CX | ACK_FR | ACK_CNA | ACK_RNR));
}

static void update_irq(struct board *b, struct i8255x *s)
{
	pci_set_irq(b, NIC_DEVFN(s->slot), unmasked(s));
}

void i8255x_interrupt(struct board *b, struct i8255x *s, uint8_t causes)
{
	s->csr[CSR_ACK] |= causes;
	update_irq(b, s);
}

/* ---- resets ---- */

/* As after power-on, but for the EEPROM and the PHY, and what it was given. The
 * configuration's defaults are those of 6.4.2.3. */
static void soft_reset(struct board *b, struct i8255x *s)
{
	static const uint8_t config[] = {0x16, 0x08, 0, 0,    0,    0, 0x32, 0x03, 0x01, 0,    0x2e,
					 0,    0x60, 0, 0xf2, 0x48, 0, 0x40, 0xf2, 0x80, 0x3f, 0x05};

	s->cu_base = s->ru_base = 0;
	s->cu_offset = s->ru_offset = s->rbd = 0;
	s->cus = CUS_IDLE;
	s->rus = RUS_IDLE;
	s->stats_at = 0;
	s->multicast = 0;
	s->tx_free = s->pause_until = 0;
	memset(s->stat, 0, sizeof(s->stat));
	memset(s->csr, 0, sizeof(s->csr));
	memset(s->config, 0, sizeof(s->config));
	memcpy(s->config, config, sizeof(config));
	memset(s->ia, 0xff, sizeof(s->ia));
	microwire_reset(&s->eeprom);
	update_irq(b, s);
	board_timer_set(b, TIMER_NIC0 + s->slot, TIME_NEVER);
}

/* The units stop; configuration and addresses stay (6.3.3.3). */
static void selective_reset(struct board *b, struct i8255x *s)
{
	s->cu_base = s->ru_base = 0;
	s->cu_offset = s->ru_offset = s->rbd = 0;
	s->cus = CUS_IDLE;
	s->rus = RUS_IDLE;
	s->csr[CSR_ACK] = 0;
	update_irq(b, s);
	board_timer_set(b, TIMER_NIC0 + s->slot, TIME_NEVER);
}

/* All is well: a signature that is not 0, a result that is (6.3.3.2). */
static void self_test(struct board *b, struct i8255x *s, uint32_t addr)
{
	uint8_t raw[8] = {0};

	put_le32(raw, SELF_TEST_SIGNATURE);
	if (i8255x_may_dma(b, s))
		mem_dma_write(&b->mem, addr, raw, sizeof(raw));
}

static void port_write(struct board *b, struct i8255x *s)
{
	uint32_t value = get_le32(s->csr + CSR_PORT);
	static const char *const names[] = {"software reset", "self test", "selective reset", "dump"};

	TRACE(b, NIC, "i8255x %u: PORT: %s", s->slot, (value & 15) < ARRAY_LEN(names) ? names[value & 15] : "nothing");
	switch (value & 15) {
	case PORT_RESET: soft_reset(b, s); break;
	case PORT_SELF_TEST: self_test(b, s, value & ~15u); break;
	case PORT_SELECTIVE: selective_reset(b, s); break;
	default: break;
	}
}

/* ---- registers ---- */

/* The command word is 0 again as soon as it is taken. */
static void command_write(struct board *b, struct i8255x *s)
{
	uint8_t command = s->csr[CSR_COMMAND];

	s->csr[CSR_COMMAND] = 0;
	i8255x_ru_command(b, s, command & 7);
	i8255x_cu_command(b, s, command >> 4);
}

static void mask_write(struct board *b, struct i8255x *s)
{
	if (s->csr[CSR_MASK] & MASK_SI)
		s->csr[CSR_ACK] |= ACK_SWI;
	s->csr[CSR_MASK] &= (uint8_t)(i8255x_extended(s) ? ~MASK_SI : MASK_ALL);
	update_irq(b, s);
}

static void flow_write(struct board *b, struct i8255x *s, uint8_t value)
{
	if (!i8255x_extended(s))
		return;
	if (value & FC_XOFF)
		i8255x_send_pause(b, s, get_le16(s->config + CONFIG_FC_DELAY));
	else if (value & FC_XON)
		i8255x_send_pause(b, s, 0);
}

static void eeprom_write(struct i8255x *s)
{
	uint8_t v = s->csr[CSR_EEPROM];

	s->csr[CSR_EEPROM] = v & (EE_SK | EE_CS | EE_DI);
	microwire_pins(&s->eeprom, v & EE_CS, v & EE_SK, v & EE_DI);
}

/* In the memory window the registers follow themselves. */
static unsigned wrapped(unsigned at)
{
	return at & (CSR_BYTES - 1);
}

/* Bytes of the registers that are kept as they are written. */
static bool is_plain(unsigned at)
{
	switch (at) {
	case CSR_STATUS:
	case CSR_ACK:
	case CSR_FC_COMMAND:
	case CSR_PMDR:
	case CSR_GSTATUS: return false;
	default: return at < CSR_RX_DMA || at > CSR_RX_DMA + 3;
	}
}

static void byte_write(struct board *b, struct i8255x *s, unsigned at, uint8_t value)
{
	if (is_plain(at))
		s->csr[at] = value;
	else if (at == CSR_ACK)
		s->csr[at] &= (uint8_t)~value;
	else if (at == CSR_PMDR)
		s->csr[at] &= (uint8_t)~value;
	else if (at == CSR_FC_COMMAND)
		flow_write(b, s, value);
}

/* What follows when a register's last byte is there: the mask before the command. */
static void written(struct board *b, struct i8255x *s, unsigned at)
{
	switch (at) {
	case CSR_ACK: update_irq(b, s); break;
	case CSR_MASK: mask_write(b, s); break;
	case CSR_COMMAND: command_write(b, s); break;
	case CSR_PORT + 3: port_write(b, s); break;
	case CSR_EEPROM: eeprom_write(s); break;
	case CSR_MDI + 3: i8255x_mdi(b, s); break;
	default: break;
	}
}

static void regs_write(struct board *b, struct i8255x *s, unsigned at, uint64_t value, unsigned size)
{
	if (at != CSR_EEPROM)
		TRACE(b, NIC, "i8255x %u: write %s+%u/%u = %llx", s->slot,
		      reg_name(at & ~(at >= 4 && at < 0x18 ? 3u : 0u)), at >= 4 && at < 0x18 ? at & 3 : 0, size,
		      (unsigned long long)value);
	for (unsigned n = 0; n < size; n++)
		byte_write(b, s, wrapped(at + n), (uint8_t)(value >> 8 * n));
	for (unsigned n = size; n--;)
		written(b, s, wrapped(at + n));
}

static uint8_t byte_read(const struct i8255x *s, unsigned at)
{
	switch (at) {
	case CSR_STATUS: return (uint8_t)(s->cus << CUS_SHIFT | s->rus << RUS_SHIFT);
	case CSR_EEPROM: return (uint8_t)(s->csr[at] | (s->eeprom.dout ? EE_DO : 0));
	case CSR_GSTATUS: return i8255x_extended(s) ? GSTATUS_LINK : 0;
	default: return s->csr[at];
	}
}

static uint64_t regs_read(const struct i8255x *s, unsigned at, unsigned size)
{
	uint64_t value = 0;

	for (unsigned n = 0; n < size; n++)
		value |= (uint64_t)byte_read(s, wrapped(at + n)) << 8 * n;
	return value;
}

/* ---- windows ---- */

static uint64_t memory_read(void *owner, unsigned slot, uint64_t addr, unsigned size)
{
	return regs_read(nic_state(owner, slot), addr & (CSR_BYTES - 1), size);
}

static void memory_write(void *owner, unsigned slot, uint64_t addr, uint64_t value, unsigned size)
{
	regs_write(owner, nic_state(owner, slot), addr & (CSR_BYTES - 1), value, size);
}

static uint32_t port_in(struct board *b, unsigned slot, uint16_t port, unsigned size)
{
	return (uint32_t)regs_read(nic_state(b, slot), port & (CSR_BYTES - 1), size);
}

static void port_out(struct board *b, unsigned slot, uint16_t port, uint32_t value, unsigned size)
{
	regs_write(b, nic_state(b, slot), port & (CSR_BYTES - 1), value, size);
}

/* No flash chip is fitted. */
static uint64_t flash_read(void *owner, unsigned slot, uint64_t addr, unsigned size)
{
	return UINT64_MAX >> (64 - 8 * size);
}

static void flash_write(void *owner, unsigned slot, uint64_t addr, uint64_t value, unsigned size) {}

static void map_memory(struct board *b, unsigned slot, unsigned bar, uint64_t base, bool on)
{
	bool flash = bar == BAR_FLASH;
	struct mem_region r = {base, flash ? FLASH_SIZE : MEMORY_SIZE, slot,
			       b,    flash ? flash_read : memory_read, flash ? flash_write : memory_write};

	if (on)
		mem_map(&b->mem, &r);
	else
		mem_unmap(&b->mem, base, slot, r.read);
}

static void i8255x_map(struct board *b, unsigned devfn, unsigned bar, uint64_t base, bool on)
{
	uint8_t slot = (uint8_t)NIC_SLOT(devfn);
	const struct io_range range = {(uint16_t)base, CSR_BYTES, slot, 4, port_in, port_out};

	if (bar != BAR_PORTS)
		map_memory(b, slot, bar, base, on);
	else if (on)
		board_map_io(b, &range);
	else
		board_unmap_io(b, slot, port_in, port_out);
}

/* A driver that makes the card a bus master late finds its lists waiting. */
static void config_written(struct board *b, unsigned devfn, unsigned offset, unsigned size)
{
	if (offset <= PCI_COMMAND && offset + size > PCI_COMMAND)
		i8255x_cu_run(b, nic_state(b, NIC_SLOT(devfn)));
}

/* clang-format off */
/* Power management, version 2 (PCI PM 1.1): from the 82558 on. */
static const struct pci_rule pm_rules[] = {
	{PCI_CAPABILITY_LIST, 1, CAP_PM, 0, 0, 0},
	{CAP_PM, 4, 0x7e210001, 0, 0, 0},
	{CAP_PM + 4, 2, 0, 0x0103, 0x8000, 0},
};
#define I8255X(chip, id, rev, caps) { \
	.name = chip, .vendor = 0x8086, .device = id, .revision = rev, .class_code = 0x020000, .pin = 1, \
	.min_gnt = 0x08, .max_lat = 0x18, \
	.status = PCI_STATUS_FAST_BACK | PCI_STATUS_DEVSEL_MEDIUM | ((caps) ? PCI_STATUS_CAP_LIST : 0), \
	.bar = {[BAR_MEMORY] = {PCI_BAR_MEM_PREFETCH, MEMORY_SIZE}, [BAR_PORTS] = {PCI_BAR_IO, CSR_BYTES}, \
		[BAR_FLASH] = {PCI_BAR_MEM, FLASH_SIZE}}, \
	.rules = pm_rules, .rule_count = (caps) ? ARRAY_LEN(pm_rules) : 0, \
	.map = i8255x_map, .config_written = config_written, .removed = nic_gone, \
}
static const struct pci_model functions[I8255X_CHIPS] = {
	[I82557B] = I8255X("i82557b", 0x1229, 0x02, false),
	[I82559ER] = I8255X("i82559er", 0x1209, 0x09, true),
	[I82551] = I8255X("i82551", 0x1209, 0x0f, true),
};
/* clang-format on */

/* ---- the card ---- */

extern const struct nic_model nic_i82557b, nic_i82559er, nic_i82551;
static const struct nic_model *const models[I8255X_CHIPS] = {
	[I82557B] = &nic_i82557b, [I82559ER] = &nic_i82559er, [I82551] = &nic_i82551};

static enum i8255x_chip chip_in(const struct board *b, unsigned slot)
{
	unsigned chip = 0;

	while (chip < I8255X_CHIPS - 1 && models[chip]->number != b->pc->nic_model[slot])
		chip++;
	return (enum i8255x_chip)chip;
}

static void eeprom_make(struct microwire *m, const uint8_t mac[6], enum i8255x_chip chip)
{
	uint16_t sum = 0;

	for (unsigned n = 0; n < 3; n++)
		m->word[n] = (uint16_t)(mac[2 * n] | mac[2 * n + 1] << 8);
	m->word[EE_ID] = chip == I82557B ? 0x0100 : 0x4000;
	m->word[EE_PHY] = 0x0001;
	for (unsigned n = 0; n < EE_CHECKSUM; n++)
		sum = (uint16_t)(sum + m->word[n]);
	m->word[EE_CHECKSUM] = (uint16_t)(EE_SUM - sum);
}

static void i8255x_restore(struct board *b, unsigned slot)
{
	pci_add(b, NIC_DEVFN(slot), &functions[chip_in(b, slot)]);
}

static void i8255x_reset(struct board *b, unsigned slot)
{
	struct i8255x *s = nic_state(b, slot);

	soft_reset(b, s);
	i8255x_phy_reset(s);
}

static void i8255x_attach(struct board *b, unsigned slot, const uint8_t mac[6])
{
	struct i8255x *s = nic_state(b, slot);

	s->slot = slot;
	s->chip = (uint8_t)chip_in(b, slot);
	eeprom_make(&s->eeprom, mac, (enum i8255x_chip)s->chip);
	i8255x_restore(b, slot);
	i8255x_reset(b, slot);
}

static const char *const rates[] = {"10Mbit", "100Mbit", "unlimited", NULL};
static const uint64_t rate_bits[] = {10000000, 100000000, LINK_RATE_MAX};
static const struct option options[] = {
	{"rate", OPTION_CHOICE, .standard = "100Mbit", .choices = rates,
	 .help = "the fastest that the other end of its cable speaks; unlimited is for measurements"},
	{.name = NULL}};

static uint64_t line_rate(const struct option_value *values)
{
	return rate_bits[values[0].number];
}

static void i8255x_configure(struct board *b, unsigned slot, const struct option_value *values)
{
	struct i8255x *s = nic_state(b, slot);

	s->rate = line_rate(values);
}

static bool i8255x_receive(struct board *b, unsigned slot, const uint8_t *frame, size_t size, int *reason)
{
	return i8255x_rx(b, nic_state(b, slot), frame, size, reason);
}

static void i8255x_line(struct board *b, unsigned slot, uint64_t rate)
{
	struct i8255x *s = nic_state(b, slot);

	s->partner = rate;
}

static void i8255x_damaged(struct board *b, unsigned slot)
{
	i8255x_count(nic_state(b, slot), STAT_RX_CRC);
}

static void i8255x_timer(struct board *b, unsigned slot)
{
	struct i8255x *s = nic_state(b, slot);

	if (s->pause_until <= board_now(b))
		s->csr[CSR_FC_COMMAND] &= (uint8_t)~FC_PAUSED;
	i8255x_cu_run(b, s);
}

static bool rate_valid(uint64_t rate)
{
	return rate == rate_bits[0] || rate == rate_bits[1] || rate == rate_bits[2];
}

static const char *i8255x_validate(const struct board *b, unsigned slot)
{
	const struct i8255x *s = (const void *)b->pc->nic[slot];
	static const uint8_t zeros[sizeof(s->pad)];

	if (s->slot != slot || s->chip != chip_in(b, slot) || !rate_valid(s->rate) || s->cus > CUS_ACTIVE ||
	    memcmp(s->pad, zeros, sizeof(zeros)))
		return "i8255x: bad state";
	if (s->rus > RUS_READY || s->rus == 3)
		return "i8255x: bad state of the receive unit";
	return microwire_valid(&s->eeprom) ? NULL : "i8255x: bad EEPROM state";
}

/* What the three have in common. */
#define I8255X_MODEL \
	.rate = 100000000, .rom = "pxe-eepro100.rom", .options = options, .line_rate = line_rate, \
	.attach = i8255x_attach, .configure = i8255x_configure, .restore = i8255x_restore, .reset = i8255x_reset, \
	.receive = i8255x_receive, .line = i8255x_line, .damaged = i8255x_damaged, .timer = i8255x_timer, \
	.validate = i8255x_validate

const struct nic_model nic_i82559er = {
	I8255X_MODEL,
	.name = "i82559er",
	.number = 4,
	.help = "Intel 82559ER (1999, PCI, 100 Mbit/s; Linux: e100), never shows its PC whether there is a cable; of "
		"the "
		"8255x the one to take",
};

const struct nic_model nic_i82557b = {
	I8255X_MODEL,
	.name = "i82557b",
	.number = 5,
	.help = "Intel 82557B (1997, PCI, 100 Mbit/s; Linux: e100, without VLAN interfaces), never shows its PC "
		"whether "
		"there is a cable",
	.no_vlans = true,
};

const struct nic_model nic_i82551 = {
	I8255X_MODEL,
	.name = "i82551",
	.number = 6,
	.help = "Intel 82551 (2001, PCI, 100 Mbit/s; Linux: e100, but only with a file that is not free, so not in the "
		"image debian), never shows its PC whether there is a cable",
	.needs_firmware = true,
};
