/* AMD Am79C970A (PCnet-PCI II): register windows (BAR 0 ports, BAR 1 memory), CSRs
 * and BCRs, initialization, interrupts, address PROM, reset, and the model's row.
 * It tells of its cable in BCR4 only, where drivers look from time to time. */
#include "engine/nic/pcnet.h"

#include "engine/base/bytes.h"
#include "engine/base/option.h"
#include "engine/net/link.h"
#include "engine/net/net.h"
#include "engine/nic/trace_bits.h"

enum {
	RAP_MASK = 0x7f,
	CHIPID_LOW = 0x1003, /* part 2621, AMD */
	CHIPID_HIGH = 0x0262,
	HARDWARE_ID = 0x11,
	EE_BCR18 = 0x0a,
	EE_BCR2 = 0x0b,
	EE_ADJUST = 0x0f, /* its upper byte makes the sum of the first 32 bytes 0xff */
	EECAS_BITS = EECAS_EEN | EECAS_ECS | EECAS_ESK | EECAS_EDI,
	STOP_FEATURE = 0x02c2, /* bits of CSR4 and CSR5 that STOP clears */
	STOP_EXTCTRL = 0x0011,
};

/* clang-format off */
static const char *const csr_names[PCNET_CSR_COUNT] = {
#define X(number, name) [number] = (name),
	PCNET_CSRS(X)
#undef X
};
static const char *const bcr_names[PCNET_BCR_COUNT] = {
#define X(number, name) [number] = (name),
	PCNET_BCRS(X)
#undef X
};
static const struct trace_bit_name csr0_names[] = {
	{CSR0_ERR, "ERR"}, {CSR0_BABL, "BABL"}, {CSR0_CERR, "CERR"}, {CSR0_MISS, "MISS"}, {CSR0_MERR, "MERR"},
	{CSR0_RINT, "RINT"}, {CSR0_TINT, "TINT"}, {CSR0_IDON, "IDON"}, {CSR0_INTR, "INTR"}, {CSR0_IENA, "IENA"},
	{CSR0_RXON, "RXON"}, {CSR0_TXON, "TXON"}, {CSR0_TDMD, "TDMD"}, {CSR0_STOP, "STOP"}, {CSR0_STRT, "STRT"},
	{CSR0_INIT, "INIT"}, {0, NULL},
};
/* clang-format on */

/* ---- events and interrupts ---- */

void pcnet_event(struct board *b, struct pcnet *s, enum pcnet_event event, uint64_t when)
{
	s->due[event] = when;
	board_timer_set(b, TIMER_NIC0 + s->slot,
			s->due[PCNET_EVENT_TX] < s->due[PCNET_EVENT_POLL] ? s->due[PCNET_EVENT_TX]
									  : s->due[PCNET_EVENT_POLL]);
}

static bool causes_pending(const struct pcnet *s)
{
	uint16_t feature = s->csr[CSR_FEATURE], ext = s->csr[CSR_EXTCTRL];

	return (s->csr[0] & ~s->csr[CSR_INTMASK] & CSR0_MASKABLE) || (feature >> 1 & ~feature & CSR4_MASKS) ||
	       (feature & CSR4_UINT) || (ext >> 1 & ext & CSR5_ENABLES);
}

static void update_irq(struct board *b, struct pcnet *s)
{
	bool pending = causes_pending(s), level = pending && (s->csr[0] & CSR0_IENA);

	s->csr[0] = (uint16_t)((s->csr[0] & ~CSR0_INTR) | (pending ? CSR0_INTR : 0));
	if (level == s->irq)
		return;
	s->irq = level;
	pci_set_irq(b, NIC_DEVFN(s->slot), level);
}

void pcnet_interrupt(struct board *b, struct pcnet *s, uint16_t causes)
{
	s->csr[0] |= causes;
	update_irq(b, s);
}

static void pcnet_timer(struct board *b, unsigned slot)
{
	struct pcnet *s = nic_state(b, slot);
	uint64_t now = board_now(b);

	if (s->due[PCNET_EVENT_TX] <= now) {
		s->due[PCNET_EVENT_TX] = TIME_NEVER;
		pcnet_tx_run(b, s);
	}
	if (s->due[PCNET_EVENT_POLL] <= now) {
		s->due[PCNET_EVENT_POLL] = TIME_NEVER;
		pcnet_poll(b, s);
	}
	pcnet_event(b, s, PCNET_EVENT_TX, s->due[PCNET_EVENT_TX]); /* arms the next */
}

