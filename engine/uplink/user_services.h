/* What stands behind a user network on the host: programs for guest forwards, Samba. */
#ifndef LANYARD_UPLINK_USER_SERVICES_H
#define LANYARD_UPLINK_USER_SERVICES_H

#include "engine/uplink/spawner.h"
#include "engine/uplink/user_config.h"

/* In the spawner: makes sockets for all of them; their paths into path[], in the order of
 * user_process_main(), to be g_free()d also after a failure. */
bool user_serve_guests(const struct user_config *c, struct spawner_side *side, char **path, GError **error);
/* Picks a port of the host that is free now for a forward with port 0. */
bool user_free_port(struct forward *f);

#endif
