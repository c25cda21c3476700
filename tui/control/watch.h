/* The captures of a running lab: those of its file, and live ones. Names of
 * VLANs, links, cards, switches and the like become the ports to watch. */
#ifndef LANYARD_TUI_CONTROL_WATCH_H
#define LANYARD_TUI_CONTROL_WATCH_H

#include "capture/capture.h"
#include "engine/lab/lab.h"

#define LAB_WATCH_ALL "lab" /* every cable, unless a thing of the lab has that name */
/* The points (struct watch_point) of a name; false with error if there is none. */
bool lab_watch_find(struct lab *l, const char *name, GArray *out, GError **error);
/* The rest of `options` as the caller wants it; start and epoch are set here. */
struct capture *lab_watch(struct lab *l, const char *name, struct capture_options options, GError **error);
/* Before the lab is built: can all files of its captures be written? */
bool lab_watch_check(const struct plan *plan, const char *dir, GError **error);
/* Starts all captures of the lab file, in dir (NULL: the current one), and adds
 * them to out (struct capture). problem: where trouble with a file is told. */
bool lab_watch_all(struct lab *l, const char *dir, GPtrArray *out, capture_problem_fn problem, void *opaque,
		   GError **error);

#endif
