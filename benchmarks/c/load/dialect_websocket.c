/* netchat's JSON lines in the text frames of a WebSocket (RFC 6455). */

#include "dialect_json.h"
#include "basics.h"

#define TEXT_FRAME 0x81
#define MASKED 0x80
#define MASK "\0\0\0\0"      /* a mask of zeros leaves the payload as it is */

static const char HANDSHAKE[] =
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    "Sec-WebSocket-Protocol: v1.json.netchat\r\n\r\n";

/* Writes a frame with the text of a line, whose line end is left out; returns its length. */
static size_t frame(const char *line, size_t length, char *out)
{
    char *at = out;

    length--;
    *at++ = (char)TEXT_FRAME;
    if (length < 126) {
        *at++ = (char)(MASKED | length);
    } else {
        *at++ = (char)(MASKED | 126);
        *at++ = (char)(length >> 8);
        *at++ = (char)(length & 0xff);
    }
    memcpy(at, MASK, 4);
    memcpy(at + 4, line, length);
    return (size_t)(at + 4 + length - out);
}

static void greet(struct pool *pool, struct client *client)
{
    char line[512], words[sizeof HANDSHAKE + sizeof line + 16];
    size_t length = json_hello(pool, client, line, sizeof line);

    memcpy(words, HANDSHAKE, sizeof HANDSHAKE - 1);
    length = frame(line, length, words + sizeof HANDSHAKE - 1);
    client_send(pool, client, words, sizeof HANDSHAKE - 1 + length);
}

/* Returns the length of the answer to the handshake, 0 if it is not complete. */
static size_t answer_length(struct client *client, const char *bytes, size_t length)
{
    static const char ACCEPTED[] = "HTTP/1.1 101 ";

    for (size_t at = 0; at + 4 <= length; at++) {
        if (memcmp(bytes + at, "\r\n\r\n", 4) == 0) {
            if (!begins_with(bytes, length, ACCEPTED))
                client_fail(client, bytes, at);
            return at + 4;
        }
    }
    return 0;
}

static size_t take(struct pool *pool, struct client *client, const char *bytes, size_t length)
{
    const char *at = bytes;
    const char *end = bytes + length;
    char text[JSON_BEGINNING];
    struct slice beginning = json_beginning(pool, client, text);

    if (length > 0 && *at == 'H')
        at += answer_length(client, bytes, length);
    while (end - at >= 4 && *at != 'H') {
        size_t size = (unsigned char)at[1];
        const char *line = at + 2;

        if (size == 126) {
            size = (size_t)(unsigned char)at[2] << 8 | (unsigned char)at[3];
            line += 2;
        } else if (size == 127) {
            size = 0;
            for (int byte = 2; byte < 10; byte++)
                size = size << 8 | (unsigned char)at[byte];
            line += 8;
        }
        if (line > end || size > (size_t)(end - line))
            break;
        if ((unsigned char)*at == TEXT_FRAME &&
            json_take_expected(pool, client, beginning, line, line + size, "") == NULL)
            json_take_line(pool, client, (struct slice){line, size});
        at = line + size;
    }
    return (size_t)(at - bytes);
}

static size_t say(struct pool *pool, struct client *client, uint32_t sequence, const char *payload,
                  char *out)
{
    char line[READ_BEYOND];

    return frame(line, json_say(pool, client, sequence, payload, line), out);
}

const struct dialect dialect_websocket = {
    .name = "websocket",
    .echoes = true,
    .counts_names = true,
    .greet = greet,
    .take = take,
    .say = say,
};
