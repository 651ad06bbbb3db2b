/* netchat's text dialect, which the reference servers and the naive server speak as well. */

#include "basics.h"
#include "dialect.h"

#include <stdio.h>
#include <stdlib.h>

static void greet(struct pool *pool, struct client *client)
{
    char words[NAME_LENGTH + 1];

    memcpy(words, client->name, NAME_LENGTH);
    words[NAME_LENGTH] = '\n';
    client_send(pool, client, words, sizeof words);
}

/* Returns the number of names in `* Ann, Bob and 14 others joined`; 0 for other lines. */
static uint32_t count_joined(const char *line, size_t length)
{
    static const char END[] = " joined";
    uint32_t count = 1;

    if (!begins_with(line, length, "* ") || length < sizeof END ||
        memcmp(line + length - (sizeof END - 1), END, sizeof END - 1) != 0)
        return 0;
    length -= sizeof END - 1;
    for (size_t i = 0; i < length; i++) {
        const char *rest = line + i;

        if (*rest == ',') {
            count++;
        } else if (begins_with(rest, length - i, " and ")) {
            unsigned others = 0;
            char word[32] = "";

            memcpy(word, rest, length - i < sizeof word ? length - i : sizeof word - 1);
            count += sscanf(word, " and %u others", &others) == 1 ? others : 1;
        }
    }
    return count;
}

/* Processes all lines but correct deliveries: lines of the server itself, and wrong deliveries. */
static void take_line(struct pool *pool, struct client *client, const char *line, size_t length)
{
    const char *name_end;
    uint32_t number;

    if (length > 0 && line[length - 1] == '\r')
        length--;
    name_end = memchr(line, ':', length);
    if (name_end != NULL && line + length - name_end >= 2 &&
        (number = pool_member_number(pool, line, (size_t)(name_end - line))) != UINT32_MAX) {
        ledger_check(&pool->ledger, &client->member, number, name_end + 2,
                     (size_t)(line + length - name_end) - 2);
        return;
    }
    pool->lines_received++;
    if (begins_with(line, length, "* ")) {
        pool->names_heard += count_joined(line, length);
        if (begins_with(line, length, "* You are now in "))
            client_entered(pool, client);
    } else if (memmem(line, length, "Welcome", 7) != NULL) {
        if (pool->ledger.rooms == 1) {
            client_entered(pool, client);
        } else {
            char words[128];
            int written =
                snprintf(words, sizeof words, "/join %s\n", pool->room_names[client->member.room]);

            client_send(pool, client, words, (size_t)written);
        }
    } else if (memmem(line, length, "! ", 2) != NULL && line[0] != '[') {
        client_fail(client, line, length);
    }
}

static size_t take(struct pool *pool, struct client *client, const char *bytes, size_t length)
{
    const char *line = bytes;
    const char *end = bytes + length;
    size_t expected_length = NAME_LENGTH + 2 + pool->ledger.size + 1;
    const char *line_end;
    uint32_t number;

    for (;;) {
        if ((size_t)(end - line) >= expected_length && line[expected_length - 1] == '\n' &&
            line[0] == 'm' && line[NAME_LENGTH] == ':' && line[NAME_LENGTH + 1] == ' ' &&
            read_digits(line + 1, NUMBER_DIGITS, &number) &&
            ledger_take_expected(&pool->ledger, &client->member, number, line + NAME_LENGTH + 2)) {
            line += expected_length;
            continue;
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
    (void)client;
    (void)sequence;
    memcpy(out, payload, pool->ledger.size);
    out[pool->ledger.size] = '\n';
    return pool->ledger.size + 1;
}

const struct dialect dialect_text = {
    .name = "text",
    .greet = greet,
    .take = take,
    .say = say,
};
