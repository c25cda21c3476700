/* Virtio's PCI transport (Virtual I/O Device 1.2, section 4.1): the windows of BAR 4
 * as its vendor capabilities tell of them, MSI-X or INTx, features and status. The
 * layout is QEMU's: BAR 0 legacy ports, BAR 1 the MSI-X table, BAR 4 the rest. */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/nic/virtio.h"

enum {
	BAR_LEGACY = 0,
	BAR_MSIX = 1,
	BAR_MODERN = 4,
	LEGACY_SIZE = 0x20,
	MSIX_SIZE = 0x1000,
	MSIX_PBA = 0x800,
	MODERN_SIZE = 0x4000,
	REGION = 0x1000, /* each of the four windows in BAR 4 */
	NOTIFY_MULTIPLIER = 4,
	/* Capabilities, by place in configuration space. */
	CAP_COMMON = 0x40,
	CAP_ISR = 0x50,
	CAP_DEVICE = 0x60,
	CAP_NOTIFY = 0x70,
	CAP_PCI = 0x84,
	CAP_MSIX = 0x98,
	CAP_BAR = 4,
	CAP_OFFSET = 8,
	CAP_LENGTH = 12,
	CAP_PCI_DATA = 16,
	/* Their types (4.1.4). */
	TYPE_COMMON = 1,
	TYPE_NOTIFY,
	TYPE_ISR,
	TYPE_DEVICE,
	TYPE_PCI,
};
enum region { REGION_COMMON, REGION_ISR, REGION_DEVICE, REGION_NOTIFY };

/* The common configuration (4.1.4.3). */
#define COMMON_REGS(X) \
	X(0x00, device_feature_select) \
	X(0x04, device_feature) \
	X(0x08, driver_feature_select) \
	X(0x0c, driver_feature) \
	X(0x10, config_msix_vector) \
	X(0x12, num_queues) \
	X(0x14, device_status) \
	X(0x15, config_generation) \
	X(0x16, queue_select) \
	X(0x18, queue_size) \
	X(0x1a, queue_msix_vector) \
	X(0x1c, queue_enable) \
	X(0x1e, queue_notify_off) \
	X(0x20, queue_desc) \
	X(0x24, queue_desc_high) \
	X(0x28, queue_driver) \
	X(0x2c, queue_driver_high) \
	X(0x30, queue_device) \
	X(0x34, queue_device_high) \
	X(0x38, queue_notify_data) \
	X(0x3a, queue_reset)
enum common_reg {
#define X(offset, name) R_##name = (offset),
	COMMON_REGS(X)
#undef X
};

static const char *common_name(uint64_t at)
{
	switch (at) {
#define X(offset, name) \
	case offset: return #name;
		COMMON_REGS(X)
#undef X
	default: return "nothing";
	}
}

static bool has_intx_only(const struct msix *m)
{
	return !m->count || !msix_enabled(m);
}

/* ---- interrupts ---- */

struct msix virtio_msix(struct board *b, struct virtio *v)
{
	return (struct msix){b, NIC_DEVFN(v->slot), CAP_MSIX, v->vectors, v->msix, &v->msix_pending};
}

static void interrupt(struct board *b, struct virtio *v, uint8_t causes, uint16_t vector)
{
	struct msix m = virtio_msix(b, v);

	v->isr |= causes;
	if (has_intx_only(&m))
		pci_set_irq(b, NIC_DEVFN(v->slot), true);
	else
		msix_raise(&m, vector);
}

void virtio_interrupt_queue(struct board *b, struct virtio *v, unsigned queue)
{
	TRACE(b, NIC, "virtio %u: interrupt of queue %u", v->slot, queue);
	interrupt(b, v, ISR_QUEUE, v->q[queue].vector);
}

void virtio_config_changed(struct board *b, struct virtio *v)
{
	v->generation++;
	if (v->status & STATUS_DRIVER_OK)
		interrupt(b, v, ISR_QUEUE | ISR_CONFIG, v->config_vector);
}

uint8_t virtio_take_isr(struct board *b, struct virtio *v)
{
	uint8_t isr = v->isr;

	v->isr = 0;
	pci_set_irq(b, NIC_DEVFN(v->slot), false);
	return isr;
}