/* ---- EEPROM and address PROM ---- */

static void eeprom_make(struct pcnet *s, const uint8_t mac[6])
{
	uint8_t bytes[2 * EE_ADJUST + 2] = {0}, total = 0;
	uint16_t sum = 0;

	memcpy(bytes, mac, 6);
	bytes[9] = HARDWARE_ID;
	bytes[14] = bytes[15] = 'W';
	for (unsigned n = 0; n < APROM_SIZE; n++)
		sum = (uint16_t)(sum + bytes[n]);
	put_le16(bytes + 12, sum);
	put_le16(bytes + 2 * EE_BCR18, 0x2101);
	put_le16(bytes + 2 * EE_BCR2, 0x0002);
	for (unsigned n = 0; n < sizeof(bytes); n++)
		total = (uint8_t)(total + bytes[n]);
	bytes[2 * EE_ADJUST + 1] = (uint8_t)(0xff - total);
	for (unsigned n = 0; n < sizeof(bytes) / 2; n++)
		s->eeprom.word[n] = get_le16(bytes + 2 * n);
}

static bool eeprom_good(const struct pcnet *s)
{
	uint8_t sum = 0;

	for (unsigned n = 0; n <= EE_ADJUST; n++)
		sum = (uint8_t)(sum + s->eeprom.word[n] + (s->eeprom.word[n] >> 8));
	return sum == 0xff;
}

/* What PREAD and RST# do: the PROM's shadow, and the station's address from it. */
static void eeprom_load(struct pcnet *s)
{
	if (!eeprom_good(s))
		return;
	for (unsigned n = 0; n < APROM_SIZE / 2; n++)
		put_le16(s->aprom + 2 * n, s->eeprom.word[n]);
	for (unsigned n = 0; n < 3; n++)
		s->csr[CSR_PADR + n] = s->eeprom.word[n];
}

static void eecas_write(struct pcnet *s, uint16_t v)
{
	bool on = v & EECAS_EEN;

	s->bcr[BCR_EECAS] = v & EECAS_BITS;
	microwire_pins(&s->eeprom, on && (v & EECAS_ECS), on && (v & EECAS_ESK), v & EECAS_EDI);
	if (v & EECAS_PREAD)
		eeprom_load(s);
}

static uint16_t eecas_read(const struct pcnet *s)
{
	return (uint16_t)((s->bcr[BCR_EECAS] & ~EECAS_EDI) | EECAS_EEDET | (eeprom_good(s) ? EECAS_PVALID : 0) |
			  (s->eeprom.dout ? EECAS_EDI : 0));
}

/* ---- reset ---- */

/* Reading the reset register: the CSRs, not the BCRs (section S_RESET). */
static void soft_reset(struct board *b, struct pcnet *s)
{
	TRACE(b, NIC, "pcnet %u: software reset", s->slot);
	s->csr[0] = CSR0_STOP;
	s->csr[CSR_INTMASK] = 0;
	s->csr[CSR_FEATURE] = CSR4_MASKS;
	s->csr[CSR_EXTCTRL] = 0;
	s->csr[CSR_RXTXRL] = 0;
	memset(s->csr + CSR_LADRF, 0, 4 * sizeof(*s->csr));
	s->csr[CSR_MODE] &= 0x21c4;
	s->csr[CSR_POLL] = 0;
	s->csr[CSR_POLLINT] = 0;
	s->csr[CSR_DMATC] = 0x1410;
	s->csr[CSR_CHIPID0] = CHIPID_LOW;
	s->csr[CSR_CHIPID1] = CHIPID_HIGH;
	s->csr[CSR_MERRTO] = 0x0200;
	s->csr[CSR_MFC] = 0;
	for (unsigned n = 0; n < PCNET_RINGS; n++)
		s->ring[n] = (struct pcnet_ring){.count = 1};
	s->demands = 0;
	s->tx_free = 0;
	s->due[PCNET_EVENT_POLL] = TIME_NEVER;
	pcnet_event(b, s, PCNET_EVENT_TX, TIME_NEVER);
	update_irq(b, s);
}

