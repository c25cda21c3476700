/* What a capture file is made of, whatever its format: interfaces (one per
 * watched port), packets, and counts at the end. A format is a set of functions
 * that append whole records to a byte array; it keeps no state, so that every
 * file and every live reader can be at another place. */
#ifndef LANYARD_CAPTURE_FORMAT_H
#define LANYARD_CAPTURE_FORMAT_H

#include <glib.h>

#include "engine/net/net.h"

/* Frames of one port that the capture looked at. */
struct capture_counts {
	uint64_t seen;              /* in the directions watched */
	uint64_t accepted;          /* by the filter; written as packets */
	uint64_t drops[DROP_COUNT]; /* by the port, whatever the filter says */
};

struct capture_iface {
	char *name;                   /* the port's */
	char *description;            /* where its cable goes */
	uint64_t speed;               /* bit/s; 0: unknown */
	struct capture_counts counts; /* since the capture began */
};

/* An address and whose it is: "alice". */
struct capture_name {
	uint8_t family; /* 4 or 6: IP; 0: Ethernet */
	uint8_t bytes[16];
	const char *name;
};

/* One capture as its outputs see it. Times are ns since 1970, by the lab's
 * clock. */
struct capture_session {
	const char *comment; /* NULL: none */
	const char *filter;  /* NULL: none */
	GArray *names;       /* struct capture_name; NULL: none */
	uint32_t snaplen;    /* bytes kept of a frame; 0: all */
	unsigned count;
	struct capture_iface *ifaces;
	uint64_t now; /* the latest event seen, or the start */
};

struct capture_packet {
	unsigned iface;
	uint64_t time;
	bool outbound; /* as the port's owner sees it */
	bool damaged;  /* its FCS is wrong */
	const uint8_t *data;
	uint32_t size;       /* on the wire */
	uint32_t kept;       /* bytes of it at data */
	const char *dropped; /* why the port gave it up; NULL: it did not */
	uint64_t missing;    /* packets of this interface lost on the way to this reader, just before */
};

/* How one reader fared with one interface. */
struct capture_tally {
	uint64_t delivered, lost;
	uint64_t missing; /* lost since the last one delivered */
};

/* For the end of a file or stream. */
struct capture_summary {
	unsigned iface;
	uint64_t from, to;
	struct capture_counts since; /* while this reader listened */
	struct capture_tally tally;
};

struct capture_format {
	const char *name;
	void (*header)(GByteArray *out, const struct capture_session *s);
	void (*packet)(GByteArray *out, const struct capture_packet *p);
	/* Once per interface, at the end. NULL: the format has no place for it. */
	void (*summary)(GByteArray *out, const struct capture_summary *s);
};

/* THE LIST of formats, NULL at the end; the first is the default. */
extern const struct capture_format *const capture_formats[];
const struct capture_format *capture_format_find(const char *name); /* NULL if there is none */
/* By what follows the last dot of a file's name; else the default. */
const struct capture_format *capture_format_for(const char *path);

/* The summary of interface `iface` for a reader that began at `from` with the
 * counts `base` (NULL: zero). */
struct capture_summary capture_summarize(const struct capture_session *s, unsigned iface, uint64_t from,
					 const struct capture_counts *base, const struct capture_tally *tally);
/* Room for `size` more bytes, zeroed; valid until the array grows again. */
uint8_t *capture_append(GByteArray *out, size_t size);

#endif
