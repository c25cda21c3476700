/* The beginning of docs/lab-format.md, before the reference. */
#ifndef LANYARD_TOPOLOGY_BASICS_H
#define LANYARD_TOPOLOGY_BASICS_H

extern const char basics_text[];

#endif
