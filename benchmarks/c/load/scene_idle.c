/* Idle: members come in and stay. How much memory does the server need for each? */

#include "basics.h"
#include "process.h"
#include "report.h"
#include "scenes.h"

#include <math.h>

#define STABLE_FOR 1.0
#define LOOK_EVERY 0.1
#define ROOM_SIZE 10

/* Serves until the server's memory has not changed for a second, but for one part in a thousand. */
static struct memory stable_memory(struct crowd *crowd)
{
    struct memory memory = process_memory(crowd->options->server);
    double stable_since = now();

    while (now() < stable_since + STABLE_FOR) {
        double resident;

        crowd_serve(crowd, now() + LOOK_EVERY);
        resident = process_memory(crowd->options->server).resident;
        if (fabs(resident - memory.resident) > memory.resident / 1000) {
            memory.resident = resident;
            stable_since = now();
        }
    }
    return process_memory(crowd->options->server);
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
    struct crowd crowd;
    struct memory before, after;
    uint32_t rooms = options->rooms;
    double begin, seconds, cpu;

    if (rooms == 0)
        rooms = options->members < ROOM_SIZE ? 1 : options->members / ROOM_SIZE;
    if (options->members % rooms != 0)
        fail("%u members cannot be shared out evenly among %u rooms.", options->members, rooms);
    crowd_open(&crowd, options, rooms, options->members / rooms, 0, 1);
    before = process_memory(options->server);
    cpu = process_cpu(options->server);
    begin = now();
    crowd_enter(&crowd, options->login_window);
    seconds = now() - begin;
    after = stable_memory(&crowd);
    cpu = process_cpu(options->server) - cpu;
    scene_report(&crowd);
    report_count("connections", crowd.count);
    report_memory("server_memory_before", before);
    report_memory("server_memory_after", after);
    report_number("resident_per_member", (after.resident - before.resident) / crowd.count);
    report_number("pss_per_member", (after.proportional - before.proportional) / crowd.count);
    report_number("login_seconds", seconds);
    report_number("server_cpu_seconds", cpu);
    return scene_end(&crowd);
}
