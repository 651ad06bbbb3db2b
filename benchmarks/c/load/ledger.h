/* The books: who has said what, and who has it. Every delivery is checked here, byte by byte:
 * exactly once, in order per speaker, at every member, and at the speaker only in a dialect that
 * hands his lines back to him (as the acknowledgement).
 *
 * A payload is `s00012 n00000042 ....`: the speaker's number and his line's sequence number. */

#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NUMBER_DIGITS 5
#define SEQUENCE_DIGITS 8
#define PAYLOAD_LEAST (1 + NUMBER_DIGITS + 2 + SEQUENCE_DIGITS)

/* Where a member sits: the first `speakers` members of a room are those who speak. */
struct seat {
    uint32_t number;       /* of all members */
    uint32_t room;
    uint32_t position;     /* in the room */
    uint32_t *heard;       /* per speaker of the room: the sequence number that is to come next */
};

struct speaker {
    uint32_t number;
    uint32_t said;         /* lines said so far, and the next sequence number */
    uint32_t done;         /* of these, the lines that everybody has */
    bool is_ready;         /* is in `ready` */
    uint32_t *having;      /* per line outstanding: how many members have it */
    char *payloads;        /* per line outstanding */
};

/* When the others had a line, if a scene wants to know. */
struct timing {
    double first;
    double median;
    double last;
    uint32_t having;
};

struct ledger {
    uint32_t rooms;
    uint32_t members;      /* of a room */
    uint32_t speakers;     /* of a room */
    uint32_t size;         /* of a payload */
    uint32_t mask;         /* room for outstanding lines, a power of two, minus 1 */
    bool echoes;
    uint32_t audience;     /* how many must have a line until it is done */
    struct speaker *speaker;
    struct speaker **ready; /* who may say more, since a line of his is done */
    uint32_t ready_count;
    struct timing *timings; /* by sequence number, of the only speaker; NULL if not wanted */
    double now;            /* when the bytes that are being looked at were read */
    uint64_t said;
    uint64_t done;
    uint64_t deliveries;   /* to others than the speaker */
    uint64_t acknowledgements;
    uint64_t errors;
    char first_error[320];
};

/* `outstanding` is the most lines that a speaker will have said that not everybody has. */
void ledger_open(struct ledger *ledger, uint32_t rooms, uint32_t members, uint32_t speakers,
                 uint32_t outstanding, uint32_t size, bool echoes);

/* Enters that `speaker` says his next line, and returns its payload. */
const char *ledger_say(struct ledger *ledger, struct speaker *speaker);

/* Counts a wrong delivery; the first is kept in words. */
void ledger_wrong(struct ledger *ledger, const struct seat *seat, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Enters a line said by member `number` that ledger_expects() did not know, and says what is wrong
 * with it. Lines left out are counted as wrong, and then as delivered: the scene goes on. */
void ledger_examine(struct ledger *ledger, struct seat *seat, uint32_t number, const char *text,
                    size_t length);

/* Counts whatever has been said and is still not there. */
void ledger_close(struct ledger *ledger, struct seat *const *seats, size_t count);

/* Lines said that not everybody has. */
static inline uint64_t ledger_outstanding(const struct ledger *ledger)
{
    return ledger->said - ledger->done;
}

/* Enters that a member has the next line of the speaker at `slot` of his room. */
static inline void ledger_enter(struct ledger *ledger, struct seat *seat, uint32_t slot)
{
    struct speaker *speaker = &ledger->speaker[seat->room * ledger->speakers + slot];
    uint32_t sequence = seat->heard[slot]++;
    uint32_t at = sequence & ledger->mask;

    if (slot == seat->position) {
        ledger->acknowledgements++;
    } else {
        ledger->deliveries++;
        if (ledger->timings != NULL) {
            struct timing *timing = &ledger->timings[sequence];
            uint32_t others = ledger->members - 1;

            if (timing->having++ == 0)
                timing->first = ledger->now;
            if (timing->having == (others + 1) / 2)
                timing->median = ledger->now;
            if (timing->having == others)
                timing->last = ledger->now;
        }
    }
    /* Members hear in order, so a speaker's lines are done in order. */
    if (++speaker->having[at] == ledger->audience) {
        speaker->having[at] = 0;
        speaker->done++;
        ledger->done++;
        if (!speaker->is_ready) {
            speaker->is_ready = true;
            ledger->ready[ledger->ready_count++] = speaker;
        }
    }
}

/* The way of nearly all lines: true, and entered, if these `size` bytes from member `number` are
 * what this member has to hear from him next. If not, nothing is entered. */
static inline bool ledger_expects(struct ledger *ledger, struct seat *seat, uint32_t number,
                                  const char *text)
{
    uint32_t slot = number - seat->room * ledger->members;
    const struct speaker *speaker;
    uint32_t sequence;

    if (slot >= ledger->speakers || (slot == seat->position && !ledger->echoes))
        return false;
    speaker = &ledger->speaker[seat->room * ledger->speakers + slot];
    sequence = seat->heard[slot];
    if (sequence == speaker->said ||
        memcmp(text, speaker->payloads + (size_t)(sequence & ledger->mask) * ledger->size,
               ledger->size) != 0)
        return false;
    ledger_enter(ledger, seat, slot);
    return true;
}

#endif
