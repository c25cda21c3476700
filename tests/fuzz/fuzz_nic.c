/* Fuzzing the network cards: as many models of the list as there are slots sit on
 * the bus with their registers mapped; the input says which is the first, and writes registers and descriptors, lets
 * time pass, and sends frames in. Whatever the guest does, the card's state stays one that its own validate() takes,
 * and what it sends is a frame.
 *
 * Input: records of 8 bytes: operation and card, register, value; the last byte also
 * says which model is in slot 0. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/net/net.h"
#include "engine/nic/nic.h"

enum { RAM = 2 << 20, RECORD = 8, MAX_FRAME_IN = 2048, LINK_NS = 1000000000 };

#define BAR(slot) (0xe0000000u + (slot)*0x100000u)
#define WINDOW(slot, bar) (BAR(slot) + (bar)*0x20000u)
#define IOBASE(slot) (0xc000u + (slot)*0x100u)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_wire(void *opaque, unsigned slot, const uint8_t *frame, size_t size)
{
	volatile uint8_t sum = 0;

	if (size > FRAME_MAX)
		abort();
	for (size_t n = 0; n < size; n++)
		sum = (uint8_t)(sum + frame[n]); /* the sanitizer sees bytes that are not there */
}

/* As the BIOS leaves it: memory windows in BAR's megabyte, each port window at IOBASE. */
static void map(struct board *b, unsigned slot)
{
	unsigned devfn = NIC_DEVFN(slot);

	for (unsigned bar = 0; bar < 6; bar++) {
		unsigned at = PCI_BASE_ADDRESS + 4 * bar;
		uint32_t type = pci_config_read(b, devfn, at, 4);

		pci_config_write(b, devfn, at, type & 1 ? IOBASE(slot) : WINDOW(slot, bar), 4);
		if ((type & 7) == 4) /* 64 bits: the upper half stays 0 */
			bar++;
	}
	pci_config_write(b, devfn, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
}

/* A frame of up to 1.6 KB: addressed to the card, to all, or to whom the input says. */
static void arrive(struct board *b, unsigned slot, const uint8_t *r)
{
	uint8_t frame[MAX_FRAME_IN];
	size_t size = get_le16(r + 2) % sizeof(frame);
	int reason;

	memset(frame, r[4], sizeof(frame));
	memset(frame, r[1] & 1 ? 0xff : 0x52, 6);
	memcpy(frame + 12, r + 4, 4); /* EtherType: often 802.1Q or IP */
	nic_receive(b, slot, frame, size, &reason);
}

/* A port of the card; an ISA card's jumpers say 0x300. */
static uint16_t port(struct board *b, unsigned slot, unsigned reg)
{
	return (uint16_t)(pci_config(b, NIC_DEVFN(slot)) ? IOBASE(slot) + (reg & 0xff) : 0x300 + (reg & 0x1f));
}

static void step(struct board *b, unsigned cards, const uint8_t *r)
{
	unsigned slot = (r[0] >> 4) % cards, size = 1u << r[1] % 3, reg = get_le16(r + 2);
	uint64_t window = WINDOW(slot, (r[1] >> 2) % 6u) + (reg & 0x7fffu);

	switch (r[0] & 15) {
	case 0:
	case 1:
	case 2: mem_write(&b->mem, window, get_le32(r + 4), size); break;
	case 3: mem_read(&b->mem, window, size); break;
	case 4:
	case 5:
	case 6: board_out(b, port(b, slot, reg), get_le32(r + 4), size); break;
	case 7: board_in(b, port(b, slot, reg), size); break;
	case 8:
	case 9: mem_dma_write(&b->mem, reg, r + 4, 4); break;
	case 10: mem_dma_write(&b->mem, reg % 0x1000u, r + 4, 4); break;
	case 11: arrive(b, slot, r); break;
	case 12: board_run(b, board_now(b) + (get_le32(r + 4) & 0xffffff)); break;
	case 13: nic_set_carrier(b, slot, r[1] & 1); break;
	case 14: pci_config_write(b, NIC_DEVFN(slot), reg & 0xfc, get_le32(r + 4), 4); break;
	case 15:
		b->nic_reset(b);
		map(b, slot);
		break;
	}
	if (b->pc->state != BOARD_RUNNING) {
		board_reset(b);
		b->pc->cpu.attn |= ATTN_HALT;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mac[6] = {0x52, 0x52, 0x52, 0x52, 0x52, 0x52};
	struct board *b;
	unsigned cards = 0, models = 0;

	if (size < RECORD || size > 4096)
		return 0;
	b = board_new(RAM);
	b->nic_wire.transmit = on_wire;
	board_reset(b);
	b->pc->cpu.attn |= ATTN_HALT;
	while (nic_models[models])
		models++;
	for (; cards < models && cards < PC_NIC_SLOTS; cards++) {
		if (!nic_plug(b, cards, nic_models[(cards + data[size - 1]) % models], mac, NULL, false))
			abort();
		map(b, cards);
		nic_set_carrier(b, cards, true);
	}
	if (!cards)
		abort();
	board_run(b, LINK_NS); /* negotiated */
	for (size_t at = 0; at + RECORD <= size; at += RECORD)
		step(b, cards, data + at);
	if (nic_validate(b))
		abort();
	board_free(b);
	return 0;
}
