/* What all network cards have in common: their slots in the PC value, their
 * place on the bus, boot ROMs, frames in and out. Which cards there are is in
 * models.c. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/bytes.h"
#include "engine/base/option.h"
#include "engine/net/drop.h"
#include "engine/net/frame.h"
#include "engine/nic/nic.h"

const struct nic_model *nic_model_find(const char *name)
{
	for (unsigned n = 0; nic_models[n]; n++)
		if (!strcmp(nic_models[n]->name, name) || (nic_models[n]->alias && !strcmp(nic_models[n]->alias, name)))
			return nic_models[n];
	return NULL;
}

static const struct nic_model *model_by_number(uint32_t number)
{
	for (unsigned n = 0; nic_models[n]; n++)
		if (nic_models[n]->number == number)
			return nic_models[n];
	return NULL;
}

/* The card in a slot; NULL: none. */
static const struct nic_model *model_in(const struct board *b, unsigned slot)
{
	return slot < PC_NIC_SLOTS && b->pc->nic_model[slot] ? model_by_number(b->pc->nic_model[slot]) : NULL;
}

static void run_timer(struct board *b, unsigned slot)
{
	const struct nic_model *m = model_in(b, slot);

	if (m && m->timer)
		m->timer(b, slot);
}

static void reset_all(struct board *b)
{
	for (unsigned slot = 0; slot < PC_NIC_SLOTS; slot++) {
		const struct nic_model *m = model_in(b, slot);

		if (m)
			m->reset(b, slot);
	}
}

static void wire_board(struct board *b)
{
	b->nic_timer = run_timer;
	b->nic_reset = reset_all;
}

/* ---- plugging ---- */

unsigned nic_option_count(const struct nic_model *model)
{
	unsigned count = 0;

	while (model->options && model->options[count].name)
		count++;
	return count;
}

enum { OPTIONS_MAX = 16 };

/* Values for all of the model's options: those given, or the defaults. */
static const struct option_value *option_values(const struct nic_model *model, const struct option_value *given,
						struct option_value defaults[OPTIONS_MAX])
{
	unsigned count = nic_option_count(model);

	assert(count <= OPTIONS_MAX);
	memset(defaults, 0, OPTIONS_MAX * sizeof(*defaults));
	for (unsigned n = 0; n < count; n++)
		if (!option_parse(&model->options[n], model->options[n].standard, &defaults[n], NULL))
			assert(!"a default that its own row does not take");
	return given ? given : defaults;
}

uint64_t nic_rate(const struct nic_model *model, const struct option_value *options)
{
	struct option_value defaults[OPTIONS_MAX];

	return model->line_rate ? model->line_rate(option_values(model, options, defaults)) : model->rate;
}

bool nic_plug(struct board *b, unsigned slot, const struct nic_model *model, const uint8_t mac[6],
	      const struct option_value *options, bool hotplug)
{
	struct option_value defaults[OPTIONS_MAX];

	assert(slot < PC_NIC_SLOTS);
	if (b->pc->nic_model[slot])
		return false;
	wire_board(b);
	memset(b->pc->nic[slot], 0, PC_NIC_BYTES);
	b->pc->nic_model[slot] = model->number;
	model->attach(b, slot, mac);
	if (model->configure)
		model->configure(b, slot, option_values(model, options, defaults));
	if (hotplug && pci_config(b, NIC_DEVFN(slot)))
		acpi_pm_hotplug(b, NIC_DEVFN(slot) >> 3, true);
	return true;
}

static bool has_model(const struct board *b, const struct nic_model *m)
{
	for (unsigned slot = 0; slot < PC_NIC_SLOTS; slot++)
		if (model_in(b, slot) == m)
			return true;
	return false;
}

char *nic_driver_commands(const struct board *b)
{
	GString *s = g_string_new(NULL);

	for (unsigned n = 0; nic_models[n]; n++)
		if (nic_models[n]->driver && has_model(b, nic_models[n]))
			nic_models[n]->driver(b, s);
	return g_string_free(s, FALSE);
}

void nic_gone(struct board *b, unsigned devfn)
{
	unsigned slot = NIC_SLOT(devfn);

	if (slot >= PC_NIC_SLOTS)
		return;
	b->pc->nic_model[slot] = 0;
	memset(b->pc->nic[slot], 0, PC_NIC_BYTES);
	board_timer_set(b, TIMER_NIC0 + slot, TIME_NEVER);
}

void nic_restore_all(struct board *b)
{
	wire_board(b);
	for (unsigned slot = 0; slot < PC_NIC_SLOTS; slot++) {
		const struct nic_model *m = model_in(b, slot);

		if (m)
			m->restore(b, slot);
	}
}

bool nic_rest_is_zero(const struct board *b, unsigned slot, size_t size)
{
	static const uint8_t zeros[PC_NIC_BYTES];

	return !memcmp(b->pc->nic[slot] + size, zeros, PC_NIC_BYTES - size);
}

