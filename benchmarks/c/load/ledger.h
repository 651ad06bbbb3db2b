/* The ledger records which lines were said and which were delivered. It checks every delivery byte
 * by byte: each member must receive each line exactly once, in the order of its speaker. The
 * speaker receives it only in a dialect that echoes (as the acknowledgement).
 *
 * A payload is `s00012 n00000042 ....`: the speaker's number and the line's sequence number. */

#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NUMBER_DIGITS 5
#define SEQUENCE_DIGITS 8
#define PAYLOAD_LEAST (1 + NUMBER_DIGITS + 2 + SEQUENCE_DIGITS)

/* A member of a room: the first `speakers` members of each room are its speakers. */
struct member {
    uint32_t number;       /* among all members */
    uint32_t room;
    uint32_t position;     /* in its room */
    uint32_t *expected;       /* per speaker of the room: the next sequence number expected */
};

struct speaker {
    uint32_t number;
    uint32_t said;         /* lines said so far, and the next sequence number */
    uint32_t done;         /* lines delivered to all recipients */
    bool is_ready;         /* whether it is in `ready` */
    uint32_t *received_by;      /* per outstanding line: the number of members that have it */
    char *payloads;        /* per outstanding line */
};

/* When the other members received a line; recorded for a scene that needs it. */
struct timing {
    double first;
    double median;
    double last;
    uint32_t received_by;
};

struct ledger {
    uint32_t rooms;
    uint32_t members;      /* of a room */
    uint32_t speakers;     /* of a room */
    uint32_t size;         /* of a payload */
    uint32_t mask;         /* room for outstanding lines, a power of two, minus 1 */
    bool echoes;
    uint32_t recipients;     /* members that must receive a line until it is done */
    struct speaker *speaker;
    struct speaker **ready; /* speakers with a line done since `ready` was emptied */
    uint32_t ready_count;
    struct timing *timings; /* of the only speaker, by sequence number; NULL if not needed */
    double now;            /* when the bytes being processed were read */
    uint64_t said;
    uint64_t done;
    uint64_t deliveries;   /* to members other than the speaker */
    uint64_t acknowledgements;
    uint64_t errors;
    char first_error[320];
};

/* `outstanding` is the maximum of outstanding lines of a speaker. */
void ledger_open(struct ledger *ledger, uint32_t rooms, uint32_t members, uint32_t speakers,
                 uint32_t outstanding, uint32_t size, bool echoes);

/* Records the next line of `speaker`, and returns its payload. */
const char *ledger_say(struct ledger *ledger, struct speaker *speaker);

/* Counts a wrong delivery; the sentence about the first one is kept. */
void ledger_error(struct ledger *ledger, const struct member *member, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Checks a line of member `number` that ledger_take_expected() refused, and counts what is wrong
 * with it. Missing lines before it are counted as wrong, and then as delivered, so that the scene
 * can go on. */
void ledger_check(struct ledger *ledger, struct member *member, uint32_t number, const char *text,
                  size_t length);

/* Counts all lines that were said and not delivered as wrong. */
void ledger_close(struct ledger *ledger, struct member *const *member_list, size_t count);

/* Returns the number of lines not yet delivered to all recipients. */
static inline uint64_t ledger_outstanding(const struct ledger *ledger)
{
    return ledger->said - ledger->done;
}

/* Records that a member has received the next line of the speaker at `slot` of its room. */
static inline void ledger_deliver(struct ledger *ledger, struct member *member, uint32_t slot)
{
    struct speaker *speaker = &ledger->speaker[member->room * ledger->speakers + slot];
    uint32_t sequence = member->expected[slot]++;
    uint32_t at = sequence & ledger->mask;

    if (slot == member->position) {
        ledger->acknowledgements++;
    } else {
        ledger->deliveries++;
        if (ledger->timings != NULL) {
            struct timing *timing = &ledger->timings[sequence];
            uint32_t others = ledger->members - 1;

            if (timing->received_by++ == 0)
                timing->first = ledger->now;
            if (timing->received_by == (others + 1) / 2)
                timing->median = ledger->now;
            if (timing->received_by == others)
                timing->last = ledger->now;
        }
    }
    /* Members receive lines in order, so the lines of a speaker are done in order. */
    if (++speaker->received_by[at] == ledger->recipients) {
        speaker->received_by[at] = 0;
        speaker->done++;
        ledger->done++;
        if (!speaker->is_ready) {
            speaker->is_ready = true;
            ledger->ready[ledger->ready_count++] = speaker;
        }
    }
}

/* The fast path for nearly all lines: if these `size` bytes are the next line that this member must
 * receive from member `number`, records the delivery and returns true. Else records nothing. */
static inline bool ledger_take_expected(struct ledger *ledger, struct member *member,
                                        uint32_t number, const char *text)
{
    uint32_t slot = number - member->room * ledger->members;
    const struct speaker *speaker;
    uint32_t sequence;

    if (slot >= ledger->speakers || (slot == member->position && !ledger->echoes))
        return false;
    speaker = &ledger->speaker[member->room * ledger->speakers + slot];
    sequence = member->expected[slot];
    if (sequence == speaker->said ||
        memcmp(text, speaker->payloads + (size_t)(sequence & ledger->mask) * ledger->size,
               ledger->size) != 0)
        return false;
    ledger_deliver(ledger, member, slot);
    return true;
}

#endif
