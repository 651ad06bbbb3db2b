/* netchat's JSON lines dialect. */

#include "dialect_json.h"
#include "basics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TIME_LENGTH (sizeof "2026-11-24T04:23:46.728Z" - 1)

size_t json_hello(struct pool *pool, struct client *client, char *out, size_t most)
{
    const char *room = pool->room_names[client->member.room];
    char id[64] = "", after[128] = "";

    if (pool->options->client_ids)
        snprintf(id, sizeof id, ",\"client\":\"%s-0000-4000-8000-%012u\"", pool->run,
                 client->member.number);
    if (client->resumes)
        snprintf(after, sizeof after, ",\"after\":{\"%s\":%" PRIu64 "}", room, client->last_id);
    return (size_t)snprintf(out, most,
                            "{\"type\":\"hello\",\"name\":\"%s\",\"rooms\":[\"%s\"]%s%s}\n",
                            client->name, room, id, after);
}

static void greet(struct pool *pool, struct client *client)
{
    char words[512];

    client_send(pool, client, words, json_hello(pool, client, words, sizeof words));
}

/* ---- a parser for any object with fields in any order; slow, for the few other lines ---- */

/* Returns the end of the string whose opening quotation mark is at `at`. */
static const char *string_end(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at < end ? at + 1 : end;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

/* Returns the end of the value of any type that begins at `at`. */
static const char *value_end(const char *at, const char *end)
{
    int depth = 0;

    while (at < end) {
        if (*at == '"') {
            at = string_end(at, end);
            if (depth == 0)
                return at;
            continue;
        }
        if (*at == '{' || *at == '[')
            depth++;
        else if ((*at == '}' || *at == ']' || *at == ',') && depth == 0)
            return at;
        else if (*at == '}' || *at == ']')
            depth--;
        at++;
    }
    return end;
}

/* Returns the value of a field of an object; a string without quotation marks, still escaped. */
static struct slice field(struct slice object, const char *key)
{
    const char *end = object.text + object.length;
    const char *at = skip_blanks(object.text, end);
    size_t key_length = strlen(key);

    if (at == end || *at++ != '{')
        return (struct slice){0};
    while ((at = skip_blanks(at, end)) < end && *at == '"') {
        const char *name = at + 1;
        const char *name_end = string_end(at, end);
        const char *value = skip_blanks(name_end, end);
        const char *behind;

        if (value == end || *value != ':')
            break;
        value = skip_blanks(value + 1, end);
        behind = value_end(value, end);
        if ((size_t)(name_end - 1 - name) == key_length && memcmp(name, key, key_length) == 0) {
            bool is_string = value < behind && *value == '"';

            return (struct slice){value + is_string, (size_t)(behind - value) - 2 * is_string};
        }
        at = skip_blanks(behind, end);
        if (at < end && *at == ',')
            at++;
    }
    return (struct slice){0};
}

static bool is(struct slice slice, const char *text)
{
    return slice.text != NULL && slice.length == strlen(text) &&
           memcmp(slice.text, text, slice.length) == 0;
}

/* Returns the number at the beginning of a slice; the line must not end in a digit. */
static uint64_t number_of(struct slice slice)
{
    return slice.text != NULL ? strtoull(slice.text, NULL, 10) : 0;
}

/* Removes the next name from an array of strings; returns false at its end. */
static bool next_name(struct slice *array, struct slice *name)
{
    const char *end = array->text + array->length;
    const char *at = array->text != NULL ? memchr(array->text, '"', array->length) : NULL;
    const char *behind;

    if (at == NULL)
        return false;
    behind = string_end(at, end);
    *name = (struct slice){at + 1, (size_t)(behind - at) - 2};
    *array = (struct slice){behind, (size_t)(end - behind)};
    return true;
}

/* ---- events of the server ---- */

/* Ids number the lines of a room, so each must be received once and in order. */
static void take_id(struct pool *pool, struct client *client, uint64_t id)
{
    if (id != client->last_id + 1)
        ledger_error(&pool->ledger, &client->member, "received id %" PRIu64 " after id %" PRIu64,
                     id, client->last_id);
    client->last_id = id;
}

static void take_said(struct pool *pool, struct client *client, struct slice line)
{
    struct slice from = field(line, "from"), text = field(line, "text");
    struct slice nonce = field(line, "nonce");
    uint32_t number = from.text ? pool_member_number(pool, from.text, from.length) : UINT32_MAX;

    if (!is(field(line, "room"), pool->room_names[client->member.room])) {
        ledger_error(&pool->ledger, &client->member, "received a line of another room: %.*s",
                     line.length < 120 ? (int)line.length : 120, line.text);
        return;
    }
    take_id(pool, client, number_of(field(line, "id")));
    if (number == client->member.number &&
        (nonce.text == NULL || text.length < PAYLOAD_LEAST || nonce.length != SEQUENCE_DIGITS ||
         memcmp(nonce.text, text.text + 3 + NUMBER_DIGITS, SEQUENCE_DIGITS) != 0))
        ledger_error(&pool->ledger, &client->member,
                     "received its own line without its nonce: %.*s",
                     line.length < 240 ? (int)line.length : 240, line.text);
    ledger_check(&pool->ledger, &client->member, number, text.text ? text.text : "", text.length);
}

static void take_entered(struct pool *pool, struct client *client, struct slice line)
{
    struct slice names = field(line, "names"), name;
    uint64_t last = number_of(field(line, "last"));

    if (!client->resumes)
        client->last_id = last;
    else if (last < client->last_id)
        ledger_error(&pool->ledger, &client->member,
                     "resumed after id %" PRIu64 " and entered at id %" PRIu64, client->last_id,
                     last);
    while (client->known_names != NULL && next_name(&names, &name))
        client_learned_name(pool, client, name.text, name.length);
    client_entered(pool, client);
}

void json_take_line(struct pool *pool, struct client *client, struct slice line)
{
    static const char QUESTION[] = "Enter username: ";
    struct slice type, names, name;

    /* The server sends this question if the hello takes a moment to arrive. */
    if (begins_with(line.text, line.length, QUESTION)) {
        line.text += sizeof QUESTION - 1;
        line.length -= sizeof QUESTION - 1;
    }
    type = field(line, "type");
    if (is(type, "said")) {
        take_said(pool, client, line);
        return;
    }
    pool->lines_received++;
    names = field(line, "names");
    if (is(type, "entered")) {
        take_entered(pool, client, line);
    } else if (is(type, "joined")) {
        while (client->known_names != NULL && next_name(&names, &name))
            client_learned_name(pool, client, name.text, name.length);
    } else if (is(type, "left")) {
        while (next_name(&names, &name))
            client->left_count++;
    } else if (is(type, "gap")) {
        ledger_error(&pool->ledger, &client->member, "received a gap: %.*s",
                     line.length < 120 ? (int)line.length : 120, line.text);
    } else if (type.text == NULL || is(type, "error") || is(type, "closing")) {
        client_fail(client, line.text, line.length);
    }
}

/* ---- the fast path for nearly all lines: `said` in netchat's own layout ---- */

static bool take_text(const char **at, const char *text, size_t length)
{
    if (memcmp(*at, text, length) != 0)
        return false;
    *at += length;
    return true;
}

#define TAKE(at, text) take_text(at, text, sizeof(text) - 1)

const char *json_take_expected(struct pool *pool, struct client *client, struct slice beginning,
                               const char *at, const char *end, const char *line_end)
{
    struct ledger *ledger = &pool->ledger;
    const char *payload;
    uint32_t number;
    uint64_t id = 0;

    if (!take_text(&at, beginning.text, beginning.length))
        return NULL;
    for (int digits = 0; digits < 19 && *at >= '0' && *at <= '9'; digits++)
        id = id * 10 + (uint64_t)(*at++ - '0');
    if (id != client->last_id + 1 || !TAKE(&at, ",\"time\":\""))
        return NULL;
    at += TIME_LENGTH;
    if (!TAKE(&at, "\",\"from\":\"m") || !read_digits(at, NUMBER_DIGITS, &number))
        return NULL;
    at += NUMBER_DIGITS;
    if (!TAKE(&at, "\",\"text\":\""))
        return NULL;
    payload = at;
    at += ledger->size;
    if (!TAKE(&at, "\",\"action\":false"))
        return NULL;
    if (number == client->member.number &&
        (!TAKE(&at, ",\"nonce\":\"") ||
         !take_text(&at, payload + 3 + NUMBER_DIGITS, SEQUENCE_DIGITS) || !TAKE(&at, "\"")))
        return NULL;
    if (!TAKE(&at, "}") || !take_text(&at, line_end, strlen(line_end)) || at > end ||
        !ledger_take_expected(ledger, &client->member, number, payload))
        return NULL;
    client->last_id = id;
    return at;
}

struct slice json_beginning(struct pool *pool, struct client *client, char *text)
{
    const char *room = pool->room_names[client->member.room];
    int length = snprintf(text, JSON_BEGINNING, "{\"type\":\"said\",\"room\":\"%s\",\"id\":", room);

    return (struct slice){text, (size_t)length};
}

static size_t take(struct pool *pool, struct client *client, const char *bytes, size_t length)
{
    const char *line = bytes;
    const char *end = bytes + length;
    char text[JSON_BEGINNING];
    struct slice beginning = json_beginning(pool, client, text);
    const char *line_end;

    for (;;) {
        const char *behind = json_take_expected(pool, client, beginning, line, end, "\n");

        if (behind != NULL) {
            line = behind;
            continue;
        }
        line_end = memchr(line, '\n', (size_t)(end - line));
        if (line_end == NULL)
            return (size_t)(line - bytes);
        json_take_line(pool, client, (struct slice){line, (size_t)(line_end - line)});
        line = line_end + 1;
    }
}

size_t json_say(struct pool *pool, struct client *client, uint32_t sequence, const char *payload,
                char *out)
{
    int written =
        sprintf(out,
                "{\"type\":\"say\",\"room\":\"%.64s\",\"text\":\"%.*s\","
                "\"nonce\":\"%08u\"}\n",
                pool->room_names[client->member.room], (int)pool->ledger.size, payload, sequence);

    return (size_t)written;
}

const struct dialect dialect_json = {
    .name = "json",
    .echoes = true,
    .counts_names = true,
    .greet = greet,
    .take = take,
    .say = json_say,
};
