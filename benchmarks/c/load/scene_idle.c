/* Idle: members join and stay silent. Measures the server's memory per member. */

#include "basics.h"
#include "process.h"
#include "report.h"
#include "scenes.h"

#include <math.h>

#define STABLE_FOR 1.0
#define LOOK_EVERY 0.1
#define ROOM_SIZE 10

/* Serves all clients until the server's memory has changed by less than 0.1 % for a second. */
static struct memory stable_memory(struct pool *pool)
{
    struct memory memory = process_memory(pool->options->server);
    double stable_since = now();

    while (now() < stable_since + STABLE_FOR) {
        double resident;

        pool_run_until(pool, now() + LOOK_EVERY);
        resident = process_memory(pool->options->server).resident;
        if (fabs(resident - memory.resident) > memory.resident / 1000) {
            memory.resident = resident;
            stable_since = now();
        }
    }
    return process_memory(pool->options->server);
}

static void report_memory(const char *key, struct memory memory)
{
    report_open(key);
    report_number("resident", memory.resident);
    report_number("pss", memory.proportional);
    report_close();
}

int scene_idle(const struct options *options)
{
    struct pool pool;
    struct memory before, after;
    uint32_t rooms = options->rooms;
    double begin, seconds, cpu;

    if (rooms == 0)
        rooms = options->members < ROOM_SIZE ? 1 : options->members / ROOM_SIZE;
    if (options->members % rooms != 0)
        fail("%u members cannot be divided evenly among %u rooms.", options->members, rooms);
    pool_open(&pool, options, rooms, options->members / rooms, 0, 1);
    before = process_memory(options->server);
    cpu = process_cpu(options->server);
    begin = now();
    pool_connect_all(&pool, options->login_window);
    seconds = now() - begin;
    after = stable_memory(&pool);
    cpu = process_cpu(options->server) - cpu;
    scene_report(&pool);
    report_count("connections", pool.count);
    report_memory("server_memory_before", before);
    report_memory("server_memory_after", after);
    report_number("resident_per_member", (after.resident - before.resident) / pool.count);
    report_number("pss_per_member", (after.proportional - before.proportional) / pool.count);
    report_number("login_seconds", seconds);
    report_number("server_cpu_seconds", cpu);
    return scene_end(&pool);
}
