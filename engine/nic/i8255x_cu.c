/* The 8255x's command unit: executes the list of command blocks in memory (6.4.2)
 * until one says suspend or end of list. */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/nic/i8255x.h"

/* Commands of the SCB (6.3.2.2). */
enum {
	CUC_NOP = 0,
	CUC_START = 1,
	CUC_RESUME = 2,
	CUC_DUMP_ADDRESS = 4,
	CUC_DUMP = 5,
	CUC_BASE = 6,
	CUC_DUMP_RESET = 7,
	CUC_STATIC_RESUME = 10,
};
/* Commands of a block. */
enum {
	CB_NOP,
	CB_IA_SETUP,
	CB_CONFIGURE,
	CB_MULTICAST,
	CB_TRANSMIT,
	CB_UCODE,
	CB_DUMP,
	CB_DIAGNOSE,
};
enum {
	CB_COMMAND = 7,
	CB_NOT_TRANSMITTED = 0, /* a frame that no line can carry is done all the same */
	MULTICAST_COUNT = 0x3fff,
	UCODE_WORDS = 64,
	DUMP_BYTES = 596,
	/* A list that leads in a circle without transmitting goes on by the clock. */
	BLOCKS_AT_ONCE = 64,
	BLOCK_NS = 1000,
};

static const char *command_name(unsigned command)
{
	static const char *const names[] = {"NOP",      "IA setup",   "configure", "multicast setup",
					    "transmit", "load ucode", "dump",      "diagnose"};

	return names[command & CB_COMMAND];
}

/* ---- what blocks do ---- */

static void ia_setup(struct board *b, struct i8255x *s, uint32_t block)
{
	mem_dma_read(&b->mem, block + BLOCK_DATA, s->ia, ETH_ALEN);
}

/* The first byte says how many there are; the others stay (6.4.2.3). */
static void configure(struct board *b, struct i8255x *s, uint32_t block)
{
	uint8_t raw[CONFIG_BYTES];
	unsigned most = s->chip == I82557B ? 22 : CONFIG_BYTES, count;

	mem_dma_read(&b->mem, block + BLOCK_DATA, raw, sizeof(raw));
	count = raw[0] & 0x3f;
	memcpy(s->config, raw, count < most ? count : most);
}

static void multicast(struct board *b, struct i8255x *s, uint32_t block)
{
	uint8_t raw[2], mac[ETH_ALEN];
	unsigned count;

	mem_dma_read(&b->mem, block + BLOCK_DATA, raw, sizeof(raw));
	count = (get_le16(raw) & MULTICAST_COUNT) / ETH_ALEN;
	s->multicast = 0;
	for (unsigned n = 0; n < count; n++) {
		mem_dma_read(&b->mem, block + BLOCK_DATA + 2 + n * ETH_ALEN, mac, sizeof(mac));
		s->multicast |= i8255x_hash_bit(mac);
	}
}

/* The internal state as far as it exists here: the configuration, the address, the
 * hash table, where the units are. Its places are Intel's own business. */
static void dump(struct board *b, struct i8255x *s, uint32_t block)
{
	uint8_t raw[DUMP_BYTES] = {0}, where[4];

	mem_dma_read(&b->mem, block + BLOCK_DATA, where, sizeof(where));
	memcpy(raw, s->config, CONFIG_BYTES);
	memcpy(raw + CONFIG_BYTES, s->ia, ETH_ALEN);
	put_le64(raw + 40, s->multicast);
	put_le32(raw + 48, s->cu_base + s->cu_offset);
	put_le32(raw + 52, s->ru_base + s->ru_offset);
	mem_dma_write(&b->mem, get_le32(where), raw, sizeof(raw));
}

