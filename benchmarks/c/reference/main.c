/* The C reference of the benchmark: a chat server that only forwards bytes.
 *
 *     cc -O2 -std=c11 -D_GNU_SOURCE -o /tmp/reference benchmarks/c/reference/[a-z]*.c
 *     /tmp/reference turn|message PORT        (0: a free port; printed once it listens)
 *
 * It stores nothing and checks nothing, so it shows the speed of the kernel with one send() per
 * member and message (`message`), or per member and epoll turn (`turn`). */

#include "dialect.h"
#include "client.h"
#include "room.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096
#define EVENTS 1024
#define READ_SIZE (256u << 10)

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "The reference server cannot %s: %s.\n", what, strerror(errno));
    exit(1);
}

static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Listens on 127.0.0.1, and prints the port, for which the benchmark waits. */
static int listening(unsigned short port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t length = sizeof address;
    int yes = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (listener < 0)
        fail("make a socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, BACKLOG) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        fail("listen");
    printf("%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void accept_all(int poll, int listener)
{
    int socket;

    while ((socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        int yes = 1;
        struct client *client;

        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        client = client_new(poll, socket);
        if (client == NULL)
            close(socket);
        else
            dialect_greet(client);
    }
}

/* Reads once per turn, so that a fast speaker does not delay the others; epoll reports the rest. */
static void read_client(struct client *client)
{
    static char buffer[READ_SIZE];
    ssize_t got = recv(client->socket, buffer, sizeof buffer, 0);
    size_t taken;

    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR))
            client_close(client);
        return;
    }
    if (client->unread.length == 0) {
        taken = dialect_take(client, buffer, (size_t)got);
        bytes_add(&client->unread, buffer + taken, (size_t)got - taken);
    } else {
        bytes_add(&client->unread, buffer, (size_t)got);
        taken = dialect_take(client, client->unread.data, client->unread.length);
        bytes_drop(&client->unread, taken);
    }
    if (client->unread.length == 0)
        bytes_free(&client->unread);
    else if (client->unread.length > READ_SIZE)
        client_close(client);
}

static void serve_client(struct client *client, uint32_t events)
{
    if (!client->is_closed && (events & EPOLLOUT))
        client_send_rest(client);
    if (!client->is_closed && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        read_client(client);
}

static _Noreturn void serve(int listener)
{
    static struct epoll_event events[EVENTS];
    int poll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event of_listener = {.events = EPOLLIN, .data.ptr = NULL};

    if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, listener, &of_listener) != 0)
        fail("use epoll");
    for (;;) {
        int count = epoll_wait(poll, events, EVENTS, -1);

        if (count < 0 && errno != EINTR)
            fail("wait");
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL)
                accept_all(poll, listener);
            else
                serve_client(events[i].data.ptr, events[i].events);
        }
        rooms_end_turn();
        clients_free_closed(room_leave);
    }
}

int main(int count, char **words)
{
    char *end = NULL;
    long port = count == 3 ? strtol(words[2], &end, 10) : -1;
    bool by_turn = count == 3 && strcmp(words[1], "turn") == 0;

    if (port < 0 || port > 65535 || *end != '\0' ||
        (!by_turn && strcmp(words[1], "message") != 0)) {
        fputs("Usage: reference turn|message PORT\n", stderr);
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    rooms_begin(by_turn);
    serve(listening((unsigned short)port));
}
