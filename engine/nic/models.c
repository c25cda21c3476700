/* Which network cards there are. A new one is a file of its own, ending in its
 * struct nic_model, and a row here. */
#include "engine/nic/nic.h"

extern const struct nic_model nic_e1000, nic_e1000_82545em, nic_e1000_82544gc, nic_ne2k_pci, nic_ne2k_isa;
extern const struct nic_model nic_rtl8139, nic_pcnet, nic_i82559er, nic_i82557b, nic_i82551, nic_virtio;

/* THE LIST: the order is that of menus and manuals, a card's number is its own. */
/* clang-format off */
const struct nic_model *const nic_models[] = {
	&nic_e1000,
	&nic_e1000_82545em,
	&nic_e1000_82544gc,
	&nic_ne2k_pci,
	&nic_ne2k_isa,
	&nic_rtl8139,
	&nic_pcnet,
	&nic_i82559er,
	&nic_i82557b,
	&nic_i82551,
	&nic_virtio,
	NULL,
};
/* clang-format on */
