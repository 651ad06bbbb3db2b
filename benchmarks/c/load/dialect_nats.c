/* NATS: a room is a subject. Messages have no sender, so the payload names the speaker. */

#include "basics.h"
#include "dialect.h"

#include <stdio.h>
#include <stdlib.h>

static void greet(struct pool *pool, struct client *client)
{
    char words[512];
    /* The PONG confirms that the subscription exists. */
    int written = snprintf(words, sizeof words,
                           "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false,"
                           "\"tls_required\":false,\"lang\":\"c\",\"version\":\"1\","
                           "\"name\":\"%s\"}\r\nSUB %.64s 1\r\nPING\r\n",
                           client->name, pool->room_names[client->member.room]);

    if (pool->options->tls)
        fail("TLS with NATS is not supported: it begins in the middle of a connection.");
    client_send(pool, client, words, (size_t)written);
}

/* Processes a message that was not expected, whose header line has been read. */
static void take_message(struct pool *pool, struct client *client, const char *text, size_t length)
{
    uint32_t number = UINT32_MAX;

    if (length < PAYLOAD_LEAST || text[0] != 's' || !read_digits(text + 1, NUMBER_DIGITS, &number))
        number = UINT32_MAX;
    ledger_check(&pool->ledger, &client->member, number, text, length);
}

/* Returns the length of the payload: the last word of `MSG lobby 1 32`. */
static size_t announced(const char *line, size_t length)
{
    while (length > 0 && line[length - 1] >= '0' && line[length - 1] <= '9')
        length--;
    return strtoul(line + length, NULL, 10);
}

static void take_line(struct pool *pool, struct client *client, const char *line, size_t length)
{
    pool->lines_received++;
    if (begins_with(line, length, "PING"))
        client_send(pool, client, "PONG\r\n", 6);
    else if (begins_with(line, length, "PONG"))
        client_entered(pool, client);
    else if (begins_with(line, length, "-ERR"))
        client_fail(client, line, length);
}

static size_t take(struct pool *pool, struct client *client, const char *bytes, size_t length)
{
    struct ledger *ledger = &pool->ledger;
    const char *line = bytes;
    const char *end = bytes + length;
    char header[128];
    size_t header_length = (size_t)snprintf(header, sizeof header, "MSG %.64s 1 %u\r\n",
                                            pool->room_names[client->member.room], ledger->size);
    size_t expected_length = header_length + ledger->size + 2;
    const char *line_end;
    uint32_t number;

    for (;;) {
        const char *payload = line + header_length;
        size_t line_length;

        if ((size_t)(end - line) >= expected_length && memcmp(line, header, header_length) == 0 &&
            memcmp(payload + ledger->size, "\r\n", 2) == 0 &&
            read_digits(payload + 1, NUMBER_DIGITS, &number) &&
            ledger_take_expected(ledger, &client->member, number, payload)) {
            line += expected_length;
            continue;
        }
        line_end = memchr(line, '\n', (size_t)(end - line));
        if (line_end == NULL)
            return (size_t)(line - bytes);
        line_length = (size_t)(line_end - line);
        if (line_length > 0 && line[line_length - 1] == '\r')
            line_length--;
        if (begins_with(line, line_length, "MSG ")) {
            size_t length_of_payload = announced(line, line_length);

            if ((size_t)(end - line_end) < 1 + length_of_payload + 2)
                return (size_t)(line - bytes);
            take_message(pool, client, line_end + 1, length_of_payload);
            line = line_end + 1 + length_of_payload + 2;
        } else {
            take_line(pool, client, line, line_length);
            line = line_end + 1;
        }
    }
}

static size_t say(struct pool *pool, struct client *client, uint32_t sequence, const char *payload,
                  char *out)
{
    (void)sequence;
    return (size_t)sprintf(out, "PUB %.64s %u\r\n%.*s\r\n", pool->room_names[client->member.room],
                           pool->ledger.size, (int)pool->ledger.size, payload);
}

const struct dialect dialect_nats = {
    .name = "nats",
    .greet = greet,
    .take = take,
    .say = say,
};