void virtio_set_vector(struct virtio *v, uint16_t *vector, uint16_t value)
{
	*vector = value < v->vectors ? value : VIRTIO_NO_VECTOR;
}

/* ---- status, features, queues ---- */

bool virtio_ready(struct board *b, const struct virtio *v)
{
	return (v->status & (STATUS_DRIVER_OK | STATUS_NEEDS_RESET)) == STATUS_DRIVER_OK &&
	       pci_bus_master(b, NIC_DEVFN(v->slot));
}

bool virtio_queue_ready(struct board *b, const struct virtio *v, unsigned queue)
{
	return virtio_ready(b, v) && v->q[queue].enabled && v->q[queue].desc;
}

void virtio_queue_reset(struct virtio *v, unsigned queue, uint16_t size)
{
	v->q[queue] = (struct virtq){.size = size, .vector = VIRTIO_NO_VECTOR};
}

void virtio_reset(struct board *b, struct virtio *v)
{
	const struct virtio_device *d = virtio_device_of(b, v->slot);

	v->driver_features = 0;
	v->feature_select = v->driver_feature_select = 0;
	v->queue_select = 0;
	v->config_vector = VIRTIO_NO_VECTOR;
	v->status = 0;
	for (unsigned n = 0; n < VIRTIO_QUEUES_MAX; n++)
		virtio_queue_reset(v, n, n < d->queues ? d->queue_size[n] : 0);
	virtio_take_isr(b, v);
	d->reset(b, v->slot);
}

void virtio_break(struct board *b, struct virtio *v, const char *why)
{
	TRACE(b, NIC, "virtio %u: needs a reset: %s", v->slot, why);
	v->status |= STATUS_NEEDS_RESET;
	virtio_config_changed(b, v);
}

void virtio_set_features(struct board *b, struct virtio *v, uint64_t features)
{
	TRACE(b, NIC, "virtio %u: the driver takes features %llx", v->slot, (unsigned long long)features);
	v->driver_features = features;
}

void virtio_kick(struct board *b, struct virtio *v, unsigned queue)
{
	const struct virtio_device *d = virtio_device_of(b, v->slot);

	if (queue >= d->queues || !virtio_queue_ready(b, v, queue))
		return;
	TRACE(b, NIC, "virtio %u: the driver tells of queue %u", v->slot, queue);
	d->notify(b, v->slot, queue);
}

/* Features are taken if the device has all of them (2.2.2). */
static bool features_ok(const struct virtio *v, const struct virtio_device *d)
{
	return !(v->driver_features & ~d->features);
}

static void status_text(uint8_t status, char text[80])
{
	static const struct {
		uint8_t bit;
		const char *name;
	} names[] = {
		{STATUS_ACKNOWLEDGE, " ACKNOWLEDGE"}, {STATUS_DRIVER, " DRIVER"},
		{STATUS_FEATURES_OK, " FEATURES_OK"}, {STATUS_DRIVER_OK, " DRIVER_OK"},
		{STATUS_NEEDS_RESET, " NEEDS_RESET"}, {STATUS_FAILED, " FAILED"},
	};
	size_t at = 0;

	text[0] = '\0';
	for (unsigned n = 0; n < ARRAY_LEN(names); n++)
		if (status & names[n].bit) {
			memcpy(text + at, names[n].name, strlen(names[n].name) + 1);
			at += strlen(names[n].name);
		}
}

static void trace_status(struct board *b, const struct virtio *v)
{
	char text[80];

	status_text(v->status, text);
	board_trace(b, TRACE_BIT_NIC, "virtio %u: status%s", v->slot, text);
}

void virtio_set_status(struct board *b, struct virtio *v, uint8_t status)
{
	const struct virtio_device *d = virtio_device_of(b, v->slot);
	uint8_t rises = status & (uint8_t)~v->status;

	if (!status) {
		TRACE(b, NIC, "virtio %u: reset by the driver", v->slot);
		virtio_reset(b, v);
		return;
	}
	if ((rises & STATUS_FEATURES_OK) && !features_ok(v, d))
		status &= (uint8_t)~STATUS_FEATURES_OK;
	v->status = status | (v->status & STATUS_NEEDS_RESET);
	if (TRACE_ON(b, NIC))
		trace_status(b, v);
	if (rises & status & STATUS_DRIVER_OK) {
		d->features_set(b, v->slot);
		for (unsigned n = 0; n < d->queues; n++)
			virtio_kick(b, v, n); /* entries may be older than this */
	}
}

