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

void dialect_greet(struct client *client)
{
    client_send(client, QUESTION, sizeof QUESTION - 1);
}

static void take_name(struct client *client, const char *line, size_t length)
{
    client->name_length = length < NAME_MOST ? length : NAME_MOST;
    memcpy(client->name, line, client->name_length);
    client_send(client, WELCOME, sizeof WELCOME - 1);
    room_join(client, LOBBY, sizeof LOBBY - 1);
}

static void take_join(struct client *client, const char *name, size_t length)
{
    char answer[128];
    int written = snprintf(answer, sizeof answer, "* You are now in %.*s\n",
                           length < 64 ? (int)length : 64, name);

    /* The pending events of the old room are sent before the answer. */
    room_leave(client);
    client_send(client, answer, (size_t)written);
    room_join(client, name, length);
}

static bool begins_with(const char *line, size_t length, const char *beginning)
{
    size_t needed = strlen(beginning);

    return length >= needed && memcmp(line, beginning, needed) == 0;
}

static void take_line(struct client *client, const char *line, size_t length)
{
    if (length > 0 && line[length - 1] == '\r')
        length--;
    if (length == 0)
        return;
    if (length == 4 && memcmp(line, "exit", 4) == 0) {
        client_send(client, GOODBYE, sizeof GOODBYE - 1);
        client_close(client);
    } else if (client->name_length == 0) {
        take_name(client, line, length);
    } else if (begins_with(line, length, JOIN)) {
        take_join(client, line + sizeof JOIN - 1, length - (sizeof JOIN - 1));
    } else {
        room_say(client, line, length);
    }
}

size_t dialect_take(struct client *client, const char *bytes, size_t length)
{
    const char *line = bytes;
    const char *end = bytes + length;
    const char *line_end;

    while (!client->is_closed && (line_end = memchr(line, '\n', (size_t)(end - line))) != NULL) {
        take_line(client, line, (size_t)(line_end - line));
        line = line_end + 1;
    }
    return (size_t)(line - bytes);
}
