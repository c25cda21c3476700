/* The images on this machine: $XDG_CACHE_HOME/lanyard/images/NAME/HASH/ holds
 * vmlinuz, initrd and image.json (a flat object of strings); NAME/current holds
 * the hash of the one that a lab gets if it demands none.
 *
 * HASH is the SHA-256, in hex, of this text (a file's own SHA-256 in it):
 *   lanyard-image 1\nkernel HEX\ninitrd HEX\ncmdline TEXT\n
 * so equal hashes mean equal bytes on every machine. */
#ifndef LANYARD_LAB_IMAGE_STORE_H
#define LANYARD_LAB_IMAGE_STORE_H

#include <glib.h>
#include <stdbool.h>

enum image_error {
	IMAGE_ERROR_NAME,    /* no name of an image, no hash */
	IMAGE_ERROR_MISSING, /* not on this machine */
	IMAGE_ERROR_BAD,     /* its files are not what they should be */
	IMAGE_ERROR_HOST,    /* the file system failed us */
};
#define IMAGE_ERROR image_error_quark()
GQuark image_error_quark(void);

/* One image; free with image_free(). */
struct image {
	char *name, *hash;
	char *folder, *kernel, *initrd; /* absolute paths */
	char *cmdline;
	/* What it was made of, one package and version a line; and facts, "@memory 256M",
	 * "@service NAME TEXT", "@tool NAME". May be "". */
	char *versions;
	guint64 size; /* bytes of kernel and initrd */
	bool current;
};

void image_free(struct image *image); /* accepts NULL */

/* Lower-case letters, digits and ".", "_", "-" inside; at most 64. */
bool image_name_ok(const char *name);
bool image_hash_ok(const char *hash);

/* The folder of all images; free it. */
char *image_store_root(void);
/* The image of this name; hash: the one that is demanded (its files are then read
 * and compared), or NULL for the current one. NULL with error. */
struct image *image_store_find(const char *name, const char *hash, GError **error);
/* The least memory that its builder found, in bytes; 0: not known. */
guint64 image_memory(const struct image *image);
/* All, by name and hash: struct image, freed with the array. What is no image is
 * left out. */
GPtrArray *image_store_list(void);
/* Reads all bytes of an image and compares them with its hash. */
bool image_store_verify(const struct image *image, GError **error);
/* Takes vmlinuz, initrd and the texts cmdline and versions out of a folder (on the
 * file system of the store) and makes them the current image of that name. */
struct image *image_store_add(const char *name, const char *folder, const char *cmdline, const char *versions,
			      GError **error);
/* Removes one image; the newest of the same name, if any, becomes current. */
bool image_store_forget(const struct image *image, GError **error);
/* What an image.json says: cmdline and versions, to be freed. For imports. */
bool image_json_read(const char *path, char **cmdline, char **versions, GError **error);

#endif
