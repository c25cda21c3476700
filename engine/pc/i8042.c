/* Intel 8042 with the PC keyboard controller program (IBM PS/2 Hardware
 * Interface Technical Reference, "Keyboard and Auxiliary Device Controller").
 * Commands are taken at once, so the input buffer never looks full. */
#include "engine/pc/i8042.h"

#include <string.h>

#include "engine/pc/pc.h"

#define BYTE_DELAY_NS 20000 /* from a device to the output buffer; a real one needs 1 ms */

/* Status register. */
#define ST_OBF 0x01
#define ST_SYS 0x04
#define ST_COMMAND 0x08 /* the last write was to 0x64 */
#define ST_UNLOCK 0x10  /* the key lock is open */
#define ST_AUX 0x20     /* the output buffer holds a mouse byte */

/* Command byte. */
#define CB_IRQ1 0x01
#define CB_IRQ12 0x02
#define CB_SYS 0x04
#define CB_KBD_OFF 0x10
#define CB_AUX_OFF 0x20
#define CB_XLATE 0x40

/* Output port. */
#define OP_NO_RESET 0x01
#define OP_A20 0x02
#define OP_IRQ1 0x10
#define OP_IRQ12 0x20
#define OP_ONES 0xcc

enum {
	CMD_READ_RAM = 0x20,
	CMD_WRITE_RAM = 0x60,
	CMD_TEST_PASSWORD = 0xa4,
	CMD_AUX_OFF = 0xa7,
	CMD_AUX_ON = 0xa8,
	CMD_AUX_TEST = 0xa9,
	CMD_SELF_TEST = 0xaa,
	CMD_KBD_TEST = 0xab,
	CMD_KBD_OFF = 0xad,
	CMD_KBD_ON = 0xae,
	CMD_READ_INPUT = 0xc0,
	CMD_READ_OUTPUT = 0xd0,
	CMD_WRITE_OUTPUT = 0xd1,
	CMD_WRITE_KBD_OBF = 0xd2,
	CMD_WRITE_AUX_OBF = 0xd3,
	CMD_WRITE_AUX = 0xd4,
	CMD_A20_OFF = 0xdd,
	CMD_A20_ON = 0xdf,
	CMD_TEST_INPUTS = 0xe0,
	CMD_PULSE = 0xf0,
};

#define PASSWORD_NONE 0xf1
#define INPUT_PORT 0xb0 /* keyboard not inhibited, no manufacturing jumper, RAM above 256 K */

static uint8_t command_byte(const struct i8042 *k)
{
	return k->ram[0];
}

/* ---- output buffer ---- */

static void update_irqs(struct board *b)
{
	struct i8042 *k = &b->pc->i8042;
	bool aux = k->status & ST_AUX, full = k->status & ST_OBF;
	bool irq1 = full && !aux && (command_byte(k) & CB_IRQ1);
	bool irq12 = full && aux && (command_byte(k) & CB_IRQ12);

	if (irq1 != k->irq1) {
		k->irq1 = irq1;
		board_set_irq(b, 1, irq1);
	}
	if (irq12 != k->irq12) {
		k->irq12 = irq12;
		board_set_irq(b, 12, irq12);
	}
}

static bool keyboard_heard(const struct i8042 *k)
{
	return !(command_byte(k) & CB_KBD_OFF) && ps2_keyboard_waiting(&k->keyboard);
}

static bool mouse_heard(const struct i8042 *k)
{
	return !(command_byte(k) & CB_AUX_OFF) && ps2_mouse_waiting(&k->mouse);
}

/* After anything that may let the next byte come. */
static void kick(struct board *b)
{
	struct i8042 *k = &b->pc->i8042;

	if (k->busy || (k->status & ST_OBF) || !(k->replies || keyboard_heard(k) || mouse_heard(k)))
		return;
	k->busy = 1;
	board_timer_set(b, TIMER_KBC, board_now(b) + BYTE_DELAY_NS);
}

static void fill(struct i8042 *k, uint8_t v, bool aux)
{
	k->data = v;
	k->status = (uint8_t)((k->status & ~ST_AUX) | ST_OBF | (aux ? ST_AUX : 0));
}

static bool take_reply(struct i8042 *k)
{
	uint8_t v = k->reply[0];
	bool aux = k->reply_aux & 1;

	if (!k->replies)
		return false;
	memmove(k->reply, k->reply + 1, sizeof(k->reply) - 1);
	k->reply[--k->replies] = 0;
	k->reply_aux >>= 1;
	fill(k, v, aux);
	return true;
}

