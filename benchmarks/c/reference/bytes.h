/* A byte buffer that grows at its end. */

#ifndef BYTES_H
#define BYTES_H

#include <stddef.h>

struct bytes {
    char *data;
    size_t length;
    size_t capacity;
};

void bytes_add(struct bytes *bytes, const void *data, size_t length);
void bytes_add_text(struct bytes *bytes, const char *text);

/* Removes `length` bytes at the front. */
void bytes_drop(struct bytes *bytes, size_t length);

/* Frees the memory; the buffer is empty, and can be used again. */
void bytes_free(struct bytes *bytes);

/* realloc() that ends the program rather than return NULL. */
void *grown(void *memory, size_t size);

#endif
