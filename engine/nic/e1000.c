/* Intel 82540EM, 82545EM, 82544GC: register windows (BAR 0 memory, BAR 1 IOADDR/IODATA), interrupt
 * causes and their throttle, delayed events, EEPROM, reset, and the model's row.
 * Interrupts: 8254x manual section 3.2.8, 13.4.17 to 13.4.22. */
#include "engine/nic/e1000.h"

#include <string.h>

#include "engine/base/bytes.h"
#include "engine/net/drop.h"

enum {
	REG_MAP_SIZE = 0x6000 / 4,
	IOADDR = 0,
	IODATA = 4,
	IO_SIZE = 0x40,
	ITR_UNIT_NS = 256,
	/* Words of the EEPROM (section 5.6). */
	EE_INIT1 = 0x0a,
	EE_SUBSYSTEM = 0x0b,
	EE_SUBVENDOR = 0x0c,
	EE_DEVICE = 0x0d,
	EE_VENDOR = 0x0e,
	EE_INIT2 = 0x0f,
	EE_INIT3 = 0x24,
	EE_CHECKSUM = 0x3f,
};
#define EE_SUM 0xbabau
#define VENDOR_INTEL 0x8086

enum e1000_chip { CHIP_82540EM, CHIP_82545EM, CHIP_82544GC, CHIPS };
extern const struct nic_model nic_e1000, nic_e1000_82545em, nic_e1000_82544gc;
static const struct {
	const struct nic_model *model;
	uint16_t device, phy_id2;
} chips[CHIPS] = {
	[CHIP_82540EM] = {&nic_e1000, 0x100e, 0x0c20},
	[CHIP_82545EM] = {&nic_e1000_82545em, 0x100f, 0x0c20},
	[CHIP_82544GC] = {&nic_e1000_82544gc, 0x100c, 0x0c30},
};

static enum e1000_chip chip_in(const struct board *b, unsigned slot)
{
	unsigned chip = CHIPS - 1;

	while (chip && chips[chip].model->number != b->pc->nic_model[slot])
		chip--;
	return (enum e1000_chip)chip;
}

uint16_t e1000_phy_id2(const struct board *b, const struct e1000 *s)
{
	return chips[chip_in(b, s->slot)].phy_id2;
}

/* Register at each doubleword: its number + 1; 0: none of the plain ones. */
static const uint8_t reg_map[REG_MAP_SIZE] = {
#define X(name, offset, reset, write) [(offset) / 4] = R_##name + 1,
	E1000_REGS(X)
#undef X
};
static const struct {
	uint32_t reset, write;
} reg_rule[E1000_REG_COUNT] = {
#define X(name, offset, reset, write) {reset, write},
	E1000_REGS(X)
#undef X
};

/* ---- events and interrupts ---- */

void e1000_event(struct board *b, struct e1000 *s, enum e1000_event event, uint64_t when)
{
	uint64_t first = TIME_NEVER;

	s->due[event] = when;
	for (unsigned n = 0; n < E1000_EVENTS; n++)
		if (s->due[n] < first)
			first = s->due[n];
	board_timer_set(b, TIMER_NIC0 + s->slot, first);
}

/* A new interrupt waits until ITR's interval since the last has passed. */
static void update_irq(struct board *b, struct e1000 *s)
{
	bool pending = s->reg[R_ICR] & s->reg[R_IMS];
	uint64_t now;

	if (pending == s->irq)
		return;
	now = board_now(b);
	if (pending && now < s->itr_until) {
		e1000_event(b, s, E1000_EVENT_ITR, s->itr_until);
		return;
	}
	s->irq = pending;
	if (pending)
		s->itr_until = now + (uint64_t)s->reg[R_ITR] * ITR_UNIT_NS;
	pci_set_irq(b, NIC_DEVFN(s->slot), pending);
}

void e1000_interrupt(struct board *b, struct e1000 *s, uint32_t causes)
{
	s->reg[R_ICR] |= causes & ICR_BITS;
	update_irq(b, s);
}

