/* What all network cards have in common: boot ROM, hotplug. */
#include "tests/unit/nics.h"

static void boot_rom(void **state)
{
	struct board *b = new_board("ne2k_pci");
	uint8_t rom[1024] = {0x55, 0xaa, 2}, sum = 0;

	put_le16(rom + 0x18, 0x1c);
	memcpy(rom + 0x1c, "PCIR", 4);
	rom[6] = (uint8_t)(0 - 0x55 - 0xaa - 2 - 0x1c - 'P' - 'C' - 'I' - 'R');
	nic_set_rom(b, 0, rom, sizeof(rom));
	pci_config_write(b, NIC_DEVFN(0), PCI_ROM_ADDRESS, BAR | PCI_ROM_ENABLE, 4);
	for (unsigned n = 0; n < sizeof(rom); n++)
		sum = (uint8_t)(sum + mem_read(&b->mem, BAR + n, 1));
	assert_int_equal(sum, 0);
	assert_int_equal(mem_read(&b->mem, BAR + 0x20, 4), 0x802910ec);
	done(b);
}

/* A card in a running PC: the guest ejects it through ACPI; another comes. */
static void hotplug(void **state)
{
	struct board *b = new_board("e1000");
	const struct nic_model *m = nic_model_find("ne2k_pci");
	int reason;
	uint8_t f[60] = {0};

	assert_true(nic_plug(b, 7, m, mac, NULL, true));
	assert_true(in(b, 0xafe0, 1) & 2);
	assert_true(in(b, 0xae00, 4) & 1u << 10);
	assert_int_equal(pci_config_read(b, NIC_DEVFN(7), 0, 4), 0x802910ec);
	out(b, 0xae08, 1u << 10, 4);
	assert_int_equal(pci_config_read(b, NIC_DEVFN(7), 0, 2), 0xffff);
	assert_int_equal(b->pc->nic_model[7], 0);
	assert_false(nic_receive(b, 7, f, 60, &reason));
	assert_int_equal(reason, DROP_NIC_DOWN);
	assert_false(nic_receive(b, 0, f, 10, &reason));
	assert_int_equal(reason, DROP_TOO_SHORT);
	assert_null(nic_model_find("no such card"));
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boot_rom),
		cmocka_unit_test(hotplug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
