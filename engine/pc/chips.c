/* Which chips a PC has, in the order in which they are powered on: it reads top to
 * bottom like a bill of materials. */
#include "engine/pc/chips.h"

#include "engine/pc/debug_port.h"
#include "engine/pc/i440fx.h"
#include "engine/pc/pc.h"
#include "engine/pc/piix3.h"

/* clang-format off */
#define IN_PC(member) {offsetof(struct pc, member), sizeof(((struct pc *)0)->member)}

/* THE LIST. PCI is first, as its reset frees shadow RAM and what BARs had mapped.
 *
 * name          attach                reset               timer            first, how many  state                validate */
const struct chip chips[] = {
{"pci",          pci_attach,           pci_reset,          NULL,            0,            0, IN_PC(pci),          pci_validate},
{"pic",          pic_attach,           pic_reset,          NULL,            0,            0, IN_PC(pic),          pic_validate},
{"ioapic",       ioapic_attach,        ioapic_reset,       NULL,            0,            0, IN_PC(ioapic),       ioapic_validate},
{"lapic",        lapic_attach,         lapic_reset,        lapic_timer,     TIMER_LAPIC,  1, IN_PC(lapic),        lapic_validate},
{"pit",          pit_attach,           pit_reset,          pit_timer,       TIMER_PIT,    1, IN_PC(pit),          pit_validate},
{"rtc",          rtc_attach,           rtc_reset,          rtc_timer,       TIMER_RTC,    1, IN_PC(rtc),          rtc_validate},
{"i8042",        i8042_attach,         i8042_reset,        i8042_timer,     TIMER_KBC,    1, IN_PC(i8042),        i8042_validate},
{"dma8237",      dma8237_attach,       dma8237_reset,      NULL,            0,            0, IN_PC(dma),          dma8237_validate},
{"system_ports", system_ports_attach,  system_ports_reset, NULL,            0,            0, IN_PC(system_ports), system_ports_validate},
/* At 00:00.0 and 00:01.0; their registers are configuration space. */
{"i440fx",       i440fx_attach,        NULL,               NULL,            0,            0, {0, 0},              NULL},
{"piix3",        piix3_attach,         NULL,               NULL,            0,            0, {0, 0},              NULL},
/* At 00:01.1, 00:01.3, 00:02.0. */
{"ide",          ide_attach,           ide_reset,          ide_timer,       TIMER_IDE0,   2, IN_PC(ide),          ide_validate},
{"acpi_pm",      acpi_pm_attach,       acpi_pm_reset,      acpi_pm_timer,   TIMER_PM,     1, IN_PC(pm),           acpi_pm_validate},
{"vga",          vga_attach,           vga_reset,          NULL,            0,            0, IN_PC(vga),          vga_validate},
{"fdc",          fdc_attach,           fdc_reset,          fdc_timer,       TIMER_FDC,    1, IN_PC(fdc),          fdc_validate},
{"uart",         uart_attach,          uart_reset,         uart_timer,      TIMER_UART0,  2, IN_PC(uart),         uart_validate},
{"fw_cfg",       fw_cfg_attach,        fw_cfg_reset,       NULL,            0,            0, IN_PC(fw_cfg),       fw_cfg_validate},
{"debug_port",   debug_port_attach,    NULL,               NULL,            0,            0, {0, 0},              NULL},
{"boot_port",    boot_port_attach,     boot_port_reset,    boot_port_timer, TIMER_EXIT,   1, IN_PC(boot),         boot_port_validate},
};
/* clang-format on */

const unsigned chip_count = ARRAY_LEN(chips);

void chips_attach(struct board *b)
{
	for (unsigned n = 0; n < chip_count; n++) {
		chips[n].attach(b);
		for (unsigned t = 0; t < chips[n].timers; t++)
			b->timer_chip[chips[n].first_timer + t] = &chips[n];
	}
}

void chips_reset(struct board *b)
{
	for (unsigned n = 0; n < chip_count; n++)
		if (chips[n].reset)
			chips[n].reset(b);
}

bool chips_timer(struct board *b, unsigned timer)
{
	const struct chip *c = timer < PC_TIMERS ? b->timer_chip[timer] : NULL;

	if (c)
		c->timer(b, timer - c->first_timer);
	return c != NULL;
}

void chips_state(struct board *b, struct state *s)
{
	for (unsigned n = 0; n < chip_count; n++)
		if (chips[n].state.size)
			state_bytes(s, (uint8_t *)b->pc + chips[n].state.offset, chips[n].state.size);
}

const char *chips_validate(const struct board *b)
{
	const char *wrong = NULL;

	for (unsigned n = 0; n < chip_count && !wrong; n++)
		if (chips[n].validate)
			wrong = chips[n].validate(b);
	return wrong;
}
