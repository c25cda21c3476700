/* The front door of topology/: a lab file in, a checked plan out; all mistakes
 * at once. And the list of keys as text. */
#ifndef LANYARD_TOPOLOGY_TOPOLOGY_H
#define LANYARD_TOPOLOGY_TOPOLOGY_H

#include "topology/report.h"

/* Reads, expands and checks a lab file. report: after topology_report_init();
 * gets every mistake and warning, in order. NULL if there is an error. The plan
 * may outlive the report. */
struct plan *topology_load(const char *path, struct topology_report *report);
/* The same for text in memory, which may name no files and whose packet filters
 * are not compiled: nothing of this machine is asked. name: for messages. */
struct plan *topology_load_text(const char *name, const char *text, gsize size, struct topology_report *report);

/* All of these: g_free() the result. */

/* The whole plan as text, for tests and people: equal plans, equal text. */
char *topology_dump(const struct plan *p);
/* A table of all keys; of those that `filter` names ("memory", "pcs.NAME.memory",
 * "links"), all about them. NULL if there is no such key; *near is the nearest
 * name then, or NULL. */
char *topology_keys_text(const char *filter, const char **near);
/* JSON Schema (2020-12) of a lab file, for editors. */
char *topology_schema_json(void);
/* docs/lab-format.md. */
char *topology_manual(void);

#endif
