/* Where a snapshot's lab came from; see origin.h. */
#include "tui/session/origin.h"

#include <string.h>

#include "topology/topology.h"

char *origin_text(const char *file, const struct plan *plan)
{
	g_autofree char *dump = topology_dump(plan);
	g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, dump, -1);

	return g_strdup_printf("%s\n%s\n", digest, file);
}

char *origin_file(const char *origin)
{
	const char *file = strchr(origin, '\n');
	size_t size = file ? strlen(file) : 0;

	return size > 2 && file[1] == '/' && file[size - 1] == '\n' ? g_strndup(file + 1, size - 2) : NULL;
}
