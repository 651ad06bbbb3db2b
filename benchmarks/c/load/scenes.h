/* The scenes, and what they share. */

#ifndef SCENES_H
#define SCENES_H

#include "client_pool.h"
#include "options.h"

/* Each plays its scene, writes the report, and returns the program's status: 0, or 2 if something
 * was delivered wrongly. */
int scene_fanout(const struct options *options);
int scene_latency(const struct options *options);
int scene_idle(const struct options *options);
int scene_joins(const struct options *options);
int scene_storm(const struct options *options);

/* Serves until every line said is everywhere, or nothing has been delivered for some seconds, and
 * a little longer, since what is delivered twice comes late. Counts what is missing as wrong. */
void scene_drain(struct crowd *crowd);

/* Begins the report with what every scene has been asked for. */
void scene_report(const struct crowd *crowd);

/* Ends the report with the errors; returns the program's status. */
int scene_end(const struct crowd *crowd);

#endif
