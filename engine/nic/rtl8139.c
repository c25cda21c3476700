/* Realtek RTL8139C+ (and RTL8139C): register windows (BAR 0 ports, BAR 1 memory),
 * interrupts, timer, EEPROM, tally counters, reset, and the model's row. Data
 * sheets: RTL8139C(L) rev. 1.4 section 6, RTL8139C+ rev. 1.6 section 6. */
#include "engine/nic/rtl8139.h"

#include "engine/base/option.h"
#include "engine/net/link.h"
#include "engine/net/net.h"
#include "engine/nic/trace_bits.h"

enum {
	TCTR_TICK_NS = 30, /* 33 MHz: the PCI clock */
	DTCCR_GO = 0x08,
	DTCCR_ALIGN = 64,
	EEPROM_MAC = 7,
	EEPROM_ID = 0x8129, /* word 0: the EEPROM is programmed */
};

struct row {
	const char *name;
	uint8_t offset, size, locked;
	uint32_t reset, write;
};

/* clang-format off */
enum {
#define X(name, offset, size, reset, write, lock) ROW_##name,
	RTL_REGS(X)
#undef X
	ROWS
};
static const struct row rows[ROWS] = {
#define X(name, offset, size, reset, write, lock) {#name, offset, size, lock, reset, write},
	RTL_REGS(X)
#undef X
};
/* The register that starts at an offset: its row + 1. */
static const uint8_t row_at[RTL_SIZE] = {
#define X(name, offset, size, reset, write, lock) [offset] = ROW_##name + 1,
	RTL_REGS(X)
#undef X
};
static const struct trace_bit_name isr_names[] = {
	{ISR_ROK, "ROK"}, {ISR_RER, "RER"}, {ISR_TOK, "TOK"}, {ISR_TER, "TER"}, {ISR_RXOVW, "RXOVW"},
	{ISR_PUN, "PUN/LinkChg"}, {ISR_FOVW, "FOVW"}, {ISR_TDU, "TDU"}, {ISR_SWINT, "SWInt"}, {ISR_LENCHG, "LenChg"},
	{ISR_TIMEOUT, "TimeOut"}, {ISR_SERR, "SERR"}, {0, NULL},
};
static const struct trace_bit_name cr_names[] = {
	{CR_RST, "RST"}, {CR_RE, "RE"}, {CR_TE, "TE"}, {CR_BUFE, "BUFE"}, {0, NULL},
};
static const struct trace_bit_name rcr_names[] = {
	{RCR_AAP, "AAP"}, {RCR_APM, "APM"}, {RCR_AM, "AM"}, {RCR_AB, "AB"}, {RCR_WRAP, "WRAP"}, {0, NULL},
};
static const struct trace_bit_name cpcr_names[] = {
	{CPCR_TXENB, "CPTx"}, {CPCR_RXENB, "CPRx"}, {CPCR_RXCHKSUM, "RxChkSum"}, {CPCR_RXVLAN, "RxVLAN"}, {0, NULL},
};
static const struct trace_bit_name tppoll_names[] = {
	{TPPOLL_HPQ, "HPQ"}, {TPPOLL_NPQ, "NPQ"}, {TPPOLL_FSWINT, "FSWInt"}, {0, NULL},
};
/* clang-format on */

static const struct trace_bit_name *bit_names(unsigned offset)
{
	switch (offset) {
	case RTL_CR: return cr_names;
	case RTL_IMR:
	case RTL_ISR: return isr_names;
	case RTL_RCR: return rcr_names;
	case RTL_CPCR: return cpcr_names;
	case RTL_TPPOLL: return tppoll_names;
	default: return NULL;
	}
}

/* ---- events and interrupts ---- */

void rtl8139_event(struct board *b, struct rtl8139 *s, enum rtl8139_event event, uint64_t when)
{
	uint64_t first = TIME_NEVER;

	s->due[event] = when;
	for (unsigned n = 0; n < RTL_EVENTS; n++)
		if (s->due[n] < first)
			first = s->due[n];
	board_timer_set(b, TIMER_NIC0 + s->slot, first);
}

static void update_irq(struct board *b, struct rtl8139 *s)
{
	bool level = rtl_get16(s, RTL_ISR) & rtl_get16(s, RTL_IMR);

	if (level == s->irq)
		return;
	s->irq = level;
	pci_set_irq(b, NIC_DEVFN(s->slot), level);
}

