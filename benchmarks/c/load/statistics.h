/* Percentiles. */

#ifndef STATISTICS_H
#define STATISTICS_H

#include <stddef.h>

/* Sorts `count` values, so that percentile() can be asked. */
void sort_values(double *values, size_t count);

/* The least of the sorted values that `percent` of them do not exceed; NAN of none. */
double percentile(const double *sorted, size_t count, double percent);

#endif
