/* Intel 82441FX, the host bridge of the 440FX chip set (function 00:00.0): its
 * configuration registers, of which PAM (shadow RAM) has an effect here. */
#ifndef LANYARD_PC_I440FX_H
#define LANYARD_PC_I440FX_H

struct board;

#define I440FX_DEVFN 0x00

/* Needs pci_attach() before. Its registers live in struct pci. */
void i440fx_attach(struct board *b);

#endif