/* ---- common configuration ---- */

static struct virtq *selected(struct board *b, struct virtio *v)
{
	return v->queue_select < virtio_device_of(b, v->slot)->queues ? &v->q[v->queue_select] : NULL;
}

static uint32_t half(uint64_t value, bool high)
{
	return (uint32_t)(high ? value >> 32 : value);
}

static uint32_t queue_read(const struct virtio *v, const struct virtq *q, uint64_t at)
{
	switch (at) {
	case R_queue_size: return q->size;
	case R_queue_msix_vector: return q->vector;
	case R_queue_enable: return q->enabled;
	case R_queue_notify_off:
	case R_queue_notify_data: return v->queue_select;
	case R_queue_desc:
	case R_queue_desc_high: return half(q->desc, at == R_queue_desc_high);
	case R_queue_driver:
	case R_queue_driver_high: return half(q->avail, at == R_queue_driver_high);
	case R_queue_device:
	case R_queue_device_high: return half(q->used, at == R_queue_device_high);
	default: return 0; /* queue_reset: done as soon as it is asked for */
	}
}

static uint32_t common_read(struct board *b, struct virtio *v, uint64_t at)
{
	const struct virtio_device *d = virtio_device_of(b, v->slot);
	const struct virtq *q = selected(b, v);

	switch (at) {
	case R_device_feature_select: return v->feature_select;
	case R_device_feature:
		return v->feature_select < 2 ? half(d->features & ~VIRTIO_LEGACY_ONLY, v->feature_select) : 0;
	case R_driver_feature_select: return v->driver_feature_select;
	case R_driver_feature:
		return v->driver_feature_select < 2 ? half(v->driver_features, v->driver_feature_select) : 0;
	case R_config_msix_vector: return v->config_vector;
	case R_num_queues: return d->queues;
	case R_device_status: return v->status;
	case R_config_generation: return v->generation;
	case R_queue_select: return v->queue_select;
	default: return q ? queue_read(v, q, at) : 0;
	}
}

static void write_half(uint64_t *value, uint32_t part, bool high)
{
	*value = high ? (uint32_t)*value | (uint64_t)part << 32 : (*value & ~0xffffffffull) | part;
}

static void enable_queue(struct board *b, struct virtio *v, struct virtq *q)
{
	TRACE(b, NIC, "virtio %u: queue %u: %u entries, descriptors %llx, driver %llx, device %llx", v->slot,
	      v->queue_select, q->size, (unsigned long long)q->desc, (unsigned long long)q->avail,
	      (unsigned long long)q->used);
	q->last_avail = q->used_idx = q->signalled = 0;
	q->signalled_valid = 0;
	q->enabled = 1;
	virtio_kick(b, v, v->queue_select); /* one that was reset alone comes back to work */
}

static bool size_ok(uint32_t size, uint32_t most)
{
	return size && size <= most && !(size & (size - 1));
}

static void queue_write(struct board *b, struct virtio *v, struct virtq *q, uint64_t at, uint32_t value)
{
	uint16_t most = virtio_device_of(b, v->slot)->queue_size[v->queue_select];

	switch (at) {
	case R_queue_size:
		if (size_ok(value, most) && !q->enabled)
			q->size = (uint16_t)value;
		break;
	case R_queue_msix_vector: virtio_set_vector(v, &q->vector, (uint16_t)value); break;
	case R_queue_enable:
		if (value == 1 && !q->enabled)
			enable_queue(b, v, q);
		break;
	case R_queue_desc:
	case R_queue_desc_high: write_half(&q->desc, value, at == R_queue_desc_high); break;
	case R_queue_driver:
	case R_queue_driver_high: write_half(&q->avail, value, at == R_queue_driver_high); break;
	case R_queue_device:
	case R_queue_device_high: write_half(&q->used, value, at == R_queue_device_high); break;
	case R_queue_reset: /* 4.1.4.3: only if it was negotiated */
		if (value == 1 && virtio_has(v, VIRTIO_F_RING_RESET))
			virtio_queue_reset(v, v->queue_select, most);
		break;
	default: break;
	}
}

