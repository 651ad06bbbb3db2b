#include "client_pool.h"

#include "basics.h"
#include "dialect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <time.h>

#define EVENTS 1024
/* One buffer for all clients, so that it stays in the processor's cache. */
#define READ_SIZE (256u << 10)
/* The longest line that can be processed: a list of all names. */
#define LINE_MOST (4u << 20)

/* ---- setup ---- */

static const struct dialect *dialect_called(const char *name)
{
    static const struct dialect *const dialects[] = {
        &dialect_text, &dialect_json, &dialect_websocket, &dialect_irc, &dialect_nats,
    };

    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        if (strcmp(dialects[i]->name, name) == 0)
            return dialects[i];
    fail("Unknown dialect %s.", name);
}

static void look_up(struct pool *pool)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    int error = getaddrinfo(pool->options->host, pool->options->port, &hints, &pool->address);

    if (error != 0)
        fail("The address of %s cannot be found: %s.", pool->options->host, gai_strerror(error));
}

static void name_rooms(struct pool *pool, uint32_t rooms)
{
    pool->room_names = zeroed(rooms, sizeof *pool->room_names);
    for (uint32_t room = 0; room < rooms; room++) {
        char name[16];

        snprintf(name, sizeof name, "r%u", room);
        pool->room_names[room] = strdup(rooms == 1 ? pool->options->room : name);
    }
}

static void init_clients(struct pool *pool, uint32_t members, uint32_t speakers)
{
    uint32_t *expected = zeroed((size_t)pool->count * speakers, sizeof *expected);

    pool->clients = zeroed(pool->count, sizeof *pool->clients);
    pool->member_list = zeroed(pool->count, sizeof *pool->member_list);
    for (uint32_t number = 0; number < pool->count; number++) {
        struct client *client = &pool->clients[number];

        client->transport.socket = -1;
        client->member = (struct member){
            .number = number,
            .room = number / members,
            .position = number % members,
            .expected = expected + (size_t)number * speakers,
        };
        client->name[0] = 'm';
        write_digits(client->name + 1, NUMBER_DIGITS, number);
        pool->member_list[number] = &client->member;
    }
}

void pool_open(struct pool *pool, const struct options *options, uint32_t rooms, uint32_t members,
               uint32_t speakers, uint32_t outstanding)
{
    uint32_t random = 0;

    if ((uint64_t)rooms * members > 99999)
        fail("There can be at most 99999 members in all.");
    *pool = (struct pool){
        .options = options,
        .dialect = dialect_called(options->dialect),
        .count = rooms * members,
        .deadline = now() + options->deadline,
        .tls = options->tls ? transport_tls() : NULL,
        .poll = epoll_create1(EPOLL_CLOEXEC),
        .buffer = zeroed(LINE_MOST + READ_SIZE + READ_BEYOND, 1),
    };
    if (pool->poll < 0)
        fail("epoll cannot be used: %s.", strerror(errno));
    if (getrandom(&random, sizeof random, 0) < 0)
        fail("The kernel did not return a random number.");
    snprintf(pool->run, sizeof pool->run, "%08x", random);
    look_up(pool);
    name_rooms(pool, rooms);
    ledger_open(&pool->ledger, rooms, members, speakers, outstanding, options->size,
                pool->dialect->echoes);
    init_clients(pool, members, speakers);
}

/* ---- one client ---- */

static void buffer_add(struct buffer *buffer, const char *data, size_t length)
{
    if (buffer->length + length > buffer->capacity) {
        buffer->capacity = power_of_two(buffer->length + length);
        buffer->data = grown(buffer->data, buffer->capacity);
    }
    memcpy(buffer->data + buffer->length, data, length);
    buffer->length += length;
}

static void watch(struct pool *pool, struct client *client, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = client};
    int how = client->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

    if (client->watched == events)
        return;
    client->watched = events;
    if (epoll_ctl(pool->poll, how, client->transport.socket, &event) != 0)
        fail("epoll cannot watch a socket: %s.", strerror(errno));
}

_Noreturn void client_fail(const struct client *client, const char *line, size_t length)
{
    while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == '\n'))
        length--;
    fail("Unexpected line from the server to %s: %.*s", client->name,
         length < 300 ? (int)length : 300, line);
}

static _Noreturn void ended(const struct client *client, const char *why)
{
    if (client->unread.length > 0)
        client_fail(client, client->unread.data, client->unread.length);
    fail("The connection of %s ended: %s.", client->name, why);
}

void client_connect(struct pool *pool, struct client *client)
{
    transport_connect(&client->transport, pool->address, pool->tls);
    client->stage = CONNECTING;
    watch(pool, client, EPOLLOUT);
}

void client_disconnect(struct pool *pool, struct client *client)
{
    if (client->stage == ENTERED)
        pool->entered--;
    transport_close(&client->transport);
    client->stage = DISCONNECTED;
    client->watched = 0;
    client->unread.length = 0;
    client->unsent.length = 0;
}

void client_send(struct pool *pool, struct client *client, const char *data, size_t length)
{
    size_t taken = 0;

    if (client->unsent.length == 0 &&
        transport_write(&client->transport, data, length, &taken) == ENDED)
        ended(client, "it could not be written to");
    if (taken < length) {
        buffer_add(&client->unsent, data + taken, length - taken);
        watch(pool, client, EPOLLIN | EPOLLOUT);
    }
}

static void send_rest(struct pool *pool, struct client *client)
{
    struct buffer *unsent = &client->unsent;
    size_t taken;

    if (transport_write(&client->transport, unsent->data, unsent->length, &taken) == ENDED)
        ended(client, "it could not be written to");
    unsent->length -= taken;
    memmove(unsent->data, unsent->data + taken, unsent->length);
    if (unsent->length == 0)
        watch(pool, client, EPOLLIN);
}

