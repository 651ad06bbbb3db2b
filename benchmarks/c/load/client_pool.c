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
/* Shared by all: it stays in the processor's cache. */
#define READ_SIZE (256u << 10)
/* The longest line that is understood: a list of all names in one. */
#define LINE_MOST (4u << 20)

/* ---- setting up ---- */

static const struct dialect *dialect_called(const char *name)
{
    static const struct dialect *const dialects[] = {&dialect_text, &dialect_json, &dialect_irc,
                                                     &dialect_nats};

    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        if (strcmp(dialects[i]->name, name) == 0)
            return dialects[i];
    fail("There is no dialect %s.", name);
}

static void look_up(struct crowd *crowd)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    int error =
        getaddrinfo(crowd->options->host, crowd->options->port, &hints, &crowd->address);

    if (error != 0)
        fail("There is no server %s: %s.", crowd->options->host, gai_strerror(error));
}

static void name_rooms(struct crowd *crowd, uint32_t rooms)
{
    crowd->room_names = zeroed(rooms, sizeof *crowd->room_names);
    for (uint32_t room = 0; room < rooms; room++) {
        char name[16];

        snprintf(name, sizeof name, "r%u", room);
        crowd->room_names[room] = strdup(rooms == 1 ? crowd->options->room : name);
    }
}

static void seat_clients(struct crowd *crowd, uint32_t members, uint32_t speakers)
{
    uint32_t *heard = zeroed((size_t)crowd->count * speakers, sizeof *heard);

    crowd->clients = zeroed(crowd->count, sizeof *crowd->clients);
    crowd->seats = zeroed(crowd->count, sizeof *crowd->seats);
    for (uint32_t number = 0; number < crowd->count; number++) {
        struct client *client = &crowd->clients[number];

        client->transport.socket = -1;
        client->seat = (struct seat){
            .number = number,
            .room = number / members,
            .position = number % members,
            .heard = heard + (size_t)number * speakers,
        };
        client->name[0] = 'm';
        write_digits(client->name + 1, NUMBER_DIGITS, number);
        crowd->seats[number] = &client->seat;
    }
}

void crowd_open(struct crowd *crowd, const struct options *options, uint32_t rooms,
                uint32_t members, uint32_t speakers, uint32_t outstanding)
{
    uint32_t random = 0;

    if ((uint64_t)rooms * members > 99999)
        fail("There can be at most 99999 members in all.");
    *crowd = (struct crowd){
        .options = options,
        .dialect = dialect_called(options->dialect),
        .count = rooms * members,
        .deadline = now() + options->deadline,
        .tls = options->tls ? transport_tls() : NULL,
        .poll = epoll_create1(EPOLL_CLOEXEC),
        .buffer = zeroed(LINE_MOST + READ_SIZE + READ_BEYOND, 1),
    };
    if (crowd->poll < 0)
        fail("The kernel gives no epoll: %s.", strerror(errno));
    if (getrandom(&random, sizeof random, 0) < 0)
        fail("The kernel gives no random number.");
    snprintf(crowd->run, sizeof crowd->run, "%08x", random);
    look_up(crowd);
    name_rooms(crowd, rooms);
    ledger_open(&crowd->ledger, rooms, members, speakers, outstanding, options->size,
                crowd->dialect->echoes);
    seat_clients(crowd, members, speakers);
}

/* ---- one client ---- */

static void waiting_add(struct waiting *waiting, const char *data, size_t length)
{
    if (waiting->length + length > waiting->capacity) {
        waiting->capacity = power_of_two(waiting->length + length);
        waiting->data = grown(waiting->data, waiting->capacity);
    }
    memcpy(waiting->data + waiting->length, data, length);
    waiting->length += length;
}

static void watch(struct crowd *crowd, struct client *client, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = client};
    int how = client->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

    if (client->watched == events)
        return;
    client->watched = events;
    if (epoll_ctl(crowd->poll, how, client->transport.socket, &event) != 0)
        fail("The kernel does not watch a socket: %s.", strerror(errno));
}

_Noreturn void client_fail(const struct client *client, const char *line, size_t length)
{
    while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == '\n'))
        length--;
    fail("The server says to %s: %.*s", client->name, length < 300 ? (int)length : 300, line);
}

static _Noreturn void ended(const struct client *client, const char *why)
{
    if (client->unread.length > 0)
        client_fail(client, client->unread.data, client->unread.length);
    fail("The connection of %s has ended: %s.", client->name, why);
}

void client_connect(struct crowd *crowd, struct client *client)
{
    transport_connect(&client->transport, crowd->address, crowd->tls);
    client->stage = CONNECTING;
    watch(crowd, client, EPOLLOUT);
}

void client_cut(struct crowd *crowd, struct client *client)
{
    if (client->stage == ENTERED)
        crowd->entered--;
    transport_close(&client->transport);
    client->stage = OFF;
    client->watched = 0;
    client->unread.length = 0;
    client->unsent.length = 0;
}

void client_send(struct crowd *crowd, struct client *client, const char *data, size_t length)
{
    size_t taken = 0;

    if (client->unsent.length == 0 &&
        transport_write(&client->transport, data, length, &taken) == ENDED)
        ended(client, "it could not be written to");
    if (taken < length) {
        waiting_add(&client->unsent, data + taken, length - taken);
        watch(crowd, client, EPOLLIN | EPOLLOUT);
    }
}

static void send_rest(struct crowd *crowd, struct client *client)
{
    struct waiting *unsent = &client->unsent;
    size_t taken;

    if (transport_write(&client->transport, unsent->data, unsent->length, &taken) == ENDED)
        ended(client, "it could not be written to");
    unsent->length -= taken;
    memmove(unsent->data, unsent->data + taken, unsent->length);
    if (unsent->length == 0)
        watch(crowd, client, EPOLLIN);
}

