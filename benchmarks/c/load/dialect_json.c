/* netchat's JSON lines dialect. */

#include "basics.h"
#include "dialect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TIME_LENGTH (sizeof "2026-11-24T04:23:46.728Z" - 1)

/* A stretch of a line. */
struct piece {
    const char *text;      /* NULL if there is none */
    size_t length;
};

static void greet(struct crowd *crowd, struct client *client)
{
    const char *room = crowd->room_names[client->seat.room];
    char words[512], id[64] = "", after[128] = "";
    int written;

    if (crowd->options->client_ids)
        snprintf(id, sizeof id, ",\"client\":\"%s-0000-4000-8000-%012u\"", crowd->run,
                 client->seat.number);
    if (client->resumes)
        snprintf(after, sizeof after, ",\"after\":{\"%s\":%" PRIu64 "}", room, client->last_id);
    written = snprintf(words, sizeof words,
                       "{\"type\":\"hello\",\"name\":\"%s\",\"rooms\":[\"%s\"]%s%s}\n",
                       client->name, room, id, after);
    client_send(crowd, client, words, (size_t)written);
}

/* ---- reading any object, in whatever order its fields are; for the few lines ---- */

/* Where the string ends that begins at `at` (with its quotation mark). */
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

/* Where the value ends that begins at `at`, of whatever kind it is. */
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

/* The value of a field of an object; a string without its quotation marks, as it is escaped. */
static struct piece field(struct piece object, const char *key)
{
    const char *end = object.text + object.length;
    const char *at = skip_blanks(object.text, end);
    size_t key_length = strlen(key);

    if (at == end || *at++ != '{')
        return (struct piece){0};
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

            return (struct piece){value + is_string, (size_t)(behind - value) - 2 * is_string};
        }
        at = skip_blanks(behind, end);
        if (at < end && *at == ',')
            at++;
    }
    return (struct piece){0};
}

static bool is(struct piece piece, const char *text)
{
    return piece.text != NULL && piece.length == strlen(text) &&
           memcmp(piece.text, text, piece.length) == 0;
}

/* The number that a piece of a line begins with; the line ends in something that is no digit. */
static uint64_t number_of(struct piece piece)
{
    return piece.text != NULL ? strtoull(piece.text, NULL, 10) : 0;
}

/* Takes one name after the other out of an array of strings; false at its end. */
static bool next_name(struct piece *array, struct piece *name)
{
    const char *end = array->text + array->length;
    const char *at = array->text != NULL ? memchr(array->text, '"', array->length) : NULL;
    const char *behind;

    if (at == NULL)
        return false;
    behind = string_end(at, end);
    *name = (struct piece){at + 1, (size_t)(behind - at) - 2};
    *array = (struct piece){behind, (size_t)(end - behind)};
    return true;
}

/* ---- what the server says ---- */

/* Ids count what was said in the room, so nobody may miss one, or have one twice. */
static void take_id(struct crowd *crowd, struct client *client, uint64_t id)
{
    if (id != client->last_id + 1)
        ledger_wrong(&crowd->ledger, &client->seat, "heard id %" PRIu64 " after id %" PRIu64, id,
                     client->last_id);
    client->last_id = id;
}

static void take_said(struct crowd *crowd, struct client *client, struct piece line)
{
    struct piece from = field(line, "from"), text = field(line, "text");
    struct piece nonce = field(line, "nonce");
    uint32_t number = from.text ? crowd_number(crowd, from.text, from.length) : UINT32_MAX;

    if (!is(field(line, "room"), crowd->room_names[client->seat.room])) {
        ledger_wrong(&crowd->ledger, &client->seat, "heard another room: %.*s",
                     line.length < 120 ? (int)line.length : 120, line.text);
        return;
    }
    take_id(crowd, client, number_of(field(line, "id")));
    if (number == client->seat.number &&
        (nonce.text == NULL || text.length < PAYLOAD_LEAST || nonce.length != SEQUENCE_DIGITS ||
         memcmp(nonce.text, text.text + 3 + NUMBER_DIGITS, SEQUENCE_DIGITS) != 0))
        ledger_wrong(&crowd->ledger, &client->seat, "got the own line without its nonce: %.*s",
                     line.length < 240 ? (int)line.length : 240, line.text);
    ledger_examine(&crowd->ledger, &client->seat, number, text.text ? text.text : "",
                   text.length);
}

