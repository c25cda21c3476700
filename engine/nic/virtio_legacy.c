/* The I/O ports of virtio before 1.0 (Virtual I/O Device 1.2, section 4.1.4.8):
 * one page number for a queue, 32 bits of features, the device's configuration
 * behind the last register, which is two further on while MSI-X is on. */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/nic/virtio.h"

enum {
	PORTS = 0x20,
	DEVICE_FEATURES = 0,
	DRIVER_FEATURES = 4,
	QUEUE_ADDRESS = 8,
	QUEUE_SIZE = 12,
	QUEUE_SELECT = 14,
	QUEUE_NOTIFY = 16,
	DEVICE_STATUS = 18,
	ISR_STATUS = 19,
	CONFIG_VECTOR = 20, /* with MSI-X */
	QUEUE_VECTOR = 22,
	CONFIG = 20,
	CONFIG_MSIX = 24,
	QUEUE_PAGE_SHIFT = 12,
	QUEUE_ALIGN = 4096,
};

static const char *port_name(unsigned at)
{
	static const char *const names[PORTS] = {
		[DEVICE_FEATURES] = "device_features", [DRIVER_FEATURES] = "driver_features",
		[QUEUE_ADDRESS] = "queue_address",     [QUEUE_SIZE] = "queue_size",
		[QUEUE_SELECT] = "queue_select",       [QUEUE_NOTIFY] = "queue_notify",
		[DEVICE_STATUS] = "device_status",     [ISR_STATUS] = "isr_status",
	};

	return at < PORTS && names[at] ? names[at] : "config";
}

static bool with_msix(struct board *b, struct virtio *v)
{
	struct msix m = virtio_msix(b, v);

	return m.count && msix_enabled(&m);
}

static struct virtq *selected(struct board *b, struct virtio *v)
{
	return v->queue_select < virtio_device_of(b, v->slot)->queues ? &v->q[v->queue_select] : NULL;
}

/* ---- device configuration, a byte at a time ---- */

static uint32_t config_read(struct board *b, struct virtio *v, unsigned at, unsigned size)
{
	const struct virtio_device *d = virtio_device_of(b, v->slot);
	uint8_t config[VIRTIO_CONFIG_MAX] = {0};
	uint32_t value = 0;

	d->config_read(b, v->slot, config);
	for (unsigned n = 0; n < size; n++)
		value |= (uint32_t)(at + n < d->config_size ? config[at + n] : 0xff) << 8 * n;
	return value;
}

static void config_write(struct board *b, struct virtio *v, unsigned at, uint32_t value, unsigned size)
{
	const struct virtio_device *d = virtio_device_of(b, v->slot);
	uint8_t data[4];

	put_le32(data, value);
	if (at + size <= d->config_size)
		d->config_write(b, v->slot, at, data, size);
}

/* ---- ports ---- */

static uint32_t legacy_in(struct board *b, unsigned slot, uint16_t port, unsigned size)
{
	struct virtio *v = virtio_state(b, slot);
	const struct virtq *q = selected(b, v);
	unsigned at = port & (PORTS - 1);
	bool msix = with_msix(b, v);

	if (at >= (unsigned)(msix ? CONFIG_MSIX : CONFIG))
		return config_read(b, v, at - (msix ? CONFIG_MSIX : CONFIG), size);
	switch (at) {
	case DEVICE_FEATURES: return (uint32_t)virtio_device_of(b, slot)->features;
	case DRIVER_FEATURES: return (uint32_t)v->driver_features;
	case QUEUE_ADDRESS: return q ? (uint32_t)(q->desc >> QUEUE_PAGE_SHIFT) : 0;
	case QUEUE_SIZE: return q ? q->size : 0;
	case QUEUE_SELECT: return v->queue_select;
	case DEVICE_STATUS: return v->status;
	case ISR_STATUS: return virtio_take_isr(b, v);
	case CONFIG_VECTOR: return v->config_vector;
	case QUEUE_VECTOR: return q ? q->vector : VIRTIO_NO_VECTOR;
	default: return UINT32_MAX;
	}
}

/* The three parts of a queue follow one another (2.7.2). */
static void set_page(struct board *b, struct virtio *v, uint32_t page)
{
	struct virtq *q = selected(b, v);
	uint64_t end;

	if (!page) { /* as old drivers give a device back */
		virtio_reset(b, v);
		return;
	}
	if (!q)
		return;
	q->desc = (uint64_t)page << QUEUE_PAGE_SHIFT;
	q->avail = q->desc + 16ull * q->size;
	end = q->avail + 6 + 2ull * q->size;
	q->used = (end + QUEUE_ALIGN - 1) & ~(uint64_t)(QUEUE_ALIGN - 1);
	q->last_avail = q->used_idx = q->signalled = 0;
	q->signalled_valid = 0;
	q->enabled = 1;
	TRACE(b, NIC, "virtio %u: queue %u at page %x", v->slot, v->queue_select, page);
}

/* Linux before 2.6.34 never made the device a bus master. */
static void master(struct board *b, struct virtio *v)
{
	uint32_t command = pci_config_read(b, NIC_DEVFN(v->slot), PCI_COMMAND, 2);

	pci_config_write(b, NIC_DEVFN(v->slot), PCI_COMMAND, command | PCI_COMMAND_MASTER, 2);
}

static void set_status(struct board *b, struct virtio *v, uint8_t status)
{
	if (status == (STATUS_ACKNOWLEDGE | STATUS_DRIVER))
		master(b, v);
	virtio_set_status(b, v, status);
}

static void set_features(struct board *b, struct virtio *v, uint32_t features)
{
	/* A legacy driver is not asked whether it agrees. */
	if (!(v->status & STATUS_DRIVER_OK))
		virtio_set_features(b, v, features & virtio_device_of(b, v->slot)->features);
}

static void legacy_out(struct board *b, unsigned slot, uint16_t port, uint32_t value, unsigned size)
{
	struct virtio *v = virtio_state(b, slot);
	struct virtq *q = selected(b, v);
	unsigned at = port & (PORTS - 1);
	bool msix = with_msix(b, v);

	TRACE(b, NIC, "virtio %u: write %s = %x", slot, port_name(at), value);
	if (at >= (unsigned)(msix ? CONFIG_MSIX : CONFIG)) {
		config_write(b, v, at - (msix ? CONFIG_MSIX : CONFIG), value, size);
		return;
	}
	switch (at) {
	case DRIVER_FEATURES: set_features(b, v, value); break;
	case QUEUE_ADDRESS: set_page(b, v, value); break;
	case QUEUE_SELECT: v->queue_select = (uint16_t)value; break;
	case QUEUE_NOTIFY: virtio_kick(b, v, (uint16_t)value); break;
	case DEVICE_STATUS: set_status(b, v, (uint8_t)value); break;
	case CONFIG_VECTOR: virtio_set_vector(v, &v->config_vector, (uint16_t)value); break;
	case QUEUE_VECTOR:
		if (q)
			virtio_set_vector(v, &q->vector, (uint16_t)value);
		break;
	default: break;
	}
}

void virtio_legacy_map(struct board *b, unsigned slot, uint16_t base, bool on)
{
	struct io_range range = {base, PORTS, (uint8_t)slot, 4, legacy_in, legacy_out};

	if (on)
		board_map_io(b, &range);
	else
		board_unmap_io(b, slot, legacy_in, legacy_out);
}
