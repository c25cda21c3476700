/* Programs that we run and wait for: in a process group of their own, so that a
 * signal that ends us ends them and all that they started. */
#ifndef LANYARD_TUI_CLI_CHILD_H
#define LANYARD_TUI_CLI_CHILD_H

#include <glib.h>

#include "engine/base/types.h"

/* Runs argv with our stdout, our stderr (or none, if quiet) and an empty input. False with error if
 * it could not be started, failed, or a signal came (G_IO_ERROR_CANCELLED;
 * term_signals() was called). what: the program for messages. */
bool child_run(const char *const *argv, const char *what, bool quiet, GError **error);

#endif