static void serve(struct board *b, struct e1000 *s, enum e1000_event event)
{
	switch (event) {
	case E1000_EVENT_LINK: e1000_link_timer(b, s); break;
	case E1000_EVENT_TX: e1000_tx_run(b, s); break;
	case E1000_EVENT_TIDV:
	case E1000_EVENT_TADV: /* whichever is first ends the other */
		s->due[E1000_EVENT_TIDV] = TIME_NEVER;
		s->due[E1000_EVENT_TADV] = TIME_NEVER;
		e1000_interrupt(b, s, ICR_TXDW);
		break;
	case E1000_EVENT_RDTR:
	case E1000_EVENT_RADV:
		s->due[E1000_EVENT_RDTR] = TIME_NEVER;
		s->due[E1000_EVENT_RADV] = TIME_NEVER;
		e1000_interrupt(b, s, ICR_RXT0);
		break;
	default: update_irq(b, s);
	}
}

static void e1000_timer(struct board *b, unsigned slot)
{
	struct e1000 *s = nic_state(b, slot);
	uint64_t now = board_now(b);

	for (unsigned n = 0; n < E1000_EVENTS; n++) {
		if (s->due[n] > now)
			continue;
		s->due[n] = TIME_NEVER;
		serve(b, s, n);
	}
	e1000_event(b, s, E1000_EVENT_ITR, s->due[E1000_EVENT_ITR]); /* arms the next */
}

/* STATUS.LU */
static bool link_is_up(const struct e1000 *s)
{
	return s->link && (s->reg[R_CTRL] & CTRL_SLU);
}

/* ---- reset ---- */

static void load_address(struct e1000 *s)
{
	const uint16_t *word = s->eeprom.word;

	s->ra[0] = word[0] | (uint32_t)word[1] << 16;
	s->ra[1] = word[2] | RAH_AV;
}

/* CTRL.RST: everything but PCI configuration, the PHY and the EEPROM. */
static void mac_reset(struct board *b, struct e1000 *s)
{
	for (unsigned n = 0; n < E1000_EVENTS; n++)
		if (n != E1000_EVENT_LINK)
			s->due[n] = TIME_NEVER;
	for (unsigned n = 0; n < E1000_REG_COUNT; n++)
		s->reg[n] = reg_rule[n].reset;
	memset(s->stat, 0, sizeof(s->stat));
	memset(s->mta, 0, sizeof(s->mta));
	memset(s->ra, 0, sizeof(s->ra));
	memset(s->vfta, 0, sizeof(s->vfta));
	memset(&s->tx, 0, sizeof(s->tx));
	s->itr_until = 0;
	s->tx_free = 0;
	s->pause_until = 0;
	microwire_reset(&s->eeprom);
	load_address(s);
	update_irq(b, s);
	e1000_event(b, s, E1000_EVENT_TX, TIME_NEVER);
}

static void e1000_reset(struct board *b, unsigned slot)
{
	struct e1000 *s = nic_state(b, slot);

	for (unsigned n = 0; n < E1000_EVENTS; n++)
		s->due[n] = TIME_NEVER;
	s->ioaddr = 0;
	memset(s->ip4at, 0, sizeof(s->ip4at));
	memset(s->ip6at, 0, sizeof(s->ip6at));
	memset(s->fflt, 0, sizeof(s->fflt));
	memset(s->ffmt, 0, sizeof(s->ffmt));
	memset(s->ffvt, 0, sizeof(s->ffvt));
	mac_reset(b, s);
	e1000_phy_reset(b, s);
	s->reg[R_ICR] = 0; /* the loss of the link was before */
}

/* ---- EEPROM ---- */

