#include "dialect.h"

#include "client.h"
#include "room.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char QUESTION[] = "Enter username: ";
static const char WELCOME[] = "Welcome to chat room. Enter 'exit' anytime to exit\n";
static const char GOODBYE[] = "DISCONNECTED!!\n";
static const char LOBBY[] = "lobby";
static const char JOIN[] = "/join ";

void dialect_greet(struct guest *guest)
{
    guest_send(guest, QUESTION, sizeof QUESTION - 1);
}

static void take_name(struct guest *guest, const char *line, size_t length)
{
    guest->name_length = length < NAME_MOST ? length : NAME_MOST;
    memcpy(guest->name, line, guest->name_length);
    guest_send(guest, WELCOME, sizeof WELCOME - 1);
    room_join(guest, LOBBY, sizeof LOBBY - 1);
}

static void take_join(struct guest *guest, const char *name, size_t length)
{
    char answer[128];
    int written = snprintf(answer, sizeof answer, "* You are now in %.*s\n",
                           length < 64 ? (int)length : 64, name);

    /* What he still hears of the old room comes before the answer. */
    room_leave(guest);
    guest_send(guest, answer, (size_t)written);
    room_join(guest, name, length);
}

static bool begins_with(const char *line, size_t length, const char *beginning)
{
    size_t needed = strlen(beginning);

    return length >= needed && memcmp(line, beginning, needed) == 0;
}

static void take_line(struct guest *guest, const char *line, size_t length)
{
    if (length > 0 && line[length - 1] == '\r')
        length--;
    if (length == 0)
        return;
    if (length == 4 && memcmp(line, "exit", 4) == 0) {
        guest_send(guest, GOODBYE, sizeof GOODBYE - 1);
        guest_close(guest);
    } else if (guest->name_length == 0) {
        take_name(guest, line, length);
    } else if (begins_with(line, length, JOIN)) {
        take_join(guest, line + sizeof JOIN - 1, length - (sizeof JOIN - 1));
    } else {
        room_say(guest, line, length);
    }
}

size_t dialect_take(struct guest *guest, const char *bytes, size_t length)
{
    const char *line = bytes;
    const char *end = bytes + length;
    const char *line_end;

    while (!guest->is_closed && (line_end = memchr(line, '\n', (size_t)(end - line))) != NULL) {
        take_line(guest, line, (size_t)(line_end - line));
        line = line_end + 1;
    }
    return (size_t)(line - bytes);
}
