/* The SMBus host of the PIIX4 (data sheet 290562, section 7.3), with no device
 * on its bus: every transaction ends at once with DEV_ERR, "no response". */
#include "engine/pc/acpi_pm.h"

#include "engine/pc/board.h"
#include "engine/pc/pc.h"
#include "engine/pc/pci.h"

enum {
	SMBHSTSTS = 0,
	SMBSLVSTS = 1,
	SMBHSTCNT = 2,
	SMBBLKDAT = 7,
	SMB_PORTS = 16,
	DEV_ERR = 1 << 2,
	STS_CLEAR = 0x1e,
	SLV_CLEAR = 0x3c,
	INTEREN = 1 << 0,
	KILL = 1 << 1,
	START = 1 << 6,
	CNT_BITS = 0x1d,
	SMBHSTCFG = 0xd2,
	INTR_SELECT = 0x0e,
	INTR_IRQ9 = 4 << 1,
};

/* Registers 3..13 that simply hold what was written, by number. */
#define LATCHES 0x3f78u

static uint32_t smbus_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	struct acpi_pm *pm = &b->pc->pm;
	unsigned at = port & (SMB_PORTS - 1);
	uint8_t v = pm->smb[at];

	if (at == SMBHSTCNT) {
		pm->smb_index = 0; /* reading restarts the block buffer */
	} else if (at == SMBBLKDAT) {
		v = pm->smb_block[pm->smb_index];
		pm->smb_index = (uint8_t)((pm->smb_index + 1u) % sizeof(pm->smb_block));
	}
	return v;
}

static void smbus_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct acpi_pm *pm = &b->pc->pm;
	unsigned at = port & (SMB_PORTS - 1);
	uint8_t v = (uint8_t)value;

	switch (at) {
	case SMBHSTSTS: pm->smb[at] &= (uint8_t) ~(v & STS_CLEAR); break;
	case SMBSLVSTS: pm->smb[at] &= (uint8_t) ~(v & SLV_CLEAR); break;
	case SMBHSTCNT:
		pm->smb[at] = v & CNT_BITS;
		if ((v & START) && !(v & KILL))
			pm->smb[SMBHSTSTS] |= DEV_ERR;
		break;
	case SMBBLKDAT:
		pm->smb_block[pm->smb_index] = v;
		pm->smb_index = (uint8_t)((pm->smb_index + 1u) % sizeof(pm->smb_block));
		break;
	default:
		if (LATCHES >> at & 1)
			pm->smb[at] = v;
	}
	acpi_pm_update(b);
}

bool smbus_irq(const struct board *b)
{
	const struct acpi_pm *pm = &b->pc->pm;
	const uint8_t *config = pci_config((struct board *)b, ACPI_PM_DEVFN);

	return (pm->smb[SMBHSTSTS] & STS_CLEAR) && (pm->smb[SMBHSTCNT] & INTEREN) && config &&
	       (config[SMBHSTCFG] & INTR_SELECT) == INTR_IRQ9;
}

void smbus_map(struct board *b, uint16_t base)
{
	struct io_range range = {base, SMB_PORTS, 0, 1, smbus_in, smbus_out};

	board_unmap_io(b, 0, smbus_in, smbus_out);
	if (base)
		board_map_io(b, &range);
}
