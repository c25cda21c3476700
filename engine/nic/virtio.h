/* Virtio over PCI (Virtual I/O Device 1.2, sections 2 and 4.1): what every device
 * of that kind has in common, whatever it does. Transitional: a legacy driver finds
 * the I/O ports of BAR 0, a modern one the windows of BAR 4.
 *   virtio_pci.c     the transport: windows, features, status, interrupts
 *   virtio_legacy.c  the ports of drivers from before 1.0
 *   virtio_ring.c    the split virtqueues
 * A device keeps a struct virtio at the beginning of its state and describes
 * itself in a const struct virtio_device. All addresses, sizes and chains come from
 * the driver and are checked where they are used; what cannot be right breaks the
 * device until it is reset (DEVICE_NEEDS_RESET), as section 2.1.2 has it. */
#ifndef LANYARD_NIC_VIRTIO_H
#define LANYARD_NIC_VIRTIO_H

#include "engine/nic/nic.h"
#include "engine/pc/pci_msix.h"

#define VIRTIO_QUEUES_MAX 3u
#define VIRTIO_VECTORS_MAX 4u
#define VIRTIO_NO_VECTOR 0xffffu
#define VIRTIO_CONFIG_MAX 64u /* bytes of a device's own configuration */

/* Device status (2.1). */
enum {
	STATUS_ACKNOWLEDGE = 1,
	STATUS_DRIVER = 2,
	STATUS_DRIVER_OK = 4,
	STATUS_FEATURES_OK = 8,
	STATUS_NEEDS_RESET = 64,
	STATUS_FAILED = 128,
};

/* Feature bits of the transport and the queues (6). */
#define VIRTIO_F_NOTIFY_ON_EMPTY (1ull << 24)
#define VIRTIO_F_ANY_LAYOUT (1ull << 27)
#define VIRTIO_F_INDIRECT_DESC (1ull << 28)
#define VIRTIO_F_EVENT_IDX (1ull << 29)
#define VIRTIO_F_VERSION_1 (1ull << 32)
#define VIRTIO_F_RING_RESET (1ull << 40)
#define VIRTIO_LEGACY_ONLY (VIRTIO_F_NOTIFY_ON_EMPTY | VIRTIO_F_ANY_LAYOUT)

/* ISR status (4.1.4.5). */
enum { ISR_QUEUE = 1, ISR_CONFIG = 2 };

struct virtq {
	uint64_t desc, avail, used; /* guest-physical: descriptor table, driver's and device's ring */
	uint16_t size;              /* entries, a power of two */
	uint16_t last_avail;        /* the next entry of the available ring to take */
	uint16_t used_idx;
	uint16_t signalled; /* used_idx at the last look at whether the driver wants to know */
	uint16_t vector;
	uint8_t enabled;
	uint8_t signalled_valid;
	uint8_t pad[4];
};
_Static_assert(sizeof(struct virtq) == 40, "no implicit padding");

struct virtio {
	uint64_t driver_features;
	uint64_t msix_pending;
	struct msix_vector msix[VIRTIO_VECTORS_MAX];
	struct virtq q[VIRTIO_QUEUES_MAX];
	uint32_t slot;
	uint32_t feature_select, driver_feature_select;
	uint16_t queue_select;
	uint16_t config_vector;
	uint8_t vectors; /* 0: interrupts by INTx only */
	uint8_t status;
	uint8_t isr;
	uint8_t generation; /* of the device's configuration */
	uint8_t pad[4];
};
_Static_assert(sizeof(struct virtio) == 16 + 16 * VIRTIO_VECTORS_MAX + 40 * VIRTIO_QUEUES_MAX + 24,
	       "no implicit padding");

/* What a device is, to the transport. */
struct virtio_device {
	const char *name;
	uint64_t features; /* all that it offers */
	unsigned queues;
	uint16_t queue_size[VIRTIO_QUEUES_MAX]; /* entries, the most */
	unsigned config_size;                   /* bytes of its configuration */
	/* All its own state is as after power-on; the rings are gone already. */
	void (*reset)(struct board *b, unsigned slot);
	/* The driver has accepted features, before its first queue works. */
	void (*features_set)(struct board *b, unsigned slot);
	/* The driver tells of new entries of a queue that is ready. */
	void (*notify)(struct board *b, unsigned slot, unsigned queue);
	void (*config_read)(struct board *b, unsigned slot, uint8_t config[VIRTIO_CONFIG_MAX]);
	/* size bytes at `at` were written by the driver; all are below config_size. */
	void (*config_write)(struct board *b, unsigned slot, unsigned at, const uint8_t *data, unsigned size);
};

