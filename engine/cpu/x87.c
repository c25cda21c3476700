/* The x87 unit's state after RESET# and FNINIT; its instructions are in interp/. */
#include "engine/cpu/x87.h"

#include <string.h>

void x87_reset(struct cpu_x87 *x)
{
	memset(x, 0, sizeof(*x));
	x->fcw = FCW_1;
	x->tags = 0xff; /* tag word 5555h: all zero, none empty */
}

void x87_init(struct cpu_x87 *x)
{
	x->fcw = FCW_INIT;
	x->fsw = 0;
	x->tags = 0;
	x->fip = x->fdp = 0;
	x->fcs = x->fds = x->fop = 0;
}
