/* Intel 82371SB (PIIX3), function 0: the PCI-to-ISA bridge (00:01.0), which
 * routes the PCI interrupts PIRQA#-PIRQD# to ISA interrupt lines. */
#ifndef LANYARD_PC_PIIX3_H
#define LANYARD_PC_PIIX3_H

#include "engine/base/types.h"

struct board;

#define PIIX3_DEVFN 0x08

/* Needs pci_attach() before. Its registers live in struct pci. */
void piix3_attach(struct board *b);
/* Drives the ISA lines again after an INTx level or the routing changed. */
void piix3_route(struct board *b);
/* The ACPI interrupt, hard-wired to IRQ 9, which PIRQs may share. */
void piix3_set_sci(struct board *b, bool level);

#endif
