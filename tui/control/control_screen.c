/* A PC's VGA screen and keyboard for clients of the control socket. */
#include <gio/gio.h>

#include "engine/pc/board.h"
#include "engine/pc/vga.h"
#include "tui/control/control_priv.h"

/* A row: its characters, and a hexadecimal digit each for their colors, as on the card:
 * bit 0 blue, 1 green, 2 red, 3 bright. */
static void row(JsonBuilder *b, const struct board *board, unsigned cols, unsigned y)
{
	static const char digits[] = "0123456789abcdef";
	g_autoptr(GString) text = g_string_new(NULL), fg = g_string_new(NULL), bg = g_string_new(NULL);

	for (unsigned x = 0; x < cols; x++) {
		struct vga_cell cell = vga_text_cell(board, x, y);

		g_string_append_unichar(text, cell.ch ? cell.ch : ' ');
		g_string_append_c(fg, digits[cell.fg & 15]);
		g_string_append_c(bg, digits[cell.bg & 15]);
	}
	json_builder_begin_object(b);
	control_add_text(b, "text", text->str);
	control_add_text(b, "fg", fg->str);
	control_add_text(b, "bg", bg->str);
	json_builder_end_object(b);
}

JsonNode *control_screen(struct control_client *c, JsonObject *arguments, GError **error)
{
	struct lab_pc *pc = control_pc(c, arguments, error);
	g_autoptr(JsonBuilder) b = NULL;
	const struct board *board;
	struct vga_cursor cursor;
	unsigned cols = 0, rows = 0, width = 0, height = 0;

	if (!pc)
		return NULL;
	board = lab_pc_board(pc);
	vga_text_size(board, &cols, &rows);
	cursor = vga_text_cursor(board);
	b = json_builder_new();
	json_builder_begin_object(b);
	if (vga_graphics_size(board, &width, &height)) {
		control_add_number(b, "width", width);
		control_add_number(b, "height", height);
	}
	control_add_number(b, "cols", cols);
	if (cursor.visible) {
		control_add_number(b, "cursor_col", cursor.col);
		control_add_number(b, "cursor_row", cursor.row);
	}
	json_builder_set_member_name(b, "rows");
	json_builder_begin_array(b);
	for (unsigned y = 0; y < rows; y++)
		row(b, board, cols, y);
	json_builder_end_array(b);
	json_builder_end_object(b);
	return json_builder_get_root(b);
}

/* data: scan codes of set 2 of one key, pressed and released. */
JsonNode *control_key(struct control_client *c, JsonObject *arguments, GError **error)
{
	struct lab_pc *pc = control_pc(c, arguments, error);
	g_autoptr(GBytes) bytes = pc ? control_bytes(arguments, "data", error) : NULL;
	gsize size;
	const void *data;

	if (!bytes)
		return NULL;
	data = g_bytes_get_data(bytes, &size);
	if (size > LAB_KEY_MAX) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "'data': expected at most %u bytes",
			    LAB_KEY_MAX);
		return NULL;
	}
	if (size)
		lab_press(c->control->lab, pc, data, size);
	return control_done();
}
