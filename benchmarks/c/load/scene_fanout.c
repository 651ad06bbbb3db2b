/* Fan-out: each speaker has a number of lines outstanding, and says the next when one of them is
 * everywhere. How many deliveries a second does the server do, and what do they cost it? */

#include "basics.h"
#include "dialect.h"
#include "process.h"
#include "report.h"
#include "scenes.h"

#include <math.h>

#define QUIET_BEFORE 0.2
/* Without any delivery for so long, there is nothing to measure any more. */
#define STALLED_AFTER 5.0

/* What is read at the beginning of the measured time, and at its end. */
struct reading {
    double time;
    double server_cpu;
    double own_cpu;
    uint64_t lines;
    uint64_t deliveries;
    uint64_t bytes;
    uint64_t reads;
};

static struct reading read_all(const struct crowd *crowd)
{
    return (struct reading){
        .time = now(),
        .server_cpu = process_cpu(crowd->options->server),
        .own_cpu = own_cpu(),
        .lines = crowd->ledger.done,
        .deliveries = crowd->ledger.deliveries,
        .bytes = crowd->bytes_received,
        .reads = crowd->reads,
    };
}

/* Lets those say more whose lines are done, each in one write. */
static void say_more(struct crowd *crowd, struct client *client)
{
    struct ledger *ledger = &crowd->ledger;

    (void)client;
    for (uint32_t i = 0; i < ledger->ready_count; i++) {
        struct speaker *speaker = ledger->ready[i];
        uint32_t outstanding = speaker->said - speaker->done;

        speaker->is_ready = false;
        dialect_say(crowd, &crowd->clients[speaker->number],
                    crowd->options->outstanding - outstanding);
    }
    ledger->ready_count = 0;
}

static void begin_to_say(struct crowd *crowd)
{
    struct ledger *ledger = &crowd->ledger;

    crowd->after_read = say_more;
    for (uint32_t i = 0; i < ledger->rooms * ledger->speakers; i++)
        dialect_say(crowd, &crowd->clients[ledger->speaker[i].number],
                    crowd->options->outstanding);
}

/* Serves for some seconds; ends early if nothing is delivered any more. */
static void serve_for(struct crowd *crowd, double seconds)
{
    double until = now() + seconds;
    double last_progress = now();
    uint64_t had = crowd->ledger.deliveries;

    while (now() < until && now() < last_progress + STALLED_AFTER) {
        crowd_turn(crowd, until);
        if (crowd->ledger.deliveries != had) {
            had = crowd->ledger.deliveries;
            last_progress = now();
        }
    }
}

static int report(const struct crowd *crowd, struct reading begin, struct reading end)
{
    double seconds = end.time - begin.time;
    double deliveries = (double)(end.deliveries - begin.deliveries);
    double server_cpu = end.server_cpu - begin.server_cpu;

    scene_report(crowd);
    report_count("speakers", crowd->ledger.speakers);
    report_count("outstanding", crowd->options->outstanding);
    report_count("size", crowd->ledger.size);
    report_count("lines", end.lines - begin.lines);
    report_count("deliveries", end.deliveries - begin.deliveries);
    report_count("bytes_received", end.bytes - begin.bytes);
    report_number("deliveries_per_read", deliveries / (double)(end.reads - begin.reads));
    report_number("seconds", seconds);
    report_number("deliveries_per_second", deliveries / seconds);
    report_number("server_cpu_seconds", server_cpu);
    report_number("cpu_per_million_deliveries",
                  deliveries > 0 ? server_cpu / deliveries * 1e6 : NAN);
    report_number("generator_cpu_seconds", end.own_cpu - begin.own_cpu);
    report_count("checked_deliveries", crowd->ledger.deliveries);
    report_count("checked_acknowledgements", crowd->ledger.acknowledgements);
    return scene_end(crowd);
}

int scene_fanout(const struct options *options)
{
    struct crowd crowd;
    struct reading begin, end;

    uint32_t speakers =
        options->speakers < options->members ? options->speakers : options->members;

    if (options->members < 2)
        fail("A fan-out needs two members.");
    crowd_open(&crowd, options, options->rooms ? options->rooms : 1, options->members, speakers,
               options->outstanding);
    crowd_enter(&crowd, options->login_window);
    crowd_settle(&crowd, QUIET_BEFORE);
    begin_to_say(&crowd);
    serve_for(&crowd, options->warmup);
    begin = read_all(&crowd);
    serve_for(&crowd, options->seconds);
    end = read_all(&crowd);
    crowd.after_read = NULL;
    scene_drain(&crowd);
    return report(&crowd, begin, end);
}
