#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Who is further behind in his reading is cut off: one dead reader does not take all memory. */
#define UNSENT_MOST (64u << 20)

static struct guest *closed;

struct guest *guest_new(int poll, int socket)
{
    struct guest *guest = grown(NULL, sizeof *guest);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = guest};

    *guest = (struct guest){.socket = socket, .poll = poll};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event) != 0) {
        free(guest);
        return NULL;
    }
    return guest;
}

static void watch(struct guest *guest, bool is_blocked)
{
    struct epoll_event event = {
        .events = is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN,
        .data.ptr = guest,
    };

    if (guest->is_blocked != is_blocked) {
        guest->is_blocked = is_blocked;
        epoll_ctl(guest->poll, EPOLL_CTL_MOD, guest->socket, &event);
    }
}

/* How many bytes the kernel took; closes the guest if the connection is gone. */
static size_t sent(struct guest *guest, const char *data, size_t length)
{
    ssize_t taken = send(guest->socket, data, length, MSG_NOSIGNAL);

    if (taken >= 0)
        return (size_t)taken;
    if (errno != EAGAIN && errno != EINTR)
        guest_close(guest);
    return 0;
}

void guest_send(struct guest *guest, const char *data, size_t length)
{
    size_t taken = 0;

    if (guest->is_closed || length == 0)
        return;
    if (guest->unsent.length == 0)
        taken = sent(guest, data, length);
    if (taken == length || guest->is_closed)
        return;
    if (guest->unsent.length + length - taken > UNSENT_MOST) {
        guest_close(guest);
        return;
    }
    bytes_add(&guest->unsent, data + taken, length - taken);
    watch(guest, true);
}

void guest_send_rest(struct guest *guest)
{
    bytes_drop(&guest->unsent, sent(guest, guest->unsent.data, guest->unsent.length));
    if (guest->unsent.length == 0 && !guest->is_closed) {
        bytes_free(&guest->unsent);
        watch(guest, false);
    }
}

void guest_close(struct guest *guest)
{
    if (guest->is_closed)
        return;
    guest->is_closed = true;
    guest->next_closed = closed;
    closed = guest;
}

void guests_bury(void (*leave)(struct guest *))
{
    while (closed != NULL) {
        struct guest *guest = closed;

        closed = guest->next_closed;
        leave(guest);
        close(guest->socket);
        bytes_free(&guest->unread);
        bytes_free(&guest->unsent);
        free(guest);
    }
}
