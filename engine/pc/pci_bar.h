/* Base address registers: what they look like and what they make reachable.
 * Inside of pci.c; chips use pci.h. */
#ifndef LANYARD_PC_PCI_BAR_H
#define LANYARD_PC_PCI_BAR_H

#include "engine/base/types.h"

struct board;
struct pci_model;

/* The host side: windows mapped now, option ROMs. */
void pci_bar_attach(struct board *b);
void pci_bar_free(struct board *b);
/* Maps and unmaps windows until they are what the registers say. */
void pci_bar_sync(struct board *b);

/* Read-only type bits (PCI 2.1 section 6.2.5.1) and writable bits of register
 * bar, as a doubleword. */
uint32_t pci_bar_type(const struct pci_model *m, unsigned bar);
uint32_t pci_bar_mask(const struct pci_model *m, unsigned bar);
uint32_t pci_rom_mask(const struct board *b, unsigned devfn);
/* Asserts that a model is sound: our own mistakes, found at once. */
void pci_model_check(const struct pci_model *m);

#endif
