/* The crowd: all clients, and the loop that serves them. */

#ifndef CROWD_H
#define CROWD_H

#include "ledger.h"
#include "options.h"
#include "transport.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_LENGTH (1 + NUMBER_DIGITS)

struct dialect;

enum stage { OFF, CONNECTING, GREETED, ENTERED };

/* A run of bytes that waits: for the rest of its line, or for the kernel to take it. */
struct waiting {
    char *data;
    size_t length;
    size_t capacity;
};

struct client {
    struct seat seat;
    struct transport transport;
    enum stage stage;
    uint32_t watched;      /* the events that epoll tells of */
    char name[NAME_LENGTH + 1];
    struct waiting unread;
    struct waiting unsent;
    uint64_t last_id;      /* json: of what was heard in the room */
    bool resumes;          /* json: says hello with `after` that */
    uint32_t lefts;        /* json: how many the server said have left */
    uint64_t *knows;       /* a bit per member; NULL if nobody counts */
};

struct crowd {
    const struct options *options;
    const struct dialect *dialect;
    struct ledger ledger;
    struct client *clients;
    struct seat **seats;
    uint32_t count;
    uint32_t entered;      /* how many are in their rooms */
    char **room_names;
    char run[9];           /* a random text: no client id of this run was there before */
    double deadline;
    double last_received;
    uint64_t bytes_received;
    uint64_t reads;        /* that had something; about as many as the server's writes */
    uint64_t lines_received; /* without deliveries and acknowledgements, which the ledger counts */
    uint64_t names_heard;  /* by all members together */
    struct addrinfo *address;
    SSL_CTX *tls;
    int poll;
    char *buffer;
    /* Called after each read, when all lines in it have been taken; may be NULL. */
    void (*after_read)(struct crowd *crowd, struct client *client);
    void *scene;           /* the scene's own */
};

/* Makes the clients, `members` in each of `rooms` rooms, and the books; nobody connects yet. */
void crowd_open(struct crowd *crowd, const struct options *options, uint32_t rooms,
                uint32_t members, uint32_t speakers, uint32_t outstanding);

/* Serves whoever is ready, or waits for that until a time, and at most until the deadline, which
 * ends the program. */
void crowd_turn(struct crowd *crowd, double until);

/* Serves everybody until a time. */
void crowd_serve(struct crowd *crowd, double until);

/* Connects everybody, `window` at a time, and serves until all have entered. */
void crowd_enter(struct crowd *crowd, uint32_t window);

/* Serves until nothing has been received for so many seconds. */
void crowd_settle(struct crowd *crowd, double quiet);

void client_connect(struct crowd *crowd, struct client *client);
void client_send(struct crowd *crowd, struct client *client, const char *data, size_t length);

/* Closes the connection without a word. */
void client_cut(struct crowd *crowd, struct client *client);

/* For the dialects. The client is in his room: from now on he hears all that is said there. */
void client_entered(struct crowd *crowd, struct client *client);

/* The client has heard or read that this name is in the room. */
void client_heard_of(struct crowd *crowd, struct client *client, const char *name, size_t length);

/* The number of the member of this name; UINT32_MAX if nobody is called so. */
uint32_t crowd_number(const struct crowd *crowd, const char *name, size_t length);

/* Says that this line of the server's cannot be lived with, and ends the program. */
_Noreturn void client_fail(const struct client *client, const char *line, size_t length);

#endif
