/* Storm: all programs but one lose their connections, miss what that one says, come back at once,
 * and ask for what they have missed. How long until everybody has it? */

#include "basics.h"
#include "dialect.h"
#include "process.h"
#include "report.h"
#include "scenes.h"
#include "statistics.h"

#define QUIET_BEFORE 0.2
/* How long the server may take to see that a connection is gone. */
#define SEEN_WITHIN 10.0

struct storm {
    double begin;
    uint32_t missed;
    uint32_t caught_up;
    double *seconds;       /* per member: until it had what it had missed */
};

/* Notes who has got all that was missed. */
static void look_at(struct crowd *crowd, struct client *client)
{
    struct storm *storm = crowd->scene;
    uint32_t number = client->seat.number;

    if (number == 0 || storm->seconds[number - 1] > 0 || client->seat.heard[0] < storm->missed)
        return;
    storm->seconds[number - 1] = crowd->ledger.now - storm->begin;
    storm->caught_up++;
}

/* Cuts all but the speaker, and waits until he has been told that they are gone. */
static void cut_all(struct crowd *crowd)
{
    struct client *speaker = &crowd->clients[0];
    double until = now() + SEEN_WITHIN;

    speaker->lefts = 0;
    for (uint32_t i = 1; i < crowd->count; i++) {
        client_cut(crowd, &crowd->clients[i]);
        crowd->clients[i].resumes = true;
    }
    while (speaker->lefts < crowd->count - 1 && now() < until)
        crowd_turn(crowd, until);
}

/* Lets the speaker say his lines, and waits until they are on disk. */
static void say_all(struct crowd *crowd, uint32_t lines)
{
    dialect_say(crowd, &crowd->clients[0], lines);
    while (crowd->ledger.acknowledgements < lines)
        crowd_turn(crowd, crowd->deadline);
}

static int report(const struct crowd *crowd, double all_in, double cpu, double own)
{
    const struct storm *storm = crowd->scene;
    uint32_t programs = crowd->count - 1;

    sort_values(storm->seconds, programs);
    scene_report(crowd);
    report_count("programs", programs);
    report_count("missed", storm->missed);
    report_count("size", crowd->ledger.size);
    report_number("all_entered_seconds", all_in);
    report_number("all_caught_up_seconds", percentile(storm->seconds, programs, 100));
    report_number("median_caught_up_seconds", percentile(storm->seconds, programs, 50));
    report_number("first_caught_up_seconds", storm->seconds[0]);
    report_count("lines_caught_up", crowd->ledger.deliveries);
    report_count("bytes_received", crowd->bytes_received);
    report_number("server_cpu_seconds", cpu);
    report_number("generator_cpu_seconds", own);
    return scene_end(crowd);
}

int scene_storm(const struct options *given)
{
    struct crowd crowd;
    struct options options = *given;
    struct storm storm = {
        .missed = options.missed,
        .seconds = zeroed(options.members, sizeof(double)),
    };
    double cpu, own, all_in;

    if (strcmp(options.dialect, "json") != 0)
        fail("Only in the json dialect can one ask for what one has missed.");
    options.client_ids = true;
    /* The first is the speaker, who stays. */
    crowd_open(&crowd, &options, 1, options.members + 1, 1, options.missed);
    crowd_enter(&crowd, options.login_window);
    crowd_settle(&crowd, QUIET_BEFORE);
    cut_all(&crowd);
    say_all(&crowd, options.missed);
    crowd.scene = &storm;
    crowd.after_read = look_at;
    crowd.bytes_received = 0;
    cpu = process_cpu(options.server);
    own = own_cpu();
    storm.begin = now();
    for (uint32_t i = 1; i < crowd.count; i++)
        client_connect(&crowd, &crowd.clients[i]);
    while (crowd.entered < crowd.count)
        crowd_turn(&crowd, crowd.deadline);
    all_in = now() - storm.begin;
    scene_drain(&crowd);
    cpu = process_cpu(options.server) - cpu;
    own = own_cpu() - own;
    return report(&crowd, all_in, cpu, own);
}
