/* Joins: everybody comes into one room at once. How long until all are in, and until everybody
 * knows of everybody? */

#include "basics.h"
#include "dialect.h"
#include "process.h"
#include "report.h"
#include "scenes.h"

#include <math.h>

/* So long after the last byte, nothing more is to come. */
#define QUIET_AFTER 1.0

/* How many names all members together hear until everybody knows of everybody; 0 if that cannot be
 * counted. Whoever comes in is told all names, his own too, or (text) hears of those who come
 * after him only. */
static uint64_t names_in_all(const struct crowd *crowd)
{
    uint64_t count = crowd->count;

    if (crowd->dialect->counts_names)
        return count * count;
    return crowd->dialect == &dialect_text ? count * (count - 1) / 2 : 0;
}

static void let_them_count(struct crowd *crowd)
{
    size_t words = (crowd->count + 63) / 64;
    uint64_t *knows = zeroed(crowd->count * words, sizeof *knows);

    for (uint32_t i = 0; i < crowd->count; i++)
        crowd->clients[i].knows = knows + i * words;
}

int scene_joins(const struct options *options)
{
    struct crowd crowd;
    double begin, cpu, all_in, all_known = NAN, own;
    uint64_t names;

    crowd_open(&crowd, options, 1, options->members, 0, 1);
    let_them_count(&crowd);
    names = names_in_all(&crowd);
    cpu = process_cpu(options->server);
    own = own_cpu();
    begin = now();
    crowd_enter(&crowd, options->login_window);
    all_in = now() - begin;
    while (now() < crowd.last_received + QUIET_AFTER) {
        if (isnan(all_known) && names > 0 && crowd.names_heard >= names)
            all_known = now() - begin;
        crowd_turn(&crowd, crowd.last_received + QUIET_AFTER);
    }
    cpu = process_cpu(options->server) - cpu;
    scene_report(&crowd);
    report_number("all_entered_seconds", all_in);
    report_number("all_known_seconds", all_known);
    report_number("last_byte_seconds", crowd.last_received - begin);
    report_count("names_heard", crowd.names_heard);
    report_number("names_expected", names > 0 ? (double)names : NAN);
    report_count("bytes_received", crowd.bytes_received);
    report_count("lines_received", crowd.lines_received);
    report_number("server_cpu_seconds", cpu);
    report_number("generator_cpu_seconds", own_cpu() - own);
    return scene_end(&crowd);
}
