/* All clients of a scene, and the event loop that serves them. */

#ifndef CLIENT_POOL_H
#define CLIENT_POOL_H

#include "ledger.h"
#include "options.h"
#include "transport.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_LENGTH (1 + NUMBER_DIGITS)

struct dialect;

enum stage { DISCONNECTED, CONNECTING, LOGGING_IN, ENTERED };

/* Bytes that wait: for the rest of their line, or until the kernel takes them. */
struct buffer {
    char *data;
    size_t length;
    size_t capacity;
};

struct client {
    struct member member;
    struct transport transport;
    enum stage stage;
    uint32_t watched;      /* the events that epoll reports */
    char name[NAME_LENGTH + 1];
    struct buffer unread;
    struct buffer unsent;
    uint64_t last_id;      /* json: id of the last line received in the room */
    bool resumes;          /* json: sends `after` with last_id in its hello */
    uint32_t left_count;        /* json: names in `left` events */
    uint64_t *known_names;       /* one bit per member; NULL if names are not counted */
};

struct pool {
    const struct options *options;
    const struct dialect *dialect;
    struct ledger ledger;
    struct client *clients;
    struct member **member_list;
    uint32_t count;
    uint32_t entered;      /* clients in their rooms */
    char **room_names;
    char run[9];           /* random, so that client ids differ between runs */
    double deadline;
    double last_received;
    uint64_t bytes_received;
    uint64_t reads;        /* non-empty reads; about as many as the server's writes */
    uint64_t lines_received; /* other than deliveries and acknowledgements */
    uint64_t names_heard;  /* by all members in total */
    struct addrinfo *address;
    SSL_CTX *tls;
    int poll;
    char *buffer;
    /* Called after each read, when all its lines have been processed; may be NULL. */
    void (*after_read)(struct pool *pool, struct client *client);
    void *scene;           /* data of the scene */
};

/* Makes the clients, `members` in each of `rooms` rooms, and the ledger; connects none yet. */
void pool_open(struct pool *pool, const struct options *options, uint32_t rooms, uint32_t members,
               uint32_t speakers, uint32_t outstanding);

/* Waits for events until a time, and serves the clients that are ready. Ends the program at the
 * deadline. */
void pool_run_once(struct pool *pool, double until);

/* Serves all clients until a time. */
void pool_run_until(struct pool *pool, double until);

/* Connects all clients, `window` at a time, and serves them until all have entered. */
void pool_connect_all(struct pool *pool, uint32_t window);

/* Serves all clients until nothing has been received for `quiet` seconds. */
void pool_wait_for_quiet(struct pool *pool, double quiet);

void client_connect(struct pool *pool, struct client *client);
void client_send(struct pool *pool, struct client *client, const char *data, size_t length);

/* Closes the connection without a goodbye. */
void client_disconnect(struct pool *pool, struct client *client);

/* Called by a dialect: the client is in its room, and receives all lines said there from now on. */
void client_entered(struct pool *pool, struct client *client);

/* Called by a dialect: the client has learned that this name is in the room. */
void client_learned_name(struct pool *pool, struct client *client, const char *name, size_t length);

/* Returns the number of the member with this name, or UINT32_MAX. */
uint32_t pool_member_number(const struct pool *pool, const char *name, size_t length);

/* Reports an unexpected line of the server, and ends the program. */
_Noreturn void client_fail(const struct client *client, const char *line, size_t length);

#endif
