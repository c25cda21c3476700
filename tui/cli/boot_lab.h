/* The PC of `lanyard boot` as a lab of one, made and checked as lab files are. */
#ifndef LANYARD_TUI_CLI_BOOT_LAB_H
#define LANYARD_TUI_CLI_BOOT_LAB_H

#include "tui/cli/boot_args.h"

/* The plan has one PC, with the cards of --nic, "MODEL[,KEY=VALUE...]". NULL after a
 * message. */
struct plan *boot_lab(const struct boot_args *a);

#endif
