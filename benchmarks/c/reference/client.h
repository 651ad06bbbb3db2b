/* A guest: his connection, what he has not sent to its end, and what he has not taken yet. */

#ifndef GUEST_H
#define GUEST_H

#include "bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_MOST 32

struct room;

struct guest {
    int socket;
    int poll;              /* the epoll instance that watches the socket */
    bool is_closed;        /* nothing more is read or sent; freed at the end of the turn */
    bool is_blocked;       /* the kernel takes no more: EPOLLOUT is asked for */
    char name[NAME_MOST + 1];
    size_t name_length;    /* 0 until he has given a name */
    struct room *room;     /* NULL until then */
    size_t seat;           /* his index among the members of the room */
    bool has_own_view;     /* has spoken or come in this turn, so hears not what all others hear */
    struct bytes unread;   /* the beginning of a line */
    struct bytes unsent;
    struct guest *next_closed;
};

/* Makes a guest of an accepted connection, and has epoll watch it. NULL if the kernel refuses. */
struct guest *guest_new(int poll, int socket);

/* One send(); what the kernel does not take is kept until EPOLLOUT. */
void guest_send(struct guest *guest, const char *data, size_t length);

/* Goes on where guest_send() had to stop. */
void guest_send_rest(struct guest *guest);

/* Marks the guest; events of this turn may still point to him, so he is freed by guests_bury(). */
void guest_close(struct guest *guest);

/* Frees all who were closed, once they are in no room. `leave` is called with each before. */
void guests_bury(void (*leave)(struct guest *));

#endif