static void driver_feature_write(struct board *b, struct virtio *v, uint32_t value)
{
	uint64_t features = v->driver_features;

	if (v->driver_feature_select > 1 || (v->status & STATUS_FEATURES_OK))
		return;
	write_half(&features, value, v->driver_feature_select);
	virtio_set_features(b, v, features);
}

static void common_write(struct board *b, struct virtio *v, uint64_t at, uint32_t value)
{
	struct virtq *q = selected(b, v);

	switch (at) {
	case R_device_feature_select: v->feature_select = value; break;
	case R_driver_feature_select: v->driver_feature_select = value; break;
	case R_driver_feature: driver_feature_write(b, v, value); break;
	case R_config_msix_vector: virtio_set_vector(v, &v->config_vector, (uint16_t)value); break;
	case R_device_status: virtio_set_status(b, v, (uint8_t)value); break;
	case R_queue_select: v->queue_select = (uint16_t)value; break;
	default:
		if (q)
			queue_write(b, v, q, at, value);
	}
}

/* ---- the windows ---- */

static uint64_t ones(unsigned size)
{
	return UINT64_MAX >> (64 - 8 * size);
}

static uint64_t device_read(struct board *b, struct virtio *v, uint64_t at, unsigned size)
{
	const struct virtio_device *d = virtio_device_of(b, v->slot);
	uint8_t config[VIRTIO_CONFIG_MAX] = {0};
	uint64_t value = 0;

	if (at + size > d->config_size)
		return ones(size);
	d->config_read(b, v->slot, config);
	memcpy(&value, config + at, size);
	return value;
}

static void device_write(struct board *b, struct virtio *v, uint64_t at, uint64_t value, unsigned size)
{
	const struct virtio_device *d = virtio_device_of(b, v->slot);
	uint8_t data[8];

	put_le64(data, value);
	if (at + size <= d->config_size)
		d->config_write(b, v->slot, (unsigned)at, data, size);
}

static uint64_t modern_read_one(struct board *b, struct virtio *v, uint64_t addr, unsigned size)
{
	uint64_t at = addr % REGION, value = 0;

	switch (addr / REGION) {
	case REGION_COMMON:
		value = common_read(b, v, at) & ones(size);
		TRACE(b, NIC, "virtio %u: read  %s = %llx", v->slot, common_name(at), (unsigned long long)value);
		return value;
	case REGION_ISR: return at ? 0 : virtio_take_isr(b, v);
	case REGION_DEVICE: return device_read(b, v, at, size);
	default: return 0;
	}
}

static void modern_write_one(struct board *b, struct virtio *v, uint64_t addr, uint64_t value, unsigned size)
{
	uint64_t at = addr % REGION;

	switch (addr / REGION) {
	case REGION_COMMON:
		TRACE(b, NIC, "virtio %u: write %s = %llx", v->slot, common_name(at), (unsigned long long)value);
		common_write(b, v, at, (uint32_t)value);
		break;
	case REGION_DEVICE: device_write(b, v, at, value, size); break;
	case REGION_NOTIFY: virtio_kick(b, v, (unsigned)(at / NOTIFY_MULTIPLIER)); break;
	default: break;
	}
}

/* Registers are 32 bits at most; wider accesses are two. */
static uint64_t modern_read(void *owner, unsigned slot, uint64_t addr, unsigned size)
{
	struct virtio *v = virtio_state(owner, slot);
	uint64_t low;

	if (size < 8)
		return modern_read_one(owner, v, addr, size);
	low = modern_read_one(owner, v, addr, 4);
	return low | modern_read_one(owner, v, addr + 4, 4) << 32;
}

static void modern_write(void *owner, unsigned slot, uint64_t addr, uint64_t value, unsigned size)
{
	struct virtio *v = virtio_state(owner, slot);

	modern_write_one(owner, v, addr, size < 8 ? value : (uint32_t)value, size < 8 ? size : 4);
	if (size == 8)
		modern_write_one(owner, v, addr + 4, value >> 32, 4);
}

