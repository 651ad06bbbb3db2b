/* The part of netchat's text dialect that the load generator needs. */

#ifndef DIALECT_H
#define DIALECT_H

#include <stddef.h>

struct client;

void dialect_greet(struct client *client);

/* Executes the complete lines in these bytes; returns their length. */
size_t dialect_take(struct client *client, const char *bytes, size_t length);

#endif
