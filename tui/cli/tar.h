/* Folders between a PC and this machine: tar there, tar here. */
#ifndef LANYARD_TUI_CLI_TAR_H
#define LANYARD_TUI_CLI_TAR_H

#include "tui/control/client.h"

/* Runs `command` in the PC; the archive it writes is unpacked into dir. */
bool tar_fetch(struct client *c, const char *command_name, const char *pc, const char *command, const char *dir);
/* Packs the contents of dir; the archive is the input of `command`. */
bool tar_send(struct client *c, const char *command_name, const char *pc, const char *command, const char *dir);

#endif