static void go_on_connecting(struct crowd *crowd, struct client *client)
{
    bool wants_write = false;
    const char *why = "";

    switch (transport_go_on(&client->transport, &wants_write, &why)) {
    case AGAIN:
        watch(crowd, client, wants_write ? EPOLLOUT : EPOLLIN);
        break;
    case ENDED:
        ended(client, why);
    case DONE:
        client->stage = GREETED;
        watch(crowd, client, EPOLLIN);
        crowd->dialect->greet(crowd, client);
    }
}

/* Reads into the buffer that all share; only the beginning of a line is kept with the client. */
static void read_client(struct crowd *crowd, struct client *client)
{
    struct waiting *unread = &client->unread;
    enum outcome outcome;

    do {
        size_t got, length, taken;

        if (unread->length > LINE_MOST)
            client_fail(client, unread->data, unread->length);
        if (unread->length > 0)
            memcpy(crowd->buffer, unread->data, unread->length);
        outcome = transport_read(&client->transport, crowd->buffer + unread->length, READ_SIZE,
                                 &got);
        crowd->ledger.now = now();
        if (crowd->options->quick_ack)
            transport_acknowledge(&client->transport);
        if (got > 0) {
            crowd->last_received = crowd->ledger.now;
            crowd->bytes_received += got;
            crowd->reads++;
            length = unread->length + got;
            taken = crowd->dialect->take(crowd, client, crowd->buffer, length);
            unread->length = 0;
            if (taken < length)
                waiting_add(unread, crowd->buffer + taken, length - taken);
            if (crowd->after_read != NULL)
                crowd->after_read(crowd, client);
        }
        if (outcome == ENDED)
            ended(client, "the server has closed it");
    } while (outcome == DONE);
}

static void serve_client(struct crowd *crowd, struct client *client, uint32_t events)
{
    if (client->stage == OFF)
        return;
    if (client->stage == CONNECTING) {
        go_on_connecting(crowd, client);
        return;
    }
    if ((events & EPOLLOUT) && client->unsent.length > 0)
        send_rest(crowd, client);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_client(crowd, client);
}

void client_entered(struct crowd *crowd, struct client *client)
{
    if (client->stage != ENTERED) {
        client->stage = ENTERED;
        crowd->entered++;
    }
}

uint32_t crowd_number(const struct crowd *crowd, const char *name, size_t length)
{
    uint32_t number;

    if (length != NAME_LENGTH || name[0] != 'm' ||
        !read_digits(name + 1, NUMBER_DIGITS, &number) || number >= crowd->count)
        return UINT32_MAX;
    return number;
}

void client_heard_of(struct crowd *crowd, struct client *client, const char *name, size_t length)
{
    uint32_t number;

    if (client->knows == NULL)
        return;
    number = crowd_number(crowd, name, length);
    if (number == UINT32_MAX || (client->knows[number / 64] >> (number % 64) & 1))
        return;
    client->knows[number / 64] |= (uint64_t)1 << (number % 64);
    crowd->names_heard++;
}

/* ---- everybody ---- */

void crowd_turn(struct crowd *crowd, double until)
{
    static struct epoll_event events[EVENTS];
    double time = now();
    double wait = (until < crowd->deadline ? until : crowd->deadline) - time;
    struct timespec timeout = {0};
    int count;

    if (time >= crowd->deadline)
        fail("The deadline of %g s has passed: %u of %u members have entered, and of %llu lines "
             "%llu are everywhere.",
             crowd->options->deadline, crowd->entered, crowd->count,
             (unsigned long long)crowd->ledger.said, (unsigned long long)crowd->ledger.done);
    if (wait > 0) {
        timeout.tv_sec = (time_t)wait;
        timeout.tv_nsec = (long)((wait - (double)timeout.tv_sec) * 1e9);
    }
    count = epoll_pwait2(crowd->poll, events, EVENTS, &timeout, NULL);
    if (count < 0 && errno != EINTR)
        fail("The kernel does not wait: %s.", strerror(errno));
    for (int i = 0; i < count; i++)
        serve_client(crowd, events[i].data.ptr, events[i].events);
}

void crowd_serve(struct crowd *crowd, double until)
{
    while (now() < until)
        crowd_turn(crowd, until);
}

void crowd_enter(struct crowd *crowd, uint32_t window)
{
    uint32_t begun = 0;

    while (crowd->entered < crowd->count) {
        while (begun < crowd->count && begun - crowd->entered < window)
            client_connect(crowd, &crowd->clients[begun++]);
        crowd_turn(crowd, crowd->deadline);
    }
}

void crowd_settle(struct crowd *crowd, double quiet)
{
    double begin = now();

    for (;;) {
        double since = crowd->last_received > begin ? crowd->last_received : begin;

        if (now() - since >= quiet)
            return;
        crowd_turn(crowd, since + quiet);
    }
}

void dialect_say(struct crowd *crowd, struct client *client, uint32_t lines)
{
    static char *out;
    static size_t capacity;
    struct ledger *ledger = &crowd->ledger;
    struct speaker *speaker =
        &ledger->speaker[client->seat.room * ledger->speakers + client->seat.position];
    size_t needed = (size_t)lines * (ledger->size + FRAME_MOST);
    size_t length = 0;

    if (needed > capacity) {
        capacity = power_of_two(needed);
        out = grown(out, capacity);
    }
    for (uint32_t i = 0; i < lines; i++) {
        uint32_t sequence = speaker->said;

        length += crowd->dialect->say(crowd, client, sequence, ledger_say(ledger, speaker),
                                      out + length);
    }
    if (length > 0)
        client_send(crowd, client, out, length);
}