/* Translation to set 1 joins F0 and the code that follows. */
static bool take_key(struct i8042 *k)
{
	uint8_t v;

	if (command_byte(k) & CB_KBD_OFF)
		return false;
	while (ps2_keyboard_read(&k->keyboard, &v)) {
		if (!(command_byte(k) & CB_XLATE)) {
			fill(k, v, false);
			return true;
		}
		if (v == 0xf0) {
			k->breaking = 1;
			continue;
		}
		fill(k, (uint8_t)(ps2_set1(v) | (k->breaking ? 0x80 : 0)), false);
		k->breaking = 0;
		return true;
	}
	return false;
}

static bool take_mouse(struct i8042 *k)
{
	uint8_t v;

	if ((command_byte(k) & CB_AUX_OFF) || !ps2_mouse_read(&k->mouse, &v))
		return false;
	fill(k, v, true);
	return true;
}

void i8042_timer(struct board *b, unsigned unit)
{
	struct i8042 *k = &b->pc->i8042;

	k->busy = 0;
	if (k->status & ST_OBF)
		return;
	if (take_reply(k) || take_key(k) || take_mouse(k))
		TRACE(b, KBC, "output %02x%s", k->data, k->status & ST_AUX ? " aux" : "");
	update_irqs(b);
	kick(b);
}

/* ---- commands ---- */

static void reply(struct i8042 *k, uint8_t v, bool aux)
{
	if (k->replies == sizeof(k->reply))
		return;
	k->reply_aux |= (uint8_t)(aux << k->replies);
	k->reply[k->replies++] = v;
}

static void set_command_byte(struct i8042 *k, uint8_t v)
{
	k->ram[0] = v;
	k->status = (uint8_t)((k->status & ~ST_SYS) | (v & CB_SYS ? ST_SYS : 0));
}

static uint8_t output_port(const struct board *b)
{
	const struct i8042 *k = &b->pc->i8042;

	return (uint8_t)(OP_ONES | OP_NO_RESET | (b->pc->system_ports.a20 ? OP_A20 : 0) | (k->irq1 ? OP_IRQ1 : 0) |
			 (k->irq12 ? OP_IRQ12 : 0));
}

static void self_test(struct i8042 *k)
{
	k->replies = k->reply_aux = 0;
	memset(k->reply, 0, sizeof(k->reply));
	k->status &= (uint8_t) ~(ST_OBF | ST_AUX);
	k->breaking = 0;
	set_command_byte(k, command_byte(k) | CB_SYS);
	reply(k, 0x55, false);
}

static void command(struct board *b, uint8_t v)
{
	struct i8042 *k = &b->pc->i8042;

	k->expect = 0;
	switch (v) {
	case CMD_TEST_PASSWORD: reply(k, PASSWORD_NONE, false); break;
	case CMD_AUX_OFF: k->ram[0] |= CB_AUX_OFF; break;
	case CMD_AUX_ON: k->ram[0] &= (uint8_t)~CB_AUX_OFF; break;
	case CMD_AUX_TEST:
	case CMD_KBD_TEST: reply(k, 0x00, false); break;
	case CMD_SELF_TEST: self_test(k); break;
	case CMD_KBD_OFF: k->ram[0] |= CB_KBD_OFF; break;
	case CMD_KBD_ON: k->ram[0] &= (uint8_t)~CB_KBD_OFF; break;
	case CMD_READ_INPUT: reply(k, INPUT_PORT, false); break;
	case CMD_READ_OUTPUT: reply(k, output_port(b), false); break;
	case CMD_WRITE_OUTPUT:
	case CMD_WRITE_KBD_OBF:
	case CMD_WRITE_AUX_OBF:
	case CMD_WRITE_AUX: k->expect = v; break;
	case CMD_A20_OFF: system_ports_set_a20(b, false); break;
	case CMD_A20_ON: system_ports_set_a20(b, true); break;
	case CMD_TEST_INPUTS: reply(k, 0x00, false); break;
	default:
		if (v >= CMD_READ_RAM && v < CMD_READ_RAM + 32)
			reply(k, k->ram[v - CMD_READ_RAM], false);
		else if (v >= CMD_WRITE_RAM && v < CMD_WRITE_RAM + 32)
			k->expect = v;
		else if (v >= CMD_PULSE && !(v & OP_NO_RESET)) /* 0 bits pulse low */
			board_stop(b, BOARD_RESET);
	}
}

