/* Debug ports: bytes written to 0xE9 or 0x402 go to the host. Reading gives 0xE9,
 * by which Bochs-aware code and SeaBIOS find out that somebody listens. */
#include "engine/pc/debug_port.h"

#include "engine/pc/board.h"
#include "engine/pc/pc.h"

enum {
	PORT_BOCHS = 0xe9,
	PORT_SEABIOS = 0x402,
	READBACK = 0xe9,
};

static uint32_t debug_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	return READBACK;
}

static void debug_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	if (b->host.byte_out)
		b->host.byte_out(b->host.opaque, port, (uint8_t)value);
}

static void exit_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	b->pc->exit_status = (int32_t)(value << 1 | 1);
	board_stop(b, BOARD_EXITED);
}

void debug_port_set_exit(struct board *b, uint16_t port)
{
	struct io_range range = {port, 1, 0, 4, NULL, exit_out};

	board_unmap_io(b, 0, NULL, exit_out);
	b->pc->test_exit_port = port;
	if (port)
		board_map_io(b, &range);
}

void debug_port_attach(struct board *b)
{
	static const struct io_range bochs = {PORT_BOCHS, 1, 0, 1, debug_in, debug_out};
	static const struct io_range seabios = {PORT_SEABIOS, 1, 0, 1, debug_in, debug_out};

	board_map_io(b, &bochs);
	board_map_io(b, &seabios);
	if (b->pc->test_exit_port)
		debug_port_set_exit(b, (uint16_t)b->pc->test_exit_port);
}
