/* What the dialects that speak netchat's JSON share. */

#ifndef DIALECT_JSON_H
#define DIALECT_JSON_H

#include "dialect.h"

/* The most bytes of what each `said` of a room begins with. */
#define JSON_BEGINNING 128

/* A part of a line. */
struct slice {
    const char *text;      /* NULL if there is none */
    size_t length;
};

/* Writes the hello of a client, with a line end; returns its length. */
size_t json_hello(struct pool *pool, struct client *client, char *out, size_t most);

/* Writes the request that says a payload, with a line end; returns its length. */
size_t json_say(struct pool *pool, struct client *client, uint32_t sequence, const char *payload,
                char *out);

/* Writes into `text` what each `said` of the client's room begins with, and returns it. */
struct slice json_beginning(struct pool *pool, struct client *client, char *text);

/* If the line, with `line_end` behind it, is the next expected delivery, records it and returns
 * its end; else returns NULL and records nothing. It may read bytes after `end`, which is checked
 * last. */
const char *json_take_expected(struct pool *pool, struct client *client, struct slice beginning,
                               const char *at, const char *end, const char *line_end);

/* Processes any line, without its line end. */
void json_take_line(struct pool *pool, struct client *client, struct slice line);

#endif
