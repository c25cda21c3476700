/* PCs kept as values on disk: each is an image that has booted to its agent's hello,
 * from which every PC of that image starts (docs/architecture.md, "Boot once, clone
 * many").
 *
 * A value is a file KEY.pc in $XDG_CACHE_HOME/lanyard/pcs, or in the read-only folder
 * of the whole machine, PC_STORE_SYSTEM, which is looked at first. KEY is the SHA-256
 * of its label, a text with a line for everything that the boot depends on (image.c):
 * whatever differs makes another label, so a value is right or is not found. Files
 * are mapped, their pages shared between all processes that use them.
 *
 *   header     a page: magic, sizes, XXH3-128 of all that follows
 *   pages      of 4 KiB, each once
 *   label, fields   what board_state() walks, but the pages
 *
 * A file is written aside and renamed when it is whole and on the disk; it is never
 * changed in place. It is trusted if root or the caller owns it and nobody else may
 * write it, and is judged all the same: its checksum, then chip by chip. */
#ifndef LANYARD_LAB_PC_STORE_H
#define LANYARD_LAB_PC_STORE_H

#include <glib.h>

#include "engine/base/types.h"

struct board;
struct page;

#define PC_STORE_SYSTEM "/var/lib/lanyard/pcs"
#define PC_STORE_LIMIT (4ull << 30) /* bytes of the user's values, by default */
/* Begins the label's line that names the build of the program: its rules of counting and
 * devices are part of what a boot depends on. */
#define PC_STORE_BUILD "\nbuild "

/* An open value. */
struct pc_value;

/* NULL, without error: there is no value of this label. NULL with error: there is
 * one that is not to be used, and what is wrong with it. */
struct pc_value *pc_store_open(const char *label, GError **error);
/* Fills a board that has the same memory, firmware and drives. Its pages stay those
 * of the value, which is to be closed after the board and its clones were freed.
 * After an error the board is good for being freed only. */
bool pc_value_load(struct pc_value *v, struct board *b, GError **error);
/* Its page n, borrowed; NULL beyond the last. */
struct page *pc_value_page(struct pc_value *v, uint32_t n);
void pc_value_close(struct pc_value *v); /* NULL is accepted */

/* Keeps b under this label; then the values used least recently go, until all of them
 * have at most `limit` bytes. */
bool pc_store_add(const char *label, struct board *b, uint64_t limit, GError **error);

struct pc_store_row {
	char *path, *label;
	uint64_t bytes;
	int64_t used; /* ns since 1970 */
	bool system;  /* in PC_STORE_SYSTEM */
};
/* The values whose label begins so, "" for all: by path. struct pc_store_row, freed
 * with the array. */
GPtrArray *pc_store_list(const char *prefix);
/* Removes the user's values whose label begins so. */
bool pc_store_forget(const char *prefix, GError **error);

#endif
