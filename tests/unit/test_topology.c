/* Lab files against golden files. tests/topology/good/X.yaml is a right lab: X.out
 * has its warnings, its plan and its pictures. tests/topology/bad/X.yaml is a
 * wrong one: X.out has all messages. After a wanted change, with
 * WRITE_GOLDEN=1 in the environment the .out files are written anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/natural.h"
#include "engine/base/nearest.h"
#include "topology/describe.h"
#include "topology/graph.h"
#include "topology/topology.h"
#include "topology/yaml.h"

static gint by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *labs_in(const char *folder)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;

	assert_non_null(dir);
	while ((name = g_dir_read_name(dir)))
		if (g_str_has_suffix(name, ".yaml"))
			g_ptr_array_add(list, g_build_filename(folder, name, NULL));
	g_dir_close(dir);
	g_ptr_array_sort(list, by_text);
	return list;
}

/* Compares with a golden file, or writes it. */
static bool matches(const char *file, const char *text)
{
	g_autofree char *golden = NULL;

	if (getenv("WRITE_GOLDEN"))
		return g_file_set_contents(file, text, -1, NULL);
	if (g_file_get_contents(file, &golden, NULL, NULL) && !strcmp(golden, text))
		return true;
	fprintf(stderr, "---- %s, expected:\n%s---- found:\n%s", file, golden ? golden : "(no file)\n", text);
	return false;
}

static char *golden_name(const char *lab)
{
	return g_strdup_printf("%.*s.out", (int)(strlen(lab) - strlen(".yaml")), lab);
}

/* All that a lab file gives, as text. */
static char *outcome(const char *lab, bool *right)
{
	struct topology_report report;
	struct plan *plan;
	GString *s = g_string_new(NULL);
	g_autofree char *messages = NULL;

	topology_report_init(&report);
	plan = topology_load(lab, &report);
	messages = topology_report_text(&report);
	g_string_append(s, messages);
	assert_true((plan != NULL) == !report.errors);
	assert_int_equal(report.errors + report.warnings, report.messages->len + report.dropped);
	topology_report_clear(&report);
	if (plan) { /* which outlives the report */
		g_autofree char *dump = topology_dump(plan), *text = graph_text(plan), *dot = graph_dot(plan);

		g_string_append_printf(s, "%s\n%s\n%s", dump, text, dot);
	}
	*right = plan != NULL;
	plan_free(plan);
	return g_string_free(s, FALSE);
}

static void check_folder(const char *folder, bool expected, unsigned least)
{
	g_autoptr(GPtrArray) labs = labs_in(folder);
	unsigned wrong = 0;

	for (guint n = 0; n < labs->len; n++) {
		bool right;
		g_autofree char *text = outcome(labs->pdata[n], &right), *again = outcome(labs->pdata[n], &right);
		g_autofree char *golden = golden_name(labs->pdata[n]);

		assert_string_equal(text, again);
		if (right != expected) {
			fprintf(stderr, "%s is %s\n", (char *)labs->pdata[n], right ? "right" : "wrong");
			wrong++;
		}
		wrong += !matches(golden, text);
	}
	assert_true(labs->len >= least);
	assert_int_equal(wrong, 0);
}

static void good_labs(void **state)
{
	check_folder("tests/topology/good", true, 5);
}

static void bad_labs(void **state)
{
	check_folder("tests/topology/bad", false, 60);
}

static void no_such_file(void **state)
{
	struct topology_report report;
	g_autofree char *text = NULL;

	topology_report_init(&report);
	assert_null(topology_load("tests/topology/nowhere.yaml", &report));
	text = topology_report_text(&report);
	assert_string_equal(text, "tests/topology/nowhere.yaml:1:1: error: 'tests/topology/nowhere.yaml': "
				  "there is no such file\n");
	topology_report_clear(&report);
}

static struct plan *plan_of(const char *text)
{
	struct topology_report report;
	struct plan *plan;

	topology_report_init(&report);
	plan = topology_load_text("text", text, strlen(text), &report);
	if (!plan) {
		g_autofree char *messages = topology_report_text(&report);

		fputs(messages, stderr);
	}
	topology_report_clear(&report);
	assert_non_null(plan);
	return plan;
}

