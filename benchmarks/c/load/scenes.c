#include "scenes.h"

#include "basics.h"
#include "dialect.h"
#include "report.h"

#include <stdio.h>

/* Without any delivery for so long, a line is lost. */
#define LOST_AFTER 3.0
#define TWICE_WITHIN 0.2

void scene_drain(struct crowd *crowd)
{
    const struct ledger *ledger = &crowd->ledger;
    uint64_t had = ledger->deliveries;
    double last_progress = now();

    while (ledger_outstanding(ledger) > 0 && now() < last_progress + LOST_AFTER) {
        crowd_turn(crowd, last_progress + LOST_AFTER);
        if (ledger->deliveries != had) {
            had = ledger->deliveries;
            last_progress = now();
        }
    }
    crowd_serve(crowd, now() + TWICE_WITHIN);
    ledger_close(&crowd->ledger, crowd->seats, crowd->count);
}

void scene_report(const struct crowd *crowd)
{
    report_begin();
    report_text("scene", crowd->options->scene);
    report_text("dialect", crowd->dialect->name);
    report_count("tls", crowd->options->tls);
    report_count("rooms", crowd->ledger.rooms);
    report_count("members", crowd->ledger.members);
}

int scene_end(const struct crowd *crowd)
{
    const struct ledger *ledger = &crowd->ledger;

    report_count("errors", ledger->errors);
    report_text("first_error", ledger->first_error);
    report_end();
    if (ledger->errors == 0)
        return 0;
    fprintf(stderr, "%llu deliveries were wrong: %s\n", (unsigned long long)ledger->errors,
            ledger->first_error);
    return 2;
}