static void execute(struct board *b, struct i8255x *s, uint32_t block, unsigned command)
{
	switch (command & CB_COMMAND) {
	case CB_IA_SETUP: ia_setup(b, s, block); break;
	case CB_CONFIGURE: configure(b, s, block); break;
	case CB_MULTICAST: multicast(b, s, block); break;
	case CB_TRANSMIT: i8255x_transmit(b, s, block); break;
	case CB_DUMP: dump(b, s, block); break;
	default: break; /* NOP and diagnose have nothing to do; microcode is for a processor that is not here */
	}
}

/* ---- the list ---- */

static void finish(struct board *b, struct i8255x *s, uint32_t block, uint16_t command)
{
	uint8_t raw[2];
	uint8_t causes = command & COMMAND_I ? ACK_CX : 0;

	put_le16(raw, STATUS_C | STATUS_OK);
	mem_dma_write(&b->mem, block + BLOCK_STATUS, raw, sizeof(raw));
	if (command & COMMAND_EL)
		s->cus = CUS_IDLE;
	else if (command & COMMAND_S)
		s->cus = CUS_SUSPENDED;
	if (s->cus == CUS_IDLE || (s->cus == CUS_SUSPENDED && !(s->config[CONFIG_LIST] & LIST_CI)))
		causes |= ACK_CNA;
	if (causes)
		i8255x_interrupt(b, s, causes);
}

/* The block at the head of the list; false: it has to wait. */
static bool step(struct board *b, struct i8255x *s)
{
	uint32_t block = s->cu_base + s->cu_offset;
	uint8_t raw[BLOCK_DATA];
	uint16_t command;

	mem_dma_read(&b->mem, block, raw, sizeof(raw));
	command = get_le16(raw + BLOCK_COMMAND);
	if ((command & CB_COMMAND) == CB_TRANSMIT && i8255x_tx_held(b, s))
		return false;
	TRACE(b, NIC, "i8255x %u: block at %x: %s%s%s%s", s->slot, block, command_name(command),
	      command & COMMAND_EL ? ", end of list" : "", command & COMMAND_S ? ", suspend" : "",
	      command & COMMAND_I ? ", interrupt" : "");
	s->cu_offset = get_le32(raw + BLOCK_LINK);
	execute(b, s, block, command);
	finish(b, s, block, command);
	return true;
}

void i8255x_cu_run(struct board *b, struct i8255x *s)
{
	unsigned left = BLOCKS_AT_ONCE;

	if (!i8255x_may_dma(b, s))
		return;
	while (s->cus == CUS_ACTIVE && left && step(b, s))
		left--;
	if (!left && s->cus == CUS_ACTIVE)
		board_timer_set(b, TIMER_NIC0 + s->slot, board_now(b) + (uint64_t)BLOCKS_AT_ONCE * BLOCK_NS);
}

static void start(struct board *b, struct i8255x *s, uint32_t offset)
{
	TRACE(b, NIC, "i8255x %u: command unit starts at %x", s->slot, s->cu_base + offset);
	s->cu_offset = offset;
	s->cus = CUS_ACTIVE;
	i8255x_cu_run(b, s);
}

static void resume(struct board *b, struct i8255x *s)
{
	TRACE(b, NIC, "i8255x %u: command unit resumes", s->slot);
	if (s->cus == CUS_SUSPENDED)
		s->cus = CUS_ACTIVE;
	i8255x_cu_run(b, s);
}

void i8255x_cu_command(struct board *b, struct i8255x *s, unsigned command)
{
	uint32_t pointer = get_le32(s->csr + CSR_POINTER);

	switch (command) {
	case CUC_NOP: break;
	case CUC_START: start(b, s, pointer); break;
	case CUC_RESUME:
	case CUC_STATIC_RESUME: resume(b, s); break;
	case CUC_DUMP_ADDRESS: s->stats_at = pointer; break;
	case CUC_DUMP:
	case CUC_DUMP_RESET: i8255x_dump_stats(b, s, command == CUC_DUMP_RESET); break;
	case CUC_BASE: s->cu_base = pointer; break;
	default: TRACE(b, NIC, "i8255x %u: no command %u of the command unit", s->slot, command); break;
	}
}
