/* Latency: one speaker says lines on a fixed schedule, whatever is delivered. Measures the time
 * from the scheduled time of a line to its arrival at the first, the median and the last member. */

#include "basics.h"
#include "dialect.h"
#include "process.h"
#include "report.h"
#include "scenes.h"
#include "statistics.h"

#include <stdlib.h>
#include <sys/prctl.h>

#define QUIET_BEFORE 0.2

struct schedule {
    double begin;
    double interval;
    uint32_t lines;
    uint32_t said;
    double *lateness;      /* per line: seconds from its scheduled time until it was said */
};

static double time_of(const struct schedule *schedule, uint32_t line)
{
    return schedule->begin + line * schedule->interval;
}

/* Says all lines that are due. Called after each read, so that a long batch of deliveries does not
 * delay the schedule. */
static void say_due(struct pool *pool, struct client *client)
{
    struct schedule *schedule = pool->scene;
    double time = now();
    uint32_t due = 0;

    (void)client;
    while (schedule->said + due < schedule->lines &&
           time_of(schedule, schedule->said + due) <= time) {
        schedule->lateness[schedule->said + due] = time - time_of(schedule, schedule->said + due);
        due++;
    }
    schedule->said += due;
    /* The list of ready speakers is not used in this scene. */
    pool->ledger.ready_count = 0;
    pool->ledger.speaker->is_ready = false;
    if (due > 0)
        dialect_say(pool, &pool->clients[0], due);
}

static void report_percentiles(const char *key, double *values, size_t count)
{
    sort_values(values, count);
    report_open(key);
    report_number("p50", percentile(values, count, 50) * 1e3);
    report_number("p90", percentile(values, count, 90) * 1e3);
    report_number("p99", percentile(values, count, 99) * 1e3);
    report_number("max", percentile(values, count, 100) * 1e3);
    report_close();
}

/* Reports one of the times of all delivered lines from number `from` on. */
static void report_times(const struct pool *pool, const char *key, uint32_t from,
                         double (*time_in)(const struct timing *timing))
{
    const struct schedule *schedule = pool->scene;
    double *values = zeroed(schedule->lines, sizeof *values);
    size_t count = 0;

    for (uint32_t line = from; line < schedule->lines; line++) {
        const struct timing *timing = &pool->ledger.timings[line];

        if (timing->received_by >= pool->ledger.members - 1)
            values[count++] = time_in(timing) - time_of(schedule, line);
    }
    report_percentiles(key, values, count);
    free(values);
}

static double first_of(const struct timing *timing)
{
    return timing->first;
}
static double median_of(const struct timing *timing)
{
    return timing->median;
}
static double last_of(const struct timing *timing)
{
    return timing->last;
}

static int report(const struct pool *pool, uint32_t from, double cpu)
{
    const struct schedule *schedule = pool->scene;

    scene_report(pool);
    report_count("size", pool->ledger.size);
    report_count("rate", pool->options->rate);
    report_number("seconds", pool->options->seconds);
    report_count("lines", schedule->lines - from);
    report_text("unit", "milliseconds");
    report_times(pool, "first", from, first_of);
    report_times(pool, "median", from, median_of);
    report_times(pool, "last", from, last_of);
    report_percentiles("generator_lateness", schedule->lateness + from, schedule->lines - from);
    report_number("server_cpu_seconds", cpu);
    return scene_end(pool);
}

int scene_latency(const struct options *options)
{
    struct pool pool;
    uint32_t unmeasured = (uint32_t)(options->rate * options->warmup);
    uint32_t measured = (uint32_t)(options->rate * options->seconds);
    struct schedule schedule = {
        .interval = 1.0 / options->rate,
        .lines = unmeasured + measured,
        .lateness = zeroed(unmeasured + measured, sizeof(double)),
    };
    double cpu;

    if (options->members < 2 || measured == 0)
        fail("The scene latency needs two members and at least one measured line.");
    pool_open(&pool, options, 1, options->members, 1, schedule.lines);
    pool.ledger.timings = zeroed(schedule.lines, sizeof *pool.ledger.timings);
    /* Let the kernel wake the generator as punctually as possible. */
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    pool_connect_all(&pool, options->login_window);
    pool_wait_for_quiet(&pool, QUIET_BEFORE);
    schedule.begin = now() + 0.05;
    pool.scene = &schedule;
    pool.after_read = say_due;
    cpu = process_cpu(options->server);
    while (schedule.said < schedule.lines) {
        pool_run_once(&pool, time_of(&schedule, schedule.said));
        say_due(&pool, NULL);
    }
    scene_drain(&pool);
    cpu = process_cpu(options->server) - cpu;
    return report(&pool, unmeasured, cpu);
}
