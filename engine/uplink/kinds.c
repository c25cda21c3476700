/* Which kinds of uplink there are. */
#include <string.h>

#include "engine/uplink/kind.h"

extern const struct uplink_kind uplink_user, uplink_tap, uplink_socket;

/* THE LIST. */
const struct uplink_kind *const uplink_kinds[] = {&uplink_user, &uplink_tap, &uplink_socket, NULL};

const struct uplink_kind *uplink_kind_find(const char *name)
{
	for (unsigned n = 0; uplink_kinds[n]; n++)
		if (!strcmp(uplink_kinds[n]->name, name))
			return uplink_kinds[n];
	return NULL;
}
