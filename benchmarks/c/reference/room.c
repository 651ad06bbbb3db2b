#include "room.h"

#include "bytes.h"
#include "client.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A stretch of what was said in this turn, all of one speaker. */
struct stretch {
    const struct guest *speaker;
    size_t begin;
    size_t end;
};

struct stretches {
    struct stretch *all;
    size_t count;
    size_t capacity;
};

/* Who came in this turn; he hears what was said from `heard_from` on. */
struct newcomer {
    const struct guest *guest;
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
    struct guest **members;
    size_t count;
    size_t capacity;
    struct newcomers came;       /* this and what follows: in this turn */
    struct bytes said;
    struct stretches said_by;
    bool has_news;
    struct room *next_with_news;
    struct room *next;
};

static bool is_by_turn;
static struct room *rooms;
static struct room *with_news;

void rooms_begin(bool by_turn)
{
    is_by_turn = by_turn;
}

static struct room *room_called(const char *name, size_t length)
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

static void has_news(struct room *room)
{
    if (room->has_news)
        return;
    room->has_news = true;
    room->next_with_news = with_news;
    with_news = room;
}

/* Sends one message to all members but one, in a send() of its own. */
static void tell_others(struct room *room, const struct guest *by, const struct bytes *message)
{
    for (size_t i = 0; i < room->count; i++)
        if (room->members[i] != by)
            guest_send(room->members[i], message->data, message->length);
}

/* Writes `* Ann joined`, `* Ann, Bob and Carol joined` or `* Ann, Bob and 14 others joined`. */
static void write_crowd(struct bytes *out, const struct newcomer *came, size_t count)
{
    size_t named = count > 3 ? 2 : count;

    if (count == 0)
        return;
    bytes_add_text(out, "* ");
    for (size_t i = 0; i < named; i++) {
        if (i > 0)
            bytes_add_text(out, i + 1 == count ? " and " : ", ");
        bytes_add(out, came[i].guest->name, came[i].guest->name_length);
    }
    if (named < count) {
        char rest[48];

        snprintf(rest, sizeof rest, " and %zu others", count - named);
        bytes_add_text(out, rest);
    }
    bytes_add_text(out, " joined\n");
}

/* Writes the turn as one hears it who has come or spoken in it. */
static void write_own_view(struct bytes *out, const struct room *room, const struct guest *guest)
{
    const struct newcomers *came = &room->came;
    size_t first_newcomer = 0;
    size_t heard_from = 0;

    for (size_t i = 0; i < came->count; i++)
        if (came->all[i].guest == guest) {
            first_newcomer = i + 1;
            heard_from = came->all[i].heard_from;
        }
    write_crowd(out, came->all + first_newcomer, came->count - first_newcomer);
    for (size_t i = 0; i < room->said_by.count; i++) {
        const struct stretch *stretch = &room->said_by.all[i];

        size_t begin = stretch->begin > heard_from ? stretch->begin : heard_from;

        if (stretch->speaker != guest && begin < stretch->end)
            bytes_add(out, room->said.data + begin, stretch->end - begin);
    }
}

/* One send() per member; most are sent the same bytes. */
static void tell_turn(struct room *room)
{
    static struct bytes shared, own;

    shared.length = 0;
    write_crowd(&shared, room->came.all, room->came.count);
    bytes_add(&shared, room->said.data, room->said.length);
    for (size_t i = 0; i < room->count; i++) {
        struct guest *member = room->members[i];

        if (!member->has_own_view) {
            guest_send(member, shared.data, shared.length);
            continue;
        }
        member->has_own_view = false;
        own.length = 0;
        write_own_view(&own, room, member);
        guest_send(member, own.data, own.length);
    }
    room->came.count = 0;
    room->said.length = 0;
    room->said_by.count = 0;
}

void rooms_end_turn(void)
{
    while (with_news != NULL) {
        struct room *room = with_news;

        with_news = room->next_with_news;
        room->has_news = false;
        tell_turn(room);
    }
}

void room_leave(struct guest *guest)
{
    struct room *room = guest->room;

    if (room == NULL)
        return;
    /* What was gathered points to its guests, and he is still to hear it. */
    if (room->has_news)
        tell_turn(room);
    room->members[guest->seat] = room->members[--room->count];
    room->members[guest->seat]->seat = guest->seat;
    guest->room = NULL;
}

static void sit_down(struct guest *guest, struct room *room)
{
    if (room->count == room->capacity) {
        room->capacity = room->capacity ? 2 * room->capacity : 8;
        room->members = grown(room->members, room->capacity * sizeof *room->members);
    }
    guest->room = room;
    guest->seat = room->count;
    room->members[room->count++] = guest;
}

void room_join(struct guest *guest, const char *name, size_t length)
{
    struct room *room = room_called(name, length);
    struct newcomer newcomer = {.guest = guest, .heard_from = room->said.length};

    if (guest->room == room)
        return;
    room_leave(guest);
    sit_down(guest, room);
    if (is_by_turn) {
        struct newcomers *came = &room->came;

        if (came->count == came->capacity) {
            came->capacity = came->capacity ? 2 * came->capacity : 64;
            came->all = grown(came->all, came->capacity * sizeof *came->all);
        }
        came->all[came->count++] = newcomer;
        guest->has_own_view = true;
        has_news(room);
    } else {
        static struct bytes message;

        message.length = 0;
        write_crowd(&message, &newcomer, 1);
        tell_others(room, guest, &message);
    }
}

static void write_line(struct bytes *out, const struct guest *guest, const char *line,
                       size_t length)
{
    bytes_add(out, guest->name, guest->name_length);
    bytes_add_text(out, ": ");
    bytes_add(out, line, length);
    bytes_add_text(out, "\n");
}

/* Gathers one line; lines of one speaker that follow each other are one stretch. */
static void gather(struct room *room, struct guest *guest, const char *line, size_t length)
{
    struct stretches *said_by = &room->said_by;
    size_t begin = room->said.length;

    write_line(&room->said, guest, line, length);
    if (said_by->count > 0 && said_by->all[said_by->count - 1].speaker == guest) {
        said_by->all[said_by->count - 1].end = room->said.length;
    } else {
        if (said_by->count == said_by->capacity) {
            said_by->capacity = said_by->capacity ? 2 * said_by->capacity : 64;
            said_by->all = grown(said_by->all, said_by->capacity * sizeof *said_by->all);
        }
        said_by->all[said_by->count++] =
            (struct stretch){.speaker = guest, .begin = begin, .end = room->said.length};
    }
    guest->has_own_view = true;
    has_news(room);
}

void room_say(struct guest *guest, const char *line, size_t length)
{
    static struct bytes message;

    if (is_by_turn) {
        gather(guest->room, guest, line, length);
        return;
    }
    message.length = 0;
    write_line(&message, guest, line, length);
    tell_others(guest->room, guest, &message);
}
