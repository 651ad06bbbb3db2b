/* What every file needs: the end in one sentence, the clock, memory, and digits of fixed width. */

#ifndef BASICS_H
#define BASICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes one sentence on stderr, and ends the program with status 1. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Seconds on the clock that nobody sets. */
double now(void);

/* Seconds of CPU that this process has used. */
double own_cpu(void);

/* `count` zeroed things of a size; ends the program rather than return NULL. */
void *zeroed(size_t count, size_t size);

/* realloc() that ends the program rather than return NULL. */
void *grown(void *memory, size_t size);

/* The smallest power of two that is not below `number`. */
size_t power_of_two(size_t number);

/* Writes `number` in exactly `digits` digits. */
void write_digits(char *out, unsigned digits, uint32_t number);

/* Reads exactly `digits` digits; false if one of them is none. */
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
