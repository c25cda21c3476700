/* pcap files, as pcap-savefile(5) describes them: a header of 24 bytes, then 16
 * bytes before each packet. */
#include "capture/pcap.h"

#include "engine/base/bytes.h"

#define MAGIC_NS 0xa1b23c4du
#define VERSION_MAJOR 2
#define VERSION_MINOR 4
#define LINKTYPE_ETHERNET 1
#define SNAPLEN_ALL 262144u /* what tcpdump writes for "everything" */
#define FILE_HEADER 24u
#define PACKET_HEADER 16u
#define NS_PER_SECOND 1000000000u

static void pcap_header(GByteArray *out, const struct capture_session *s)
{
	uint8_t *h = capture_append(out, FILE_HEADER);

	put_le32(h, MAGIC_NS);
	put_le16(h + 4, VERSION_MAJOR);
	put_le16(h + 6, VERSION_MINOR);
	/* 8: time zone, 12: accuracy of times: always 0 */
	put_le32(h + 16, s->snaplen ? s->snaplen : SNAPLEN_ALL);
	put_le32(h + 20, LINKTYPE_ETHERNET);
}

static void pcap_packet(GByteArray *out, const struct capture_packet *p)
{
	uint8_t *h = capture_append(out, (size_t)PACKET_HEADER + p->kept);

	put_le32(h, (uint32_t)(p->time / NS_PER_SECOND));
	put_le32(h + 4, (uint32_t)(p->time % NS_PER_SECOND));
	put_le32(h + 8, p->kept);
	put_le32(h + 12, p->size);
	if (p->kept)
		memcpy(h + PACKET_HEADER, p->data, p->kept);
}

const struct capture_format capture_pcap = {.name = "pcap", .header = pcap_header, .packet = pcap_packet};
