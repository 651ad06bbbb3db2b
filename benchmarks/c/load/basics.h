/* Common functions: fatal errors, the clock, memory, and numbers of fixed width. */

#ifndef BASICS_H
#define BASICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes one sentence to stderr, and ends the program with status 1. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Seconds of the monotonic clock. */
double now(void);

/* Seconds of CPU time, user and system, that this process has used. */
double own_cpu(void);

/* Allocates `count` zeroed elements of `size` bytes; ends the program rather than return NULL. */
void *zeroed(size_t count, size_t size);

/* realloc() that ends the program rather than return NULL. */
void *grown(void *memory, size_t size);

/* Returns the smallest power of two that is at least `number`. */
size_t power_of_two(size_t number);

/* Writes `number` in exactly `digits` digits. */
void write_digits(char *out, unsigned digits, uint32_t number);

/* Reads exactly `digits` digits; returns false if one of the characters is not a digit. */
static inline bool read_digits(const char *in, unsigned digits, uint32_t *number)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < digits; i++) {
        unsigned digit = (unsigned char)in[i] - (unsigned)'0';

        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

#endif
