/* Percentiles. */

#ifndef STATISTICS_H
#define STATISTICS_H

#include <stddef.h>

/* Sorts `count` values in ascending order, as percentile() needs them. */
void sort_values(double *values, size_t count);

/* Returns the smallest of the sorted values that `percent` of them do not exceed; NAN if there are
 * none. */
double percentile(const double *sorted, size_t count, double percent);

#endif
