#include "statistics.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;

    return (a > b) - (a < b);
}

void sort_values(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
}

double percentile(const double *sorted, size_t count, double percent)
{
    size_t rank = (size_t)ceil((double)count * percent / 100);

    if (count == 0)
        return NAN;
    return sorted[rank > 0 ? rank - 1 : 0];
}