static void eeprom_make(struct microwire *m, const uint8_t mac[6], uint16_t device)
{
	uint16_t sum = 0;

	memset(m->word, 0xff, sizeof(m->word));
	for (unsigned n = 0; n < 3; n++)
		m->word[n] = (uint16_t)(mac[2 * n] | mac[2 * n + 1] << 8);
	m->word[0x03] = 0;
	m->word[0x05] = 0;
	m->word[EE_INIT1] = 0x4403; /* signature 01, ids come from here */
	m->word[EE_SUBSYSTEM] = 0x1100;
	m->word[EE_SUBVENDOR] = 0x1af4;
	m->word[EE_DEVICE] = device;
	m->word[EE_VENDOR] = VENDOR_INTEL;
	m->word[EE_INIT2] = 0x3040; /* PAUSE both ways */
	m->word[EE_INIT3] = 0;      /* no wake-up: a driver that goes down switches the PHY off */
	m->word[0x2f] = 0x0602;     /* LED configuration */
	for (unsigned n = 0; n < EE_CHECKSUM; n++)
		sum = (uint16_t)(sum + m->word[n]);
	m->word[EE_CHECKSUM] = (uint16_t)(EE_SUM - sum);
}

static void eerd_write(struct e1000 *s, uint32_t value)
{
	unsigned address = value >> 8 & 0xff;
	uint32_t data = address < MICROWIRE_WORDS ? s->eeprom.word[address] : 0xffff;

	s->reg[R_EERD] = value & 0xffff;
	if (value & EERD_START)
		s->reg[R_EERD] = data << 16 | (value & 0xff00) | EERD_DONE;
}

static uint32_t eecd_read(const struct e1000 *s)
{
	uint32_t v = s->reg[R_EECD] | EECD_PRES;

	if (v & EECD_REQ)
		v |= EECD_GNT;
	return s->eeprom.dout ? v | EECD_DO : v;
}

/* ---- registers ---- */

static uint32_t status_read(struct board *b, const struct e1000 *s)
{
	unsigned mbit = e1000_speed(s);
	uint32_t speed = mbit == 1000 ? 2 : mbit == 100 ? 1 : 0, v = speed << STATUS_ASDV_SHIFT;

	if (s->reg[R_CTRL] & CTRL_FRCSPD)
		speed = s->reg[R_CTRL] >> CTRL_SPEED_SHIFT & 3;
	v |= speed << STATUS_SPEED_SHIFT;
	if (s->reg[R_CTRL] & CTRL_FRCDPX ? s->reg[R_CTRL] & CTRL_FD : e1000_full_duplex(s))
		v |= STATUS_FD;
	if (link_is_up(s))
		v |= STATUS_LU;
	return board_now(b) < s->pause_until ? v | STATUS_TXOFF : v;
}

static void ctrl_write(struct board *b, struct e1000 *s, uint32_t value)
{
	if (value & CTRL_RST) {
		TRACE(b, NIC, "e1000 %u: reset by the driver", s->slot);
		mac_reset(b, s);
		return;
	}
	if (value & CTRL_PHY_RST)
		e1000_phy_reset(b, s);
	if ((s->reg[R_CTRL] ^ value) & CTRL_SLU && s->link)
		e1000_interrupt(b, s, ICR_LSC);
	s->reg[R_CTRL] = value & reg_rule[R_CTRL].write;
}

/* TIDV and RDTR: the top bit asks for the delayed interrupt now. */
static void flush_delay(struct board *b, struct e1000 *s, enum e1000_event event, uint32_t value)
{
	if ((value & DELAY_FPD) && s->due[event] != TIME_NEVER)
		serve(b, s, event);
	e1000_event(b, s, event, s->due[event]);
}

/* What a write does beyond being kept. */
static void reg_written(struct board *b, struct e1000 *s, enum e1000_reg reg, uint32_t value)
{
	switch (reg) {
	case R_EECD: microwire_pins(&s->eeprom, value & EECD_CS, value & EECD_SK, value & EECD_DI); break;
	case R_CTRL_EXT:
		if (value & CTRL_EXT_EE_RST)
			load_address(s);
		break;
	case R_TCTL:
		if (value & TCTL_SWXOFF)
			e1000_send_pause(b, s);
		e1000_tx_run(b, s);
		break;
	case R_TDH: e1000_tx_abort(s); break;
	case R_TDT: e1000_tx_run(b, s); break;
	case R_RDTR: flush_delay(b, s, E1000_EVENT_RDTR, value); break;
	case R_TIDV: flush_delay(b, s, E1000_EVENT_TIDV, value); break;
	case R_PBA: /* 64 KiB between receiver and transmitter */
		if (s->reg[reg] > 64)
			s->reg[reg] = 64;
		s->reg[reg] |= (64 - s->reg[reg]) << 16;
		break;
	case R_WUS: s->reg[reg] = 0; break;
	default: break;
	}
}

