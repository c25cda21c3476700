/* The PC of `lanyard boot` as a lab of one, made and checked as lab files are. */
#ifndef LANYARD_TUI_CLI_BOOT_LAB_H
#define LANYARD_TUI_CLI_BOOT_LAB_H

#include "engine/lab/plan.h"

/* cards: values of --nic, "MODEL[,KEY=VALUE...]", ends with NULL; NULL: none.
 * The plan has one PC with these cards. NULL after a message. */
struct plan *boot_lab(char *const *cards);

#endif
