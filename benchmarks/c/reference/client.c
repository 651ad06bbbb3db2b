#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A client with more unsent bytes is closed, so that a slow reader cannot use up the memory. */
#define UNSENT_MOST (64u << 20)

static struct client *closed;

struct client *client_new(int poll, int socket)
{
    struct client *client = grown(NULL, sizeof *client);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};

    *client = (struct client){.socket = socket, .poll = poll};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event) != 0) {
        free(client);
        return NULL;
    }
    return client;
}

static void watch(struct client *client, bool is_blocked)
{
    struct epoll_event event = {
        .events = is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN,
        .data.ptr = client,
    };

    if (client->is_blocked != is_blocked) {
        client->is_blocked = is_blocked;
        epoll_ctl(client->poll, EPOLL_CTL_MOD, client->socket, &event);
    }
}

/* Returns how many bytes the kernel took; closes the client if the connection is broken. */
static size_t sent(struct client *client, const char *data, size_t length)
{
    ssize_t taken = send(client->socket, data, length, MSG_NOSIGNAL);

    if (taken >= 0)
        return (size_t)taken;
    if (errno != EAGAIN && errno != EINTR)
        client_close(client);
    return 0;
}

void client_send(struct client *client, const char *data, size_t length)
{
    size_t taken = 0;

    if (client->is_closed || length == 0)
        return;
    if (client->unsent.length == 0)
        taken = sent(client, data, length);
    if (taken == length || client->is_closed)
        return;
    if (client->unsent.length + length - taken > UNSENT_MOST) {
        client_close(client);
        return;
    }
    bytes_add(&client->unsent, data + taken, length - taken);
    watch(client, true);
}

void client_send_rest(struct client *client)
{
    bytes_drop(&client->unsent, sent(client, client->unsent.data, client->unsent.length));
    if (client->unsent.length == 0 && !client->is_closed) {
        bytes_free(&client->unsent);
        watch(client, false);
    }
}

void client_close(struct client *client)
{
    if (client->is_closed)
        return;
    client->is_closed = true;
    client->next_closed = closed;
    closed = client;
}

void clients_free_closed(void (*leave)(struct client *))
{
    while (closed != NULL) {
        struct client *client = closed;

        closed = client->next_closed;
        leave(client);
        close(client->socket);
        bytes_free(&client->unread);
        bytes_free(&client->unsent);
        free(client);
    }
}
