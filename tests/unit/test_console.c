/* The console without a lab and without a terminal: what the control socket would say
 * goes in, keys go in, a canvas comes out. Screens are compared with the files of
 * tests/console/golden; LANYARD_GOLDEN=write makes them anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "tui/console/decode.h"
#include "tui/console/pc_term.h"
#include "tui/console/prompt.h"
#include "tui/console/console.h"

#define GOLDEN "tests/console/golden"

static const struct {
	int cols, rows;
} sizes[] = {{80, 24}, {120, 40}, {200, 60}};

static JsonObject *parse(const char *json, JsonNode **node)
{
	g_autofree char *text = g_strdelimit(g_strdup(json), "'", '"'); /* easier to read above */

	*node = json_from_string(text, NULL);
	assert_non_null(*node);
	return json_node_get_object(*node);
}

static const char graph[] =
	"{'time_ns': 12345678901, 'nodes': ["
	"{'node':'alice','kind':'pc','state':'ready','note':'','instructions':2635000000},"
	"{'node':'bob','kind':'pc','state':'booting','note':'waits for alice','instructions':1000000},"
	"{'node':'router','kind':'pc','state':'failed','note':'no route','instructions':500},"
	"{'node':'relic','kind':'pc','state':'off','note':'','instructions':0},"
	"{'node':'sw1','kind':'switch','state':'','note':''},"
	"{'node':'factory','kind':'vlan','state':'','note':''},"
	"{'node':'internet','kind':'uplink','state':'open','note':'user'}], 'edges': ["
	"{'link':'alice:eth0','a':'alice:eth0','a_node':'alice','b':'sw1:1','b_node':'sw1','up':true,'carrier':true,"
	"'a_frames':12,'b_frames':11000,'drops':0},"
	"{'link':'bob:eth0','a':'bob:eth0','a_node':'bob','b':'sw1:2','b_node':'sw1','up':true,'carrier':false,"
	"'a_frames':0,'b_frames':0,'drops':3},"
	"{'link':'wan','a':'router:eth0','a_node':'router','b':'sw1:3','b_node':'sw1','up':false,'carrier':false,"
	"'a_frames':5,'b_frames':7,'drops':1},"
	"{'link':'router:eth1','a':'router:eth1','a_node':'router','b':'lan:1','b_node':'factory','up':true,"
	"'carrier':true,'a_frames':5,'b_frames':7,'drops':0},"
	"{'link':'relic:eth0','a':'relic:eth0','a_node':'relic','b':'lan:2','b_node':'factory','up':true,"
	"'carrier':true,'a_frames':5,'b_frames':7,'drops':0},"
	"{'link':'internet','a':'internet','a_node':'internet','b':'sw1:4','b_node':'sw1','up':true,'carrier':true,"
	"'a_frames':0,'b_frames':0,'drops':0}]}";
static const char lab[] = "{'lab':'two-offices','pace':'realtime','time_ns':12345678901,'rate_permille':430,"
			  "'paused':false,'uplinks':[{'uplink':'internet','state':'open'}]}";
static const char link_answer[] = "{'link':'alice:eth0','directions':[{'from':'alice:eth0','to':'sw1:1','delay':'5ms','"
				  "rate':'16Mbit','loss':'1%'},"
				  "{'from':'sw1:1','to':'alice:eth0','delay':'5ms','rate':'1Mbit','loss':'1%'}]}";
static const char checks_answer[] =
	"{'description':'Two offices','sheet':'# Two offices\\nMake them talk.','checks':["
	"{'check':'reach','verdict':'passed','points':5,'where':'alice','what':'ping -c 1 "
	"10.0.2.10','seen':'','hint':''},"
	"{'check':'silent','verdict':'failed','points':3,'where':'factory','what':'vlan 10','seen':'4 packets',"
	"'hint':'Is the trunk too "
	"wide?'},{'check':'late','verdict':'open','points':1,'where':'bob','what':'true','seen':'',"
	"'hint':''}]}";
