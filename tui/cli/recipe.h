/* Recipes of guest images: folders with a recipe.sh, in labs/images or where it
 * was installed. */
#ifndef LANYARD_TUI_CLI_RECIPE_H
#define LANYARD_TUI_CLI_RECIPE_H

#include <glib.h>

/* The script in a recipe's folder. */
#define RECIPE_SCRIPT "recipe.sh"

/* The folder of a recipe: by name, or a path if there is a '/' in it; NULL if
 * there is none of that name. g_free() it. */
char *recipe_folder(const char *name);
/* SHA-256, in hex, of everything an image is made from beside the packages: all
 * files of the folder, of the agent beside it, and of the recipe that its file "base"
 * names. NULL with error if one cannot be
 * read. */
char *recipe_digest(const char *folder, GError **error);

#endif
