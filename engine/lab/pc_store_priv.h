/* Inside the store of PCs: the layout of its files (pc_store.h) and where they are. */
#ifndef LANYARD_LAB_PC_STORE_PRIV_H
#define LANYARD_LAB_PC_STORE_PRIV_H

#include "engine/lab/pc_store.h"
#include "engine/mem/pages.h"

#define PC_STORE_SUFFIX ".pc"

enum { PC_FILE_HEADER = PAGE_SIZE, PC_FILE_DIGEST = 16 };

struct pc_file {
	uint32_t pages, label, fields;  /* pages; bytes */
	uint8_t digest[PC_FILE_DIGEST]; /* of all behind the header */
};

/* Where label and fields begin, in bytes. */
uint64_t pc_file_tail(const struct pc_file *f);
void pc_file_write(const struct pc_file *f, uint8_t out[PC_FILE_HEADER]);
/* NULL, or what is wrong with the header of a file of `size` bytes. */
const char *pc_file_read(struct pc_file *f, const uint8_t *in, uint64_t size);

/* Both to be freed. */
char *pc_store_folder(void); /* the user's */
char *pc_store_name(const char *label);
/* errno as an error; false. */
bool pc_store_host_failed(GError **error, const char *path);

#endif
