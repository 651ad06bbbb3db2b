/* Latency: one speaker says lines on a steady schedule, whatever comes back. How long does a line
 * take, from the time at which it was to be said, to the first, the median and the last member? */

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
    double *lateness;      /* per line: how long after its time the generator came to say it */
};

static double time_of(const struct schedule *schedule, uint32_t line)
{
    return schedule->begin + line * schedule->interval;
}

/* Says all lines whose time has come. Called after each read, so that a long batch of deliveries
 * does not hold up the schedule. */
static void say_due(struct crowd *crowd, struct client *client)
{
    struct schedule *schedule = crowd->scene;
    double time = now();
    uint32_t due = 0;

    (void)client;
    while (schedule->said + due < schedule->lines &&
           time_of(schedule, schedule->said + due) <= time) {
        schedule->lateness[schedule->said + due] =
            time - time_of(schedule, schedule->said + due);
        due++;
    }
    schedule->said += due;
    /* Nobody asks who may say more. */
    crowd->ledger.ready_count = 0;
    crowd->ledger.speaker->is_ready = false;
    if (due > 0)
        dialect_say(crowd, &crowd->clients[0], due);
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

/* Reports one of the times of the lines from `from` on that everybody has. */
static void report_times(const struct crowd *crowd, const char *key, uint32_t from,
                         double (*time_in)(const struct timing *timing))
{
    const struct schedule *schedule = crowd->scene;
    double *values = zeroed(schedule->lines, sizeof *values);
    size_t count = 0;

    for (uint32_t line = from; line < schedule->lines; line++) {
        const struct timing *timing = &crowd->ledger.timings[line];

        if (timing->having >= crowd->ledger.members - 1)
            values[count++] = time_in(timing) - time_of(schedule, line);
    }
    report_percentiles(key, values, count);
    free(values);
}

static double first_of(const struct timing *timing) { return timing->first; }
static double median_of(const struct timing *timing) { return timing->median; }
static double last_of(const struct timing *timing) { return timing->last; }

static int report(const struct crowd *crowd, uint32_t from, double cpu)
{
    const struct schedule *schedule = crowd->scene;

    scene_report(crowd);
    report_count("size", crowd->ledger.size);
    report_count("rate", crowd->options->rate);
    report_number("seconds", crowd->options->seconds);
    report_count("lines", schedule->lines - from);
    report_text("unit", "milliseconds");
    report_times(crowd, "first", from, first_of);
    report_times(crowd, "median", from, median_of);
    report_times(crowd, "last", from, last_of);
    report_percentiles("generator_lateness", schedule->lateness + from, schedule->lines - from);
    report_number("server_cpu_seconds", cpu);
    return scene_end(crowd);
}

int scene_latency(const struct options *options)
{
    struct crowd crowd;
    uint32_t unmeasured = (uint32_t)(options->rate * options->warmup);
    uint32_t measured = (uint32_t)(options->rate * options->seconds);
    struct schedule schedule = {
        .interval = 1.0 / options->rate,
        .lines = unmeasured + measured,
        .lateness = zeroed(unmeasured + measured, sizeof(double)),
    };
    double cpu;

    if (options->members < 2 || measured == 0)
        fail("Latency needs two members and a line to measure.");
    crowd_open(&crowd, options, 1, options->members, 1, schedule.lines);
    crowd.ledger.timings = zeroed(schedule.lines, sizeof *crowd.ledger.timings);
    /* The kernel may wake the generator no later than it must. */
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    crowd_enter(&crowd, options->login_window);
    crowd_settle(&crowd, QUIET_BEFORE);
    schedule.begin = now() + 0.05;
    crowd.scene = &schedule;
    crowd.after_read = say_due;
    cpu = process_cpu(options->server);
    while (schedule.said < schedule.lines) {
        crowd_turn(&crowd, time_of(&schedule, schedule.said));
        say_due(&crowd, NULL);
    }
    scene_drain(&crowd);
    cpu = process_cpu(options->server) - cpu;
    return report(&crowd, unmeasured, cpu);
}
