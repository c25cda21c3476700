/* pcapng files: section header, interface descriptions, enhanced packets and
 * interface statistics. Block and option names are those of the specification
 * (draft-ietf-opsawg-pcapng); sections named below are its.
 * Nothing of the host goes into a file: two equal runs give equal bytes. */
#include "capture/pcapng.h"

#include "engine/base/bytes.h"

/* Section 11.1: block types. */
#define BLOCK_SHB 0x0a0d0d0au
#define BLOCK_IDB 1u
#define BLOCK_NRB 4u
#define BLOCK_ISB 5u
#define BLOCK_EPB 6u

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define SECTION_UNKNOWN UINT64_MAX /* length of the section */
#define LINKTYPE_ETHERNET 1

/* Section 3.5 and 4: options. */
#define OPT_ENDOFOPT 0
#define OPT_COMMENT 1
#define SHB_USERAPPL 4
#define IF_NAME 2
#define IF_DESCRIPTION 3
#define IF_SPEED 8
#define IF_TSRESOL 9
#define IF_FILTER 11
#define EPB_FLAGS 2
#define EPB_DROPCOUNT 4
#define ISB_STARTTIME 2
#define ISB_ENDTIME 3
#define ISB_IFRECV 4
#define ISB_IFDROP 5
#define ISB_FILTERACCEPT 6
#define ISB_OSDROP 7
#define ISB_USRDELIV 8
#define FILTER_STRING 0 /* first byte of if_filter: libpcap text follows */
#define TSRESOL_NS 9    /* 10^-9 s */
#define EPB_FLAG_INBOUND 1u
#define EPB_FLAG_OUTBOUND 2u
#define EPB_FLAG_CRC (1u << 24) /* CRC error */

#define OPTION_MAX 65532u /* bytes; the length has 16 bits */

