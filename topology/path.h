/* Files that a lab names: only inside the lab's folder, whatever links and dots
 * say. */
#ifndef LANYARD_TOPOLOGY_PATH_H
#define LANYARD_TOPOLOGY_PATH_H

#include <glib.h>

#include "engine/base/types.h"

enum path_kind { PATH_FILE, PATH_FOLDER };

/* The real, absolute path of `relative`, seen from folder `from`, which is in
 * `root` (real paths). NULL if it leaves root, is not there or is of another
 * kind; *why says it. g_free() the result. */
char *path_inside(const char *root, const char *from, const char *relative, enum path_kind kind, const char **why);
/* Does all of a folder's tree stay in root, symbolic links too? At most 10000
 * files, 32 deep. False with *why. folder: from path_inside(). */
bool path_tree_inside(const char *root, const char *folder, const char **why);
/* All of a file, at most max bytes; NULL with *why. */
char *path_read(const char *path, gsize max, gsize *size, const char **why);

#endif
