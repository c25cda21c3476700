/* A whole running lab in a file, and back.
 *
 *   header    magic, sizes, XXH3-128 of all that follows, unpacked
 *   origin    text of whoever saved: where the lab came from, and its digest
 *   zstd      the pages that no stored image has (pc_store.h), then the table of all
 *             pages and the fields of the state walk
 *
 * Pages of booted images are named by the image's label and their place in it, so an
 * idle lab is small; `full` keeps them too, and needs no image. A file is written
 * aside and appears when it is whole; it is never one that was there already. It may
 * come from anywhere: it is judged when loaded. */
#ifndef LANYARD_LAB_SNAPSHOT_H
#define LANYARD_LAB_SNAPSHOT_H

#include "engine/lab/lab.h"

/* Between two steps. origin: see above. False with error; nothing is left then. */
bool snapshot_save(struct lab *l, const char *path, const char *origin, bool full, GError **error);
/* Does the file begin as a snapshot does? */
bool snapshot_is(const char *path);
/* The origin that was given to snapshot_save(); free it. NULL with error. */
char *snapshot_origin(const char *path, GError **error);
/* l was just built from the same plan; it goes on as the saved one would have. After
 * an error it is good for lab_free() only. */
bool snapshot_load(struct lab *l, const char *path, GError **error);

#endif