static void command_data(struct board *b, uint8_t command_was, uint8_t v)
{
	struct i8042 *k = &b->pc->i8042;

	switch (command_was) {
	case CMD_WRITE_OUTPUT:
		system_ports_set_a20(b, v & OP_A20);
		if (!(v & OP_NO_RESET))
			board_stop(b, BOARD_RESET);
		break;
	case CMD_WRITE_KBD_OBF: reply(k, v, false); break;
	case CMD_WRITE_AUX_OBF: reply(k, v, true); break;
	case CMD_WRITE_AUX:
		k->ram[0] &= (uint8_t)~CB_AUX_OFF; /* sending opens the interface */
		ps2_mouse_write(&k->mouse, v);
		break;
	case CMD_WRITE_RAM: set_command_byte(k, v); break;
	default: k->ram[command_was - CMD_WRITE_RAM] = v;
	}
}

static void write_data(struct board *b, uint8_t v)
{
	struct i8042 *k = &b->pc->i8042;
	uint8_t command_was = k->expect;

	k->status &= (uint8_t)~ST_COMMAND;
	k->expect = 0;
	if (command_was) {
		command_data(b, command_was, v);
		return;
	}
	k->ram[0] &= (uint8_t)~CB_KBD_OFF; /* likewise */
	k->breaking = 0;
	ps2_keyboard_write(&k->keyboard, v);
}

/* ---- ports ---- */

static uint8_t read_data(struct board *b)
{
	struct i8042 *k = &b->pc->i8042;

	k->status &= (uint8_t) ~(ST_OBF | ST_AUX);
	update_irqs(b);
	kick(b);
	return k->data;
}

static uint32_t i8042_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	return port & 4 ? b->pc->i8042.status : read_data(b);
}

static void i8042_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	TRACE(b, KBC, "write %02x <- %02x", port, value & 0xff);
	if (port & 4) {
		b->pc->i8042.status |= ST_COMMAND;
		command(b, (uint8_t)value);
	} else {
		write_data(b, (uint8_t)value);
	}
	update_irqs(b);
	kick(b);
}

void i8042_key(struct board *b, uint8_t scancode_set2_byte)
{
	ps2_keyboard_scan(&b->pc->i8042.keyboard, scancode_set2_byte);
	kick(b);
}

bool i8042_key_room(const struct board *b, unsigned n)
{
	return n <= PS2_KEYS - b->pc->i8042.keyboard.key_count;
}

/* ---- the chip ---- */

void i8042_attach(struct board *b)
{
	board_map_io(b, &(struct io_range){.base = 0x60, .count = 1, .max_size = 1, .in = i8042_in, .out = i8042_out});
	board_map_io(b, &(struct io_range){.base = 0x64, .count = 1, .max_size = 1, .in = i8042_in, .out = i8042_out});
}

void i8042_reset(struct board *b)
{
	struct i8042 *k = &b->pc->i8042;

	*k = (struct i8042){.status = ST_COMMAND | ST_UNLOCK};
	k->ram[0] = CB_IRQ1 | CB_XLATE;
	ps2_keyboard_reset(&k->keyboard);
	ps2_mouse_reset(&k->mouse);
	board_timer_set(b, TIMER_KBC, TIME_NEVER);
}

const char *i8042_validate(const struct board *b)
{
	const struct i8042 *k = &b->pc->i8042;

	if (!ps2_keyboard_valid(&k->keyboard))
		return "8042: impossible keyboard";
	if (!ps2_mouse_valid(&k->mouse))
		return "8042: impossible mouse";
	if (k->replies > sizeof(k->reply) || k->breaking > 1 || k->irq1 > 1 || k->irq12 > 1 || k->busy > 1)
		return "8042: impossible state";
	if (k->expect && k->expect < CMD_WRITE_RAM)
		return "8042: impossible command";
	if (k->expect >= CMD_WRITE_RAM + 32 && (k->expect < CMD_WRITE_OUTPUT || k->expect > CMD_WRITE_AUX))
		return "8042: impossible command";
	for (unsigned n = 0; n < sizeof(k->pad); n++)
		if (k->pad[n])
			return "8042: padding";
	return NULL;
}