void rtl8139_interrupt(struct board *b, struct rtl8139 *s, uint16_t causes)
{
	put_le16(s->reg + RTL_ISR, rtl_get16(s, RTL_ISR) | causes);
	update_irq(b, s);
}

/* ---- the timer ---- */

static uint64_t tctr_ticks(struct board *b, const struct rtl8139 *s)
{
	uint64_t now = board_now(b);

	return now > s->tctr_zero ? (now - s->tctr_zero) / TCTR_TICK_NS : 0;
}

/* TCTR has 32 bits and goes round; TIMERINT 0 is never reached. */
static void timer_arm(struct board *b, struct rtl8139 *s)
{
	uint32_t target = rtl_get32(s, RTL_TIMERINT);
	uint64_t ticks = tctr_ticks(b, s), left = (uint32_t)(target - (uint32_t)ticks);
	uint64_t when = board_now(b) + (left ? left : 1ull << 32) * TCTR_TICK_NS;

	rtl8139_event(b, s, RTL_EVENT_TIMER, target ? when : TIME_NEVER);
}

static void serve(struct board *b, struct rtl8139 *s, enum rtl8139_event event)
{
	switch (event) {
	case RTL_EVENT_LINK: rtl8139_link_timer(b, s); break;
	case RTL_EVENT_TX: rtl8139_tx_run(b, s); break;
	default: rtl8139_interrupt(b, s, ISR_TIMEOUT); timer_arm(b, s);
	}
}

static void rtl8139_timer(struct board *b, unsigned slot)
{
	struct rtl8139 *s = nic_state(b, slot);
	uint64_t now = board_now(b);

	for (unsigned n = 0; n < RTL_EVENTS; n++) {
		if (s->due[n] > now)
			continue;
		s->due[n] = TIME_NEVER;
		serve(b, s, n);
	}
	rtl8139_event(b, s, RTL_EVENT_LINK, s->due[RTL_EVENT_LINK]); /* arms the next */
}

/* ---- EEPROM ---- */

static void eeprom_make(struct rtl8139 *s, const uint8_t mac[6])
{
	uint16_t *word = s->eeprom.word;

	word[0] = EEPROM_ID;
	word[1] = 0x10ec;
	word[2] = 0x8139;
	for (unsigned n = 0; n < 3; n++)
		word[EEPROM_MAC + n] = get_le16(mac + 2 * n);
}

/* What auto-load takes from it. */
static void load_address(struct rtl8139 *s)
{
	for (unsigned n = 0; n < 3; n++)
		put_le16(s->reg + RTL_IDR0 + 2 * n, s->eeprom.word[EEPROM_MAC + n]);
}

static void cr9346_written(struct rtl8139 *s, uint8_t v)
{
	bool program = (v & EEM_MASK) == EEM_PROGRAM;

	microwire_pins(&s->eeprom, program && (v & CR9346_EECS), program && (v & CR9346_EESK), v & CR9346_EEDI);
	if ((v & EEM_MASK) != EEM_LOAD)
		return;
	load_address(s);
	s->reg[RTL_CR9346] &= (uint8_t)~EEM_MASK;
}

/* ---- reset ---- */

static void set_row(struct rtl8139 *s, const struct row *row, uint32_t value)
{
	uint8_t raw[4];

	put_le32(raw, value);
	memcpy(s->reg + row->offset, raw, row->size);
}

/* Addresses, configuration, PHY and wake-up patterns outlive CR.RST. */
static bool outlives_reset(const struct row *row)
{
	return row->locked || (row->offset >= RTL_MAR0 && row->offset < RTL_TSD0) || row->offset == RTL_CR9346 ||
	       (row->offset >= RTL_MSR && row->offset < RTL_MULINT) ||
	       (row->offset >= RTL_BMCR && row->offset <= RTL_CONFIG5);
}

static void mac_reset(struct board *b, struct rtl8139 *s)
{
	for (unsigned n = 0; n < ROWS; n++)
		if (!outlives_reset(&rows[n]))
			set_row(s, &rows[n], rows[n].reset);
	put_le32(s->reg + RTL_TCR, TCR_IFG | (s->plus ? TCR_HWVERID_8139CPLUS : TCR_HWVERID_8139C));
	memset(s->at, 0, sizeof(s->at));
	s->tx_turn = 0;
	s->tx_free = 0;
	s->due[RTL_EVENT_TX] = TIME_NEVER;
	s->tctr_zero = board_now(b);
	timer_arm(b, s);
	update_irq(b, s);
}

