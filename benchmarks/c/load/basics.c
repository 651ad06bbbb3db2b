#include "basics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

_Noreturn void fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double own_cpu(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);

    if (memory == NULL)
        fail("There is no memory left for %zu elements of %zu bytes.", count, size);
    return memory;
}

void *grown(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (memory == NULL)
        fail("There is no memory left for %zu bytes.", size);
    return memory;
}

size_t power_of_two(size_t number)
{
    size_t power = 1;

    while (power < number)
        power *= 2;
    return power;
}

void write_digits(char *out, unsigned digits, uint32_t number)
{
    while (digits > 0) {
        out[--digits] = (char)('0' + number % 10);
        number /= 10;
    }
}
