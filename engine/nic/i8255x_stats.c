/* The 8255x's statistics (6.3.2.2.5): counters that a command writes to memory, with
 * a word behind them that says so. How many there are is the configuration's choice. */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/nic/i8255x.h"

#define DUMPED 0xa005u
#define DUMPED_AND_RESET 0xa007u

static unsigned counters(const struct i8255x *s)
{
	uint8_t list = s->config[CONFIG_LIST];

	if (!i8255x_extended(s))
		return STATS_STANDARD;
	if (list & LIST_TCO_STATS)
		return STATS_TCO;
	return list & LIST_STANDARD_STATS ? STATS_STANDARD : STATS_EXTENDED;
}

void i8255x_dump_stats(struct board *b, struct i8255x *s, bool reset)
{
	uint8_t raw[4 * (STATS_TCO + 1)];
	unsigned n = counters(s);

	for (unsigned i = 0; i < n; i++)
		put_le32(raw + (size_t)4 * i, s->stat[i]);
	put_le32(raw + (size_t)4 * n, reset ? DUMPED_AND_RESET : DUMPED);
	mem_dma_write(&b->mem, s->stats_at, raw, 4 * ((size_t)n + 1));
	TRACE(b, NIC, "i8255x %u: %u counters dumped to %x%s", s->slot, n, s->stats_at, reset ? ", now 0" : "");
	if (reset)
		memset(s->stat, 0, sizeof(s->stat));
}
