/* The order in which people expect names: c2 before c10. */
#ifndef LANYARD_BASE_NATURAL_H
#define LANYARD_BASE_NATURAL_H

/* As strcmp(), but runs of digits count as numbers of any length. A total order:
 * 0 for equal texts only. */
int natural_compare(const char *a, const char *b);

#endif