static void pcnet_reset(struct board *b, unsigned slot)
{
	struct pcnet *s = nic_state(b, slot);

	memset(s->csr, 0, sizeof(s->csr));
	memset(s->bcr, 0, sizeof(s->bcr));
	s->bcr[BCR_MSRDA] = 0x0005;
	s->bcr[BCR_MSWRA] = 0x0005;
	s->bcr[BCR_MC] = 0x0002;
	s->bcr[BCR_LNKST] = 0x00c0;
	s->bcr[BCR_LNKST + 1] = 0x0084;
	s->bcr[BCR_LNKST + 2] = 0x0088;
	s->bcr[BCR_LED3] = 0x0090;
	s->bcr[BCR_BSBC] = 0x9001;
	s->bcr[BCR_SWS] = SWS_CSRPCNET;
	s->bcr[BCR_PCILAT] = 0xff06;
	s->rap = 0;
	microwire_reset(&s->eeprom);
	eeprom_load(s);
	soft_reset(b, s);
}

/* ---- control and status registers ---- */

static void stop(struct board *b, struct pcnet *s)
{
	s->csr[0] = CSR0_STOP;
	s->csr[CSR_FEATURE] &= (uint16_t)~STOP_FEATURE;
	s->csr[CSR_EXTCTRL] &= (uint16_t)~STOP_EXTCTRL;
	pcnet_poll_arm(b, s);
}

static void init(struct board *b, struct pcnet *s)
{
	if (!pci_bus_master(b, NIC_DEVFN(s->slot)))
		return;
	pcnet_load_init_block(b, s);
	s->demands = 0;
	s->csr[0] = (uint16_t)((s->csr[0] & ~CSR0_STOP) | CSR0_INIT | CSR0_IDON);
}

static void start(struct pcnet *s)
{
	s->csr[0] = (uint16_t)((s->csr[0] & ~CSR0_STOP) | CSR0_STRT);
	if (!(s->csr[CSR_MODE] & MODE_DTX))
		s->csr[0] |= CSR0_TXON;
	if (!(s->csr[CSR_MODE] & MODE_DRX))
		s->csr[0] |= CSR0_RXON;
}

/* STOP wins; INIT comes before STRT. IENA is written, causes are cleared. */
static void csr0_write(struct board *b, struct pcnet *s, uint16_t v)
{
	uint16_t was = s->csr[0];

	s->csr[0] &= (uint16_t) ~(v & CSR0_CAUSES);
	s->csr[0] = (uint16_t)((s->csr[0] & ~CSR0_IENA) | (v & CSR0_IENA));
	if (v & CSR0_STOP) {
		stop(b, s);
	} else {
		if ((v & CSR0_INIT) && !(was & CSR0_INIT))
			init(b, s);
		if ((v & CSR0_STRT) && !(was & CSR0_STRT))
			start(s);
		if (v & CSR0_TDMD) {
			s->csr[0] |= CSR0_TDMD;
			s->demands = 1;
		}
		if (v & (CSR0_TDMD | CSR0_STRT))
			pcnet_tx_run(b, s);
	}
	update_irq(b, s);
}

static void feature_write(struct board *b, struct pcnet *s, uint16_t v)
{
	uint16_t causes = s->csr[CSR_FEATURE] & CSR4_CAUSES & (uint16_t)~v;

	s->csr[CSR_FEATURE] = (uint16_t)((v & ~(CSR4_CAUSES | CSR4_UINTCMD)) | causes);
	if (v & CSR4_UINTCMD)
		s->csr[CSR_FEATURE] |= CSR4_UINT;
	update_irq(b, s);
}

static void extctrl_write(struct board *b, struct pcnet *s, uint16_t v)
{
	uint16_t causes = s->csr[CSR_EXTCTRL] & CSR5_CAUSES & (uint16_t)~v;

	s->csr[CSR_EXTCTRL] = (uint16_t)((v & ~CSR5_CAUSES) | causes);
	pcnet_tx_run(b, s); /* what a suspension held up */
	update_irq(b, s);
}

