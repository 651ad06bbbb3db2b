#include "scenes.h"

#include "basics.h"
#include "dialect.h"
#include "report.h"

#include <stdio.h>

/* After so many seconds without a delivery, outstanding lines count as lost. */
#define LOST_AFTER 3.0
/* A duplicate arrives within so many seconds. */
#define DUPLICATE_WITHIN 0.2

void scene_drain(struct pool *pool)
{
    const struct ledger *ledger = &pool->ledger;
    uint64_t had = ledger->deliveries;
    double last_progress = now();

    while (ledger_outstanding(ledger) > 0 && now() < last_progress + LOST_AFTER) {
        pool_run_once(pool, last_progress + LOST_AFTER);
        if (ledger->deliveries != had) {
            had = ledger->deliveries;
            last_progress = now();
        }
    }
    pool_run_until(pool, now() + DUPLICATE_WITHIN);
    ledger_close(&pool->ledger, pool->member_list, pool->count);
}

void scene_report(const struct pool *pool)
{
    report_begin();
    report_text("scene", pool->options->scene);
    report_text("dialect", pool->dialect->name);
    report_count("tls", pool->options->tls);
    report_count("rooms", pool->ledger.rooms);
    report_count("members", pool->ledger.members);
}

int scene_end(const struct pool *pool)
{
    const struct ledger *ledger = &pool->ledger;

    report_count("errors", ledger->errors);
    report_text("first_error", ledger->first_error);
    report_end();
    if (ledger->errors == 0)
        return 0;
    fprintf(stderr, "%llu deliveries were wrong: %s\n", (unsigned long long)ledger->errors,
            ledger->first_error);
    return 2;
}
