/* The keys of a lab file, a row each; see keys.h. */
#include "topology/keys.h"

#include <string.h>

#include "engine/boot/boot.h"
#include "engine/net/link_keys.h"
#include "engine/net/stp.h"
#include "engine/nic/nic.h"
#include "engine/uplink/kind.h"

#define SECOND 1000000000ull
#define HOUR (3600 * SECOND)
#define MIB (1ull << 20)
/* clang-format off */
#define NAMES(t) {.name = "NAME", .type = (t)}
#define KEYS_END {.option = {.name = NULL}}
/* clang-format on */

static const char *const cpu_models[] = {"486", "pentium", "686", "x86-64", NULL};
_Static_assert(CPU_486 == 0 && CPU_PENTIUM == 1 && CPU_686 == 2 && CPU_X86_64 == 3, "choices are in this order");
static const char *const power_states[] = {"on", "off", "reset", NULL};

const char *const keys_models_later[] = {"e1000e", "tulip", "vmxnet3", NULL};

/* ---- PCs ---- */

/* clang-format off */
#define KEY_IMAGE \
	{.option = {"image", OPTION_IMAGE, .standard = "debian", \
		    .help = "what it boots: `debian`, another one of `lanyard image list`, or one of `images`; " \
			    "NAME@sha256:... pins its content"}}
#define KEY_MEMORY {.option = {"memory", OPTION_SIZE, MIB, MEM_MAX_RAM, "256M", .help = "RAM, whole mebibytes"}}
#define KEY_CPU {.option = {"cpu", OPTION_CHOICE, .standard = "x86-64", .choices = cpu_models, .help = "processor"}}
#define KEY_MIPS \
	{.option = {"mips", OPTION_NUMBER, 1, PC_MIPS_MAX, "1000", .help = "instructions per virtual microsecond"}}
#define KEY_FORWARD \
	{.option = {"forward", OPTION_BOOL, .standard = "false", .help = "pass packets between cards, as a router"}, \
	 .agent = true}
#define KEY_IPV6 \
	{.option = {"ipv6", OPTION_BOOL, .standard = "false", \
		    .help = "IPv6 on all cards; a PC with an IPv6 address has it unless it says no"}, .agent = true}
#define KEY_DNS {.option = {"dns", OPTION_IP, .help = "name servers"}, .shape = KEY_LIST, .agent = true}
#define KEY_MODEL {.option = {"model", OPTION_NAME, .standard = "e1000", .help = "network card"}, .model = true}
/* clang-format on */

const struct key keys_nic[] = {
	{.option = {"vlan", OPTION_NAME, .help = "plugs it into this VLAN of the lab's own switch"}},
	{.option = {"to", OPTION_PORT, .help = "plugs it into this port: SWITCH:NUMBER or HUB:NUMBER"}},
	KEY_MODEL,
	{.option = {"state", OPTION_CHOICE, .standard = "up", .choices = link_states,
		    .help = "of its cable at time zero; of a card that `links` names, the link's `state`"}},
	{.option = {"rom", OPTION_BOOL,
		    .help = "the boot ROM (iPXE) on it; else only where the image boots from the net"}},
	{.option = {"mac", OPTION_MAC, .help = "its address, in quotes; else made from the names of lab, PC and card"}},
	{.option = {"vlan_of", OPTION_CARD,
		    .help = "no card of its own but a VLAN interface: frames of that card with a tag (agent)"}},
	{.option = {"id", OPTION_NUMBER, 1, 4094,
		    .help = "with `vlan_of`: the VLAN's number in the tag; else that behind the last '.' of its name"}},
	{.option = {"ip", OPTION_INTERFACE, .help = "its addresses with prefixes, or dhcp; IPv6 in quotes"},
	 .shape = KEY_LIST,
	 .agent = true},
	KEYS_END};

const struct key keys_file[] = {
	{.option = {"text", OPTION_TEXT, .help = "the contents"}},
	{.option = {"source", OPTION_FILE, .help = "a file or folder beside the lab file, instead of `text`"}},
	{.option = {"mode", OPTION_MODE, .standard = "0644",
		    .help = "permissions, in quotes; without it a source that is executable gives 0755"}},
	KEYS_END};

