/* Memory for what is made once and must be there: NULL ends the program, as
 * GLib's allocators do. For where GLib is not used or does not align. */
#ifndef LANYARD_BASE_ALLOC_H
#define LANYARD_BASE_ALLOC_H

#include <stdlib.h>

static inline void *alloc_checked(void *p)
{
	if (!p)
		abort();
	return p;
}

#endif