static uint64_t msix_read(void *owner, unsigned slot, uint64_t addr, unsigned size)
{
	struct msix m = virtio_msix(owner, virtio_state(owner, slot));

	return addr < MSIX_PBA ? msix_table_read(&m, addr, size) : msix_pba_read(&m, addr - MSIX_PBA, size);
}

static void msix_write(void *owner, unsigned slot, uint64_t addr, uint64_t value, unsigned size)
{
	struct msix m = virtio_msix(owner, virtio_state(owner, slot));

	if (addr < MSIX_PBA)
		msix_table_write(&m, addr, value, size);
}

static void map_memory(struct board *b, unsigned slot, unsigned bar, uint64_t base, bool on)
{
	bool msix = bar == BAR_MSIX;
	struct mem_region r = {base, msix ? MSIX_SIZE : MODERN_SIZE, slot,
			       b,    msix ? msix_read : modern_read, msix ? msix_write : modern_write};

	if (on)
		mem_map(&b->mem, &r);
	else
		mem_unmap(&b->mem, base, slot, r.read);
}

static void virtio_map(struct board *b, unsigned devfn, unsigned bar, uint64_t base, bool on)
{
	unsigned slot = NIC_SLOT(devfn);

	if (bar == BAR_LEGACY)
		virtio_legacy_map(b, slot, (uint16_t)base, on);
	else
		map_memory(b, slot, bar, base, on);
}

/* ---- configuration space ---- */

/* The window in configuration space (4.1.4.9): a few bytes of BAR 4, for those who
 * cannot reach memory. False: it points elsewhere. */
static bool pci_window(struct board *b, unsigned devfn, uint64_t *addr, unsigned *size)
{
	const uint8_t *cap = pci_config(b, devfn) + CAP_PCI;

	*addr = get_le32(cap + CAP_OFFSET);
	*size = get_le32(cap + CAP_LENGTH);
	return cap[CAP_BAR] == BAR_MODERN && (*size == 1 || *size == 2 || *size == 4) && !(*addr % *size) &&
	       *addr + *size <= MODERN_SIZE;
}

static bool is_pci_data(unsigned offset, unsigned size)
{
	return offset < CAP_PCI + CAP_PCI_DATA + 4 && offset + size > CAP_PCI + CAP_PCI_DATA;
}

static void config_reading(struct board *b, unsigned devfn, unsigned offset, unsigned size)
{
	uint64_t addr;
	unsigned bytes;

	if (is_pci_data(offset, size) && pci_window(b, devfn, &addr, &bytes))
		put_le32(pci_config(b, devfn) + CAP_PCI + CAP_PCI_DATA,
			 (uint32_t)modern_read(b, NIC_SLOT(devfn), addr, bytes));
}

static void config_written(struct board *b, unsigned devfn, unsigned offset, unsigned size)
{
	struct virtio *v = virtio_state(b, NIC_SLOT(devfn));
	struct msix m = virtio_msix(b, v);
	uint64_t addr;
	unsigned bytes;

	if (m.count)
		msix_config_written(&m, offset, size);
	if (!has_intx_only(&m))
		pci_set_irq(b, devfn, false);
	if (is_pci_data(offset, size) && pci_window(b, devfn, &addr, &bytes)) {
		const uint8_t *data = pci_config(b, devfn) + CAP_PCI + CAP_PCI_DATA;

		modern_write(b, NIC_SLOT(devfn), addr, get_le32(data) & ones(bytes), bytes);
	}
}

/* clang-format off */
#define VENDOR_CAP(cap, next, bytes, type, bar, region) \
	{(cap), 4, 0x09u | (next) << 8 | (uint32_t)(bytes) << 16 | (uint32_t)(type) << 24, 0, 0, 0}, \
	{(cap) + CAP_BAR, 4, (bar), 0, 0, 0}, \
	{(cap) + CAP_OFFSET, 4, (region) * REGION, 0, 0, 0}, \
	{(cap) + CAP_LENGTH, 4, REGION, 0, 0, 0}
