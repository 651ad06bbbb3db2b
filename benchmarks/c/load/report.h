/* Writes the report: one JSON object on stdout. */

#ifndef REPORT_H
#define REPORT_H

#include <stdint.h>

void report_begin(void);
void report_end(void);

void report_text(const char *key, const char *text);
void report_count(const char *key, uint64_t count);

/* NAN is written as null. */
void report_number(const char *key, double number);

/* Begin and end an object in the object. */
void report_open(const char *key);
void report_close(void);

#endif
