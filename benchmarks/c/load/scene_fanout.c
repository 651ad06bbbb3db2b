/* Fan-out: each speaker keeps a number of lines outstanding, and says the next one when a line has
 * been delivered to all. Measures the deliveries a second and their CPU time. */

#include "basics.h"
#include "dialect.h"
#include "process.h"
#include "report.h"
#include "scenes.h"

#include <math.h>

#define QUIET_BEFORE 0.2
/* The measurement ends after so many seconds without a delivery. */
#define STALLED_AFTER 5.0

/* The counters at the beginning and at the end of the measured time. */
struct reading {
    double time;
    double server_cpu;
    double own_cpu;
    uint64_t lines;
    uint64_t deliveries;
    uint64_t bytes;
    uint64_t reads;
};

static struct reading read_all(const struct pool *pool)
{
    return (struct reading){
        .time = now(),
        .server_cpu = process_cpu(pool->options->server),
        .own_cpu = own_cpu(),
        .lines = pool->ledger.done,
        .deliveries = pool->ledger.deliveries,
        .bytes = pool->bytes_received,
        .reads = pool->reads,
    };
}

/* Lets each speaker replace its lines that are done with new ones, in one write. */
static void say_more(struct pool *pool, struct client *client)
{
    struct ledger *ledger = &pool->ledger;

    (void)client;
    for (uint32_t i = 0; i < ledger->ready_count; i++) {
        struct speaker *speaker = ledger->ready[i];
        uint32_t outstanding = speaker->said - speaker->done;

        speaker->is_ready = false;
        dialect_say(pool, &pool->clients[speaker->number],
                    pool->options->outstanding - outstanding);
    }
    ledger->ready_count = 0;
}

static void begin_to_say(struct pool *pool)
{
    struct ledger *ledger = &pool->ledger;

    pool->after_read = say_more;
    for (uint32_t i = 0; i < ledger->rooms * ledger->speakers; i++)
        dialect_say(pool, &pool->clients[ledger->speaker[i].number], pool->options->outstanding);
}

/* Serves all clients for some seconds; ends early if the deliveries stop. */
static void serve_for(struct pool *pool, double seconds)
{
    double until = now() + seconds;
    double last_progress = now();
    uint64_t had = pool->ledger.deliveries;

    while (now() < until && now() < last_progress + STALLED_AFTER) {
        pool_run_once(pool, until);
        if (pool->ledger.deliveries != had) {
            had = pool->ledger.deliveries;
            last_progress = now();
        }
    }
}

static int report(const struct pool *pool, struct reading begin, struct reading end)
{
    double seconds = end.time - begin.time;
    double deliveries = (double)(end.deliveries - begin.deliveries);
    double server_cpu = end.server_cpu - begin.server_cpu;

    scene_report(pool);
    report_count("speakers", pool->ledger.speakers);
    report_count("outstanding", pool->options->outstanding);
    report_count("size", pool->ledger.size);
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
    report_count("checked_deliveries", pool->ledger.deliveries);
    report_count("checked_acknowledgements", pool->ledger.acknowledgements);
    return scene_end(pool);
}

int scene_fanout(const struct options *options)
{
    struct pool pool;
    struct reading begin, end;

    uint32_t speakers = options->speakers < options->members ? options->speakers : options->members;

    if (options->members < 2)
        fail("A fan-out needs two members.");
    pool_open(&pool, options, options->rooms ? options->rooms : 1, options->members, speakers,
              options->outstanding);
    pool_connect_all(&pool, options->login_window);
    pool_wait_for_quiet(&pool, QUIET_BEFORE);
    begin_to_say(&pool);
    serve_for(&pool, options->warmup);
    begin = read_all(&pool);
    serve_for(&pool, options->seconds);
    end = read_all(&pool);
    pool.after_read = NULL;
    scene_drain(&pool);
    return report(&pool, begin, end);
}