#define CAPS(first) \
	{PCI_CAPABILITY_LIST, 1, (first), 0, 0, 0}, \
	VENDOR_CAP(CAP_COMMON, 0, 16, TYPE_COMMON, BAR_MODERN, REGION_COMMON), \
	VENDOR_CAP(CAP_ISR, CAP_COMMON, 16, TYPE_ISR, BAR_MODERN, REGION_ISR), \
	VENDOR_CAP(CAP_DEVICE, CAP_ISR, 16, TYPE_DEVICE, BAR_MODERN, REGION_DEVICE), \
	VENDOR_CAP(CAP_NOTIFY, CAP_DEVICE, 20, TYPE_NOTIFY, BAR_MODERN, REGION_NOTIFY), \
	{CAP_NOTIFY + 16, 4, NOTIFY_MULTIPLIER, 0, 0, 0}, \
	{CAP_PCI, 4, 0x09u | CAP_NOTIFY << 8 | 20u << 16 | (uint32_t)TYPE_PCI << 24, 0, 0, 0}, \
	{CAP_PCI + CAP_BAR, 1, 0, 0xff, 0, 0}, \
	{CAP_PCI + CAP_OFFSET, 4, 0, 0xffffffff, 0, 0}, \
	{CAP_PCI + CAP_LENGTH, 4, 0, 0xffffffff, 0, 0}, \
	{CAP_PCI + CAP_PCI_DATA, 4, 0, 0xffffffff, 0, 0}
#define RULES(n) static const struct pci_rule rules_##n[] = { \
	CAPS(CAP_MSIX), MSIX_RULES(CAP_MSIX, CAP_PCI, n, BAR_MSIX, 0u, MSIX_PBA)}
static const struct pci_rule rules_0[] = {CAPS(CAP_PCI)};
RULES(1); RULES(2); RULES(3); RULES(4);

#define FUNCTION(n, msix_bar) { \
	.name = "virtio-net-pci", .vendor = 0x1af4, .device = 0x1000, .subsystem_vendor = 0x1af4, .subsystem = 1, \
	.class_code = 0x020000, .pin = 1, .status = PCI_STATUS_CAP_LIST, \
	.bar = {{PCI_BAR_IO, LEGACY_SIZE}, {msix_bar, MSIX_SIZE}, [BAR_MODERN] = {PCI_BAR_MEM64_PREFETCH, MODERN_SIZE}}, \
	.rules = rules_##n, .rule_count = ARRAY_LEN(rules_##n), .config_reading = config_reading, \
	.config_written = config_written, .map = virtio_map, .removed = nic_gone, \
}
/* By the number of vectors. */
static const struct pci_model functions[VIRTIO_VECTORS_MAX + 1] = {
	FUNCTION(0, PCI_BAR_NONE), FUNCTION(1, PCI_BAR_MEM), FUNCTION(2, PCI_BAR_MEM), FUNCTION(3, PCI_BAR_MEM),
	FUNCTION(4, PCI_BAR_MEM),
};
/* clang-format on */

void virtio_pci_add(struct board *b, unsigned slot, unsigned vectors)
{
	pci_add(b, NIC_DEVFN(slot), &functions[vectors <= VIRTIO_VECTORS_MAX ? vectors : 0]);
}

/* ---- loaded state ---- */

static bool queue_valid(const struct virtq *q, uint16_t most)
{
	static const uint8_t zeros[sizeof(q->pad)];

	return (most ? size_ok(q->size, most) : !q->size) && q->enabled <= 1 && q->signalled_valid <= 1 &&
	       !memcmp(q->pad, zeros, sizeof(zeros));
}

const char *virtio_validate(const struct virtio *v, const struct virtio_device *d, unsigned slot)
{
	struct virtio copy = *v;
	struct msix m = {.count = v->vectors, .vector = copy.msix, .pending = &copy.msix_pending};
	static const uint8_t zeros[sizeof(v->pad)];

	if (v->vectors > VIRTIO_VECTORS_MAX || v->slot != slot || !msix_valid(&m) ||
	    memcmp(v->pad, zeros, sizeof(zeros)))
		return "virtio: bad state";
	for (unsigned n = 0; n < VIRTIO_QUEUES_MAX; n++)
		if (!queue_valid(&v->q[n], n < d->queues ? d->queue_size[n] : 0))
			return "virtio: bad queue";
	return v->isr <= (ISR_QUEUE | ISR_CONFIG) ? NULL : "virtio: bad interrupt state";
}
