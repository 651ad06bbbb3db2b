/* IRC, as far as ngircd, inspircd and Twisted's `words` need it. */

#include "basics.h"
#include "dialect.h"

#include <stdio.h>

#define WELCOME 1
#define NAMES 353
#define END_OF_NAMES 366
#define NO_MOTD 422

static void greet(struct crowd *crowd, struct client *client)
{
    char words[256];
    int written = 0;

    if (crowd->options->password != NULL)
        written = snprintf(words, sizeof words, "PASS %.128s\r\n", crowd->options->password);
    written += snprintf(words + written, sizeof words - (size_t)written,
                        "NICK %s\r\nUSER %s 0 * :%s\r\n", client->name, client->name, client->name);
    client_send(crowd, client, words, (size_t)written);
}

static void ask_to_join(struct crowd *crowd, struct client *client)
{
    char words[128];
    int written = snprintf(words, sizeof words, "JOIN #%.64s\r\n",
                           crowd->room_names[client->seat.room]);

    client_send(crowd, client, words, (size_t)written);
}

/* Reads the names of a 353: blanks between them, perhaps a mark of rank before one. */
static void take_names(struct crowd *crowd, struct client *client, const char *at, const char *end)
{
    while (at < end) {
        const char *name = at;

        while (at < end && *at != ' ')
            at++;
        while (name < at && (*name == '@' || *name == '+' || *name == '%' || *name == '~' ||
                             *name == '&'))
            name++;
        if (name < at)
            client_heard_of(crowd, client, name, (size_t)(at - name));
        at++;
    }
}

static void take_numeric(struct crowd *crowd, struct client *client, uint32_t numeric,
                         const char *line, size_t length)
{
    /* Behind the prefix, which begins with a colon as well. */
    const char *last = memmem(line, length, " :", 2);

    if (numeric == WELCOME)
        ask_to_join(crowd, client);
    else if (numeric == NAMES && last != NULL && client->knows != NULL)
        take_names(crowd, client, last + 2, line + length);
    else if (numeric == END_OF_NAMES)
        client_entered(crowd, client);
    else if (numeric >= 400 && numeric < 600 && numeric != NO_MOTD)
        client_fail(client, line, length);
}

/* Takes the lines that are no deliveries as they should be: the server's own, and wrong ones. */
static void take_line(struct crowd *crowd, struct client *client, const char *line, size_t length)
{
    const char *end, *command, *nick_end;
    uint32_t numeric;

    if (length > 0 && line[length - 1] == '\r')
        length--;
    end = line + length;
    if (begins_with(line, length, "PING")) {
        char words[600];
        int written = snprintf(words, sizeof words, "PONG%.*s\r\n",
                               length < 550 ? (int)length - 4 : 546, line + 4);

        crowd->lines_received++;
        client_send(crowd, client, words, (size_t)written);
        return;
    }
    if (begins_with(line, length, "ERROR"))
        client_fail(client, line, length);
    command = length > 0 && line[0] == ':' ? memchr(line, ' ', length) : NULL;
    if (command == NULL) {
        crowd->lines_received++;
        return;
    }
    nick_end = memchr(line, '!', (size_t)(command - line));
    command++;
    if (nick_end != NULL && begins_with(command, (size_t)(end - command), "PRIVMSG #")) {
        const char *room = command + sizeof "PRIVMSG #" - 1;
        const char *room_end = memmem(room, (size_t)(end - room), " :", 2);
        const char *expected = crowd->room_names[client->seat.room];

        if (room_end == NULL || (size_t)(room_end - room) != strlen(expected) ||
            memcmp(room, expected, strlen(expected)) != 0)
            ledger_wrong(&crowd->ledger, &client->seat, "heard another room: %.*s",
                         length < 120 ? (int)length : 120, line);
        else
            ledger_examine(&crowd->ledger, &client->seat,
                           crowd_number(crowd, line + 1, (size_t)(nick_end - line) - 1),
                           room_end + 2, (size_t)(end - room_end) - 2);
        return;
    }
    crowd->lines_received++;
    /* Whom a service talks to before he is in is refused by it, in whatever words. */
    if (client->stage != ENTERED && begins_with(command, (size_t)(end - command), "PRIVMSG "))
        client_fail(client, line, length);
    if (nick_end != NULL && begins_with(command, (size_t)(end - command), "JOIN "))
        client_heard_of(crowd, client, line + 1, (size_t)(nick_end - line) - 1);
    else if (end - command > 4 && command[3] == ' ' && read_digits(command, 3, &numeric))
        take_numeric(crowd, client, numeric, line, length);
}

static size_t take(struct crowd *crowd, struct client *client, const char *bytes, size_t length)
{
    struct ledger *ledger = &crowd->ledger;
    const char *line = bytes;
    const char *end = bytes + length;
    const char *line_end;
    char command[128];
    size_t command_length = (size_t)snprintf(command, sizeof command, " PRIVMSG #%.64s :",
                                             crowd->room_names[client->seat.room]);
    uint32_t number;

    for (;;) {
        /* `:m00012!m00012@127.0.0.1 PRIVMSG #lobby :...` */
        if (end - line > 1 + NAME_LENGTH + 1 && line[0] == ':' && line[1] == 'm' &&
            line[1 + NAME_LENGTH] == '!' && read_digits(line + 2, NUMBER_DIGITS, &number)) {
            const char *at = memchr(line + 2 + NAME_LENGTH, ' ',
                                    (size_t)(end - line) - 2 - NAME_LENGTH);

            if (at != NULL && (size_t)(end - at) >= command_length + ledger->size + 2 &&
                memcmp(at, command, command_length) == 0 &&
                memcmp(at + command_length + ledger->size, "\r\n", 2) == 0 &&
                ledger_expects(ledger, &client->seat, number, at + command_length)) {
                line = at + command_length + ledger->size + 2;
                continue;
            }
        }
        line_end = memchr(line, '\n', (size_t)(end - line));
        if (line_end == NULL)
            return (size_t)(line - bytes);
        take_line(crowd, client, line, (size_t)(line_end - line));
        line = line_end + 1;
    }
}

static size_t say(struct crowd *crowd, struct client *client, uint32_t sequence,
                  const char *payload, char *out)
{
    (void)sequence;
    return (size_t)sprintf(out, "PRIVMSG #%.64s :%.*s\r\n",
                           crowd->room_names[client->seat.room], (int)crowd->ledger.size, payload);
}

const struct dialect dialect_irc = {
    .name = "irc",
    .counts_names = true,
    .greet = greet,
    .take = take,
    .say = say,
};
