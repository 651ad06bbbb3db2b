#include "report.h"

#include "basics.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

static bool is_first;

static void write_text(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '"' || byte == '\\')
            printf("\\%c", byte);
        else if (byte < 0x20 || byte >= 0x7f)
            printf("\\u%04x", byte);
        else
            putchar(byte);
    }
    putchar('"');
}

static void write_key(const char *key)
{
    if (!is_first)
        fputs(", ", stdout);
    is_first = false;
    write_text(key);
    fputs(": ", stdout);
}

void report_begin(void)
{
    putchar('{');
    is_first = true;
}

void report_end(void)
{
    fputs("}\n", stdout);
    if (fflush(stdout) != 0)
        fail("The report could not be written.");
}

void report_text(const char *key, const char *text)
{
    write_key(key);
    write_text(text);
}

void report_count(const char *key, uint64_t count)
{
    write_key(key);
    printf("%" PRIu64, count);
}

void report_number(const char *key, double number)
{
    write_key(key);
    if (isfinite(number))
        printf("%.9g", number);
    else
        fputs("null", stdout);
}

void report_open(const char *key)
{
    write_key(key);
    putchar('{');
    is_first = true;
}

void report_close(void)
{
    putchar('}');
    is_first = false;
}