const struct key keys_route[] = {{.option = {"via", OPTION_IP, .help = "the next router"}},
				 {.option = {"dev", OPTION_CARD, .help = "the card to leave by"}},
				 KEYS_END};

/* clang-format off */
const struct key keys_pc[] = {
	{.option = {"use", OPTION_NAME, .help = "a template; what is written here wins"}},
	{.option = {"count", OPTION_NUMBER, 1, 1000,
		    .help = "that many PCs; <n> in the PC's name, keys and values becomes 1, 2, ... and <n+8> 9, 10, ..."}},
	KEY_IMAGE, KEY_MEMORY, KEY_CPU, KEY_MIPS,
	{.option = {"append", OPTION_STRING, .help = "more for the kernel's command line"}},
	KEY_FORWARD, KEY_IPV6,
	{.option = {"nics", OPTION_STRING, .help = "network cards, at most 8, by the names that the PC gives them"},
	 .shape = KEY_NAMED, .keys = keys_nic, .names = NAMES(OPTION_CARD)},
	{.option = {"files", OPTION_FILE,
		    .help = "files and folders to put into the PC: a path in the PC and where it comes from; "
			    "folders end in '/'; links stay links"},
	 .shape = KEY_NAMED_EITHER, .keys = keys_file, .names = NAMES(OPTION_GUEST_FILE), .agent = true},
	{.option = {"routes", OPTION_IP, .help = "destination (a network or default) and next router"},
	 .shape = KEY_NAMED_EITHER, .keys = keys_route, .names = NAMES(OPTION_DESTINATION), .agent = true},
	KEY_DNS,
	{.option = {"start", OPTION_NAME, .help = "services of the image to start, in order"},
	 .shape = KEY_LIST, .agent = true},
	{.option = {"setup", OPTION_TEXT, .help = "shell script, run once after all that"}, .agent = true},
	{.option = {"ready", OPTION_TEXT, .help = "shell command, repeated every second until it succeeds: "
						   "then the PC is ready"}, .agent = true},
	{.option = {"after", OPTION_HOST, .help = "PCs that must be ready before this one starts"}, .shape = KEY_LIST},
	KEYS_END};
/* clang-format on */

static const struct key default_nic[] = {KEY_MODEL, KEYS_END};

/* clang-format off */
const struct key keys_defaults[] = {
	KEY_IMAGE, KEY_MEMORY, KEY_CPU, KEY_MIPS, KEY_FORWARD, KEY_IPV6, KEY_DNS,
	{.option = {"nic", OPTION_STRING, .help = "for all network cards"}, .shape = KEY_MAP, .keys = default_nic},
	KEYS_END};
/* clang-format on */

const struct key keys_image[] = {
	{.option = {"kernel", OPTION_FILE, .help = "a Linux or Multiboot kernel"}},
	{.option = {"initrd", OPTION_FILE, .help = "its initial RAM disk"}},
	{.option = {"cmdline", OPTION_STRING, .help = "its command line"}},
	{.option = {"disk", OPTION_FILE, .help = "disk image; what a PC writes is lost with the PC"}},
	{.option = {"cdrom", OPTION_FILE, .help = "CD-ROM image"}},
	{.option = {"floppy", OPTION_FILE, .help = "floppy image"}},
	{.option = {"boot", OPTION_CHOICE, .choices = boot_first_names,
		    .help = "what is tried first; net: a PC's first card asks for DHCP and TFTP (iPXE)"}},
	{.option = {"bios", OPTION_FILE, .help = "firmware instead of SeaBIOS"}},
	{.option = {"agent", OPTION_BOOL, .standard = "false",
		    .help = "Lanyard's agent is in it, so `ip`, `files`, `run` and the like work"}},
	KEYS_END};

/* ---- what is between the PCs ---- */

const struct key keys_hub[] = {{.option = {"ports", OPTION_NUMBER, 2, 1024, "8", .help = "how many"}}, KEYS_END};