static const char switch_answer[] = "{'switch':'sw1','ports':[{'port':'sw1:1','carrier':'up','to':'alice:eth0'}],"
				    "'mac':[{'vlan':10,'mac':'52:54:00:00:00:01','port':1}]}";
static const char log_answer[] =
	"{'log':[{'time_ns':0,'text':'alice: booting'},{'time_ns':334228000,'text':'alice: ready'},"
	"{'time_ns':500000000,'text':'router: failed: no route'}],"
	"'events':[{'event':'cut','at_ns':20000000000,'does':'link:wan state=down'}]}";
static const char uplink_answer[] = "{'uplink':'internet','kind':'user','leases':'10.0.1.15'}";

/* An echo request of 10.0.1.10 in an Ethernet frame with a tag. */
static const uint8_t ping[] = {0x52, 0x54, 0, 0,  0,  2, 0x52, 0x54, 0, 0,  0, 1, 0x81, 0,  0, 10, 8,
			       0,    0x45, 0, 0,  32, 0, 0x2a, 0,    0, 64, 1, 0, 0,    10, 0, 1,  10,
			       10,   0,    2, 10, 8,  0, 0,    0,    0, 7,  0, 3, 1,    2,  3, 4};

static void add_packet(struct console *c, unsigned number, const char *port, const char *event, const char *reason)
{
	g_autofree char *data = g_base64_encode(ping, sizeof(ping));
	g_autofree char *json = g_strdup_printf("{'number':%u,'time_ns':%u,'port':'%s','far':'sw1:1','event':'%s',"
						"'reason':'%s','size':52,'data':'%s','missed':0}",
						number, 1000000u * number, port, event, reason, data);
	JsonNode *node;

	model_take_event(console_model(c), "PACKET", parse(json, &node));
	json_node_unref(node);
}

static struct console *fresh(void)
{
	struct console *c = console_new(NULL, true);
	JsonNode *node;

	model_take_lab(console_model(c), parse(lab, &node));
	json_node_unref(node);
	model_take_graph(console_model(c), parse(graph, &node));
	json_node_unref(node);
	add_packet(c, 1, "alice:eth0", "tx", "");
	add_packet(c, 2, "sw1:3", "drop", "link down");
	return c;
}

static void press(struct console *c, const char *keys)
{
	for (; *keys; keys++)
		console_key(c, (struct key){*keys == '\n' ? KEY_CODE_ENTER : (unsigned char)*keys, 0, 0});
}

static char *picture(struct console *c, int cols, int rows)
{
	struct canvas *canvas = canvas_new(cols, rows);
	char *text;

	console_draw(c, canvas);
	text = canvas_dump(canvas);
	canvas_free(canvas);
	return text;
}

static void golden(struct console *c, const char *name)
{
	for (unsigned n = 0; n < G_N_ELEMENTS(sizes); n++) {
		g_autofree char *path = g_strdup_printf(GOLDEN "/%s-%dx%d.txt", name, sizes[n].cols, sizes[n].rows);
		g_autofree char *text = picture(c, sizes[n].cols, sizes[n].rows), *wanted = NULL;

		if (!g_strcmp0(g_getenv("LANYARD_GOLDEN"), "write"))
			assert_true(g_file_set_contents(path, text, -1, NULL));
		assert_true(g_file_get_contents(path, &wanted, NULL, NULL));
		if (strcmp(text, wanted) != 0)
			printf("%s is now:\n%s", path, text);
		assert_string_equal(text, wanted);
	}
}

static void test_topology(void **state)
{
	struct console *c = fresh();

	golden(c, "topology");
	press(c, "c");
	golden(c, "topology-cable");
	press(c, "z");
	golden(c, "topology-compact");
	console_free(c);
}

