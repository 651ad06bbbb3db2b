/* A client: its connection, an incomplete line from it, and the bytes not yet sent to it. */

#ifndef CLIENT_H
#define CLIENT_H

#include "bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_MOST 32

struct room;

struct client {
    int socket;
    int poll;              /* the epoll instance that watches the socket */
    bool is_closed;        /* nothing is read or sent any more; freed at the end of the turn */
    bool is_blocked;       /* the kernel takes no more bytes: epoll watches for EPOLLOUT */
    char name[NAME_MOST + 1];
    size_t name_length;    /* 0 before the login */
    struct room *room;     /* NULL before the login */
    size_t index;           /* among the members of the room */
    bool has_own_view;     /* spoke or joined in this turn: its events differ from others' */
    struct bytes unread;   /* an incomplete line */
    struct bytes unsent;
    struct client *next_closed;
};

/* Makes a client of an accepted connection, watched by epoll. Returns NULL if that fails. */
struct client *client_new(int poll, int socket);

/* Sends with one send(); bytes that the kernel does not take are kept until EPOLLOUT. */
void client_send(struct client *client, const char *data, size_t length);

/* Sends the bytes that client_send() has kept. */
void client_send_rest(struct client *client);

/* Marks the client as closed. Events of this turn may still refer to it, so clients_free_closed()
 * frees it later. */
void client_close(struct client *client);

/* Frees all closed clients; `leave` is called with each first, to remove it from its room. */
void clients_free_closed(void (*leave)(struct client *));

#endif