static void rtl8139_reset(struct board *b, unsigned slot)
{
	struct rtl8139 *s = nic_state(b, slot);

	for (unsigned n = 0; n < ROWS; n++)
		set_row(s, &rows[n], rows[n].reset);
	memset(&s->tally, 0, sizeof(s->tally));
	microwire_reset(&s->eeprom);
	load_address(s);
	s->link_was_low = 0;
	mac_reset(b, s);
	rtl8139_phy_reset(b, s);
	set_row(s, &rows[ROW_ISR], 0); /* the loss of the link was before */
	update_irq(b, s);
}

/* ---- registers ---- */

/* The status of all four buffers of C mode in one register. */
static uint16_t tsad_read(const struct rtl8139 *s)
{
	uint16_t v = 0;

	for (unsigned n = 0; n < 4; n++) {
		uint32_t tsd = rtl_get32(s, RTL_TSD0 + 4 * n);

		v |= (uint16_t)((tsd & TSD_OWN ? 0x0001u << n : 0) | (tsd & TSD_TUN ? 0x0100u << n : 0) |
				(tsd & TSD_TOK ? 0x1000u << n : 0));
	}
	return v;
}

static uint32_t reg_read(struct board *b, struct rtl8139 *s, const struct row *row)
{
	uint8_t raw[4] = {0};

	switch (row->offset) {
	case RTL_CR: return s->reg[RTL_CR] | (rtl8139_ring_empty(s) ? CR_BUFE : 0);
	case RTL_TCTR: return (uint32_t)tctr_ticks(b, s);
	case RTL_CR9346: return s->reg[RTL_CR9346] | (s->eeprom.dout ? CR9346_EEDO : 0);
	case RTL_MSR: return rtl8139_msr(s);
	case RTL_TSAD: return tsad_read(s);
	default: break;
	}
	if (row->offset >= RTL_BMCR && row->offset <= RTL_CSCR)
		return rtl8139_phy_read(s, row->offset);
	memcpy(raw, s->reg + row->offset, row->size);
	return get_le32(raw);
}

/* The tally counters go to memory and start again from what they are. */
static void dump_tally(struct board *b, struct rtl8139 *s)
{
	uint64_t to = rtl_get64(s, DTCCR) & ~(uint64_t)(DTCCR_ALIGN - 1);

	TRACE(b, NIC, "rtl8139 %u: the tally counters go to %llx", s->slot, (unsigned long long)to);
	if (pci_bus_master(b, NIC_DEVFN(s->slot)))
		mem_dma_write(&b->mem, to, &s->tally, sizeof(s->tally));
	s->reg[DTCCR] &= (uint8_t)~DTCCR_GO;
}

static void tsd_written(struct board *b, struct rtl8139 *s, unsigned offset)
{
	if (rtl_tx_plus(s)) {
		if (offset == DTCCR && (s->reg[DTCCR] & DTCCR_GO))
			dump_tally(b, s);
		return;
	}
	put_le32(s->reg + offset, rtl_get32(s, offset) & TSD_DRIVER);
	rtl8139_tx_run(b, s);
}

/* In C+ mode: a ring moves, and starts anew. */
static void ring_written(struct rtl8139 *s, unsigned offset)
{
	if (offset >= RTL_RDSAR)
		s->at[RING_RX] = 0;
	else
		s->at[offset >= THPDS ? RING_HIGH : RING_NORMAL] = 0;
}

static void cr_written(struct board *b, struct rtl8139 *s, uint8_t old, uint8_t value)
{
	uint8_t risen = (uint8_t)(s->reg[RTL_CR] & ~old);

	if (value & CR_RST) {
		TRACE(b, NIC, "rtl8139 %u: reset by the driver", s->slot);
		mac_reset(b, s);
		return;
	}
	if (risen & CR_RE)
		s->at[RING_RX] = 0;
	if (risen & CR_TE)
		s->at[RING_NORMAL] = s->at[RING_HIGH] = 0;
	rtl8139_tx_run(b, s);
}

