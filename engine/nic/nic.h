/* Network cards. A card's registers live in one of the eight opaque slots of
 * the PC value (pc->nic[slot], PC_NIC_BYTES each); its functions are here. The
 * wire is on the host side: the board hands sent frames to whoever owns the PC
 * (board.h, struct nic_wire), received ones come in through nic_receive().
 *
 * A card runs inside its PC: time is board_now(), timers are TIMER_NIC0 + slot,
 * memory is reached by mem_dma_*() only, and every descriptor, address and
 * length that the guest gives is checked where it is used. */
#ifndef LANYARD_NIC_NIC_H
#define LANYARD_NIC_NIC_H

#include <glib.h>

#include "engine/pc/pc.h"

struct option;
struct option_value;

/* A card and its neighbours, before any of them is plugged in. */
struct nic_in_pc {
	const struct nic_model *model;
	const struct option_value *options; /* as for nic_plug(); NULL: it has none */
};

struct nic_model {
	const char *name;  /* as in the lab file: "e1000" */
	const char *alias; /* another name of it there; NULL: none */
	uint32_t number;   /* stable, > 0: kept in pc->nic_model[slot] */
	const char *help;
	/* What Linux makes of it (topology/nic_words.c warns): */
	bool no_vlans;                /* its driver refuses VLAN interfaces */
	bool needs_firmware;          /* its driver does nothing without a file that Debian's main lacks */
	bool cloud;                   /* Debian's cloud kernel has its driver */
	uint64_t rate;                /* bit/s of the line */
	const char *rom;              /* file name of its boot ROM (iPXE), for nic_set_rom(); NULL: none */
	const struct option *options; /* keys of its own, each with a default; ends with a NULL name; NULL: none */
	/* With its options, in their order: the speed of its line; NULL: always `rate`. */
	uint64_t (*line_rate)(const struct option_value *options);
	/* Puts the card into the PC: state at power-on in pc->nic[slot] (zeroed
	 * before), then pci_add() at PCI slot 3 + slot, or ISA ports. */
	void (*attach)(struct board *b, unsigned slot, const uint8_t mac[6]);
	/* After attach, before the guest sees the card; NULL: it has no options. */
	void (*configure)(struct board *b, unsigned slot, const struct option_value *options);
	/* After the value was replaced (clone, load): host-side wiring again. */
	void (*restore)(struct board *b, unsigned slot);
	void (*reset)(struct board *b, unsigned slot); /* RESET# */
	/* A whole frame has arrived (no FCS). False with *reason (enum
	 * drop_reason of engine/net/drop.h) if the card did not take it. */
	bool (*receive)(struct board *b, unsigned slot, const uint8_t *frame, size_t size, int *reason);
	/* The signal of the cable's other end came or went. */
	void (*carrier)(struct board *b, unsigned slot, bool up);
	/* Before it comes: what the other end speaks, bit/s at most. NULL: the card
	 * has one speed, or shows none. */
	void (*line)(struct board *b, unsigned slot, uint64_t rate);
	/* A frame with a bad FCS: it is dropped, the card may count it. NULL: it does not. */
	void (*damaged)(struct board *b, unsigned slot);
	void (*timer)(struct board *b, unsigned slot);
	const char *(*validate)(const struct board *b, unsigned slot);
	/* NULL, or why card n of a PC has no place beside the others (ports, interrupt
	 * lines); this NULL: it always has. */
	const char *(*fits)(const struct nic_in_pc *cards, unsigned count, unsigned n);
	/* Appends the shell command that makes Linux find all cards of this model; NULL:
	 * a bus tells it of them. */
	void (*driver)(const struct board *b, GString *command);
	/* Images of labs/images that have no driver for it; ends with NULL; NULL: all have. */
	const char *const *unknown_to;
};

/* THE LIST, ends with NULL. (models.c) */
extern const struct nic_model *const nic_models[];
const struct nic_model *nic_model_find(const char *name);

/* How many options of its own a card has. */
unsigned nic_option_count(const struct nic_model *model);
/* Bit/s of the line; options: as for nic_plug(). */
uint64_t nic_rate(const struct nic_model *model, const struct option_value *options);
/* Plugs a card in, before power-on or (hotplug) into a running PC, where ACPI
 * tells the guest. options: a value for each of the model's, in their order;
 * NULL: the defaults. False if the slot is taken. */
bool nic_plug(struct board *b, unsigned slot, const struct nic_model *model, const uint8_t mac[6],
	      const struct option_value *options, bool hotplug);
void nic_restore_all(struct board *b);
bool nic_receive(struct board *b, unsigned slot, const uint8_t *frame, size_t size, int *reason);
void nic_set_carrier(struct board *b, unsigned slot, bool up);
/* What both ends of the cable speak, bit/s; before its signal comes. */
void nic_set_line(struct board *b, unsigned slot, uint64_t rate);
/* A frame arrived with a bad FCS. */
void nic_damaged(struct board *b, unsigned slot);
/* Shell commands for Linux to find the cards that no bus tells it of; "": none.
 * g_free() it. */
char *nic_driver_commands(const struct board *b);
/* For cards: the frame leaves the card at board_now(). */
void nic_transmit(struct board *b, unsigned slot, const uint8_t *frame, size_t size);
/* For cards: the PHY is on or off from now on, and speaks `rate` bit/s at most (0:
 * all that the line can). The other end of the cable notices. A card that never says
 * so is on while its PC is. */
void nic_phy(struct board *b, unsigned slot, bool up, uint64_t rate);
/* For cards: it will not send a frame that its driver gave it; reason: enum
 * drop_reason. No card loses a frame in another way. Loopback is none of it. */
void nic_drop(struct board *b, unsigned slot, const uint8_t *frame, size_t size, int reason);
/* Gives a card its boot ROM (copied), before the guest runs; the ROM's PCI ids
 * are made those of the card, as the firmware compares them. */
void nic_set_rom(struct board *b, unsigned slot, const void *data, size_t size);
/* NULL, or what is wrong with the slots of a loaded value. */
const char *nic_validate(const struct board *b);

/* ---- for cards ---- */

/* PCI cards sit in slots 3 to 10 of the bus. */
#define NIC_DEVFN(slot) PCI_DEVFN(3 + (slot), 0)
#define NIC_SLOT(devfn) (((devfn) >> 3) - 3)
/* For pci_model.removed: the guest ejected the card, its slot is empty. */
void nic_gone(struct board *b, unsigned devfn);
/* For validate(): nothing is in the slot behind a state of this size. */
bool nic_rest_is_zero(const struct board *b, unsigned slot, size_t size);
/* The card's state as its own struct. */
static inline void *nic_state(struct board *b, unsigned slot)
{
	return b->pc->nic[slot];
}

#endif