static size_t pad4(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/* Opens a block with a body of `fixed` bytes and returns where it begins; all
 * else is appended until block_end(). */
static guint block_begin(GByteArray *out, uint32_t type, size_t fixed)
{
	guint at = out->len;

	put_le32(capture_append(out, 8 + fixed), type);
	return at;
}

static uint8_t *block_body(GByteArray *out, guint at)
{
	return out->data + at + 8;
}

/* The length stands at both ends. */
static void block_end(GByteArray *out, guint at)
{
	uint8_t *last = capture_append(out, 4);
	uint32_t size = out->len - at;

	put_le32(last, size);
	put_le32(out->data + at + 4, size);
}

static void option_add(GByteArray *out, uint16_t code, const void *data, size_t size)
{
	uint8_t *o;

	if (size > OPTION_MAX)
		size = OPTION_MAX;
	o = capture_append(out, 4 + pad4(size));
	put_le16(o, code);
	put_le16(o + 2, (uint16_t)size);
	if (size)
		memcpy(o + 4, data, size);
}

static void option_text(GByteArray *out, uint16_t code, const char *text)
{
	if (text && *text)
		option_add(out, code, text, strlen(text));
}

static void option_u64(GByteArray *out, uint16_t code, uint64_t v)
{
	uint8_t bytes[8];

	put_le64(bytes, v);
	option_add(out, code, bytes, sizeof(bytes));
}

/* Two 32-bit words, the high one first, whatever the byte order (section 4.3). */
static void put_time(uint8_t *p, uint64_t ns)
{
	put_le32(p, (uint32_t)(ns >> 32));
	put_le32(p + 4, (uint32_t)ns);
}

static void option_time(GByteArray *out, uint16_t code, uint64_t ns)
{
	uint8_t bytes[8];

	put_time(bytes, ns);
	option_add(out, code, bytes, sizeof(bytes));
}

/* ---- section 4.1 and 4.2 ---- */

static void section_header(GByteArray *out, const struct capture_session *s)
{
	guint at = block_begin(out, BLOCK_SHB, 16);
	uint8_t *body = block_body(out, at);

	put_le32(body, BYTE_ORDER_MAGIC);
	put_le16(body + 4, 1); /* version 1.0 */
	put_le64(body + 8, SECTION_UNKNOWN);
	option_text(out, OPT_COMMENT, s->comment);
	option_text(out, SHB_USERAPPL, "Lanyard");
	option_add(out, OPT_ENDOFOPT, NULL, 0);
	block_end(out, at);
}

static void option_filter(GByteArray *out, const char *filter)
{
	g_autoptr(GString) value = NULL;

	if (!filter || !*filter)
		return;
	value = g_string_new(NULL);
	g_string_append_c(value, FILTER_STRING);
	g_string_append(value, filter);
	option_add(out, IF_FILTER, value->str, value->len);
}

static void interface_description(GByteArray *out, const struct capture_session *s, const struct capture_iface *i)
{
	static const uint8_t resolution = TSRESOL_NS;
	guint at = block_begin(out, BLOCK_IDB, 8);
	uint8_t *body = block_body(out, at);

	put_le16(body, LINKTYPE_ETHERNET);
	put_le32(body + 4, s->snaplen);
	option_text(out, IF_NAME, i->name);
	option_text(out, IF_DESCRIPTION, i->description);
	if (i->speed)
		option_u64(out, IF_SPEED, i->speed);
	option_add(out, IF_TSRESOL, &resolution, 1);
	option_filter(out, s->filter);
	option_add(out, OPT_ENDOFOPT, NULL, 0);
	block_end(out, at);
}

/* ---- section 4.5 ---- */

static const struct {
	uint16_t record;
	uint8_t size;
} name_kinds[] = {[0] = {3, 6}, [4] = {1, 4}, [6] = {2, 16}}; /* EUI-48, IPv4, IPv6 */

static void name_record(GByteArray *out, const struct capture_name *n)
{
	size_t size = name_kinds[n->family].size, len = strlen(n->name) + 1;
	uint8_t *record = capture_append(out, 4 + pad4(size + len));

	put_le16(record, name_kinds[n->family].record);
	put_le16(record + 2, (uint16_t)(size + len));
	memcpy(record + 4, n->bytes, size);
	memcpy(record + 4 + size, n->name, len);
}

/* Who has which address, so that viewers need not ask a name server. */
static void name_resolution(GByteArray *out, const GArray *names)
{
	guint at;

	if (!names || !names->len)
		return;
	at = block_begin(out, BLOCK_NRB, 0);
	for (guint n = 0; n < names->len; n++)
		name_record(out, &g_array_index(names, struct capture_name, n));
	capture_append(out, 4); /* nrb_record_end */
	block_end(out, at);
}

static void pcapng_header(GByteArray *out, const struct capture_session *s)
{
	section_header(out, s);
	for (unsigned i = 0; i < s->count; i++)
		interface_description(out, s, &s->ifaces[i]);
	name_resolution(out, s->names);
}

/* ---- section 4.3 ---- */

static void packet_comments(GByteArray *out, const struct capture_packet *p)
{
	char text[128];

	if (p->damaged && !p->dropped) /* a hub repeats it */
		option_text(out, OPT_COMMENT, "damaged (bad FCS)");
	if (p->dropped) {
		g_snprintf(text, sizeof(text), "dropped: %s", p->dropped);
		option_text(out, OPT_COMMENT, text);
	}
	if (p->missing) {
		g_snprintf(text, sizeof(text), "%" G_GUINT64_FORMAT " packets missing here: this reader was too slow",
			   p->missing);
		option_text(out, OPT_COMMENT, text);
	}
}

static void pcapng_packet(GByteArray *out, const struct capture_packet *p)
{
	guint at = block_begin(out, BLOCK_EPB, 20 + pad4(p->kept));
	uint8_t *body = block_body(out, at);
	uint8_t flags[4];

	put_le32(body, p->iface);
	put_time(body + 4, p->time);
	put_le32(body + 12, p->kept);
	put_le32(body + 16, p->size);
	if (p->kept)
		memcpy(body + 20, p->data, p->kept);
	put_le32(flags, (p->outbound ? EPB_FLAG_OUTBOUND : EPB_FLAG_INBOUND) | (p->damaged ? EPB_FLAG_CRC : 0));
	option_add(out, EPB_FLAGS, flags, sizeof(flags));
	if (p->missing)
		option_u64(out, EPB_DROPCOUNT, p->missing);
	packet_comments(out, p);
	option_add(out, OPT_ENDOFOPT, NULL, 0);
	block_end(out, at);
}

/* ---- section 4.6 ---- */

/* "queue full 3, loss 1"; empty if nothing was dropped. A frame that was for
 * somebody else is named, but is no loss. */
static GString *drops_text(const struct capture_counts *c, uint64_t *lost)
{
	GString *text = g_string_new(NULL);

	*lost = 0;
	for (unsigned r = 0; r < DROP_COUNT; r++) {
		if (!c->drops[r])
			continue;
		g_string_append_printf(text, "%s%s %" G_GUINT64_FORMAT,
				       text->len ? ", " : "dropped: ", drop_text((enum drop_reason)r), c->drops[r]);
		if (r != DROP_NIC_FILTER)
			*lost += c->drops[r];
	}
	return text;
}

static void pcapng_summary(GByteArray *out, const struct capture_summary *s)
{
	guint at = block_begin(out, BLOCK_ISB, 12);
	uint8_t *body = block_body(out, at);
	uint64_t lost;
	GString *drops = drops_text(&s->since, &lost);

	put_le32(body, s->iface);
	put_time(body + 4, s->to);
	option_time(out, ISB_STARTTIME, s->from);
	option_time(out, ISB_ENDTIME, s->to);
	option_u64(out, ISB_IFRECV, s->since.seen);
	option_u64(out, ISB_IFDROP, lost);
	option_u64(out, ISB_FILTERACCEPT, s->since.accepted);
	option_u64(out, ISB_OSDROP, s->tally.lost);
	option_u64(out, ISB_USRDELIV, s->tally.delivered);
	option_text(out, OPT_COMMENT, drops->str);
	option_add(out, OPT_ENDOFOPT, NULL, 0);
	block_end(out, at);
	g_string_free(drops, TRUE);
}

const struct capture_format capture_pcapng = {
	.name = "pcapng", .header = pcapng_header, .packet = pcapng_packet, .summary = pcapng_summary};
