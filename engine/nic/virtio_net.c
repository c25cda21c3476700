/* virtio-net-pci: features, configuration and link of the card, and the model's
 * row. What QEMU's offers by default over a socket, checksums and TCP segmentation
 * as well. */
#include "engine/nic/virtio_net.h"

#include <string.h>

#include "engine/base/bytes.h"
#include "engine/base/option.h"
#include "engine/net/link.h"

enum {
	CONFIG_MAC = 0,
	CONFIG_STATUS = 6,
	CONFIG_BYTES = 8,
	CONFIG_LINK_UP = 1,
	CONFIG_ANNOUNCE = 2,
	QUEUE_ENTRIES = 256,
	CTRL_ENTRIES = 64,
};
#define NET_OFFERED \
	(NET_F_CSUM | NET_F_GUEST_CSUM | NET_F_CTRL_GUEST_OFFLOADS | NET_F_MAC | NET_F_GSO | NET_F_HOST_TSO4 | \
	 NET_F_HOST_TSO6 | NET_F_HOST_ECN | NET_F_MRG_RXBUF | NET_F_STATUS | NET_F_CTRL_VQ | NET_F_CTRL_RX | \
	 NET_F_CTRL_VLAN | NET_F_CTRL_RX_EXTRA | NET_F_GUEST_ANNOUNCE | NET_F_CTRL_MAC_ADDR | VIRTIO_LEGACY_ONLY | \
	 VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | VIRTIO_F_VERSION_1 | VIRTIO_F_RING_RESET)

/* ---- configuration ---- */

static void config_read(struct board *b, unsigned slot, uint8_t config[VIRTIO_CONFIG_MAX])
{
	const struct virtio_net *s = nic_state(b, slot);

	memcpy(config + CONFIG_MAC, s->mac, ETH_ALEN);
	put_le16(config + CONFIG_STATUS,
		 (uint16_t)((s->carrier ? CONFIG_LINK_UP : 0) | (s->announce ? CONFIG_ANNOUNCE : 0)));
}

/* Drivers of before 1.0 write a new address here, a byte at a time. */
static void config_write(struct board *b, unsigned slot, unsigned at, const uint8_t *data, unsigned size)
{
	struct virtio_net *s = nic_state(b, slot);

	if (virtio_has(&s->v, VIRTIO_F_VERSION_1 | NET_F_CTRL_MAC_ADDR))
		return;
	for (unsigned n = 0; n < size && at + n < ETH_ALEN; n++)
		s->mac[at + n] = data[n];
}

/* ---- the device, as the transport sees it ---- */

/* Until the driver says otherwise it gets everything. */
static void net_reset(struct board *b, unsigned slot)
{
	struct virtio_net *s = nic_state(b, slot);

	memcpy(s->mac, s->hw_mac, ETH_ALEN);
	s->promiscuous = 1;
	s->all_multicast = s->all_unicast = 0;
	s->no_multicast = s->no_unicast = s->no_broadcast = 0;
	s->announce = 0;
	s->macs = s->unicast_macs = 0;
	s->too_many_unicast = s->too_many_multicast = 0;
	memset(s->filter, 0, sizeof(s->filter));
	memset(s->vlan, 0, sizeof(s->vlan));
	s->offloads = 0;
	s->tx_free = 0;
	board_timer_set(b, TIMER_NIC0 + slot, TIME_NEVER);
}

static void features_set(struct board *b, unsigned slot)
{
	struct virtio_net *s = nic_state(b, slot);

	s->offloads = s->v.driver_features & NET_F_GUEST_CSUM;
	memset(s->vlan, virtio_has(&s->v, NET_F_CTRL_VLAN) ? 0 : 0xff, sizeof(s->vlan));
	if (virtio_queue_ready(b, &s->v, QUEUE_RX)) /* it sees by itself what is there when a frame comes */
		virtq_want_kicks(b, &s->v, QUEUE_RX, false);
}

static void notify(struct board *b, unsigned slot, unsigned queue)
{
	struct virtio_net *s = nic_state(b, slot);

	if (queue == QUEUE_TX)
		virtio_net_tx(b, s);
	else if (queue == QUEUE_CTRL)
		virtio_net_ctrl(b, s);
}

static const struct virtio_device device = {
	.name = "virtio-net-pci",
	.features = NET_OFFERED,
	.queues = 3,
	.queue_size = {QUEUE_ENTRIES, QUEUE_ENTRIES, CTRL_ENTRIES},
	.config_size = CONFIG_BYTES,
	.reset = net_reset,
	.features_set = features_set,
	.notify = notify,
	.config_read = config_read,
	.config_write = config_write,
};

