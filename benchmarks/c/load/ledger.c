#include "ledger.h"

#include "basics.h"

#include <stdarg.h>
#include <stdio.h>

void ledger_open(struct ledger *ledger, uint32_t rooms, uint32_t members, uint32_t speakers,
                 uint32_t outstanding, uint32_t size, bool echoes)
{
    size_t capacity = power_of_two(outstanding);
    size_t count = (size_t)rooms * speakers;

    *ledger = (struct ledger){
        .rooms = rooms,
        .members = members,
        .speakers = speakers,
        .size = size,
        .mask = (uint32_t)capacity - 1,
        .echoes = echoes,
        .recipients = echoes ? members : members - 1,
        .speaker = zeroed(count, sizeof(struct speaker)),
        .ready = zeroed(count, sizeof(struct speaker *)),
    };
    for (size_t i = 0; i < count; i++) {
        struct speaker *speaker = &ledger->speaker[i];

        speaker->number = (uint32_t)(i / speakers) * members + (uint32_t)(i % speakers);
        speaker->received_by = zeroed(capacity, sizeof *speaker->received_by);
        speaker->payloads = zeroed(capacity, size);
        memset(speaker->payloads, '.', capacity * size);
        for (size_t at = 0; at < capacity; at++) {
            char *payload = speaker->payloads + at * size;

            payload[0] = 's';
            write_digits(payload + 1, NUMBER_DIGITS, speaker->number);
            payload[1 + NUMBER_DIGITS] = ' ';
            payload[2 + NUMBER_DIGITS] = 'n';
            write_digits(payload + 3 + NUMBER_DIGITS, SEQUENCE_DIGITS, 0);
            if (size > PAYLOAD_LEAST)
                payload[PAYLOAD_LEAST] = ' ';
            /* A server may remove blanks at the end of a line. */
            if (size == PAYLOAD_LEAST + 1)
                payload[PAYLOAD_LEAST] = '.';
        }
    }
}

const char *ledger_say(struct ledger *ledger, struct speaker *speaker)
{
    uint32_t sequence = speaker->said;
    char *payload = speaker->payloads + (size_t)(sequence & ledger->mask) * ledger->size;

    if (sequence - speaker->done > ledger->mask)
        fail("Member %u has more outstanding lines than the generator can check.", speaker->number);
    write_digits(payload + 3 + NUMBER_DIGITS, SEQUENCE_DIGITS, sequence);
    speaker->said++;
    ledger->said++;
    return payload;
}

void ledger_error(struct ledger *ledger, const struct member *member, const char *format, ...)
{
    va_list arguments;
    int written;

    if (ledger->errors++ > 0)
        return;
    written = snprintf(ledger->first_error, sizeof ledger->first_error, "Member %u of room %u ",
                       member->number, member->room);
    va_start(arguments, format);
    vsnprintf(ledger->first_error + written, sizeof ledger->first_error - (size_t)written, format,
              arguments);
    va_end(arguments);
}

/* Reads the numbers of a payload; returns false if it is malformed. */
static bool read_payload(const struct ledger *ledger, const char *text, size_t length,
                         uint32_t *number, uint32_t *sequence)
{
    return length == ledger->size && text[0] == 's' &&
           read_digits(text + 1, NUMBER_DIGITS, number) && text[1 + NUMBER_DIGITS] == ' ' &&
           text[2 + NUMBER_DIGITS] == 'n' &&
           read_digits(text + 3 + NUMBER_DIGITS, SEQUENCE_DIGITS, sequence);
}

void ledger_check(struct ledger *ledger, struct member *member, uint32_t number, const char *text,
                  size_t length)
{
    uint32_t slot = number - member->room * ledger->members;
    uint32_t written_number, sequence;
    struct speaker *speaker;

    if (slot >= ledger->speakers) {
        ledger_error(ledger, member, "received a line of member %u, which says nothing there: %.*s",
                     number, length < 80 ? (int)length : 80, text);
        return;
    }
    if (slot == member->position && !ledger->echoes) {
        ledger_error(ledger, member, "received a copy of its own line: %.*s",
                     length < 80 ? (int)length : 80, text);
        return;
    }
    speaker = &ledger->speaker[member->room * ledger->speakers + slot];
    if (!read_payload(ledger, text, length, &written_number, &sequence) ||
        written_number != number || sequence >= speaker->said) {
        ledger_error(ledger, member, "received from member %u a line that was not said: %.*s",
                     number, length < 80 ? (int)length : 80, text);
        return;
    }
    if (sequence < member->expected[slot]) {
        ledger_error(ledger, member,
                     "received line %u of member %u again, with line %u expected next", sequence,
                     number, member->expected[slot]);
        return;
    }
    while (member->expected[slot] < sequence) {
        ledger_error(ledger, member, "received line %u of member %u before line %u", sequence,
                     number, member->expected[slot]);
        ledger_deliver(ledger, member, slot);
    }
    if (!ledger_take_expected(ledger, member, number, text)) {
        ledger_error(ledger, member, "received line %u of member %u garbled: %.*s", sequence,
                     number, length < 80 ? (int)length : 80, text);
        ledger_deliver(ledger, member, slot);
    }
}

void ledger_close(struct ledger *ledger, struct member *const *member_list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (uint32_t slot = 0; slot < ledger->speakers; slot++) {
            const struct member *member = member_list[i];
            const struct speaker *speaker =
                &ledger->speaker[member->room * ledger->speakers + slot];

            if (slot == member->position && !ledger->echoes)
                continue;
            for (uint32_t missing = member->expected[slot]; missing < speaker->said; missing++)
                ledger_error(ledger, member, "never received line %u of member %u", missing,
                             speaker->number);
        }
}
