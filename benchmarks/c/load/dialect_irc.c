/* IRC, as far as ngircd, inspircd and Twisted's `words` need it (RFC 2812). */

#include "basics.h"
#include "dialect.h"

#include <stdio.h>

#define WELCOME 1
#define NAMES 353
#define END_OF_NAMES 366
#define NO_MOTD 422

static void greet(struct pool *pool, struct client *client)
{
    char words[256];
    int written = 0;

    if (pool->options->password != NULL)
        written = snprintf(words, sizeof words, "PASS %.128s\r\n", pool->options->password);
    written += snprintf(words + written, sizeof words - (size_t)written,
                        "NICK %s\r\nUSER %s 0 * :%s\r\n", client->name, client->name, client->name);
    client_send(pool, client, words, (size_t)written);
}

static void ask_to_join(struct pool *pool, struct client *client)
{
    char words[128];
    int written =
        snprintf(words, sizeof words, "JOIN #%.64s\r\n", pool->room_names[client->member.room]);

    client_send(pool, client, words, (size_t)written);
}

/* Reads the names of a 353 reply: separated by blanks, some with a prefix for their status. */
static void take_names(struct pool *pool, struct client *client, const char *at, const char *end)
{
    while (at < end) {
        const char *name = at;

        while (at < end && *at != ' ')
            at++;
        while (name < at &&
               (*name == '@' || *name == '+' || *name == '%' || *name == '~' || *name == '&'))
            name++;
        if (name < at)
            client_learned_name(pool, client, name, (size_t)(at - name));
        at++;
    }
}

static void take_numeric(struct pool *pool, struct client *client, uint32_t numeric,
                         const char *line, size_t length)
{
    /* " :" begins the last parameter; the prefix begins with a colon without a blank. */
    const char *last = memmem(line, length, " :", 2);

    if (numeric == WELCOME)
        ask_to_join(pool, client);
    else if (numeric == NAMES && last != NULL && client->known_names != NULL)
        take_names(pool, client, last + 2, line + length);
    else if (numeric == END_OF_NAMES)
        client_entered(pool, client);
    else if (numeric >= 400 && numeric < 600 && numeric != NO_MOTD)
        client_fail(client, line, length);
}

/* Processes all lines but correct deliveries: lines of the server itself, and wrong deliveries. */
static void take_line(struct pool *pool, struct client *client, const char *line, size_t length)
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

        pool->lines_received++;
        client_send(pool, client, words, (size_t)written);
        return;
    }
    if (begins_with(line, length, "ERROR"))
        client_fail(client, line, length);
    command = length > 0 && line[0] == ':' ? memchr(line, ' ', length) : NULL;
    if (command == NULL) {
        pool->lines_received++;
        return;
    }
    nick_end = memchr(line, '!', (size_t)(command - line));
    command++;
    if (nick_end != NULL && begins_with(command, (size_t)(end - command), "PRIVMSG #")) {
        const char *room = command + sizeof "PRIVMSG #" - 1;
        const char *room_end = memmem(room, (size_t)(end - room), " :", 2);
        const char *expected = pool->room_names[client->member.room];

        if (room_end == NULL || (size_t)(room_end - room) != strlen(expected) ||
            memcmp(room, expected, strlen(expected)) != 0)
            ledger_error(&pool->ledger, &client->member, "received a line of another room: %.*s",
                         length < 120 ? (int)length : 120, line);
        else
            ledger_check(&pool->ledger, &client->member,
                         pool_member_number(pool, line + 1, (size_t)(nick_end - line) - 1),
                         room_end + 2, (size_t)(end - room_end) - 2);
        return;
    }
    pool->lines_received++;
    /* A private message of a service before the client is in the room is a refusal. */
    if (client->stage != ENTERED && begins_with(command, (size_t)(end - command), "PRIVMSG "))
        client_fail(client, line, length);
    if (nick_end != NULL && begins_with(command, (size_t)(end - command), "JOIN "))
        client_learned_name(pool, client, line + 1, (size_t)(nick_end - line) - 1);
    else if (end - command > 4 && command[3] == ' ' && read_digits(command, 3, &numeric))
        take_numeric(pool, client, numeric, line, length);
}

static size_t take(struct pool *pool, struct client *client, const char *bytes, size_t length)
{
    struct ledger *ledger = &pool->ledger;
    const char *line = bytes;
    const char *end = bytes + length;
    const char *line_end;
    char command[128];
    size_t command_length = (size_t)snprintf(
        command, sizeof command, " PRIVMSG #%.64s :", pool->room_names[client->member.room]);
    uint32_t number;

    for (;;) {
        /* `:m00012!m00012@127.0.0.1 PRIVMSG #lobby :...` */
        if (end - line > 1 + NAME_LENGTH + 1 && line[0] == ':' && line[1] == 'm' &&
            line[1 + NAME_LENGTH] == '!' && read_digits(line + 2, NUMBER_DIGITS, &number)) {
            const char *at =
                memchr(line + 2 + NAME_LENGTH, ' ', (size_t)(end - line) - 2 - NAME_LENGTH);

            if (at != NULL && (size_t)(end - at) >= command_length + ledger->size + 2 &&
                memcmp(at, command, command_length) == 0 &&
                memcmp(at + command_length + ledger->size, "\r\n", 2) == 0 &&
                ledger_take_expected(ledger, &client->member, number, at + command_length)) {
                line = at + command_length + ledger->size + 2;
                continue;
            }
        }
        line_end = memchr(line, '\n', (size_t)(end - line));
        if (line_end == NULL)
            return (size_t)(line - bytes);
        take_line(pool, client, line, (size_t)(line_end - line));
        line = line_end + 1;
    }
}

static size_t say(struct pool *pool, struct client *client, uint32_t sequence, const char *payload,
                  char *out)
{
    (void)sequence;
    return (size_t)sprintf(out, "PRIVMSG #%.64s :%.*s\r\n", pool->room_names[client->member.room],
                           (int)pool->ledger.size, payload);
}

const struct dialect dialect_irc = {
    .name = "irc",
    .counts_names = true,
    .greet = greet,
    .take = take,
    .say = say,
};