static void reg_write(struct board *b, struct e1000 *s, enum e1000_reg reg, uint32_t value)
{
	switch (reg) {
	case R_CTRL: ctrl_write(b, s, value); return;
	case R_EERD: eerd_write(s, value); return;
	case R_MDIC: e1000_mdic_write(b, s, value); return;
	case R_ICR:
		s->reg[R_ICR] &= ~value;
		update_irq(b, s);
		return;
	case R_ICS: e1000_interrupt(b, s, value); return;
	case R_IMS:
		s->reg[R_IMS] |= value & ICR_BITS;
		update_irq(b, s);
		return;
	case R_IMC:
		s->reg[R_IMS] &= ~value;
		update_irq(b, s);
		return;
	default:
		s->reg[reg] = (s->reg[reg] & ~reg_rule[reg].write) | (value & reg_rule[reg].write);
		if (reg == R_PBA)
			s->reg[reg] = value & reg_rule[reg].write;
		reg_written(b, s, reg, value);
	}
}

static uint32_t reg_read(struct board *b, struct e1000 *s, enum e1000_reg reg)
{
	uint32_t v = s->reg[reg];

	switch (reg) {
	case R_STATUS: return status_read(b, s);
	case R_EECD: return eecd_read(s);
	case R_ICR:
		s->reg[R_ICR] = 0;
		update_irq(b, s);
		return v;
	case R_ICS: /* write-only on paper; it reads as ICR without clearing */ return s->reg[R_ICR];
	case R_IMC: return 0;
	default: return v;
	}
}

/* ---- the register space ---- */

/* The array register at a byte offset; NULL if there is none. */
static uint32_t *array_reg(struct e1000 *s, unsigned at)
{
	if (at >= REG_MTA && at < REG_MTA_END)
		return &s->mta[(at - REG_MTA) / 4];
	if (at >= REG_RA && at < REG_RA_END)
		return &s->ra[(at - REG_RA) / 4];
	if (at >= REG_VFTA && at < REG_VFTA_END)
		return &s->vfta[(at - REG_VFTA) / 4];
	if (at >= REG_IP4AT && at < REG_IP4AT_END)
		return &s->ip4at[(at - REG_IP4AT) / 4];
	if (at >= REG_IP6AT && at < REG_IP6AT_END)
		return &s->ip6at[(at - REG_IP6AT) / 4];
	if (at & 4) /* the rest has a register every eight bytes */
		return NULL;
	if (at >= REG_FFLT && at < REG_FFLT_END)
		return &s->fflt[(at - REG_FFLT) / 8];
	if (at >= REG_FFMT && at < REG_FFMT_END)
		return &s->ffmt[(at - REG_FFMT) / 8];
	if (at >= REG_FFVT && at < REG_FFVT_END)
		return &s->ffvt[(at - REG_FFVT) / 8];
	return NULL;
}

static bool is_rah(unsigned at)
{
	return at >= REG_RA && at < REG_RA_END && (at & 4);
}

static uint32_t space_read(struct board *b, struct e1000 *s, unsigned at)
{
	const uint32_t *array;

	if (at / 4 < REG_MAP_SIZE && reg_map[at / 4])
		return reg_read(b, s, reg_map[at / 4] - 1u);
	if (at >= REG_STATS && at < REG_STATS_END)
		return e1000_stat_read(s, at - REG_STATS);
	array = array_reg(s, at);
	return array ? *array : 0;
}

static void space_write(struct board *b, struct e1000 *s, unsigned at, uint32_t value)
{
	uint32_t *array;

	if (at / 4 < REG_MAP_SIZE && reg_map[at / 4]) {
		reg_write(b, s, reg_map[at / 4] - 1u, value);
		return;
	}
	array = array_reg(s, at);
	if (array)
		*array = is_rah(at) ? value & RAH_BITS : value;
}

