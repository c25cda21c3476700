/* Where control sockets are, for the lab and for those who talk to it. */
#ifndef LANYARD_TUI_CONTROL_SOCKET_PATH_H
#define LANYARD_TUI_CONTROL_SOCKET_PATH_H

#include <glib.h>
#include <sys/un.h>

#include "engine/base/types.h"

/* $XDG_RUNTIME_DIR/lanyard, or /tmp/lanyard-UID. g_free() it. */
char *socket_dir(void);
/* Makes it (mode 0700). NULL with error if it cannot be made or belongs to
 * somebody else. */
char *socket_dir_make(GError **error);
/* False with error if it is there but others may have put sockets into it. */
bool socket_dir_safe(GError **error);
/* Letters, digits, '-', '_' and '.', not a '.' first: a name of a socket. */
bool socket_name_ok(const char *name);
/* False with error if the path is too long for a socket. */
bool socket_address(const char *dir, const char *name, struct sockaddr_un *address, GError **error);
/* Names of all sockets there, sorted; some may be dead. */
GPtrArray *socket_names(void);

#endif
