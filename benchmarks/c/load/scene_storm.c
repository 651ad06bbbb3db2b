/* Storm: all clients but one disconnect, miss the lines that the remaining one says, and resume all
 * at once. Measures the time until all have received the missed lines. */

#include "basics.h"
#include "dialect.h"
#include "process.h"
#include "report.h"
#include "scenes.h"
#include "statistics.h"

#define QUIET_BEFORE 0.2
/* Seconds that the server may take to notice that a connection is closed. */
#define SEEN_WITHIN 10.0

struct storm {
    double begin;
    uint32_t missed;
    uint32_t resumed;
    double *seconds; /* per member: until it had received all missed lines */
};

/* Records the time at which a member has received all missed lines. */
static void record_resumed(struct pool *pool, struct client *client)
{
    struct storm *storm = pool->scene;
    uint32_t number = client->member.number;

    if (number == 0 || storm->seconds[number - 1] > 0 || client->member.expected[0] < storm->missed)
        return;
    storm->seconds[number - 1] = pool->ledger.now - storm->begin;
    storm->resumed++;
}

/* Disconnects all but the speaker, and waits until it has received all `left` events. */
static void cut_all(struct pool *pool)
{
    struct client *speaker = &pool->clients[0];
    double until = now() + SEEN_WITHIN;

    speaker->left_count = 0;
    for (uint32_t i = 1; i < pool->count; i++) {
        client_disconnect(pool, &pool->clients[i]);
        pool->clients[i].resumes = true;
    }
    while (speaker->left_count < pool->count - 1 && now() < until)
        pool_run_once(pool, until);
}

/* Lets the speaker say its lines, and waits until they are acknowledged. */
static void say_all(struct pool *pool, uint32_t lines)
{
    dialect_say(pool, &pool->clients[0], lines);
    while (pool->ledger.acknowledgements < lines)
        pool_run_once(pool, pool->deadline);
}

static int report(const struct pool *pool, double all_in, double cpu, double own)
{
    const struct storm *storm = pool->scene;
    uint32_t programs = pool->count - 1;

    sort_values(storm->seconds, programs);
    scene_report(pool);
    report_count("programs", programs);
    report_count("missed", storm->missed);
    report_count("size", pool->ledger.size);
    report_number("all_entered_seconds", all_in);
    report_number("all_caught_up_seconds", percentile(storm->seconds, programs, 100));
    report_number("median_caught_up_seconds", percentile(storm->seconds, programs, 50));
    report_number("first_caught_up_seconds", storm->seconds[0]);
    report_count("lines_caught_up", pool->ledger.deliveries);
    report_count("bytes_received", pool->bytes_received);
    report_number("server_cpu_seconds", cpu);
    report_number("generator_cpu_seconds", own);
    return scene_end(pool);
}

int scene_storm(const struct options *given)
{
    struct pool pool;
    struct options options = *given;
    struct storm storm = {
        .missed = options.missed,
        .seconds = zeroed(options.members, sizeof(double)),
    };
    double cpu, own, all_in;

    if (strcmp(options.dialect, "json") != 0)
        fail("The scene storm needs the json dialect: only it can resume.");
    options.client_ids = true;
    /* The first member is the speaker, which stays connected. */
    pool_open(&pool, &options, 1, options.members + 1, 1, options.missed);
    pool_connect_all(&pool, options.login_window);
    pool_wait_for_quiet(&pool, QUIET_BEFORE);
    cut_all(&pool);
    say_all(&pool, options.missed);
    pool.scene = &storm;
    pool.after_read = record_resumed;
    pool.bytes_received = 0;
    cpu = process_cpu(options.server);
    own = own_cpu();
    storm.begin = now();
    for (uint32_t i = 1; i < pool.count; i++)
        client_connect(&pool, &pool.clients[i]);
    while (pool.entered < pool.count)
        pool_run_once(&pool, pool.deadline);
    all_in = now() - storm.begin;
    scene_drain(&pool);
    cpu = process_cpu(options.server) - cpu;
    own = own_cpu() - own;
    return report(&pool, all_in, cpu, own);
}
