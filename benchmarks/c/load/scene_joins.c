/* Joins: all members join one room at once. Measures the time until all are in, and until each
 * knows all names. */

#include "basics.h"
#include "dialect.h"
#include "process.h"
#include "report.h"
#include "scenes.h"

#include <math.h>

/* The scene ends so many seconds after the last byte. */
#define QUIET_AFTER 1.0

/* Returns the number of names that all members together learn until each knows all; 0 if the
 * dialect does not allow counting. A client that joins receives all names, its own included; in
 * the text dialect, it receives only those of clients that join later. */
static uint64_t names_in_all(const struct pool *pool)
{
    uint64_t count = pool->count;

    if (pool->dialect->counts_names)
        return count * count;
    return pool->dialect == &dialect_text ? count * (count - 1) / 2 : 0;
}

static void count_known_names(struct pool *pool)
{
    size_t words = (pool->count + 63) / 64;
    uint64_t *known_names = zeroed(pool->count * words, sizeof *known_names);

    for (uint32_t i = 0; i < pool->count; i++)
        pool->clients[i].known_names = known_names + i * words;
}

int scene_joins(const struct options *options)
{
    struct pool pool;
    double begin, cpu, all_in, all_known = NAN, own;
    uint64_t names;

    pool_open(&pool, options, 1, options->members, 0, 1);
    count_known_names(&pool);
    names = names_in_all(&pool);
    cpu = process_cpu(options->server);
    own = own_cpu();
    begin = now();
    pool_connect_all(&pool, options->login_window);
    all_in = now() - begin;
    while (now() < pool.last_received + QUIET_AFTER) {
        if (isnan(all_known) && names > 0 && pool.names_heard >= names)
            all_known = now() - begin;
        pool_run_once(&pool, pool.last_received + QUIET_AFTER);
    }
    cpu = process_cpu(options->server) - cpu;
    scene_report(&pool);
    report_number("all_entered_seconds", all_in);
    report_number("all_known_seconds", all_known);
    report_number("last_byte_seconds", pool.last_received - begin);
    report_count("names_heard", pool.names_heard);
    report_number("names_expected", names > 0 ? (double)names : NAN);
    report_count("bytes_received", pool.bytes_received);
    report_count("lines_received", pool.lines_received);
    report_number("server_cpu_seconds", cpu);
    report_number("generator_cpu_seconds", own_cpu() - own);
    return scene_end(&pool);
}