static void tppoll_written(struct board *b, struct rtl8139 *s, uint8_t value)
{
	if (!rtl_tx_plus(s))
		return;
	s->reg[RTL_TPPOLL] |= value & (TPPOLL_NPQ | TPPOLL_HPQ);
	if (value & TPPOLL_FSWINT)
		rtl8139_interrupt(b, s, ISR_SWINT);
	rtl8139_tx_run(b, s);
}

/* What a write does beyond being kept; old: the register's first byte before. */
static void reg_written(struct board *b, struct rtl8139 *s, const struct row *row, uint32_t value, uint8_t old)
{
	switch (row->offset) {
	case RTL_TSD0:
	case RTL_TSD1:
	case RTL_TSD2:
	case RTL_TSD3: tsd_written(b, s, row->offset); break;
	case RTL_TSAD0:
	case RTL_TSAD1:
	case RTL_TSAD2:
	case RTL_TSAD3:
	case RTL_RDSAR:
	case RTL_RDSAR_HIGH: ring_written(s, row->offset); break;
	case RTL_CR: cr_written(b, s, old, (uint8_t)value); break;
	case RTL_ISR:
		put_le16(s->reg + RTL_ISR, (uint16_t)(rtl_get16(s, RTL_ISR) & ~value));
		update_irq(b, s);
		break;
	case RTL_IMR: update_irq(b, s); break;
	case RTL_TCTR:
		s->tctr_zero = board_now(b);
		timer_arm(b, s);
		break;
	case RTL_TIMERINT: timer_arm(b, s); break;
	case RTL_MPC: put_le32(s->reg + RTL_MPC, 0); break;
	case RTL_CR9346: cr9346_written(s, (uint8_t)value); break;
	case RTL_TPPOLL: tppoll_written(b, s, (uint8_t)value); break;
	default:
		if (row->offset >= RTL_BMCR && row->offset <= RTL_CSCR)
			rtl8139_phy_write(b, s, row->offset, (uint16_t)value);
	}
}

/* mask: the bits that this access carries. */
static void reg_write(struct board *b, struct rtl8139 *s, const struct row *row, uint32_t value, uint32_t mask)
{
	uint8_t old = s->reg[row->offset], raw[4] = {0};
	uint32_t write = row->write & mask;

	if (row->locked && (s->reg[RTL_CR9346] & EEM_MASK) != EEM_CONFIG) {
		TRACE(b, NIC, "rtl8139 %u: %s is locked by 9346CR", s->slot, row->name);
		return;
	}
	memcpy(raw, s->reg + row->offset, row->size);
	set_row(s, row, (get_le32(raw) & ~write) | (value & write));
	reg_written(b, s, row, value, old);
}

/* ---- the window: bytes, words and doublewords at any address ---- */

/* NULL: no register has this byte. */
static const struct row *row_of(const struct rtl8139 *s, unsigned at)
{
	for (unsigned back = 0; back < 4 && back <= at; back++) {
		const struct row *row = row_at[at - back] ? &rows[row_at[at - back] - 1] : NULL;

		if (row)
			return row->size > back && (s->plus || row->offset < RTL_TPPOLL) ? row : NULL;
	}
	return NULL;
}

/* How many of `left` bytes from `at` on the register has. */
static unsigned bytes_in(const struct row *row, unsigned at, unsigned left)
{
	unsigned has = row->offset + row->size - at;

	return has < left ? has : left;
}

static uint64_t window_read(struct board *b, struct rtl8139 *s, unsigned at, unsigned size)
{
	uint64_t v = 0;
	char text[TRACE_BITS_MAX];

	for (unsigned done = 0, bytes; done < size; done += bytes) {
		const struct row *row = at + done < RTL_SIZE ? row_of(s, at + done) : NULL;
		uint32_t part;

		bytes = row ? bytes_in(row, at + done, size - done) : 1;
		if (!row)
			continue;
		part = reg_read(b, s, row);
		TRACE(b, NIC, "rtl8139 %u: read  %s = %0*x%s", s->slot, row->name, row->size * 2, part,
		      trace_bits(text, part, bit_names(row->offset)));
		part >>= 8 * (at + done - row->offset);
		v |= (part & (UINT64_MAX >> (64 - 8 * bytes))) << 8 * done;
	}
	return v;
}