static void take_entered(struct crowd *crowd, struct client *client, struct piece line)
{
    struct piece names = field(line, "names"), name;
    uint64_t last = number_of(field(line, "last"));

    if (!client->resumes)
        client->last_id = last;
    else if (last < client->last_id)
        ledger_wrong(&crowd->ledger, &client->seat,
                     "came back with id %" PRIu64 " and entered at id %" PRIu64, client->last_id,
                     last);
    while (client->knows != NULL && next_name(&names, &name))
        client_heard_of(crowd, client, name.text, name.length);
    client_entered(crowd, client);
}

static void take_line(struct crowd *crowd, struct client *client, struct piece line)
{
    static const char QUESTION[] = "Enter username: ";
    struct piece type, names, name;

    /* Whoever takes a moment to say hello is asked for a name first. */
    if (begins_with(line.text, line.length, QUESTION)) {
        line.text += sizeof QUESTION - 1;
        line.length -= sizeof QUESTION - 1;
    }
    type = field(line, "type");
    if (is(type, "said")) {
        take_said(crowd, client, line);
        return;
    }
    crowd->lines_received++;
    names = field(line, "names");
    if (is(type, "entered")) {
        take_entered(crowd, client, line);
    } else if (is(type, "joined")) {
        while (client->knows != NULL && next_name(&names, &name))
            client_heard_of(crowd, client, name.text, name.length);
    } else if (is(type, "left")) {
        while (next_name(&names, &name))
            client->lefts++;
    } else if (is(type, "gap")) {
        ledger_wrong(&crowd->ledger, &client->seat, "read of a gap: %.*s",
                     line.length < 120 ? (int)line.length : 120, line.text);
    } else if (type.text == NULL || is(type, "error") || is(type, "closing")) {
        client_fail(client, line.text, line.length);
    }
}

/* ---- the way of nearly all lines: said, laid out as the server lays it out ---- */

static bool take_text(const char **at, const char *text, size_t length)
{
    if (memcmp(*at, text, length) != 0)
        return false;
    *at += length;
    return true;
}

#define TAKE(at, text) take_text(at, text, sizeof(text) - 1)

/* Returns the end of the line if it is what is to come next; else NULL, and nothing is entered.
 * It may look at bytes behind the end, which is not looked for before all else is right. */
static const char *take_usual(struct crowd *crowd, struct client *client, struct piece beginning,
                              const char *at, const char *end)
{
    struct ledger *ledger = &crowd->ledger;
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
    if (number == client->seat.number &&
        (!TAKE(&at, ",\"nonce\":\"") ||
         !take_text(&at, payload + 3 + NUMBER_DIGITS, SEQUENCE_DIGITS) || !TAKE(&at, "\"")))
        return NULL;
    if (!TAKE(&at, "}\n") || at > end ||
        !ledger_expects(ledger, &client->seat, number, payload))
        return NULL;
    client->last_id = id;
    return at;
}

static size_t take(struct crowd *crowd, struct client *client, const char *bytes, size_t length)
{
    const char *line = bytes;
    const char *end = bytes + length;
    char text[128];
    struct piece beginning = {
        text,
        (size_t)snprintf(text, sizeof text, "{\"type\":\"said\",\"room\":\"%s\",\"id\":",
                         crowd->room_names[client->seat.room]),
    };
    const char *line_end;

    for (;;) {
        const char *behind = take_usual(crowd, client, beginning, line, end);

        if (behind != NULL) {
            line = behind;
            continue;
        }
        line_end = memchr(line, '\n', (size_t)(end - line));
        if (line_end == NULL)
            return (size_t)(line - bytes);
        take_line(crowd, client, (struct piece){line, (size_t)(line_end - line)});
        line = line_end + 1;
    }
}

static size_t say(struct crowd *crowd, struct client *client, uint32_t sequence,
                  const char *payload, char *out)
{
    int written = sprintf(out, "{\"type\":\"say\",\"room\":\"%.64s\",\"text\":\"%.*s\","
                               "\"nonce\":\"%08u\"}\n",
                          crowd->room_names[client->seat.room], (int)crowd->ledger.size, payload,
                          sequence);

    return (size_t)written;
}

const struct dialect dialect_json = {
    .name = "json",
    .echoes = true,
    .counts_names = true,
    .greet = greet,
    .take = take,
    .say = say,
};
