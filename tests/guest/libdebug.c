/* Debug exceptions, noted one by one; see lib.h. */
#include "tests/guest/lib.h"

enum { RF = 0x10000, DR7_NONE = 0x400 };

volatile uint32_t debug_hits, debug_where[DEBUG_HITS], debug_dr6[DEBUG_HITS], debug_flags[DEBUG_HITS];
volatile bool debug_resume;

void debug_note(struct trap *t)
{
	if (debug_hits < DEBUG_HITS) {
		debug_where[debug_hits] = t->eip;
		debug_dr6[debug_hits] = READ_DR(6);
		debug_flags[debug_hits] = t->eflags;
	}
	debug_hits++;
	WRITE_DR(6, DR6_FIXED);
	if (debug_resume)
		t->eflags |= RF;
}

void debug_reset(void)
{
	debug_hits = 0;
	debug_resume = false;
	WRITE_DR(7, DR7_NONE);
	WRITE_DR(6, DR6_FIXED);
}
