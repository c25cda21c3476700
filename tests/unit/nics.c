/* One card on a board; see nics.h. */
#include "tests/unit/nics.h"

const uint8_t mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

const uint8_t peer[6] = {0x02, 0x00, 0x00, 0x00, 0x00, 0x99};

struct wire wire;

static void on_wire(void *opaque, unsigned slot, const uint8_t *data, size_t size)
{
	struct wire *w = opaque;
	unsigned n = w->count++ % MAX_SENT;

	w->size[n] = size;
	memcpy(w->data[n], data, size < sizeof(w->data[n]) ? size : sizeof(w->data[n]));
}

void out(struct board *b, unsigned port, uint32_t value, unsigned size)
{
	b->core->bus->out(b->core->owner, (uint16_t)port, value, size);
}

uint32_t in(struct board *b, unsigned port, unsigned size)
{
	return b->core->bus->in(b->core->owner, (uint16_t)port, size);
}

uint32_t rd(struct board *b, unsigned reg)
{
	return (uint32_t)mem_read(&b->mem, BAR + reg, 4);
}

void wr(struct board *b, unsigned reg, uint32_t v)
{
	mem_write(&b->mem, BAR + reg, v, 4);
}

bool irq(struct board *b)
{
	return pci_config_read(b, NIC_DEVFN(0), PCI_STATUS, 2) & PCI_STATUS_INTERRUPT;
}

void pass(struct board *b, uint64_t ns)
{
	uint64_t end = board_now(b) + ns;

	while (b->pc->due[TIMER_NIC0] <= end) {
		uint64_t due = b->pc->due[TIMER_NIC0];

		if (due > board_now(b))
			b->pc->idle_ns += due - board_now(b);
		b->pc->due[TIMER_NIC0] = TIME_NEVER;
		pc_timer_run(b, TIMER_NIC0);
	}
	if (end > board_now(b))
		b->pc->idle_ns += end - board_now(b);
}

struct board *wired_board(void)
{
	struct board *b = board_new(RAM);

	memset(&wire, 0, sizeof(wire));
	b->nic_wire.opaque = &wire;
	b->nic_wire.transmit = on_wire;
	return b;
}

struct board *new_board(const char *model)
{
	struct board *b = wired_board();
	unsigned devfn = NIC_DEVFN(0);

	assert_non_null(nic_model_find(model));
	assert_true(nic_plug(b, 0, nic_model_find(model), mac, NULL, false));
	assert_false(nic_plug(b, 0, nic_model_find(model), mac, NULL, false));
	/* As the BIOS leaves it: windows of memory from BAR on, of ports from IOBASE on. */
	for (unsigned bar = 0; bar < PCI_BARS; bar++) {
		unsigned at = PCI_BASE_ADDRESS + 4 * bar;
		uint32_t type = pci_config_read(b, devfn, at, 4);

		pci_config_write(b, devfn, at, type & 1 ? IOBASE : BAR + bar * BAR_STEP, 4);
		if ((type & 7) == 4) /* 64 bits: the upper half stays 0 */
			bar++;
	}
	pci_config_write(b, devfn, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
	return b;
}

void done(struct board *b)
{
	assert_null(nic_validate(b));
	board_free(b);
}

void make_frame(uint8_t *f, const uint8_t *to, unsigned size)
{
	memcpy(f, to, 6);
	memcpy(f + 6, peer, 6);
	put_be16(f + 12, 0x88b5);
	for (unsigned n = 14; n < size; n++)
		f[n] = (uint8_t)n;
}

bool receive(struct board *b, const uint8_t *f, size_t size, int why)
{
	int reason = -1;
	bool ok = nic_receive(b, 0, f, size, &reason);

	if (!ok)
		assert_int_equal(reason, why);
	return ok;
}
