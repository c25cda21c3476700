/* Power management: function 3 of Intel's 82371AB (PIIX4) at 00:01.3, as it
 * accompanies the PIIX3 in QEMU's PC: PM1 registers, PM timer, SMBus host (with
 * nothing on the bus), the APM ports 0xB2/0xB3; and beside it the two blocks at
 * fixed ports that the firmware's ACPI tables use: general purpose events at
 * 0xAFE0 and PCI hot-plug at 0xAE00. */
#ifndef LANYARD_PC_ACPI_PM_H
#define LANYARD_PC_ACPI_PM_H

#include "engine/base/types.h"

struct board;

#define ACPI_PM_DEVFN 0x0b

struct acpi_pm {
	uint64_t tmr_overflow; /* PM timer tick at which TMROF_STS is set next */
	uint32_t pci_down;     /* slots whose card the guest is asked to give up */
	uint16_t pm1_sts, pm1_en, pm1_cnt;
	uint16_t gpe0_sts, gpe0_en;
	uint8_t apm_cnt, apm_sts;
	uint8_t io[0x34]; /* PMBASE + 0x0C..0x3F: latches without effect here */
	/* SMBus host (registers by their offset from SMBBA). */
	uint8_t smb[16];
	uint8_t smb_block[32];
	uint8_t smb_index;
	uint8_t pad[3];
};
_Static_assert(sizeof(struct acpi_pm) == 128, "no implicit padding");

/* Needs pci_attach() before. */
void acpi_pm_attach(struct board *b);
/* After pci_reset(). */
void acpi_pm_reset(struct board *b);
/* TIMER_PM: the PM timer's overflow interrupt. */
void acpi_pm_timer(struct board *b, unsigned unit);
const char *acpi_pm_validate(const struct board *b);

/* Tells the guest that a card was put into a slot (after pci_add()), or asks it
 * to give one up; when it ejects the card, its pci_model's removed() is called. */
void acpi_pm_hotplug(struct board *b, unsigned slot, bool add);
/* The power button was pressed. */
void acpi_pm_power_button(struct board *b);

/* ---- between acpi_pm.c, acpi_gpe.c and smbus.c ---- */

/* Drives the SCI and arms the timer after any status or enable bit changed. */
void acpi_pm_update(struct board *b);
void acpi_gpe_attach(struct board *b);
void acpi_gpe_reset(struct board *b);
/* The SMBus host's 16 ports move to base; 0: nowhere. */
void smbus_map(struct board *b, uint16_t base);
bool smbus_irq(const struct board *b);

#endif