static void window_write(struct board *b, struct rtl8139 *s, unsigned at, uint64_t value, unsigned size)
{
	char text[TRACE_BITS_MAX];

	for (unsigned done = 0, bytes; done < size; done += bytes) {
		const struct row *row = at + done < RTL_SIZE ? row_of(s, at + done) : NULL;
		unsigned shift = row ? 8 * (at + done - row->offset) : 0;
		uint32_t mask, part;

		bytes = row ? bytes_in(row, at + done, size - done) : 1;
		if (!row)
			continue;
		mask = (uint32_t)(UINT64_MAX >> (64 - 8 * bytes)) << shift;
		part = (uint32_t)(value >> 8 * done) << shift & mask;
		TRACE(b, NIC, "rtl8139 %u: write %s = %0*x%s", s->slot, row->name, row->size * 2, part,
		      trace_bits(text, part, bit_names(row->offset)));
		reg_write(b, s, row, part, mask);
	}
}

static uint64_t rtl8139_mem_read(void *owner, unsigned slot, uint64_t addr, unsigned size)
{
	return window_read(owner, nic_state(owner, slot), (unsigned)addr, size);
}

static void rtl8139_mem_write(void *owner, unsigned slot, uint64_t addr, uint64_t value, unsigned size)
{
	window_write(owner, nic_state(owner, slot), (unsigned)addr, value, size);
}

/* The window is aligned to its size. */
static uint32_t rtl8139_io_in(struct board *b, unsigned slot, uint16_t port, unsigned size)
{
	return (uint32_t)window_read(b, nic_state(b, slot), port & (RTL_SIZE - 1), size);
}

static void rtl8139_io_out(struct board *b, unsigned slot, uint16_t port, uint32_t value, unsigned size)
{
	window_write(b, nic_state(b, slot), port & (RTL_SIZE - 1), value, size);
}

/* ---- the model ---- */

static void rtl8139_map(struct board *b, unsigned devfn, unsigned bar, uint64_t base, bool on)
{
	unsigned slot = NIC_SLOT(devfn);
	struct mem_region region = {base, RTL_SIZE, slot, b, rtl8139_mem_read, rtl8139_mem_write};
	struct io_range range = {(uint16_t)base, RTL_SIZE, (uint8_t)slot, 4, rtl8139_io_in, rtl8139_io_out};

	if (bar == 1 && on)
		mem_map(&b->mem, &region);
	else if (bar == 1)
		mem_unmap(&b->mem, base, slot, rtl8139_mem_read);
	else if (on)
		board_map_io(b, &range);
	else
		board_unmap_io(b, slot, rtl8139_io_in, rtl8139_io_out);
}

static const struct pci_rule rtl8139_rules[] = {
	{PCI_CAPABILITY_LIST, 1, 0xdc, 0, 0, 0}, /* the status bit says that there is none */
};

/* The revision tells drivers which of the two it is: from 0x20 on C+. */
/* clang-format off */
#define RTL_PCI(chip_revision) { \
	.name = "rtl8139", .vendor = 0x10ec, .device = 0x8139, .class_code = 0x020000, .revision = (chip_revision), \
	.pin = 1, .min_gnt = 0x20, .max_lat = 0x40, .status = PCI_STATUS_FAST_BACK | PCI_STATUS_DEVSEL_MEDIUM, \
	.bar = {{PCI_BAR_IO, RTL_SIZE}, {PCI_BAR_MEM, RTL_SIZE}}, \
	.rules = rtl8139_rules, .rule_count = ARRAY_LEN(rtl8139_rules), .map = rtl8139_map, .removed = nic_gone, \
}
/* clang-format on */
static const struct pci_model pci_8139c = RTL_PCI(0x10), pci_8139cplus = RTL_PCI(0x20);

static const char *const rates[] = {"10Mbit", "100Mbit", "unlimited", NULL};
static const uint64_t rate_bits[] = {10000000, 100000000, LINK_RATE_MAX};
static const char *const chips[] = {"8139c+", "8139c", NULL};
static const struct option rtl8139_options[] = {
	{"chip", OPTION_CHOICE, .standard = "8139c+", .choices = chips,
	 .help = "what its PCI revision says: 8139c+ (0x20, Linux: 8139cp) or 8139c (0x10, Linux: 8139too)"},
	{"rate", OPTION_CHOICE, .standard = "100Mbit", .choices = rates,
	 .help = "the fastest that the other end of its cable speaks; unlimited is for measurements"},
	{.name = NULL}};
enum { CHIP_8139C = 1, RATE_UNLIMITED = 2 };

