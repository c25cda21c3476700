/* The ends of JSON values; see json_split.h. */
#include "tui/control/json_split.h"

#include <errno.h>
#include <string.h>

void json_split_init(struct json_split *s)
{
	*s = (struct json_split){.value = g_string_new(NULL)};
}

void json_split_clear(struct json_split *s)
{
	g_string_free(s->value, TRUE);
}

static void begin(struct json_split *s)
{
	g_string_truncate(s->value, 0);
	s->depth = 0;
	s->number = 0;
	s->string = s->escaped = s->skip = s->garbage = false;
}

/* A number has ended: one that no 64 bits hold becomes a real one. */
static void end_number(struct json_split *s)
{
	const char *text;

	if (!s->number)
		return;
	text = s->value->str + s->number - 1;
	s->number = 0;
	if (text[strspn(text, "-0123456789")])
		return;
	errno = 0;
	g_ascii_strtoll(text, NULL, 10);
	if (errno == ERANGE)
		g_string_append(s->value, ".0");
}

static void note_number(struct json_split *s, uint8_t byte)
{
	bool part = g_ascii_isdigit(byte) || (s->number ? strchr("+-.eE", byte) != NULL : byte == '-');

	if (!part)
		end_number(s);
	else if (!s->number)
		s->number = s->value->len + 1;
}

static enum json_split_found refuse(struct json_split *s)
{
	s->skip = true;
	g_string_truncate(s->value, 0);
	s->number = 0;
	return JSON_SPLIT_LARGE;
}

static enum json_split_found open_one(struct json_split *s, uint8_t byte)
{
	if (s->depth < JSON_DEPTH_MAX)
		s->open[s->depth] = byte == '{' ? '}' : ']';
	s->depth++;
	return s->depth > JSON_DEPTH_MAX && !s->skip ? refuse(s) : JSON_SPLIT_MORE;
}

static enum json_split_found close_one(struct json_split *s, uint8_t byte)
{
	s->depth--;
	if (s->depth < JSON_DEPTH_MAX && s->open[s->depth] != (char)byte && !s->skip) {
		begin(s);
		s->garbage = true;
		return JSON_SPLIT_BAD;
	}
	if (s->depth)
		return JSON_SPLIT_MORE;
	if (!s->skip)
		return JSON_SPLIT_VALUE;
	begin(s);
	return JSON_SPLIT_MORE;
}

/* Between values: one may begin. */
static enum json_split_found between(struct json_split *s, uint8_t byte)
{
	bool was = s->garbage;

	if (byte == '{' || byte == '[') {
		begin(s);
		g_string_append_c(s->value, (char)byte);
		return open_one(s, byte);
	}
	if (byte == '\n')
		s->garbage = false;
	if (strchr(" \t\r\n", byte) && byte)
		return JSON_SPLIT_MORE;
	s->garbage = true;
	return was ? JSON_SPLIT_MORE : JSON_SPLIT_BAD;
}

static enum json_split_found within(struct json_split *s, uint8_t byte)
{
	if (s->string) {
		s->string = byte != '"' || s->escaped;
		s->escaped = byte == '\\' && !s->escaped;
		return JSON_SPLIT_MORE;
	}
	s->string = byte == '"';
	if (byte == '{' || byte == '[')
		return open_one(s, byte);
	return byte == '}' || byte == ']' ? close_one(s, byte) : JSON_SPLIT_MORE;
}

enum json_split_found json_split_byte(struct json_split *s, uint8_t byte)
{
	if (!s->depth)
		return between(s, byte);
	if (!s->skip) {
		if (s->value->len >= JSON_SIZE_MAX)
			refuse(s);
		else if (!s->string)
			note_number(s, byte);
		if (s->skip) {
			within(s, byte);
			return JSON_SPLIT_LARGE;
		}
		g_string_append_c(s->value, (char)byte);
	}
	return within(s, byte);
}
