/* The scenes, and the functions that they share. */

#ifndef SCENES_H
#define SCENES_H

#include "client_pool.h"
#include "options.h"

/* Each runs its scene, writes the report, and returns the exit status: 0, or 2 if there were wrong
 * deliveries. */
int scene_fanout(const struct options *options);
int scene_latency(const struct options *options);
int scene_idle(const struct options *options);
int scene_joins(const struct options *options);
int scene_storm(const struct options *options);

/* Serves all clients until all lines are delivered, or deliveries have stopped for some seconds,
 * and a little longer to detect duplicates. Counts missing lines as wrong. */
void scene_drain(struct pool *pool);

/* Begins the report with the parameters that all scenes have. */
void scene_report(const struct pool *pool);

/* Ends the report with the errors; returns the exit status. */
int scene_end(const struct pool *pool);

#endif
