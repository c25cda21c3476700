/* The words of packet filters: which ones pass, and the numbers of names. */
#ifndef LANYARD_NET_FILTER_WORDS_H
#define LANYARD_NET_FILTER_WORDS_H

#include "engine/base/types.h"

/* What a name in a filter would be the name of, by the words before it. */
enum filter_name { FILTER_HOST, FILTER_PORT, FILTER_PROTO, FILTER_ETHER_PROTO };

/* A word of the language that this wire can answer: "tcp", "host", "icmp-echo". */
bool filter_word_known(const char *word);
/* One of its words that only other wires can answer: "wlan", "gateway". */
bool filter_word_foreign(const char *word);
/* The number of a port or protocol; -1: there is no such name. */
int filter_name_number(enum filter_name kind, const char *name);

#endif