/* SWSTYLE decides the two bits beside it. */
static void sws_write(struct pcnet *s, uint16_t v)
{
	static const uint16_t flags[] = {SWS_CSRPCNET, SWS_SSIZE32, SWS_SSIZE32 | SWS_CSRPCNET,
					 SWS_SSIZE32 | SWS_CSRPCNET};
	unsigned style = v & SWS_STYLE;

	if (!pcnet_stopped(s))
		return;
	v &= (uint16_t) ~(SWS_SSIZE32 | SWS_CSRPCNET);
	s->bcr[BCR_SWS] = v | (style < ARRAY_LEN(flags) ? flags[style] : SWS_CSRPCNET);
}

static uint16_t half(uint32_t v, unsigned csr, unsigned first)
{
	return (uint16_t)(v >> 16 * (csr - first));
}

/* Of the pair that starts at csr `first`, one half gets a new value. */
static void set_half(uint32_t *v, unsigned csr, unsigned first, uint16_t value)
{
	unsigned shift = 16 * (csr - first);

	*v = (*v & ~(0xffffu << shift)) | (uint32_t)value << shift;
}

static void set_count(struct pcnet_ring *r, uint16_t v)
{
	r->count = 0x10000u - v;
	if (r->at >= r->count)
		r->at = 0;
}

static void set_left(struct pcnet_ring *r, uint16_t v)
{
	r->at = v && v <= r->count ? r->count - v : 0;
}

/* Registers that can be written only while the chip is stopped or suspended. */
static void stopped_write(struct pcnet *s, unsigned n, uint16_t v)
{
	struct pcnet_ring *rx = &s->ring[PCNET_RX], *tx = &s->ring[PCNET_TX];

	switch (n) {
	case CSR_BADR:
	case CSR_BADR + 1: set_half(&rx->base, n, CSR_BADR, v); break;
	case CSR_BADX:
	case CSR_BADX + 1: set_half(&tx->base, n, CSR_BADX, v); break;
	case CSR_RCVRC: set_left(rx, v); break;
	case CSR_XMTRC: set_left(tx, v); break;
	case CSR_RCVRL: set_count(rx, v); break;
	case CSR_XMTRL: set_count(tx, v); break;
	case CSR_CHIPID0:
	case CSR_CHIPID1: break;
	default: s->csr[n] = v;
	}
}

static void csr_write(struct board *b, struct pcnet *s, unsigned n, uint16_t v)
{
	if (n == CSR_IADR_ALIAS || n == CSR_IADR_ALIAS + 1)
		n -= CSR_IADR_ALIAS - CSR_IADR;
	switch (n) {
	case 0: csr0_write(b, s, v); break;
	case CSR_INTMASK:
		s->csr[n] = v;
		update_irq(b, s);
		break;
	case CSR_FEATURE: feature_write(b, s, v); break;
	case CSR_EXTCTRL: extctrl_write(b, s, v); break;
	case CSR_SWS: sws_write(s, v); break;
	default:
		if (pcnet_stopped(s))
			stopped_write(s, n, v);
	}
	pcnet_poll_arm(b, s);
}

static uint16_t csr_read(const struct pcnet *s, unsigned n)
{
	const struct pcnet_ring *rx = &s->ring[PCNET_RX], *tx = &s->ring[PCNET_TX];
	const uint16_t errors = CSR0_BABL | CSR0_CERR | CSR0_MISS | CSR0_MERR;

	switch (n) {
	case 0: return s->csr[0] & errors ? s->csr[0] | CSR0_ERR : s->csr[0];
	case CSR_IADR_ALIAS:
	case CSR_IADR_ALIAS + 1: return s->csr[n - CSR_IADR_ALIAS + CSR_IADR];
	case CSR_SWS: return s->bcr[BCR_SWS];
	case CSR_BADR:
	case CSR_BADR + 1: return half(rx->base, n, CSR_BADR);
	case CSR_BADX:
	case CSR_BADX + 1: return half(tx->base, n, CSR_BADX);
	case CSR_NRDA:
	case CSR_NRDA + 1: return half((uint32_t)pcnet_md_addr(s, PCNET_RX, pcnet_ring_next(rx, rx->at)), n, CSR_NRDA);
	case CSR_CRDA:
	case CSR_CRDA + 1: return half((uint32_t)pcnet_md_addr(s, PCNET_RX, rx->at), n, CSR_CRDA);
	case CSR_NXDA:
	case CSR_NXDA + 1: return half((uint32_t)pcnet_md_addr(s, PCNET_TX, pcnet_ring_next(tx, tx->at)), n, CSR_NXDA);
	case CSR_CXDA:
	case CSR_CXDA + 1: return half((uint32_t)pcnet_md_addr(s, PCNET_TX, tx->at), n, CSR_CXDA);
	case CSR_RCVRC: return (uint16_t)(rx->count - rx->at);
	case CSR_XMTRC: return (uint16_t)(tx->count - tx->at);
	case CSR_RCVRL: return (uint16_t)-rx->count;
	case CSR_XMTRL: return (uint16_t)-tx->count;
	default: return s->csr[n];
	}
}

