/* What a hostile lab can tell the console: bytes of PCs' serial lines, names and frames.
 * Everything that is drawn is characters: nothing could change a person's terminal. The
 * first byte says which: 0 a serial line, 1 a frame, else the lab's own words (JSON). */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>

#include "tui/console/canvas.h"
#include "tui/console/console.h"
#include "tui/console/decode.h"
#include "tui/console/keys.h"
#include "tui/console/model.h"
#include "tui/console/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void draw(struct console *c)
{
	struct canvas *canvas = canvas_new(90, 30);

	console_draw(c, canvas);
	for (int n = 0; n < canvas->cols * canvas->rows; n++) {
		uint32_t ch = canvas->cells[n].ch;

		if (ch && (g_unichar_iscntrl(ch) || g_unichar_type(ch) == G_UNICODE_FORMAT))
			abort();
	}
	canvas_free(canvas);
}

static void serial(struct console *c, const uint8_t *data, size_t size)
{
	console_open_pc(c, "pc");
	draw(c);
	console_serial(c, "pc", data, size);
	draw(c);
}

static void words(struct console *c, const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size), *valid = g_utf8_make_valid(text, -1);
	JsonNode *node = json_from_string(valid, NULL);

	if (node && JSON_NODE_HOLDS_OBJECT(node)) {
		model_take_graph(console_model(c), json_node_get_object(node));
		model_take_lab(console_model(c), json_node_get_object(node));
		model_take_event(console_model(c), "PACKET", json_node_get_object(node));
	}
	if (node)
		json_node_unref(node);
	for (unsigned n = 0; n < 8; n++) {
		console_key(c, (struct key){KEY_CODE_F1 + n, 0, 0});
		draw(c);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct console *c;
	struct decoded d;

	if (!size)
		return 0;
	if (data[0] == 1) {
		decode_frame(data + 1, size - 1, &d);
		g_free(decode_details(data + 1, size - 1));
		return 0;
	}
	c = console_new(NULL, false);
	if (data[0])
		words(c, data, size);
	else
		serial(c, data + 1, size - 1);
	console_free(c);
	return 0;
}
