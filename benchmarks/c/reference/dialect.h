/* As much of netchat's text dialect as a load generator needs. */

#ifndef DIALECT_H
#define DIALECT_H

#include <stddef.h>

struct guest;

void dialect_greet(struct guest *guest);

/* Does what the whole lines in these bytes ask for; returns how many bytes they were. */
size_t dialect_take(struct guest *guest, const char *bytes, size_t length);

#endif