const char *nic_validate(const struct board *b)
{
	static const uint8_t zeros[PC_NIC_BYTES];

	for (unsigned slot = 0; slot < PC_NIC_SLOTS; slot++) {
		const struct nic_model *m = model_in(b, slot);
		const char *wrong = NULL;

		if (m)
			wrong = m->validate ? m->validate(b, slot) : NULL;
		else if (b->pc->nic_model[slot])
			wrong = "network card: unknown model";
		else if (memcmp(b->pc->nic[slot], zeros, sizeof(zeros)))
			wrong = "network card: bytes in an empty slot";
		if (wrong)
			return wrong;
	}
	return NULL;
}

/* ---- boot ROM ---- */

/* Offsets in a PCI expansion ROM image (PCI 2.1 section 6.3.1). */
enum { ROM_SIZE = 2, ROM_CHECKSUM = 6, ROM_PCIR = 0x18, PCIR_VENDOR = 4, PCIR_BYTES = 24, ROM_BLOCK = 512 };

/* Makes the first image's ids the card's. Its bytes must still sum up to 0: the
 * byte behind the entry's jump is there for that in iPXE's ROMs. */
static void rom_set_ids(uint8_t *rom, size_t size, const uint8_t *ids)
{
	size_t pcir, bytes;
	uint8_t sum = 0;

	if (size < ROM_PCIR + 2 || get_le16(rom) != 0xaa55)
		return;
	pcir = get_le16(rom + ROM_PCIR);
	bytes = (size_t)rom[ROM_SIZE] * ROM_BLOCK;
	if (pcir + PCIR_BYTES > size || memcmp(rom + pcir, "PCIR", 4) || !memcmp(rom + pcir + PCIR_VENDOR, ids, 4))
		return;
	memcpy(rom + pcir + PCIR_VENDOR, ids, 4);
	for (size_t n = 0; n < bytes && n < size; n++)
		sum = (uint8_t)(sum + rom[n]);
	rom[ROM_CHECKSUM] = (uint8_t)(rom[ROM_CHECKSUM] - sum);
}

void nic_set_rom(struct board *b, unsigned slot, const void *data, size_t size)
{
	const uint8_t *config = pci_config(b, NIC_DEVFN(slot));
	uint8_t *copy;

	if (!config || !size)
		return;
	copy = alloc_checked(malloc(size));
	memcpy(copy, data, size);
	rom_set_ids(copy, size, config + PCI_VENDOR_ID);
	pci_set_rom(b, NIC_DEVFN(slot), copy, size);
	free(copy);
}

/* ---- frames ---- */

bool nic_receive(struct board *b, unsigned slot, const uint8_t *frame, size_t size, int *reason)
{
	const struct nic_model *m = model_in(b, slot);

	*reason = size < FRAME_MIN ? DROP_TOO_SHORT : size > FRAME_MAX ? DROP_TOO_LONG : DROP_NIC_DOWN;
	if (!m || *reason != DROP_NIC_DOWN)
		return false;
	TRACE(b, NIC, "%s %u: %zu bytes arrive", m->name, slot, size);
	return m->receive(b, slot, frame, size, reason);
}

void nic_set_line(struct board *b, unsigned slot, uint64_t rate)
{
	const struct nic_model *m = model_in(b, slot);

	if (m && m->line)
		m->line(b, slot, rate);
}

void nic_set_carrier(struct board *b, unsigned slot, bool up)
{
	const struct nic_model *m = model_in(b, slot);

	if (m && m->carrier)
		m->carrier(b, slot, up);
}

void nic_transmit(struct board *b, unsigned slot, const uint8_t *frame, size_t size)
{
	TRACE(b, NIC, "card %u: sends %zu bytes", slot, size);
	if (b->nic_wire.transmit)
		b->nic_wire.transmit(b->nic_wire.opaque, slot, frame, size);
}

void nic_drop(struct board *b, unsigned slot, const uint8_t *frame, size_t size, int reason)
{
	TRACE(b, NIC, "card %u: %zu bytes are not sent: %s", slot, size, drop_text((enum drop_reason)reason));
	if (b->nic_wire.drop)
		b->nic_wire.drop(b->nic_wire.opaque, slot, frame, size, reason);
}

void nic_damaged(struct board *b, unsigned slot)
{
	const struct nic_model *m = model_in(b, slot);

	if (m && m->damaged)
		m->damaged(b, slot);
}

void nic_phy(struct board *b, unsigned slot, bool up, uint64_t rate)
{
	TRACE(b, NIC, "card %u: its PHY is %s", slot, up ? "on" : "off");
	if (b->nic_wire.phy)
		b->nic_wire.phy(b->nic_wire.opaque, slot, up, rate);
}