static uint64_t e1000_mem_read(void *owner, unsigned slot, uint64_t addr, unsigned size)
{
	struct board *b = owner;
	struct e1000 *s = nic_state(b, slot);
	uint64_t v = space_read(b, s, addr & ~3u);

	if ((addr & 3) + size > 4 && addr + 4 < E1000_MMIO_SIZE)
		v |= (uint64_t)space_read(b, s, (addr & ~3u) + 4) << 32;
	v >>= 8 * (addr & 3);
	TRACE(b, NIC, "e1000 %u: read  %05x/%u = %llx", slot, (unsigned)addr, size, (unsigned long long)v);
	return v;
}

/* Registers take whole doublewords only (section 13.2). */
static void e1000_mem_write(void *owner, unsigned slot, uint64_t addr, uint64_t value, unsigned size)
{
	struct board *b = owner;
	struct e1000 *s = nic_state(b, slot);

	TRACE(b, NIC, "e1000 %u: write %05x/%u = %llx", slot, (unsigned)addr, size, (unsigned long long)value);
	if (addr & 3)
		return;
	if (size >= 4)
		space_write(b, s, (unsigned)addr, (uint32_t)value);
	if (size == 8)
		space_write(b, s, (unsigned)addr + 4, (uint32_t)(value >> 32));
}

/* ---- BAR 1: an address and a data port (section 13.2.2) ---- */

/* The window is aligned to its size. */
static unsigned io_at(uint16_t port)
{
	return port & (IO_SIZE - 1) & ~3u;
}

static uint32_t e1000_io_in(struct board *b, unsigned slot, uint16_t port, unsigned size)
{
	struct e1000 *s = nic_state(b, slot);
	unsigned at = io_at(port), shift = 8 * (port & 3u);

	if (at == IOADDR)
		return s->ioaddr >> shift;
	if (at == IODATA && s->ioaddr < E1000_MMIO_SIZE)
		return space_read(b, s, s->ioaddr & ~3u) >> shift;
	return 0;
}

static void e1000_io_out(struct board *b, unsigned slot, uint16_t port, uint32_t value, unsigned size)
{
	struct e1000 *s = nic_state(b, slot);
	unsigned at = io_at(port);

	if (size != 4 || (port & 3))
		return;
	if (at == IOADDR)
		s->ioaddr = value;
	else if (at == IODATA && s->ioaddr < E1000_MMIO_SIZE)
		space_write(b, s, s->ioaddr & ~3u, value);
}

/* ---- the model ---- */

static void e1000_map(struct board *b, unsigned devfn, unsigned bar, uint64_t base, bool on)
{
	unsigned slot = NIC_SLOT(devfn);
	struct mem_region region = {base, E1000_MMIO_SIZE, slot, b, e1000_mem_read, e1000_mem_write};
	struct io_range range = {(uint16_t)base, IO_SIZE, (uint8_t)slot, 4, e1000_io_in, e1000_io_out};

	if (bar == 0 && on)
		mem_map(&b->mem, &region);
	else if (bar == 0)
		mem_unmap(&b->mem, base, slot, e1000_mem_read);
	else if (on)
		board_map_io(b, &range);
	else
		board_unmap_io(b, slot, e1000_io_in, e1000_io_out);
}

static const struct pci_rule e1000_rules[] = {
	{PCI_CACHE_LINE_SIZE, 1, 0x10, 0xff, 0, 0},
};

/* clang-format off */
#define E1000_PCI(text, id) { \
	.name = text, .vendor = VENDOR_INTEL, .device = id, .class_code = 0x020000, .revision = 3, .pin = 1, \
	.min_gnt = 0xff, .status = PCI_STATUS_DEVSEL_MEDIUM, \
	.bar = {{PCI_BAR_MEM, E1000_MMIO_SIZE}, {PCI_BAR_IO, IO_SIZE}}, \
	.rules = e1000_rules, .rule_count = ARRAY_LEN(e1000_rules), .map = e1000_map, .removed = nic_gone, \
}
static const struct pci_model functions[CHIPS] = {
	[CHIP_82540EM] = E1000_PCI("e1000", 0x100e),
	[CHIP_82545EM] = E1000_PCI("e1000-82545em", 0x100f),
	[CHIP_82544GC] = E1000_PCI("e1000-82544gc", 0x100c),
};
/* clang-format on */