static const char *const stp_modes[] = {"false", "stp", "rstp", NULL};
_Static_assert(STP_OFF == 0 && STP_STP == 1 && STP_RSTP == 2, "the names are in this order");
static const char *const stp_costs[] = {"short", "long", NULL};
static const char *const reserved_names[] = {"lacp", "eapol", "lldp", "all", NULL};

const struct key keys_switch_port[] = {
	{.option = {"access", OPTION_NAME, .help = "the VLAN of an access port"}},
	{.option = {"trunk", OPTION_NAME, .help = "the VLANs of a trunk port, tagged"}, .shape = KEY_LIST},
	{.option = {"native", OPTION_NAME, .help = "of a trunk: the VLAN of its frames without a tag"}},
	{.option = {"mirror", OPTION_RANGE, 1, 1024, .help = "instead of these: copies of all frames of other ports"},
	 .shape = KEY_LIST},
	{.option = {"rate", OPTION_SPEED, LINK_RATE_MIN, LINK_RATE_MAX, "auto",
		    .help = "its highest speed; auto: that of what is plugged in"}},
	{.option = {"max_macs", OPTION_NUMBER, 1, 8192, .help = "port security: frames of more stations are dropped"}},
	{.option = {"stp_cost", OPTION_NUMBER, 1, 200000000, .help = "of the port to the root; else by its speed"}},
	{.option = {"stp_priority", OPTION_NUMBER, 0, 240, "128",
		    .help = "of the port, in steps of 16: less is better"}},
	{.option = {"edge", OPTION_BOOL, .standard = "false",
		    .help = "spanning tree: no switch is there, so it forwards at once"}},
	{.option = {"bpdu_guard", OPTION_BOOL, .standard = "false",
		    .help = "spanning tree: a switch that shows up there shuts the port"}},
	{.option = {"root_guard", OPTION_BOOL, .standard = "false",
		    .help = "spanning tree: the root is never looked for there"}},
	KEYS_END};

const struct key keys_spanning_tree[] = {
	{.option = {"mode", OPTION_CHOICE, .standard = "rstp", .choices = stp_modes,
		    .help = "rstp (IEEE 802.1D-2004) or stp (802.1D-1998)"}},
	{.option = {"priority", OPTION_NUMBER, 0, 61440, "32768",
		    .help = "of the switch, in steps of 4096: the least becomes the root"}},
	{.option = {"hello", OPTION_TIME, SECOND, 10 * SECOND, "2s", .help = "time between BPDUs"}},
	{.option = {"max_age", OPTION_TIME, 6 * SECOND, 40 * SECOND, "20s", .help = "how old what they say may be"}},
	{.option = {"forward_delay", OPTION_TIME, 4 * SECOND, 30 * SECOND, "15s",
		    .help = "time of listening, and of learning"}},
	{.option = {"costs", OPTION_CHOICE, .choices = stp_costs,
		    .help = "1 Gbit/s costs 20000 (long) or 5 (short, as in Linux)"},
	 .absent = "long for rstp, short for stp"},
	KEYS_END};

const struct key keys_switch[] = {
	{.option = {"ports", OPTION_STRING, .help = "port numbers, or ranges of them, and what they carry"},
	 .shape = KEY_NAMED,
	 .keys = keys_switch_port,
	 .required = true,
	 .names = {.name = "NUMBER", .type = OPTION_RANGE, .min = 1, .max = 1024}},
	{.option = {"spanning_tree", OPTION_CHOICE, .standard = "false", .choices = stp_modes,
		    .help = "cuts loops, and mends the cut when a cable fails"},
	 .shape = KEY_EITHER,
	 .keys = keys_spanning_tree},
	{.option = {"forward_reserved", OPTION_CHOICE, .choices = reserved_names,
		    .help = "frames to the addresses of LACP, 802.1X or LLDP pass, which switches keep"},
	 .shape = KEY_LIST},
	{.option = {"storm_guard", OPTION_BOOL, .standard = "false",
		    .help = "frames that go round in a loop are dropped; else they are only told of"}},
	KEYS_END};

/* Bursts of loss: the parts of OPTION_LOSS as a map. */
static const struct key keys_burst[] = {
	{.option = {"good_to_bad", OPTION_PERCENT, .help = "how probable it is for each frame that a burst begins"},
	 .required = true},
	{.option = {"bad_to_good", OPTION_PERCENT, .help = "how probable it is that the burst ends"}, .required = true},
	{.option = {"in_bad", OPTION_PERCENT, .standard = "100%", .help = "frames lost in a burst"}},
	KEYS_END};