static inline struct virtio *virtio_state(struct board *b, unsigned slot)
{
	return nic_state(b, slot);
}
static inline bool virtio_has(const struct virtio *v, uint64_t feature)
{
	return v->driver_features & feature;
}
/* 1.0 or later: the driver speaks the modern way. */
static inline bool virtio_modern(const struct virtio *v)
{
	return virtio_has(v, VIRTIO_F_VERSION_1);
}
/* May the device touch its queues? */
bool virtio_ready(struct board *b, const struct virtio *v);
bool virtio_queue_ready(struct board *b, const struct virtio *v, unsigned queue);

/* ---- virtio_pci.c ---- */

/* Names the device that sits in a slot, host side: the card's own file knows. */
const struct virtio_device *virtio_device_of(struct board *b, unsigned slot);
/* Puts the function on the bus, with so many vectors; vectors 0: no MSI-X. */
void virtio_pci_add(struct board *b, unsigned slot, unsigned vectors);
/* The driver's reset, or RESET#. */
void virtio_reset(struct board *b, struct virtio *v);
/* A queue's or the configuration's interrupt. */
void virtio_interrupt_queue(struct board *b, struct virtio *v, unsigned queue);
void virtio_config_changed(struct board *b, struct virtio *v);
/* The driver has done what no driver may: nothing more until it resets. */
void virtio_break(struct board *b, struct virtio *v, const char *why);
void virtio_set_status(struct board *b, struct virtio *v, uint8_t status);
void virtio_set_features(struct board *b, struct virtio *v, uint64_t features);
void virtio_kick(struct board *b, struct virtio *v, unsigned queue);
void virtio_queue_reset(struct virtio *v, unsigned queue, uint16_t size);
void virtio_set_vector(struct virtio *v, uint16_t *vector, uint16_t value);
uint8_t virtio_take_isr(struct board *b, struct virtio *v);
struct msix virtio_msix(struct board *b, struct virtio *v);
const char *virtio_validate(const struct virtio *v, const struct virtio_device *d, unsigned slot);

/* ---- virtio_legacy.c ---- */

void virtio_legacy_map(struct board *b, unsigned slot, uint16_t base, bool on);

/* ---- virtio_ring.c ---- */

struct virtq_span {
	uint64_t addr;
	uint32_t size;
};
#define VIRTQ_SPANS 1024u /* descriptors of a chain, as QEMU's limit */

/* A chain of descriptors: first what the device reads, then what it writes. */
struct virtq_chain {
	uint16_t head;
	unsigned outs, ins; /* spans */
	uint64_t out_bytes, in_bytes;
	struct virtq_span span[VIRTQ_SPANS];
};

/* Entries that wait in the available ring. A driver that says more than fit breaks
 * the device: 0. */
unsigned virtq_waiting(struct board *b, struct virtio *v, unsigned queue);
/* Takes the next chain. False: there is none, or it was nonsense (the device is
 * broken then). */
bool virtq_take(struct board *b, struct virtio *v, unsigned queue, struct virtq_chain *c);
/* Gives the last `count` chains back to the available ring, as if never taken. */
void virtq_untake(struct virtio *v, unsigned queue, unsigned count);
/* Copies out of or into a chain; what is beyond its end is left out. */
void virtq_read(struct board *b, const struct virtq_chain *c, uint64_t at, void *data, size_t size);
void virtq_write(struct board *b, const struct virtq_chain *c, uint64_t at, const void *data, size_t size);
/* Puts a chain into the used ring, `ahead` entries behind the last that the driver
 * can see, with so many bytes written to it. */
void virtq_fill(struct board *b, struct virtio *v, unsigned queue, uint16_t head, uint32_t written, unsigned ahead);
/* Shows `count` filled entries to the driver, and interrupts it if it wants that. */
void virtq_flush(struct board *b, struct virtio *v, unsigned queue, unsigned count);
/* Does the device want to hear of new entries? */
void virtq_want_kicks(struct board *b, struct virtio *v, unsigned queue, bool want);

#endif