static void e1000_restore(struct board *b, unsigned slot)
{
	pci_add(b, NIC_DEVFN(slot), &functions[chip_in(b, slot)]);
}

static void e1000_attach(struct board *b, unsigned slot, const uint8_t mac[6])
{
	struct e1000 *s = nic_state(b, slot);

	s->slot = slot;
	eeprom_make(&s->eeprom, mac, chips[chip_in(b, slot)].device);
	e1000_restore(b, slot);
	e1000_reset(b, slot);
}

static bool e1000_receive(struct board *b, unsigned slot, const uint8_t *frame, size_t size, int *reason)
{
	struct e1000 *s = nic_state(b, slot);

	if (!link_is_up(s) || e1000_loopback(s)) {
		*reason = DROP_NIC_DOWN;
		return false;
	}
	return e1000_rx(b, s, frame, size, reason);
}

static void e1000_damaged(struct board *b, unsigned slot)
{
	e1000_count(nic_state(b, slot), CRCERRS);
}

static void e1000_carrier(struct board *b, unsigned slot, bool up)
{
	e1000_set_carrier(b, nic_state(b, slot), up);
}

static const char *e1000_validate(const struct board *b, unsigned slot)
{
	const struct e1000 *s = (const void *)b->pc->nic[slot];
	const struct e1000_tx *t = &s->tx;

	if (s->slot != slot || s->pad || s->pad8 || s->unlimited > 1 || s->irq > 1 || s->carrier > 1 || s->link > 1 ||
	    s->link_was_low > 1)
		return "e1000: bad state";
	if (!e1000_partner_valid(s))
		return "e1000: bad link partner";
	if (!microwire_valid(&s->eeprom))
		return "e1000: bad EEPROM state";
	if (t->size > E1000_TX_MAX || t->started > 1 || t->segmenting > 1 || t->tagged > 1 || t->oversize > 1 ||
	    t->fcs > 1)
		return "e1000: bad transmit state";
	for (unsigned n = 0; n < E1000_REG_COUNT; n++)
		if (reg_rule[n].write && n != R_CTRL && n != R_MDIC && n != R_EERD && n != R_PBA &&
		    (s->reg[n] & ~(reg_rule[n].write | reg_rule[n].reset)))
			return "e1000: bits in a register that has none";
	for (unsigned n = 1; n < ARRAY_LEN(s->ra); n += 2)
		if (s->ra[n] & ~RAH_BITS)
			return "e1000: bits in a register that has none";
	return s->reg[R_ICR] & ~ICR_BITS || s->reg[R_IMS] & ~ICR_BITS ? "e1000: bad interrupt state" : NULL;
}

/* clang-format off */
#define E1000_MODEL(id, what, text) { \
	.name = id, .number = what, .help = text, .rate = 1000000000, .rom = "efi-e1000.rom", \
	.options = e1000_options, .line_rate = e1000_line_rate, .attach = e1000_attach, \
	.configure = e1000_configure, .restore = e1000_restore, .reset = e1000_reset, .receive = e1000_receive, \
	.carrier = e1000_carrier, .line = e1000_line, .damaged = e1000_damaged, .timer = e1000_timer, .validate = e1000_validate, \
}
const struct nic_model nic_e1000 = E1000_MODEL("e1000", 1, 
	"Intel 82540EM (2002, PCI, 1 Gbit/s; Linux: e1000), tells of its link at once");
const struct nic_model nic_e1000_82545em = E1000_MODEL("e1000-82545em", 7, 
	"Intel 82545EM (2002, PCI-X, 1 Gbit/s; Linux: e1000), tells of its link at once");
const struct nic_model nic_e1000_82544gc = E1000_MODEL("e1000-82544gc", 8, 
	"Intel 82544GC (2001, PCI, 1 Gbit/s; Linux: e1000, without TCP segmentation), tells of its link at once");
/* clang-format on */