static void test_views(void **state)
{
	static const struct {
		const char *name, *keys, *of, *answer;
	} all[] = {
		{"packets", "3", NULL, NULL},
		{"switches", "4", "sw1", switch_answer},
		{"links", "5", "alice:eth0", link_answer},
		{"uplinks", "6", "internet", uplink_answer},
		{"events", "7", "log", log_answer},
		{"checks", "8j", "checks", checks_answer},
	};

	for (unsigned n = 0; n < G_N_ELEMENTS(all); n++) {
		struct console *c = fresh();

		press(c, all[n].keys);
		if (!strcmp(all[n].name, "packets")) { /* entering begins a new list */
			add_packet(c, 1, "alice:eth0", "tx", "");
			add_packet(c, 2, "sw1:3", "drop", "link down");
		}
		if (all[n].answer) {
			g_autofree char *json = g_strdelimit(g_strdup(all[n].answer), "'", '"');

			console_answered(c, all[n].of, json);
		}
		golden(c, all[n].name);
		press(c, "?");
		if (n == 0)
			golden(c, "help");
		console_free(c);
	}
}

/* What a guest writes is drawn as cells; nothing of it is a control character. */
static void test_pc(void **state)
{
	static const char hostile[] = "\033[31mred\033[0m plain \033]0;title\007\033[?1049h\033[2J\033[H"
				      "\xe4\xbd\xa0\xe5\xa5\xbd \xff\xfe\033[6n\033Pq#0;2;0;0;0\033\\ end\r\n$ ";
	struct console *c = fresh();

	console_open_pc(c, "alice");
	free(picture(c, 80, 24));
	console_serial(c, "alice", (const uint8_t *)hostile, sizeof(hostile) - 1);
	golden(c, "pc");
	console_key(c, (struct key){0x1d, 0, 0});
	press(c, "7");
	console_answered(c, "log", "{}");
	for (unsigned n = 0; n < 2000; n++)
		console_serial(c, "alice", (const uint8_t *)"\033[9999;9999H\033[9999@x\n\033[1;3r\033M", 32);
	console_open_pc(c, "bob");
	for (unsigned n = 0; n < G_N_ELEMENTS(sizes); n++) {
		g_autofree char *text = picture(c, sizes[n].cols, sizes[n].rows);

		for (const char *p = text; *p; p++)
			assert_true((unsigned char)*p >= ' ' || *p == '\n');
	}
	console_free(c);
}

/* Numbers are cut to four digits, and a repetition is the character itself. */
static void test_endless(void **state)
{
	struct pc_term *t = pc_term_new(40, 4);
	g_autofree char *text = NULL;

	pc_term_write(t, (const uint8_t *)"\033[12345S\033[2Jab", 14);
	/* As many parts as colours take; they are passed on. */
	pc_term_write(t, (const uint8_t *)"\033[0;1;38;2;1;2;3;48;2;4;5;6m", 28);
	pc_term_write(t, (const uint8_t *)"\033[Hx\033[4b|", 9);
	text = pc_term_text(t);
	assert_true(g_str_has_prefix(text, "xxxxx|\n"));
	pc_term_free(t);
}

static void test_names_are_hostile(void **state)
{
	g_autofree char *json = g_strdup(
		"{\"time_ns\":1,\"nodes\":[{\"node\":\"\\u001b[31m\\u202eevil\\u0007\",\"kind\":\"pc\",\"state\":"
		"\"ready\"}],\"edges\":[{\"a_node\":5},7]}");
	struct console *c = fresh();
	JsonNode *node;
	g_autofree char *text = NULL;

	model_take_graph(console_model(c), parse(json, &node));
	json_node_unref(node);
	text = picture(c, 80, 24);
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\007'));
	assert_null(strstr(text, "\u202e"));
	console_free(c);
}

static void test_prompt(void **state)
{
	struct console *c = fresh();
	g_autofree char *text = NULL;

	press(c, ":se");
	console_key(c, (struct key){KEY_CODE_TAB, 0, 0});
	press(c, "wa");
	console_key(c, (struct key){KEY_CODE_TAB, 0, 0});
	golden(c, "prompt");
	press(c, "nonsense\n:quux\n");
	text = picture(c, 80, 24);
	assert_non_null(strstr(text, "'quux': no such command"));
	press(c, "/rout\n");
	press(c, ":quit\n");
	console_free(c);
}