static void continue_connecting(struct pool *pool, struct client *client)
{
    bool wants_write = false;
    const char *why = "";

    switch (transport_continue(&client->transport, &wants_write, &why)) {
    case AGAIN:
        watch(pool, client, wants_write ? EPOLLOUT : EPOLLIN);
        break;
    case ENDED:
        ended(client, why);
    case DONE:
        client->stage = LOGGING_IN;
        watch(pool, client, EPOLLIN);
        pool->dialect->greet(pool, client);
    }
}

/* Reads into the shared buffer; only an incomplete line is kept with the client. */
static void read_client(struct pool *pool, struct client *client)
{
    struct buffer *unread = &client->unread;
    enum outcome outcome;

    do {
        size_t got, length, taken;

        if (unread->length > LINE_MOST)
            client_fail(client, unread->data, unread->length);
        if (unread->length > 0)
            memcpy(pool->buffer, unread->data, unread->length);
        outcome =
            transport_read(&client->transport, pool->buffer + unread->length, READ_SIZE, &got);
        pool->ledger.now = now();
        if (pool->options->quick_ack)
            transport_acknowledge(&client->transport);
        if (got > 0) {
            pool->last_received = pool->ledger.now;
            pool->bytes_received += got;
            pool->reads++;
            length = unread->length + got;
            taken = pool->dialect->take(pool, client, pool->buffer, length);
            unread->length = 0;
            if (taken < length)
                buffer_add(unread, pool->buffer + taken, length - taken);
            if (pool->after_read != NULL)
                pool->after_read(pool, client);
        }
        if (outcome == ENDED)
            ended(client, "the server has closed it");
    } while (outcome == DONE);
}

static void serve_client(struct pool *pool, struct client *client, uint32_t events)
{
    if (client->stage == DISCONNECTED)
        return;
    if (client->stage == CONNECTING) {
        continue_connecting(pool, client);
        return;
    }
    if ((events & EPOLLOUT) && client->unsent.length > 0)
        send_rest(pool, client);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_client(pool, client);
}

void client_entered(struct pool *pool, struct client *client)
{
    if (client->stage != ENTERED) {
        client->stage = ENTERED;
        pool->entered++;
    }
}

uint32_t pool_member_number(const struct pool *pool, const char *name, size_t length)
{
    uint32_t number;

    if (length != NAME_LENGTH || name[0] != 'm' || !read_digits(name + 1, NUMBER_DIGITS, &number) ||
        number >= pool->count)
        return UINT32_MAX;
    return number;
}

void client_learned_name(struct pool *pool, struct client *client, const char *name, size_t length)
{
    uint32_t number;

    if (client->known_names == NULL)
        return;
    number = pool_member_number(pool, name, length);
    if (number == UINT32_MAX || (client->known_names[number / 64] >> (number % 64) & 1))
        return;
    client->known_names[number / 64] |= (uint64_t)1 << (number % 64);
    pool->names_heard++;
}

/* ---- all clients ---- */

void pool_run_once(struct pool *pool, double until)
{
    static struct epoll_event events[EVENTS];
    double time = now();
    double wait = (until < pool->deadline ? until : pool->deadline) - time;
    struct timespec timeout = {0};
    int count;

    if (time >= pool->deadline)
        fail("The deadline of %g s has passed: %u of %u members have entered, and %llu lines were "
             "said, of which %llu were delivered to all.",
             pool->options->deadline, pool->entered, pool->count,
             (unsigned long long)pool->ledger.said, (unsigned long long)pool->ledger.done);
    if (wait > 0) {
        timeout.tv_sec = (time_t)wait;
        timeout.tv_nsec = (long)((wait - (double)timeout.tv_sec) * 1e9);
    }
    count = epoll_pwait2(pool->poll, events, EVENTS, &timeout, NULL);
    if (count < 0 && errno != EINTR)
        fail("epoll_pwait2 failed: %s.", strerror(errno));
    for (int i = 0; i < count; i++)
        serve_client(pool, events[i].data.ptr, events[i].events);
}

void pool_run_until(struct pool *pool, double until)
{
    while (now() < until)
        pool_run_once(pool, until);
}

void pool_connect_all(struct pool *pool, uint32_t window)
{
    uint32_t begun = 0;

    while (pool->entered < pool->count) {
        while (begun < pool->count && begun - pool->entered < window)
            client_connect(pool, &pool->clients[begun++]);
        pool_run_once(pool, pool->deadline);
    }
}

void pool_wait_for_quiet(struct pool *pool, double quiet)
{
    double begin = now();

    for (;;) {
        double since = pool->last_received > begin ? pool->last_received : begin;

        if (now() - since >= quiet)
            return;
        pool_run_once(pool, since + quiet);
    }
}

void dialect_say(struct pool *pool, struct client *client, uint32_t lines)
{
    static char *out;
    static size_t capacity;
    struct ledger *ledger = &pool->ledger;
    struct speaker *speaker =
        &ledger->speaker[client->member.room * ledger->speakers + client->member.position];
    size_t needed = (size_t)lines * (ledger->size + FRAME_MOST);
    size_t length = 0;

    if (needed > capacity) {
        capacity = power_of_two(needed);
        out = grown(out, capacity);
    }
    for (uint32_t i = 0; i < lines; i++) {
        uint32_t sequence = speaker->said;

        length +=
            pool->dialect->say(pool, client, sequence, ledger_say(ledger, speaker), out + length);
    }
    if (length > 0)
        client_send(pool, client, out, length);
}