/* ---- bus configuration registers ---- */

static void bcr_write(struct pcnet *s, unsigned n, uint16_t v)
{
	switch (n) {
	case BCR_SWS: sws_write(s, v); break;
	case BCR_EECAS: eecas_write(s, v); break;
	case BCR_BSBC: s->bcr[n] = (uint16_t)((v & ~BSBC_DWIO) | (s->bcr[n] & BSBC_DWIO)); break;
	case BCR_MC:
	case BCR_LNKST:
	case BCR_LNKST + 1:
	case BCR_LNKST + 2:
	case BCR_LED3:
	case BCR_FDC:
	case BCR_INTCON:
	case BCR_PCILAT: s->bcr[n] = v; break;
	default: break;
	}
}

/* An LED's own state is its top bit: here the link is all that lights one. */
static uint16_t bcr_read(const struct pcnet *s, unsigned n)
{
	uint16_t v;

	if (n >= PCNET_BCR_COUNT)
		return 0;
	v = s->bcr[n];
	if (n == BCR_EECAS)
		return eecas_read(s);
	if (n >= BCR_LNKST && n <= BCR_LED3)
		return (uint16_t)((v & ~LED_OUT) | ((v & LED_LNKSTE) && s->carrier ? LED_OUT : 0));
	return v;
}

/* ---- the window ---- */

static const char *name_of(const char *const *names, unsigned n)
{
	return names[n] ? names[n] : "?";
}

static uint16_t rdp_read(struct board *b, struct pcnet *s)
{
	uint16_t v = csr_read(s, s->rap);
	char text[TRACE_BITS_MAX];

	TRACE(b, NIC, "pcnet %u: read  CSR%u %s = %04x%s", s->slot, s->rap, name_of(csr_names, s->rap), v,
	      trace_bits(text, v, s->rap ? NULL : csr0_names));
	return v;
}

static void rdp_write(struct board *b, struct pcnet *s, uint16_t v)
{
	char text[TRACE_BITS_MAX];

	TRACE(b, NIC, "pcnet %u: write CSR%u %s = %04x%s", s->slot, s->rap, name_of(csr_names, s->rap), v,
	      trace_bits(text, v, s->rap ? NULL : csr0_names));
	csr_write(b, s, s->rap, v);
}

static uint16_t bdp_read(struct board *b, struct pcnet *s)
{
	uint16_t v = bcr_read(s, s->rap);

	TRACE(b, NIC, "pcnet %u: read  BCR%u %s = %04x", s->slot, s->rap,
	      s->rap < PCNET_BCR_COUNT ? name_of(bcr_names, s->rap) : "?", v);
	return v;
}

static void bdp_write(struct board *b, struct pcnet *s, uint16_t v)
{
	TRACE(b, NIC, "pcnet %u: write BCR%u %s = %04x", s->slot, s->rap,
	      s->rap < PCNET_BCR_COUNT ? name_of(bcr_names, s->rap) : "?", v);
	bcr_write(s, s->rap, v);
}

/* The four registers, whatever their width. */
enum pcnet_port { PORT_RDP, PORT_RAP, PORT_RESET, PORT_BDP, PORT_NONE };