static uint64_t line_rate(const struct option_value *options)
{
	return rate_bits[options[1].number];
}

static void rtl8139_restore(struct board *b, unsigned slot)
{
	const struct rtl8139 *s = nic_state(b, slot);

	pci_add(b, NIC_DEVFN(slot), s->plus ? &pci_8139cplus : &pci_8139c);
}

static void rtl8139_attach(struct board *b, unsigned slot, const uint8_t mac[6])
{
	struct rtl8139 *s = nic_state(b, slot);

	s->slot = slot;
	s->plus = 1;
	for (unsigned n = 0; n < RTL_EVENTS; n++)
		s->due[n] = TIME_NEVER;
	eeprom_make(s, mac);
	rtl8139_restore(b, slot);
	rtl8139_reset(b, slot);
}

static void rtl8139_configure(struct board *b, unsigned slot, const struct option_value *options)
{
	struct rtl8139 *s = nic_state(b, slot);

	s->unlimited = options[1].number == RATE_UNLIMITED;
	if (options[0].number != CHIP_8139C)
		return;
	s->plus = 0;
	pci_remove(b, NIC_DEVFN(slot));
	rtl8139_restore(b, slot);
	rtl8139_reset(b, slot);
}

static bool rtl8139_receive(struct board *b, unsigned slot, const uint8_t *frame, size_t size, int *reason)
{
	struct rtl8139 *s = nic_state(b, slot);

	if (!s->link || rtl_loopback(s)) {
		*reason = DROP_NIC_DOWN;
		return false;
	}
	return rtl8139_rx(b, s, frame, size, reason);
}

static void rtl8139_carrier(struct board *b, unsigned slot, bool up)
{
	rtl8139_set_carrier(b, nic_state(b, slot), up);
}

static void rtl8139_line(struct board *b, unsigned slot, uint64_t rate)
{
	struct rtl8139 *s = nic_state(b, slot);

	s->slow = rate < 100000000;
}

/* A bad FCS. */
static void rtl8139_damaged(struct board *b, unsigned slot)
{
	struct rtl8139 *s = nic_state(b, slot);

	if (!s->link || !(s->reg[RTL_CR] & CR_RE))
		return;
	s->tally.rx_err++;
	rtl8139_interrupt(b, s, ISR_RER);
}

static const char *rtl8139_validate(const struct board *b, unsigned slot)
{
	const struct rtl8139 *s = (const void *)b->pc->nic[slot];

	if (s->slot != slot || s->plus > 1 || s->irq > 1 || s->carrier > 1 || s->link > 1 || s->link_was_low > 1 ||
	    s->unlimited > 1 || s->slow > 1 || s->pad[0] || s->pad[1] || s->pad16 ||
	    !nic_rest_is_zero(b, slot, sizeof(*s)))
		return "rtl8139: bad state";
	if (s->tx_turn > 3 || s->at[RING_NORMAL] >= RTL_RING_MAX || s->at[RING_HIGH] >= RTL_RING_MAX ||
	    s->at[RING_RX] >= RTL_RING_MAX)
		return "rtl8139: a ring's position is outside of it";
	if (!s->plus && (rtl_get16(s, RTL_CPCR) || s->reg[RTL_TPPOLL]))
		return "rtl8139: registers of the C+ in a C";
	if (s->irq != !!(rtl_get16(s, RTL_ISR) & rtl_get16(s, RTL_IMR)))
		return "rtl8139: its interrupt line is not what ISR and IMR say";
	return microwire_valid(&s->eeprom) ? NULL : "rtl8139: bad EEPROM state";
}

const struct nic_model nic_rtl8139 = {
	.name = "rtl8139",
	.number = 10,
	.help = "Realtek RTL8139C+ (1999, PCI, 100 Mbit/s; Linux: 8139cp), tells of its link",
	.rate = 100000000,
	.rom = "pxe-rtl8139.rom",
	.options = rtl8139_options,
	.attach = rtl8139_attach,
	.configure = rtl8139_configure,
	.restore = rtl8139_restore,
	.reset = rtl8139_reset,
	.receive = rtl8139_receive,
	.carrier = rtl8139_carrier,
	.line = rtl8139_line,
	.damaged = rtl8139_damaged,
	.line_rate = line_rate,
	.timer = rtl8139_timer,
	.validate = rtl8139_validate,
};
