/* docs/lab-format.md, printed from the list of keys; see topology.h. */
#include <string.h>

#include "engine/nic/nic.h"
#include "engine/uplink/kind.h"
#include "topology/basics.h"
#include "topology/describe.h"
#include "topology/topology.h"

static const char intro[] = "# The lab file\n"
			    "\n"
			    "<!-- Printed from the key tables by `lanyard keys --markdown`. -->\n"
			    "\n"
			    "A lab is one YAML file, perhaps with overlays that it includes. `lanyard lint LAB.yaml`\n"
			    "shows all mistakes at once; `lanyard keys KEY` explains a key; `lanyard keys --schema`\n"
			    "prints a JSON Schema for editors.\n"
			    "\n"
			    "```yaml\n"
			    "version: 1\n"
			    "lab: first\n"
			    "vlans:\n"
			    "  office: 10\n"
			    "pcs:\n"
			    "  alice:\n"
			    "    nics:\n"
			    "      eth0:\n"
			    "        vlan: office\n"
			    "        ip: [10.0.1.10/24]\n"
			    "  c<n>:\n"
			    "    count: 3\n"
			    "    nics:\n"
			    "      eth0:\n"
			    "        vlan: office\n"
			    "        ip: [10.0.1.2<n>/24]\n"
			    "checks:\n"
			    "  reach:\n"
			    "    pc: alice\n"
			    "    run: ping -c 1 -W 1 10.0.1.21\n"
			    "    within: 30s\n"
			    "```\n"
			    "\n";

static const char rules[] =
	"## Rules of the whole file\n"
	"\n"
	"- Everything is keyed by name. Names of PCs, hubs, switches, VLANs, links and uplinks are unique.\n"
	"- `include` reads overlays in order and this file last: maps merge, lists replace, null deletes.\n"
	"- `use: NAME` in a PC lays the PC on a template; `c<n>` with `count: 20` makes c1 to c20 and\n"
	"  replaces `<n>` in all their keys and values; `<n+8>` and `<n-1>` are numbers beside it.\n"
	"  `reach<n>` with `pc: c<n>` is a check of each of them.\n"
	"- Checks stand in one file: an overlay cannot add to them, nor change what they are worth.\n"
	"- Delays, rates and sizes have units: `5ms`, `16Mbit`, `256M`, `1%`.\n"
	"- What YAML 1.1 and YAML 1.2 read differently is an error: put `\"no\"`, `\"off\"`, `\"0644\"`,\n"
	"  dates and MACs of digits only in quotes. Tags and merge keys (`<<`) are not used.\n"
	"- Files are named by paths below the folder of the lab file, and stay inside it.\n";

static void section(const struct key *k, const char *path, GString *s);

static char *escaped(const char *text)
{
	GString *s = g_string_new(NULL);

	for (; *text; text++) {
		if (strchr("|<>", *text))
			g_string_append_c(s, '\\');
		g_string_append_c(s, *text);
	}
	return g_string_free(s, FALSE);
}

static void row(const struct key *k, GString *s)
{
	g_autofree char *type = describe_type(k), *help = escaped(k->option.help);

	g_string_append_printf(s, "| `%s` | %s | %s%s%s | %s%s%s |\n", k->option.name, type,
			       k->option.standard ? "`"
			       : k->required      ? "required"
			       : k->absent        ? k->absent
						  : "",
			       k->option.standard ? k->option.standard : "", k->option.standard ? "`" : "", help,
			       k->agent ? " (agent)" : "", k->option.later ? ". **Not available yet.**" : "");
}

static void option_row(const struct key *k, void *opaque)
{
	GString *s = opaque;
	g_autofree char *type = describe_type(k), *help = escaped(k->option.help);

	g_string_append_printf(s, "| `%s` | `%s` | %s | %s%s%s | %s |\n", key_owner(k), k->option.name, type,
			       k->option.standard ? "`" : "", k->option.standard ? k->option.standard : "",
			       k->option.standard ? "`" : "", help);
}

static void cards(GString *s)
{
	g_string_append(s, "## Network cards\n\n| model | |\n|---|---|\n");
	for (unsigned n = 0; nic_models[n]; n++)
		g_string_append_printf(s, "| `%s` | %s |\n", nic_models[n]->name, nic_models[n]->help);
	g_string_append(s, "\nSome have keys of their own, which stand beside `model`. In `defaults.nic` they are\n"
			   "for cards of that model.\n\n"
			   "| model | key | type | default | |\n|---|---|---|---|---|\n");
	keys_options(keys_nic, option_row, s);
}

static void doors(GString *s)
{
	g_string_append(s, "\n## Uplinks\n\n| kind | |\n|---|---|\n");
	for (unsigned n = 0; uplink_kinds[n]; n++)
		g_string_append_printf(s, "| `%s` | %s |\n", uplink_kinds[n]->name, uplink_kinds[n]->help);
	g_string_append(s,
			"\nAn uplink stands on a `vlan`, at a port (`to`), or is an end of a link. Each kind has keys\n"
			"of its own, which stand beside `kind`; docs/uplinks.md says more.\n\n"
			"| kind | key | type | default | |\n|---|---|---|---|---|\n");
	keys_options(keys_uplink, option_row, s);
}

static void table(const struct key *keys, const char *path, GString *s)
{
	g_string_append(s, "\n| key | type | default | |\n|---|---|---|---|\n");
	for (const struct key *k = keys; k->option.name; k++)
		row(k, s);
	for (const struct key *k = keys; k->option.name; k++) {
		g_autofree char *own = g_strconcat(path, *path ? "." : "", k->option.name, NULL);

		if (k->keys && !k->template)
			section(k, own, s);
	}
}

static void section(const struct key *k, const char *path, GString *s)
{
	g_autofree char *inside = describe_inside(k, path), *help = escaped(k->option.help);

	g_string_append_printf(s, "\n## `%s`\n\n%s.\n", inside, help);
	table(k->keys, inside, s);
}

char *topology_manual(void)
{
	GString *s = g_string_new(intro);

	g_string_append(s, basics_text);
	g_string_append(s, rules);

	g_string_append(s, "\n## The top\n");
	table(keys_lab, "", s);
	g_string_append(s, "\nKeys marked (agent) need an image with Lanyard's agent, such as `debian`.\n\n"
			   "## Links that change\n\n"
			   "`set` of an event and `lanyard set` change one value of a link and leave the others.\n"
			   "Frames that wait for the wire follow the new values. Frames on the wire keep the delay\n"
			   "they began with, as with Linux's netem: after a delay was lowered, later frames\n"
			   "overtake them. A cable that is pulled loses what waits, not what is on its way.\n"
			   "A cable runs at the lower speed of its two ends and both show it; `rate` makes a link\n"
			   "slower without their knowing. An end that is switched off, or whose driver shuts it,\n"
			   "takes the carrier from the other, after the time that a frame would need.\n\n"
			   "## Captures\n\n"
			   "A port's capture has each frame once: what it sends when the first bit leaves, with\n"
			   "the reason as a comment if it was lost. A frame with a bad FCS is marked; hubs repeat\n"
			   "it, switches and cards drop it.\n\n"
			   "The files of `captures` are written into the current directory, or into that of\n"
			   "`--capture-dir`, and replace those of an earlier run; `lanyard test` writes them only\n"
			   "with `--capture-dir`. The folder of the lab may be read-only.\n\n");
	cards(s);
	doors(s);
	return g_string_free(s, FALSE);
}