/* In the word mode registers answer words only, in the doubleword mode those. */
static enum pcnet_port port_of(const struct pcnet *s, unsigned at, unsigned size)
{
	bool dwio = s->bcr[BCR_BSBC] & BSBC_DWIO;
	unsigned width = dwio ? 4 : 2;

	if (at < APROM_SIZE || size != width || at % width)
		return PORT_NONE;
	return (at - APROM_SIZE) / width < PORT_NONE ? (enum pcnet_port)((at - APROM_SIZE) / width) : PORT_NONE;
}

static uint32_t port_read(struct board *b, struct pcnet *s, enum pcnet_port port)
{
	switch (port) {
	case PORT_RDP: return rdp_read(b, s);
	case PORT_RAP: return s->rap;
	case PORT_RESET: soft_reset(b, s); return 0;
	case PORT_BDP: return bdp_read(b, s);
	default: return UINT32_MAX;
	}
}

static uint32_t aprom_read(const struct pcnet *s, unsigned at, unsigned size)
{
	uint32_t v = 0;

	for (unsigned n = 0; n < size && at + n < APROM_SIZE; n++)
		v |= (uint32_t)s->aprom[at + n] << 8 * n;
	return v;
}

static uint32_t window_read(struct board *b, struct pcnet *s, unsigned at, unsigned size)
{
	return at < APROM_SIZE ? aprom_read(s, at, size) : port_read(b, s, port_of(s, at, size));
}

static void window_write(struct board *b, struct pcnet *s, unsigned at, uint32_t value, unsigned size)
{
	if (at < APROM_SIZE) {
		for (unsigned n = 0; (s->bcr[BCR_MC] & MC_APROMWE) && n < size && at + n < APROM_SIZE; n++)
			s->aprom[at + n] = (uint8_t)(value >> 8 * n);
		return;
	}
	if (size == 4 && at == DWIO_RDP && !(s->bcr[BCR_BSBC] & BSBC_DWIO)) { /* that is how one asks for it */
		s->bcr[BCR_BSBC] |= BSBC_DWIO;
		return;
	}
	switch (port_of(s, at, size)) {
	case PORT_RDP: rdp_write(b, s, (uint16_t)value); break;
	case PORT_RAP: s->rap = value & RAP_MASK; break;
	case PORT_BDP: bdp_write(b, s, (uint16_t)value); break;
	default: break;
	}
}

static uint64_t pcnet_mem_read(void *owner, unsigned slot, uint64_t addr, unsigned size)
{
	return window_read(owner, nic_state(owner, slot), (unsigned)addr, size);
}

static void pcnet_mem_write(void *owner, unsigned slot, uint64_t addr, uint64_t value, unsigned size)
{
	window_write(owner, nic_state(owner, slot), (unsigned)addr, (uint32_t)value, size);
}

/* The window is aligned to its size. */
static uint32_t pcnet_io_in(struct board *b, unsigned slot, uint16_t port, unsigned size)
{
	return window_read(b, nic_state(b, slot), port & (PCNET_SIZE - 1), size);
}

static void pcnet_io_out(struct board *b, unsigned slot, uint16_t port, uint32_t value, unsigned size)
{
	window_write(b, nic_state(b, slot), port & (PCNET_SIZE - 1), value, size);
}

/* ---- the model ---- */

static void pcnet_map(struct board *b, unsigned devfn, unsigned bar, uint64_t base, bool on)
{
	unsigned slot = NIC_SLOT(devfn);
	struct mem_region region = {base, PCNET_SIZE, slot, b, pcnet_mem_read, pcnet_mem_write};
	struct io_range range = {(uint16_t)base, PCNET_SIZE, (uint8_t)slot, 4, pcnet_io_in, pcnet_io_out};

	if (bar == 1 && on)
		mem_map(&b->mem, &region);
	else if (bar == 1)
		mem_unmap(&b->mem, base, slot, pcnet_mem_read);
	else if (on)
		board_map_io(b, &range);
	else
		board_unmap_io(b, slot, pcnet_io_in, pcnet_io_out);
}

/* The chip has no subsystem ids. */
static const struct pci_rule pcnet_rules[] = {
	{PCI_SUBSYSTEM_VENDOR_ID, 4, 0, 0, 0, 0},
};

