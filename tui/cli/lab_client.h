/* Commands that talk to a running lab: control/client.h, with what goes wrong said
 * on stderr as "lanyard COMMAND: ...". */
#ifndef LANYARD_TUI_CLI_LAB_CLIENT_H
#define LANYARD_TUI_CLI_LAB_CLIENT_H

#include "tui/control/remote.h"

/* Says it, unless a signal ended us, and frees it; NULL is accepted. */
void lab_client_tell(const char *command, GError *error);
/* Each as its namesake, after a message if it fails. */
struct client *lab_client_open(const char *command, const char *lab);
JsonNode *lab_client_call(const char *command, struct client *c, const char *execute, ...) G_GNUC_NULL_TERMINATED;
bool lab_client_do(const char *command, struct client *c, const char *execute, ...) G_GNUC_NULL_TERMINATED;
int lab_client_run(const char *command, struct client *c, const char *pc, const char *line, int in, int out, int err);

#endif
