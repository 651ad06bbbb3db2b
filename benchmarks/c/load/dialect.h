/* A dialect: how the clients talk to a server. */

#ifndef DIALECT_H
#define DIALECT_H

#include "client_pool.h"

/* Room for whatever a say() writes around a payload. */
#define FRAME_MOST 256

/* More than any line with a payload has. */
#define READ_BEYOND 8192

struct dialect {
    const char *name;
    bool echoes;           /* the speaker gets his own line back, as the acknowledgement */
    bool counts_names;     /* client_heard_of() is called with each name */

    /* Says all that can be said before the server has answered. */
    void (*greet)(struct crowd *crowd, struct client *client);

    /* Takes the whole lines at the beginning of these bytes; returns how many bytes they were.
     * READ_BEYOND bytes behind them may be looked at, and mean nothing. */
    size_t (*take)(struct crowd *crowd, struct client *client, const char *bytes, size_t length);

    /* Writes the words that say a payload in the client's room; returns how many bytes. */
    size_t (*say)(struct crowd *crowd, struct client *client, uint32_t sequence,
                  const char *payload, char *out);
};

extern const struct dialect dialect_text, dialect_json, dialect_irc, dialect_nats;

/* Lets `client` say his next lines, in one write. */
void dialect_say(struct crowd *crowd, struct client *client, uint32_t lines);

static inline bool begins_with(const char *line, size_t length, const char *beginning)
{
    size_t needed = strlen(beginning);

    return length >= needed && memcmp(line, beginning, needed) == 0;
}

#endif
