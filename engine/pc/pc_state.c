/* Hashing, saving and loading one PC; see pc_state.h. The value is flat: its parts
 * are walked as the bytes they are, the chips by their list. */
#include "engine/pc/pc_state.h"

#include "engine/pc/chips.h"
#include "engine/pc/disk.h"
#include "engine/pc/pc.h"

static void drives_state(struct disk_image *const *drive, unsigned count, struct state *s)
{
	for (unsigned n = 0; n < count; n++)
		if (drive[n])
			disk_state(drive[n], s);
}

/* The cards of a saved PC are those that it was built with, or were ejected since. */
static void judge_models(const uint32_t *built, const uint32_t *loaded, struct state *s)
{
	for (unsigned n = 0; n < PC_NIC_SLOTS; n++)
		state_require(s, !loaded[n] || loaded[n] == built[n], "card %u: another model than in the lab file", n);
}

static void wire(struct board *b, struct state *s)
{
	const char *wrong = board_validate(b);

	state_require(s, !wrong, "%s", wrong);
	if (!state_failed(s))
		board_restore(b);
}

/* Processor and clock, chips, cards. */
static void value_state(struct board *b, struct state *s)
{
	struct pc *pc = b->pc;
	const size_t clock_end = offsetof(struct pc, test_exit_port) + sizeof(pc->test_exit_port);

	state_bytes(s, pc, clock_end);
	chips_state(b, s);
	state_bytes(s, pc->nic_model, sizeof(pc->nic_model));
	state_bytes(s, pc->nic, sizeof(pc->nic));
}

void board_state(struct board *b, struct state *s)
{
	uint32_t models[PC_NIC_SLOTS];

	memcpy(models, b->pc->nic_model, sizeof(models));
	value_state(b, s);
	judge_models(models, b->pc->nic_model, s);
	pages_state(&b->mem.ram, s);
	pages_state(&b->vram, s);
	drives_state(b->ide_drive, ARRAY_LEN(b->ide_drive), s);
	drives_state(b->floppy, ARRAY_LEN(b->floppy), s);
	if (state_loading(s))
		wire(b, s);
}

void board_hash(struct board *b, uint8_t out[PC_HASH_BYTES])
{
	struct state *s = state_hash();

	board_state(b, s);
	state_digest(s, out);
	state_end(s, NULL);
}

static uint64_t drive_pages(struct disk_image *const *drive, unsigned count)
{
	uint64_t sum = 0;

	for (unsigned n = 0; n < count; n++)
		sum += drive[n] ? disk_size(drive[n]) / PAGE_SIZE + 1 : 0;
	return sum;
}

uint64_t board_pages(const struct board *b)
{
	return b->mem.ram.count + b->vram.count + drive_pages(b->ide_drive, ARRAY_LEN(b->ide_drive)) +
	       drive_pages(b->floppy, ARRAY_LEN(b->floppy));
}