const struct virtio_device *virtio_device_of(struct board *b, unsigned slot)
{
	return &device; /* the only one of its kind */
}

/* ---- the card ---- */

static const char *const rates[] = {"10Mbit", "100Mbit", "1Gbit", "10Gbit", "unlimited", NULL};
static const uint64_t rate_bits[] = {10000000, 100000000, 1000000000, 10000000000, LINK_RATE_MAX};
enum { OPTION_OF_RATE, OPTION_OF_VECTORS };

static const struct option options[] = {
	{"rate", OPTION_CHOICE, .standard = "10Gbit", .choices = rates,
	 .help = "how fast it sends; unlimited is for measurements"},
	{"vectors", OPTION_NUMBER, 0, VIRTIO_VECTORS_MAX, "4", .help = "of MSI-X; 0: it interrupts by INTx"},
	{.name = NULL}};

static uint64_t line_rate(const struct option_value *values)
{
	return rate_bits[values[OPTION_OF_RATE].number];
}

static void net_restore(struct board *b, unsigned slot)
{
	virtio_pci_add(b, slot, virtio_state(b, slot)->vectors);
}

/* RESET#: the table of MSI-X too, which the driver's reset leaves. */
static void net_power_on(struct board *b, unsigned slot)
{
	struct virtio *v = virtio_state(b, slot);
	struct msix m = virtio_msix(b, v);

	msix_reset(&m);
	virtio_reset(b, v);
}

static void net_attach(struct board *b, unsigned slot, const uint8_t mac[6])
{
	struct virtio_net *s = nic_state(b, slot);

	memcpy(s->hw_mac, mac, ETH_ALEN);
	s->v.slot = slot;
}

static void net_configure(struct board *b, unsigned slot, const struct option_value *values)
{
	struct virtio_net *s = nic_state(b, slot);

	s->rate = rate_bits[values[OPTION_OF_RATE].number];
	s->v.vectors = (uint8_t)values[OPTION_OF_VECTORS].number;
	net_restore(b, slot);
	net_power_on(b, slot);
}

static bool net_receive(struct board *b, unsigned slot, const uint8_t *frame, size_t size, int *reason)
{
	return virtio_net_rx(b, nic_state(b, slot), frame, size, reason);
}

static void net_carrier(struct board *b, unsigned slot, bool up)
{
	struct virtio_net *s = nic_state(b, slot);

	if (s->carrier == up)
		return;
	TRACE(b, NIC, "virtio %u: link %s", slot, up ? "up" : "down");
	s->carrier = up;
	virtio_config_changed(b, &s->v);
}

static void net_timer(struct board *b, unsigned slot)
{
	virtio_net_tx(b, nic_state(b, slot));
}

static bool rate_valid(uint64_t rate)
{
	for (unsigned n = 0; n < ARRAY_LEN(rate_bits); n++)
		if (rate_bits[n] == rate)
			return true;
	return false;
}

static const char *net_validate(const struct board *b, unsigned slot)
{
	const struct virtio_net *s = (const void *)b->pc->nic[slot];
	const uint8_t *flags = &s->promiscuous;
	const char *wrong = virtio_validate(&s->v, &device, slot);

	if (wrong)
		return wrong;
	if (s->macs > NET_MACS || s->unicast_macs > s->macs || s->too_many_unicast > 1 || s->too_many_multicast > 1 ||
	    !rate_valid(s->rate) || (s->offloads & ~NET_F_GUEST_CSUM))
		return "virtio-net: bad state";
	for (unsigned n = 0; n < 8; n++) /* promiscuous .. announce */
		if (flags[n] > 1)
			return "virtio-net: bad flag";
	return NULL;
}

const struct nic_model nic_virtio = {
	.name = "virtio-net-pci",
	.alias = "virtio",
	.number = 3,
	.help = "virtio 1.0 and legacy, a card for virtual machines (2008, PCI, 10 Gbit/s; Linux: virtio_net), tells "
		"of its "
		"link at once; also called virtio, the fastest here, and all that Debian's cloud kernel knows",
	.cloud = true,
	.rate = 10000000000,
	.rom = "efi-virtio.rom",
	.options = options,
	.line_rate = line_rate,
	.attach = net_attach,
	.configure = net_configure,
	.restore = net_restore,
	.reset = net_power_on,
	.receive = net_receive,
	.carrier = net_carrier,
	.timer = net_timer,
	.validate = net_validate,
};
