/* A capture's file. Writes are gathered; a disk that is full or fails is
 * reported once, and leaves a file that ends with a whole record. */
#ifndef LANYARD_CAPTURE_FILE_H
#define LANYARD_CAPTURE_FILE_H

#include "capture/format.h"

#define CAPTURE_ERROR capture_error_quark()
GQuark capture_error_quark(void);
enum capture_error { CAPTURE_ERROR_FILE, CAPTURE_ERROR_TARGET };

typedef void (*capture_problem_fn)(void *opaque, const char *text);

struct capture_file;
/* Creates or empties the file and writes its header. The session must outlive
 * it. NULL with error. */
struct capture_file *capture_file_new(const char *path, const struct capture_format *format,
				      const struct capture_session *s, GError **error);
/* Where trouble is told; NULL: nowhere. */
void capture_file_tell(struct capture_file *f, capture_problem_fn problem, void *opaque);
void capture_file_packet(struct capture_file *f, const struct capture_packet *p);
void capture_file_flush(struct capture_file *f);
/* Writes the counts and closes it; packets are lost from now on. */
void capture_file_finish(struct capture_file *f);
/* Finishes it first. NULL is accepted. */
void capture_file_free(struct capture_file *f);
/* Packets that did not get into the file. */
uint64_t capture_file_lost(const struct capture_file *f);

/* Before a lab is built: could the file be written? Makes its folder. False with
 * error: the folder cannot be written, or somebody else is writing the file. */
bool capture_file_probe(const char *path, GError **error);

#endif
