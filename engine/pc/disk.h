/* Disk images: the medium behind a hard disk, CD-ROM or floppy drive.
 *
 * The host's file is only ever read. What the guest writes goes to an overlay
 * of copy-on-write pages that belongs to the PC, so many PCs can start from
 * one file, a clone is cheap, and the file stays as it was unless somebody
 * asks for disk_commit(). A block of 4 KiB is in the overlay when its page
 * exists; all other blocks come from the file. */
#ifndef LANYARD_PC_DISK_H
#define LANYARD_PC_DISK_H

#include <glib.h>

#include "engine/mem/pages.h"

struct disk_image;
struct state;

enum disk_kind { DISK_HARD, DISK_CDROM, DISK_FLOPPY };

/* Largest image: what a partition table of 32-bit sector numbers can address. */
#define DISK_MAX_SIZE (2ull << 40)

/* Opens a raw image. read_only is what the guest's drive says of the medium
 * (write-protected floppy; a hard disk then refuses writes); a CD-ROM is
 * always read-only. A floppy image may be shorter than the medium it is on:
 * the rest reads as zeros. NULL and *error: missing or unreadable file,
 * directory, empty, not a whole number of sectors, too large, or claimed by
 * somebody (disk_claim()). */
struct disk_image *disk_open(const char *path, enum disk_kind kind, bool read_only, GError **error);
/* Frees the image and its overlay; NULL is accepted. */
void disk_free(struct disk_image *d);
/* Shares the file and every overlay page; a write to one is not seen by the other. */
struct disk_image *disk_clone(const struct disk_image *d);

enum disk_kind disk_kind(const struct disk_image *d);
bool disk_read_only(const struct disk_image *d);
/* Bytes of the medium, a whole number of sectors. */
uint64_t disk_size(const struct disk_image *d);
const char *disk_path(const struct disk_image *d);

/* Any byte range. False, and nothing promised of buf, if it is not wholly
 * inside the medium or the host cannot read its file; writes to a read-only
 * image fail too. */
bool disk_read(const struct disk_image *d, uint64_t offset, void *buf, size_t size);
bool disk_write(struct disk_image *d, uint64_t offset, const void *buf, size_t size);

/* ---- the overlay ---- */

/* Walks it: what was written, not the file. */
void disk_state(struct disk_image *d, struct state *s);

/* The first block >= block in the overlay, or UINT64_MAX; blocks are numbered
 * in units of PAGE_SIZE. */
uint64_t disk_next_written(const struct disk_image *d, uint64_t block);
/* The overlay's page of a block (borrowed), or NULL: it comes from the file. */
struct page *disk_page(const struct disk_image *d, uint64_t block);

/* Does the medium differ from the file? */
bool disk_changed(const struct disk_image *d);
/* Asks early whether disk_commit() can work, and keeps it so until disk_free():
 * the file can be written, and no other drive or program has it open by
 * disk_open(). Call it when all drives are there. */
bool disk_claim(struct disk_image *d, GError **error);
/* Writes what is different back to the file and to the host's disk; claims it if
 * need be. The overlay is kept. Refused, with nothing written, while clones share
 * the file, for their contents would change, if another file has taken the
 * path's place, and if there is no room. */
bool disk_commit(struct disk_image *d, GError **error);

enum disk_error { DISK_ERROR_FILE, DISK_ERROR_SIZE, DISK_ERROR_COMMIT, DISK_ERROR_BUSY };
#define DISK_ERROR disk_error_quark()
GQuark disk_error_quark(void);

#endif