static void test_small_windows(void **state)
{
	struct console *c = fresh();

	for (int cols = 1; cols < 60; cols += 3)
		for (int rows = 1; rows < 20; rows++)
			for (const char *view = "12345678"; *view; view++) {
				console_key(c, (struct key){KEY_CODE_F1 + (unsigned)(*view - '1'), 0, 0});
				g_free(picture(c, cols, rows));
			}
	console_free(c);
}

/* 200 things: all are somewhere, nobody on another. */
static void test_many(void **state)
{
	GString *json = g_string_new("{\"time_ns\":1,\"nodes\":[");
	struct console *c = fresh();
	g_autofree char *text = NULL;
	JsonNode *node;

	for (unsigned n = 0; n < 195; n++)
		g_string_append_printf(json, "{\"node\":\"pc%u\",\"kind\":\"pc\",\"state\":\"ready\"},", n);
	for (unsigned n = 0; n < 5; n++)
		g_string_append_printf(json, "%s{\"node\":\"sw%u\",\"kind\":\"switch\"}", n ? "," : "", n);
	g_string_append(json, "],\"edges\":[");
	for (unsigned n = 0; n < 195; n++)
		g_string_append_printf(json,
				       "{\"link\":\"l%u\",\"a\":\"pc%u:eth0\",\"b\":\"sw%u:1\",\"a_node\":\"pc%u\","
				       "\"b_node\":\"sw%u\",\"up\":true,\"carrier\":true},",
				       n, n, n % 5, n, n % 5);
	g_string_append(json, "{\"link\":\"t\",\"a\":\"sw0:9\",\"b\":\"sw1:9\",\"a_node\":\"sw0\",\"b_node\":\"sw1\","
			      "\"up\":true,\"carrier\":true}]}");
	model_take_graph(console_model(c), parse(json->str, &node));
	json_node_unref(node);
	assert_int_equal(console_model(c)->nodes->len, 200);
	text = picture(c, 2000, 400);
	for (unsigned n = 0; n < 195; n++) {
		g_autofree char *name = g_strdup_printf("pc%u", n);

		if (!strstr(text, name))
			printf("%s\n%s", name, text);
		assert_non_null(strstr(text, name));
	}
	for (unsigned n = 0; n < 300; n++)
		console_key(c, (struct key){n % 3 ? KEY_CODE_DOWN : KEY_CODE_RIGHT, 0, 0});
	g_free(picture(c, 80, 24));
	g_string_free(json, TRUE);
	console_free(c);
}

static void test_decode(void **state)
{
	struct decoded d;

	decode_frame(ping, sizeof(ping), &d);
	assert_string_equal(d.source, "10.0.1.10");
	assert_string_equal(d.destination, "10.0.2.10");
	assert_string_equal(d.protocol, "ICMP");
	assert_string_equal(d.summary, "[10] echo request id 7 seq 3");
	for (size_t size = 0; size <= sizeof(ping); size++) {
		uint8_t *copy = g_memdup2(ping, size ? size : 1); /* so that a sanitizer sees its end */

		decode_frame(copy, size, &d);
		g_free(decode_details(copy, size));
		g_free(copy);
	}
	for (unsigned seed = 0; seed < 20000; seed++) {
		uint8_t noise[96];

		for (unsigned n = 0; n < sizeof(noise); n++)
			noise[n] = (uint8_t)((seed * 2654435761u + n * 40503u) >> (n % 13));
		noise[12] = seed % 3 ? 8 : 0x86;
		noise[13] = seed % 3 ? 0 : 0xdd;
		decode_frame(noise, seed % sizeof(noise), &d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_topology),          cmocka_unit_test(test_views),   cmocka_unit_test(test_pc),
		cmocka_unit_test(test_names_are_hostile), cmocka_unit_test(test_endless), cmocka_unit_test(test_prompt),
		cmocka_unit_test(test_small_windows),     cmocka_unit_test(test_many),    cmocka_unit_test(test_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