/* clang-format off */
static const struct pci_model pcnet_pci = {
	.name = "pcnet", .vendor = 0x1022, .device = 0x2000, .class_code = 0x020000, .revision = 0x10, .pin = 1,
	.min_gnt = 0x06, .max_lat = 0xff, .status = PCI_STATUS_FAST_BACK | PCI_STATUS_DEVSEL_MEDIUM,
	.bar = {{PCI_BAR_IO, PCNET_SIZE}, {PCI_BAR_MEM, PCNET_SIZE}},
	.rules = pcnet_rules, .rule_count = ARRAY_LEN(pcnet_rules), .map = pcnet_map, .removed = nic_gone,
};
/* clang-format on */

static void pcnet_restore(struct board *b, unsigned slot)
{
	pci_add(b, NIC_DEVFN(slot), &pcnet_pci);
}

static void pcnet_attach(struct board *b, unsigned slot, const uint8_t mac[6])
{
	struct pcnet *s = nic_state(b, slot);

	s->slot = slot;
	for (unsigned n = 0; n < PCNET_EVENTS; n++)
		s->due[n] = TIME_NEVER;
	eeprom_make(s, mac);
	pcnet_restore(b, slot);
	pcnet_reset(b, slot);
}

static const char *const rates[] = {"10Mbit", "unlimited", NULL};
static const uint64_t rate_bits[] = {10000000, LINK_RATE_MAX};
static const struct option pcnet_options[] = {
	{"rate", OPTION_CHOICE, .standard = "10Mbit", .choices = rates, .help = "unlimited is for measurements"},
	{.name = NULL}};

static uint64_t line_rate(const struct option_value *options)
{
	return rate_bits[options[0].number];
}

static void pcnet_configure(struct board *b, unsigned slot, const struct option_value *options)
{
	struct pcnet *s = nic_state(b, slot);

	s->unlimited = options[0].number != 0;
}

static bool pcnet_receive(struct board *b, unsigned slot, const uint8_t *frame, size_t size, int *reason)
{
	struct pcnet *s = nic_state(b, slot);

	if (!s->carrier || pcnet_loopback(s)) {
		*reason = DROP_NIC_DOWN;
		return false;
	}
	return pcnet_rx(b, s, frame, size, reason);
}

static void pcnet_carrier(struct board *b, unsigned slot, bool up)
{
	struct pcnet *s = nic_state(b, slot);

	TRACE(b, NIC, "pcnet %u: link %s", slot, up ? "up" : "down");
	s->carrier = up;
}

static const char *pcnet_validate(const struct board *b, unsigned slot)
{
	const struct pcnet *s = (const void *)b->pc->nic[slot];
	static const uint8_t zeros[sizeof(s->pad)];

	if (s->slot != slot || s->irq > 1 || s->carrier > 1 || s->demands > 1 || s->unlimited > 1 ||
	    s->rap > RAP_MASK || memcmp(s->pad, zeros, sizeof(zeros)) || !nic_rest_is_zero(b, slot, sizeof(*s)))
		return "pcnet: bad state";
	for (unsigned n = 0; n < PCNET_RINGS; n++)
		if (!s->ring[n].count || s->ring[n].count > 0x10000 || s->ring[n].at >= s->ring[n].count)
			return "pcnet: a ring's position is outside of it";
	if (s->irq != (causes_pending(s) && (s->csr[0] & CSR0_IENA)))
		return "pcnet: its interrupt line is not what its registers say";
	return microwire_valid(&s->eeprom) ? NULL : "pcnet: bad EEPROM state";
}

const struct nic_model nic_pcnet = {
	.name = "pcnet",
	.number = 11,
	.help = "AMD PCnet-PCI II (1995, PCI, 10 Mbit/s; Linux: pcnet32), tells of its link in up to 2 s",
	.rate = 10000000,
	.rom = "pxe-pcnet.rom",
	.options = pcnet_options,
	.line_rate = line_rate,
	.attach = pcnet_attach,
	.configure = pcnet_configure,
	.restore = pcnet_restore,
	.reset = pcnet_reset,
	.receive = pcnet_receive,
	.carrier = pcnet_carrier,
	.timer = pcnet_timer,
	.validate = pcnet_validate,
};