/* Order in the file, and PCs beside, do not change what a PC gets. */
static void order_is_no_matter(void **state)
{
	struct plan *a = plan_of("version: 1\nlab: x\nvlans: {l: 1}\npcs:\n  a: {nics: {eth0: {vlan: l}}}\n"
				 "  b: {nics: {eth0: {vlan: l}}}\n");
	struct plan *b = plan_of("pcs:\n  c: {nics: {eth0: {vlan: l}}}\n  b: {nics: {eth0: {vlan: l}}}\n"
				 "  a: {nics: {eth0: {vlan: l}}}\nvlans: {l: 1}\nlab: x\nversion: 1\n");

	for (unsigned n = 0; n < 2; n++) {
		const struct plan_pc *pa = a->pcs->pdata[n], *pb = b->pcs->pdata[n];
		const struct plan_nic *na = pa->nics->pdata[0], *nb = pb->nics->pdata[0];

		assert_string_equal(pa->name, pb->name);
		assert_memory_equal(na->mac, nb->mac, 6);
		assert_int_equal(na->mac[0], 0x52);
	}
	plan_free(a);
	plan_free(b);
}

/* 24 bits are few: a thousand PCs with eight cards draw some twice. */
static void many_macs(void **state)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GString *text = g_string_new("version: 1\nlab: x\nvlans: {l: 1}\npcs:\n  p<n>:\n    count: 1000\n    nics:\n");
	struct plan *plan;

	for (unsigned n = 0; n < 8; n++)
		g_string_append_printf(text, "      eth%u: {vlan: l}\n", n);
	plan = plan_of(text->str);
	assert_int_equal(plan->pcs->len, 1000);
	for (guint n = 0; n < plan->pcs->len; n++) {
		const struct plan_pc *pc = plan->pcs->pdata[n];

		for (guint i = 0; i < pc->nics->len; i++) {
			char mac[ADDRESS_TEXT];

			address_format_mac(((const struct plan_nic *)pc->nics->pdata[i])->mac, mac);
			assert_true(g_hash_table_add(seen, g_strdup(mac)));
		}
	}
	assert_int_equal(g_hash_table_size(seen), 8000);
	plan_free(plan);
	g_string_free(text, TRUE);
}

/* Every row: its default is a value it takes, and it is explained. */
static void check_row(const struct key *k, const char *path, void *opaque)
{
	struct option_value v;

	assert_non_null(k->option.help);
	if (k->option.standard && !option_parse(&k->option, k->option.standard, &v, NULL))
		fail_msg("%s: its default '%s' is none", path, k->option.standard);
	assert_int_equal(k->keys != NULL, k->shape == KEY_MAP || k->shape == KEY_EITHER || k->shape == KEY_NAMED ||
						  k->shape == KEY_NAMED_EITHER);
	if (k->shape == KEY_NAMED || k->shape == KEY_NAMED_VALUE || k->shape == KEY_NAMED_EITHER)
		assert_non_null(k->names.name);
	++*(unsigned *)opaque;
}

static void key_tables(void **state)
{
	g_autofree char *all = topology_keys_text(NULL, NULL), *memory = NULL, *none = NULL,
			*manual = topology_manual();
	const char *near = NULL;
	unsigned rows = 0;

	describe_walk(keys_lab, "", check_row, &rows);
	assert_true(rows > 90);
	assert_non_null(strstr(all, "pcs.NAME.nics.NAME.model"));
	memory = topology_keys_text("memory", NULL);
	assert_non_null(strstr(memory, "pcs.NAME.memory\n"));
	assert_non_null(strstr(memory, "default: 256M\n"));
	none = topology_keys_text("memmory", &near);
	assert_null(none);
	assert_string_equal(near, "memory");
	assert_true(matches("docs/lab-format.md", manual));
}

static void schema(void **state)
{
	g_autofree char *text = topology_schema_json();
	int depth = 0;
	bool quoted = false;

	for (const char *p = text; *p; p++) {
		if (quoted && *p == '\\')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted)
			depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
		assert_true(depth >= 0);
	}
	assert_int_equal(depth, 0);
	assert_non_null(strstr(text, "\"maximum\":4094"));
}

