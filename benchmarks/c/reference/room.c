#include "room.h"

#include "bytes.h"
#include "client.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Successive lines of one speaker in this turn, as a range of `said`. */
struct segment {
    const struct client *speaker;
    size_t begin;
    size_t end;
};

struct segments {
    struct segment *all;
    size_t count;
    size_t capacity;
};

/* A client that joined in this turn; it receives `said` from `heard_from` on. */
struct newcomer {
    const struct client *client;
    size_t heard_from;
};

struct newcomers {
    struct newcomer *all;
    size_t count;
    size_t capacity;
};

struct room {
    char *name;
    size_t name_length;
    struct client **members;
    size_t count;
    size_t capacity;
    struct newcomers joined;       /* this and the following fields: of this turn */
    struct bytes said;
    struct segments said_by;
    bool has_events;
    struct room *next_with_events;
    struct room *next;
};

static bool is_by_turn;
static struct room *rooms;
static struct room *with_events;

void rooms_begin(bool by_turn)
{
    is_by_turn = by_turn;
}

static struct room *find_or_make_room(const char *name, size_t length)
{
    struct room *room;

    for (room = rooms; room != NULL; room = room->next)
        if (room->name_length == length && memcmp(room->name, name, length) == 0)
            return room;
    room = grown(NULL, sizeof *room);
    *room = (struct room){.name = grown(NULL, length + 1), .name_length = length, .next = rooms};
    memcpy(room->name, name, length);
    rooms = room;
    return room;
}

static void has_events(struct room *room)
{
    if (room->has_events)
        return;
    room->has_events = true;
    room->next_with_events = with_events;
    with_events = room;
}

/* Sends one message to all members but one, each with its own send(). */
static void send_to_others(struct room *room, const struct client *by, const struct bytes *message)
{
    for (size_t i = 0; i < room->count; i++)
        if (room->members[i] != by)
            client_send(room->members[i], message->data, message->length);
}

/* Writes `* Ann joined`, `* Ann, Bob and Carol joined` or `* Ann, Bob and 14 others joined`. */
static void write_joined(struct bytes *out, const struct newcomer *joined, size_t count)
{
    size_t named = count > 3 ? 2 : count;

    if (count == 0)
        return;
    bytes_add_text(out, "* ");
    for (size_t i = 0; i < named; i++) {
        if (i > 0)
            bytes_add_text(out, i + 1 == count ? " and " : ", ");
        bytes_add(out, joined[i].client->name, joined[i].client->name_length);
    }
    if (named < count) {
        char rest[48];

        snprintf(rest, sizeof rest, " and %zu others", count - named);
        bytes_add_text(out, rest);
    }
    bytes_add_text(out, " joined\n");
}

/* Writes the events of the turn for a client that has joined or spoken in it. */
static void write_own_view(struct bytes *out, const struct room *room, const struct client *client)
{
    const struct newcomers *joined = &room->joined;
    size_t first_newcomer = 0;
    size_t heard_from = 0;

    for (size_t i = 0; i < joined->count; i++)
        if (joined->all[i].client == client) {
            first_newcomer = i + 1;
            heard_from = joined->all[i].heard_from;
        }
    write_joined(out, joined->all + first_newcomer, joined->count - first_newcomer);
    for (size_t i = 0; i < room->said_by.count; i++) {
        const struct segment *segment = &room->said_by.all[i];

        size_t begin = segment->begin > heard_from ? segment->begin : heard_from;

        if (segment->speaker != client && begin < segment->end)
            bytes_add(out, room->said.data + begin, segment->end - begin);
    }
}

/* Sends the turn with one send() per member; most members receive the same bytes. */
static void send_turn(struct room *room)
{
    static struct bytes shared, own;

    shared.length = 0;
    write_joined(&shared, room->joined.all, room->joined.count);
    bytes_add(&shared, room->said.data, room->said.length);
    for (size_t i = 0; i < room->count; i++) {
        struct client *member = room->members[i];

        if (!member->has_own_view) {
            client_send(member, shared.data, shared.length);
            continue;
        }
        member->has_own_view = false;
        own.length = 0;
        write_own_view(&own, room, member);
        client_send(member, own.data, own.length);
    }
    room->joined.count = 0;
    room->said.length = 0;
    room->said_by.count = 0;
}

void rooms_end_turn(void)
{
    while (with_events != NULL) {
        struct room *room = with_events;

        with_events = room->next_with_events;
        room->has_events = false;
        send_turn(room);
    }
}

void room_leave(struct client *client)
{
    struct room *room = client->room;

    if (room == NULL)
        return;
    /* The collected events refer to the client, and it must still receive them. */
    if (room->has_events)
        send_turn(room);
    room->members[client->index] = room->members[--room->count];
    room->members[client->index]->index = client->index;
    client->room = NULL;
}

static void add_member(struct client *client, struct room *room)
{
    if (room->count == room->capacity) {
        room->capacity = room->capacity ? 2 * room->capacity : 8;
        room->members = grown(room->members, room->capacity * sizeof *room->members);
    }
    client->room = room;
    client->index = room->count;
    room->members[room->count++] = client;
}

void room_join(struct client *client, const char *name, size_t length)
{
    struct room *room = find_or_make_room(name, length);
    struct newcomer newcomer = {.client = client, .heard_from = room->said.length};

    if (client->room == room)
        return;
    room_leave(client);
    add_member(client, room);
    if (is_by_turn) {
        struct newcomers *joined = &room->joined;

        if (joined->count == joined->capacity) {
            joined->capacity = joined->capacity ? 2 * joined->capacity : 64;
            joined->all = grown(joined->all, joined->capacity * sizeof *joined->all);
        }
        joined->all[joined->count++] = newcomer;
        client->has_own_view = true;
        has_events(room);
    } else {
        static struct bytes message;

        message.length = 0;
        write_joined(&message, &newcomer, 1);
        send_to_others(room, client, &message);
    }
}

static void write_line(struct bytes *out, const struct client *client, const char *line,
                       size_t length)
{
    bytes_add(out, client->name, client->name_length);
    bytes_add_text(out, ": ");
    bytes_add(out, line, length);
    bytes_add_text(out, "\n");
}

/* Collects one line; successive lines of one speaker are one segment. */
static void collect(struct room *room, struct client *client, const char *line, size_t length)
{
    struct segments *said_by = &room->said_by;
    size_t begin = room->said.length;

    write_line(&room->said, client, line, length);
    if (said_by->count > 0 && said_by->all[said_by->count - 1].speaker == client) {
        said_by->all[said_by->count - 1].end = room->said.length;
    } else {
        if (said_by->count == said_by->capacity) {
            said_by->capacity = said_by->capacity ? 2 * said_by->capacity : 64;
            said_by->all = grown(said_by->all, said_by->capacity * sizeof *said_by->all);
        }
        said_by->all[said_by->count++] =
            (struct segment){.speaker = client, .begin = begin, .end = room->said.length};
    }
    client->has_own_view = true;
    has_events(room);
}

void room_say(struct client *client, const char *line, size_t length)
{
    static struct bytes message;

    if (is_by_turn) {
        collect(client->room, client, line, length);
        return;
    }
    message.length = 0;
    write_line(&message, client, line, length);
    send_to_others(client->room, client, &message);
}
