/* A dialect: the protocol between the clients and a server. */

#ifndef DIALECT_H
#define DIALECT_H

#include "client_pool.h"

/* The most bytes that say() writes in addition to a payload. */
#define FRAME_MOST 256

/* More bytes than a line with a payload has. */
#define READ_BEYOND 8192

struct dialect {
    const char *name;
    bool echoes;           /* speakers receive their own lines, as acknowledgements */
    bool counts_names;     /* calls client_learned_name() with each name */

    /* Sends everything that can be sent before the server answers. */
    void (*greet)(struct pool *pool, struct client *client);

    /* Processes the complete lines at the beginning of these bytes; returns their length.
     * The READ_BEYOND bytes after them may be read; their content is undefined. */
    size_t (*take)(struct pool *pool, struct client *client, const char *bytes, size_t length);

    /* Writes the request that says a payload in the client's room; returns its length. */
    size_t (*say)(struct pool *pool, struct client *client, uint32_t sequence, const char *payload,
                  char *out);
};

extern const struct dialect dialect_text, dialect_json, dialect_websocket, dialect_irc, dialect_nats;

/* Lets `client` say its next lines, in one write. */
void dialect_say(struct pool *pool, struct client *client, uint32_t lines);

static inline bool begins_with(const char *line, size_t length, const char *beginning)
{
    size_t needed = strlen(beginning);

    return length >= needed && memcmp(line, beginning, needed) == 0;
}

#endif
