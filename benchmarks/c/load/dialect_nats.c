/* NATS: a room is a subject. Nobody has a name there, so the payload says who speaks. */

#include "basics.h"
#include "dialect.h"

#include <stdio.h>
#include <stdlib.h>

static void greet(struct crowd *crowd, struct client *client)
{
    char words[512];
    /* The PONG says that the subscription has been made. */
    int written = snprintf(words, sizeof words,
                           "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false,"
                           "\"tls_required\":false,\"lang\":\"c\",\"version\":\"1\","
                           "\"name\":\"%s\"}\r\nSUB %.64s 1\r\nPING\r\n",
                           client->name, crowd->room_names[client->seat.room]);

    if (crowd->options->tls)
        fail("NATS begins TLS in the middle of a connection; that is not played here.");
    client_send(crowd, client, words, (size_t)written);
}

/* Takes a message that is not as it should be, of which the header line has been read. */
static void take_message(struct crowd *crowd, struct client *client, const char *text,
                         size_t length)
{
    uint32_t number = UINT32_MAX;

    if (length < PAYLOAD_LEAST || text[0] != 's' || !read_digits(text + 1, NUMBER_DIGITS, &number))
        number = UINT32_MAX;
    ledger_examine(&crowd->ledger, &client->seat, number, text, length);
}

/* How long the payload is that `MSG lobby 1 32` announces; it is the last word. */
static size_t announced(const char *line, size_t length)
{
    while (length > 0 && line[length - 1] >= '0' && line[length - 1] <= '9')
        length--;
    return strtoul(line + length, NULL, 10);
}

static void take_line(struct crowd *crowd, struct client *client, const char *line, size_t length)
{
    crowd->lines_received++;
    if (begins_with(line, length, "PING"))
        client_send(crowd, client, "PONG\r\n", 6);
    else if (begins_with(line, length, "PONG"))
        client_entered(crowd, client);
    else if (begins_with(line, length, "-ERR"))
        client_fail(client, line, length);
}

static size_t take(struct crowd *crowd, struct client *client, const char *bytes, size_t length)
{
    struct ledger *ledger = &crowd->ledger;
    const char *line = bytes;
    const char *end = bytes + length;
    char header[128];
    size_t header_length =
        (size_t)snprintf(header, sizeof header, "MSG %.64s 1 %u\r\n",
                         crowd->room_names[client->seat.room], ledger->size);
    size_t usual = header_length + ledger->size + 2;
    const char *line_end;
    uint32_t number;

    for (;;) {
        const char *payload = line + header_length;
        size_t line_length;

        if ((size_t)(end - line) >= usual && memcmp(line, header, header_length) == 0 &&
            memcmp(payload + ledger->size, "\r\n", 2) == 0 &&
            read_digits(payload + 1, NUMBER_DIGITS, &number) &&
            ledger_expects(ledger, &client->seat, number, payload)) {
            line += usual;
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
            take_message(crowd, client, line_end + 1, length_of_payload);
            line = line_end + 1 + length_of_payload + 2;
        } else {
            take_line(crowd, client, line, line_length);
            line = line_end + 1;
        }
    }
}

static size_t say(struct crowd *crowd, struct client *client, uint32_t sequence,
                  const char *payload, char *out)
{
    (void)sequence;
    return (size_t)sprintf(out, "PUB %.64s %u\r\n%.*s\r\n",
                           crowd->room_names[client->seat.room], crowd->ledger.size,
                           (int)crowd->ledger.size, payload);
}

const struct dialect dialect_nats = {
    .name = "nats",
    .greet = greet,
    .take = take,
    .say = say,
};