/* A link's properties (engine/net/link_keys.h) as keys: with their defaults; for one
 * direction, and for what is set later, without. */
/* clang-format off */
#define MAP_OF(type) .shape = (type) == OPTION_LOSS ? KEY_EITHER : KEY_VALUE, \
		     .keys = (type) == OPTION_LOSS ? keys_burst : NULL
#define LINK_ROW(id, type_, standard_, ...) \
	{.option = {.name = #id, .type = (type_), .standard = (standard_), __VA_ARGS__}, MAP_OF(type_)},
#define FROM_ROW(id, type_, standard_, ...) \
	{.option = {.name = #id, .type = (type_), __VA_ARGS__}, MAP_OF(type_), .absent = "that of the link"},
#define SET_ROW(id, type_, standard_, ...) \
	{.option = {.name = #id, .type = (type_), __VA_ARGS__}, MAP_OF(type_), .absent = "stays as it is"},

const struct key keys_from[] = {LINK_KEYS(FROM_ROW) KEYS_END};

const struct key keys_link[] = {
	{.option = {"ends", OPTION_END, .help = "the two ports it joins: PC:CARD, SWITCH:NUMBER, HUB:NUMBER or an uplink"},
	 .shape = KEY_LIST, .required = true},
	LINK_KEYS(LINK_ROW)
	{.option = {"state", OPTION_CHOICE, .standard = "up", .choices = link_states, .help = "at time zero"}},
	{.option = {"from", OPTION_STRING, .help = "values for one direction only: by the end that sends, or its PC"},
	 .shape = KEY_NAMED, .keys = keys_from, .names = {.name = "END", .type = OPTION_STRING}},
	KEYS_END};

const struct key keys_set_link[] = {
	LINK_KEYS(SET_ROW)
	{.option = {"state", OPTION_CHOICE, .choices = link_states, .help = "up or down"}, .absent = "stays as it is"},
	KEYS_END};
/* clang-format on */

const struct key keys_uplink[] = {
	{.option = {"kind", OPTION_NAME, .help = "what is behind the door"}, .kind = true, .required = true},
	{.option = {"vlan", OPTION_NAME, .help = "plugs it into this VLAN of the lab's own switch"}},
	{.option = {"to", OPTION_PORT, .help = "plugs it into this port: SWITCH:NUMBER or HUB:NUMBER"}},
	KEYS_END};

/* ---- what happens and what is looked at ---- */

const struct key keys_capture[] = {
	{.option = {"watch", OPTION_STRING,
		    .help = "VLAN, link, switch, hub or PC, or PC:CARD, SWITCH:NUMBER, HUB:NUMBER; each frame once"},
	 .required = true},
	{.option = {"file", OPTION_OUT_FILE,
		    .help = "where to, .pcapng or .pcap, in the current directory or that of --capture-dir; else "
			    "NAME.pcapng"}},
	{.option = {"filter", OPTION_STRING, .help = "which packets, as tcpdump takes it"}},
	KEYS_END};

/* The keys are checked by what the event is about: keys_set_link. */
const struct key keys_event[] = {
	{.option = {"at", OPTION_TIME, .help = "when, after time zero"}, .required = true},
	{.option = {"link", OPTION_NAME, .help = "the link to `set`"}},
	{.option = {"nic", OPTION_PORT, .help = "the card whose cable to `set`: PC:CARD"}},
	{.option = {"pc", OPTION_HOST, .help = "the PC to `run` something on or to `power`"}},
	{.option = {"set", OPTION_STRING, .help = "new values of the link"}, .shape = KEY_MAP, .keys = keys_set_link},
	{.option = {"run", OPTION_TEXT, .help = "shell command for the PC, as soon as it takes commands"}},
	{.option = {"power", OPTION_CHOICE, .choices = power_states, .help = "of the PC; on and off in quotes"}},
	{.option = {"snapshot", OPTION_OUT_FILE, .help = "keeps the whole lab in a file",
		    .later = "snapshots of a lab"}},
	KEYS_END};

const struct key keys_check[] = {
	{.option = {"pc", OPTION_HOST, .help = "where to run the command"}},
	{.option = {"run", OPTION_TEXT, .help = "shell command that must succeed, tried as soon as the PC is ready"}},
	{.option = {"expect", OPTION_REGEX, .help = "its output must match; then its exit status is of no matter"}},
	{.option = {"reject", OPTION_REGEX,
		    .help = "its output must not match; a command that is to fail is \"! COMMAND\""}},
	{.option = {"once", OPTION_BOOL, .standard = "false", .help = "one try only"}},
	{.option = {"every", OPTION_TIME, 1000000, HOUR, "1s", .help = "time between tries"}},
	{.option = {"within", OPTION_TIME, 1000000, 24 * HOUR, "30s", .help = "time to succeed, from its start"}},
	{.option = {"for", OPTION_TIME, 1000000, 24 * HOUR, .help = "it must stay true for so long, at each try"}},
	{.option = {"watch", OPTION_STRING, .help = "where to look for packets: as in captures"}},
	{.option = {"packet", OPTION_STRING, .help = "which packets, as tcpdump takes it"}},
	{.option = {"count", OPTION_NUMBER, 0, 1000000000,
		    .help = "exactly so many packets; without it the first one ends the check"}},
	{.option = {"at_least", OPTION_NUMBER, 1, 1000000000, .help = "so many packets or more"}},
	{.option = {"at_most", OPTION_NUMBER, 0, 1000000000, .help = "so many packets or less"}},
	{.option = {"until", OPTION_TIME, 1000000, 24 * HOUR, "30s", .help = "how long it looks, from its start"}},
	{.option = {"after", OPTION_NAME,
		    .help = "what it starts after: an event, a PC that is ready, a check that has passed; else time "
			    "zero"}},
	{.option = {"start", OPTION_NAME, .help = "the event it starts at: `after` has more"}},
	{.option = {"points", OPTION_NUMBER, 0, 10000, "1", .help = "what it is worth"}},
	{.option = {"fail", OPTION_STRING, .help = "a hint to show when it fails"}},
	KEYS_END};

/* ---- the top ---- */

/* clang-format off */
const struct key keys_lab[] = {
	{.option = {"version", OPTION_NUMBER, 1, 1, .help = "the version of this format, 1"}, .required = true},
	{.option = {"lab", OPTION_NAME, .help = "the lab's name"}, .required = true},
	{.option = {"description", OPTION_STRING, .help = "one line about it"}},
	{.option = {"seed", OPTION_NUMBER, 1, UINT64_MAX, "1", .help = "of everything random"}},
	{.option = {"include", OPTION_FILE, .help = "files below this one: maps merge, lists replace, null deletes; "
						     "later files win over earlier ones, this file over all"},
	 .shape = KEY_LIST},
	{.option = {"defaults", OPTION_STRING, .help = "for all PCs that do not say otherwise"}, .shape = KEY_MAP,
	 .keys = keys_defaults},
	{.option = {"images", OPTION_STRING, .help = "the lab's own images, beside those of `lanyard image list`"},
	 .shape = KEY_NAMED, .keys = keys_image, .names = NAMES(OPTION_NAME)},
	{.option = {"vlans", OPTION_NUMBER, 1, 4094, .help = "broadcast domains: name and 802.1Q number"},
	 .shape = KEY_NAMED_VALUE, .names = NAMES(OPTION_NAME)},
	{.option = {"hubs", OPTION_STRING,
		    .help = "send every frame to all other ports, each of them at up to 1 Gbit/s"}, .shape = KEY_NAMED,
	 .keys = keys_hub, .names = NAMES(OPTION_NAME)},
	{.option = {"switches", OPTION_STRING, .help = "learning switches with access and trunk ports"},
	 .shape = KEY_NAMED, .keys = keys_switch, .names = NAMES(OPTION_NAME)},
	{.option = {"templates", OPTION_STRING, .help = "parts of PCs, for `use`"}, .shape = KEY_NAMED, .keys = keys_pc,
	 .names = NAMES(OPTION_NAME), .template = true},
	{.option = {"pcs", OPTION_STRING, .help = "the PCs"}, .shape = KEY_NAMED, .keys = keys_pc,
	 .names = NAMES(OPTION_HOST), .required = true},
	{.option = {"links", OPTION_STRING, .help = "cables between two ports"}, .shape = KEY_NAMED, .keys = keys_link,
	 .names = NAMES(OPTION_NAME)},
	{.option = {"uplinks", OPTION_STRING, .help = "doors to the outside"},
	 .shape = KEY_NAMED, .keys = keys_uplink, .names = NAMES(OPTION_NAME)},
	{.option = {"captures", OPTION_STRING, .help = "packets to write into files"}, .shape = KEY_NAMED,
	 .keys = keys_capture, .names = NAMES(OPTION_NAME)},
	{.option = {"events", OPTION_STRING, .help = "what happens when"}, .shape = KEY_NAMED, .keys = keys_event,
	 .names = NAMES(OPTION_NAME)},
	{.option = {"checks", OPTION_STRING, .help = "what must come true, for `lanyard test`"}, .shape = KEY_NAMED,
	 .keys = keys_check, .names = NAMES(OPTION_NAME)},
	KEYS_END};
/* clang-format on */

const struct key *key_find(const struct key *table, const char *name)
{
	for (; table && table->option.name; table++)
		if (!strcmp(table->option.name, name))
			return table;
	return NULL;
}

const char *keys_meant(const struct key *table, const char *word)
{
	bool of_link = table == keys_link || table == keys_from || table == keys_set_link;

	return of_link ? link_key_meant(word) : NULL;
}

bool keys_have_options(const struct key *table)
{
	for (; table->option.name; table++)
		if (table->model || table->kind)
			return true;
	return false;
}

static void card_options(key_option_fn *fn, void *opaque)
{
	for (unsigned n = 0; nic_models[n]; n++)
		for (const struct option *o = nic_models[n]->options; o && o->name; o++) {
			const struct key k = {.option = *o, .card = nic_models[n]};

			fn(&k, opaque);
		}
}

static struct key uplink_key(const struct uplink_kind *kind, const struct uplink_key *row)
{
	return (struct key){
		.option = row->option, .shape = row->list ? KEY_LIST : KEY_VALUE, .uplink = kind, .uplink_row = row};
}

static void uplink_options(key_option_fn *fn, void *opaque)
{
	for (unsigned n = 0; uplink_kinds[n]; n++)
		for (const struct uplink_key *row = uplink_kinds[n]->keys; row->option.name; row++) {
			const struct key k = uplink_key(uplink_kinds[n], row);

			fn(&k, opaque);
		}
}

void keys_options(const struct key *table, key_option_fn *fn, void *opaque)
{
	if (table == keys_uplink)
		uplink_options(fn, opaque);
	else
		card_options(fn, opaque);
}

bool keys_option(const struct nic_model *model, const char *name, struct key *k)
{
	const struct option *o = model->options ? option_find(model->options, name) : NULL;

	if (o)
		*k = (struct key){.option = *o, .card = model};
	return o != NULL;
}

bool keys_uplink_option(const struct uplink_kind *kind, const char *name, struct key *k)
{
	for (const struct uplink_key *row = kind->keys; row->option.name; row++)
		if (!strcmp(row->option.name, name)) {
			*k = uplink_key(kind, row);
			return true;
		}
	return false;
}

const char *key_owner(const struct key *k)
{
	return k->card ? k->card->name : k->uplink ? k->uplink->name : NULL;
}

char *keys_kinds(void)
{
	GString *s = g_string_new(NULL);

	for (unsigned n = 0; uplink_kinds[n]; n++)
		g_string_append_printf(s, "%s%s", n ? ", " : "", uplink_kinds[n]->name);
	return g_string_free(s, FALSE);
}

char *keys_models(void)
{
	GString *s = g_string_new(NULL);

	for (unsigned n = 0; nic_models[n]; n++)
		g_string_append_printf(s, "%s%s", n ? ", " : "", nic_models[n]->name);
	return g_string_free(s, FALSE);
}