static void ambiguous_scalars(void **state)
{
	static const char *const clear[] = {
		"true",     "False",   "null", "10",         "0",
		"-5",       "0x1f",    "3.5",  "1.5e+3",     "abc",
		"10.0.1.1", "256M",    "5ms",  "10.0.0.0/8", "1-8",
		"nope",     "only",    "a:b",  "sw1:3",      "52:54:00:ab:cd:ef",
		"2024",     "yES",     "",     "1h",         ".5",
		"1e-6",     "2.5e-12", "+.5",  ".",          "1.5_a",
	};
	/* clang-format off */
	static const char *const unclear[] = {
		"yes", "No", "ON", "off", "y", "N", "0644", "007", "00", "12:30", "1:2:3.5", "1_000", "0b101", "0o17",
		"1e3", "1.5e3", "2001-12-14", "2001-1-1 10:00:00", "=", "<<", "52:54:00:00:00:04", "+0x10", "089",
		".5_0", ".5e3", "1_0.5e+3", "+1e3",
	};
	/* clang-format on */

	for (unsigned n = 0; n < ARRAY_LEN(clear); n++)
		if (scalar_ambiguous(clear[n]))
			fail_msg("'%s' is clear", clear[n]);
	for (unsigned n = 0; n < ARRAY_LEN(unclear); n++)
		if (!scalar_ambiguous(unclear[n]))
			fail_msg("'%s' is not clear", unclear[n]);
}

/* What a plain scalar is to YAML 1.1 (yaml.org/type, but digits around a point, as
 * all readers have it) and to YAML 1.2 (10.3.2). */
static const struct meaning {
	const char *kind, *pattern;
} yaml_1_1[] = {{"null", "~|null|Null|NULL|"},
		{"bool", "y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF"},
		{"binary", "[-+]?0b[0-1_]+"},
		{"octal", "[-+]?0[0-7_]+"},
		{"decimal", "[-+]?(0|[1-9][0-9_]*)"},
		{"hex", "[-+]?0x[0-9a-fA-F_]+"},
		{"base 60", "[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?"},
		{"float", "[-+]?([0-9][0-9_]*\\.[0-9_]*|\\.[0-9][0-9_]*)([eE][-+][0-9]+)?"},
		{"special", "[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)"},
		{"date", "[0-9]{4}-[0-9]{2}-[0-9]{2}"},
		{"merge", "<<|="},
		{NULL, NULL}},
  yaml_1_2[] = {{"null", "~|null|Null|NULL|"},
		{"bool", "true|True|TRUE|false|False|FALSE"},
		{"decimal", "[-+]?[0-9]+"},
		{"octal, new", "0o[0-7]+"},
		{"hex", "0x[0-9a-fA-F]+"},
		{"float", "[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?"},
		{"special", "[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)"},
		{NULL, NULL}};

static const char *meaning_of(const struct meaning *table, GRegex *const *compiled, const char *text)
{
	for (unsigned n = 0; table[n].kind; n++)
		if (g_regex_match(compiled[n], text, 0, NULL))
			return table[n].kind;
	return "text";
}

static void compile_all(const struct meaning *table, GRegex **compiled)
{
	for (unsigned n = 0; table[n].kind; n++) {
		g_autofree char *whole = g_strdup_printf("^(?:%s)$", table[n].pattern);

		compiled[n] = g_regex_new(whole, G_REGEX_DOLLAR_ENDONLY, 0, NULL);
		assert_non_null(compiled[n]);
	}
}

/* Whatever the two standards' own expressions tell apart is ambiguous. */
static void ambiguous_by_the_standards(void **state)
{
	static const char *const parts[] = {"",  "0",  "1",    "8",    "12", "60", "_", ".",    "-",         "+",
					    "e", "E",  "x",    "o",    "b",  "a",  ":", "30",   "y",         "on",
					    "~", "NO", "true", "Null", "=",  "<<", "T", ".inf", "2001-01-01"};
	GRegex *old[16] = {NULL}, *new[16] = {NULL};
	char text[64];

	compile_all(yaml_1_1, old);
	compile_all(yaml_1_2, new);
	for (unsigned n = 0; n < ARRAY_LEN(parts) * ARRAY_LEN(parts) * ARRAY_LEN(parts) * ARRAY_LEN(parts); n++) {
		unsigned rest = n;

		text[0] = '\0';
		for (unsigned i = 0; i < 4; i++, rest /= ARRAY_LEN(parts))
			g_strlcat(text, parts[rest % ARRAY_LEN(parts)], sizeof(text));
		if (g_regex_match_simple("^[-+]?[0-9.]+[eE]-[0-9]+$", text, 0, 0)) /* a probability: both will do */
			continue;
		if (!scalar_ambiguous(text) &&
		    strcmp(meaning_of(yaml_1_1, old, text), meaning_of(yaml_1_2, new, text)) != 0)
			fail_msg("'%s' is %s to YAML 1.1, %s to YAML 1.2", text, meaning_of(yaml_1_1, old, text),
				 meaning_of(yaml_1_2, new, text));
	}
	for (unsigned n = 0; n < ARRAY_LEN(old); n++) {
		g_clear_pointer(&old[n], g_regex_unref);
		g_clear_pointer(&new[n], g_regex_unref);
	}
}

static void nearest_names(void **state)
{
	struct nearest n;

	assert_int_equal(nearest_distance("kitten", "sitting"), 3);
	assert_int_equal(nearest_distance("abcd", "abdc"), 1); /* swapped */
	assert_int_equal(nearest_distance("", "abc"), 3);
	assert_int_equal(nearest_distance("same", "same"), 0);
	nearest_init(&n, "rotuer");
	nearest_offer(&n, "alice");
	assert_null(n.best);
	nearest_offer(&n, "routers");
	nearest_offer(&n, "router");
	assert_string_equal(n.best, "router");
}

static void natural_order(void **state)
{
	static const char *const sorted[] = {"",   "1",  "1-8", "9-16", "24", "a",    "a01",  "a1",
					     "a2", "a9", "a10", "a10b", "ab", "b1c2", "b1c10"};

	for (unsigned i = 0; i < ARRAY_LEN(sorted); i++)
		for (unsigned j = 0; j < ARRAY_LEN(sorted); j++) {
			int c = natural_compare(sorted[i], sorted[j]);

			if ((c > 0) - (c < 0) != (i > j) - (i < j))
				fail_msg("'%s' and '%s' are %d", sorted[i], sorted[j], c);
		}
}

/* More mistakes than anybody reads are counted, not kept. */
static void limited_report(void **state)
{
	GString *text = g_string_new("version: 1\nlab: x\npcs:\n");
	struct topology_report report;
	g_autofree char *messages = NULL;

	for (unsigned n = 0; n < 500; n++)
		g_string_append_printf(text, "  p%u: {memory: x}\n", n);
	topology_report_init(&report);
	assert_null(topology_load_text("text", text->str, text->len, &report));
	assert_int_equal(report.errors, 500);
	assert_int_equal(report.messages->len, REPORT_LIMIT);
	messages = topology_report_text(&report);
	assert_true(g_str_has_suffix(messages, "more\n"));
	topology_report_clear(&report);
	g_string_free(text, TRUE);
}

/* What images there are on this machine shall not matter: a store with the names that
 * the labs use, and nothing behind them. */
static char *image_store(void)
{
	static const char *const names[] = {"debian-i386"};
	char *root = g_dir_make_tmp("lanyard-images-XXXXXX", NULL);
	g_autofree char *hash = g_strnfill(64, '0');

	assert_non_null(root);
	g_setenv("XDG_CACHE_HOME", root, TRUE);
	for (unsigned n = 0; n < ARRAY_LEN(names); n++) {
		g_autofree char *folder = g_build_filename(root, "lanyard", "images", names[n], hash, NULL);
		g_autofree char *json = g_build_filename(folder, "image.json", NULL);
		g_autofree char *kernel = g_build_filename(folder, "vmlinuz", NULL);
		g_autofree char *initrd = g_build_filename(folder, "initrd", NULL);
		g_autofree char *current = g_build_filename(folder, "..", "current", NULL);
		g_autofree char *text =
			g_strdup_printf("{\"format\": \"1\", \"name\": \"%s\", \"hash\": \"%s\", \"cmdline\": \"\", "
					"\"versions\": \"\"}",
					names[n], hash);

		assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
		assert_true(g_file_set_contents(json, text, -1, NULL) && g_file_set_contents(kernel, "", 0, NULL) &&
			    g_file_set_contents(initrd, "", 0, NULL) && g_file_set_contents(current, hash, -1, NULL));
	}
	return root;
}

static void remove_store(const char *root)
{
	const char *const rm[] = {"rm", "-rf", root, NULL};

	g_spawn_sync(NULL, (char **)rm, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

int main(void)
{
	g_autofree char *images = image_store();
	int failed;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_labs),
		cmocka_unit_test(bad_labs),
		cmocka_unit_test(no_such_file),
		cmocka_unit_test(order_is_no_matter),
		cmocka_unit_test(many_macs),
		cmocka_unit_test(key_tables),
		cmocka_unit_test(schema),
		cmocka_unit_test(ambiguous_scalars),
		cmocka_unit_test(nearest_names),
		cmocka_unit_test(limited_report),
		cmocka_unit_test(ambiguous_by_the_standards),
		cmocka_unit_test(natural_order),
	};

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove_store(images);
	return failed;
}
