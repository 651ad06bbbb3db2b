#include "bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *grown(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (memory == NULL) {
        fputs("The reference server has no memory left.\n", stderr);
        exit(1);
    }
    return memory;
}

void bytes_add(struct bytes *bytes, const void *data, size_t length)
{
    size_t needed = bytes->length + length;

    if (length == 0)
        return;
    if (needed > bytes->capacity) {
        bytes->capacity = needed < 2 * bytes->capacity ? 2 * bytes->capacity : needed;
        bytes->data = grown(bytes->data, bytes->capacity);
    }
    memcpy(bytes->data + bytes->length, data, length);
    bytes->length = needed;
}

void bytes_add_text(struct bytes *bytes, const char *text)
{
    bytes_add(bytes, text, strlen(text));
}

void bytes_drop(struct bytes *bytes, size_t length)
{
    bytes->length -= length;
    if (length > 0 && bytes->length > 0)
        memmove(bytes->data, bytes->data + length, bytes->length);
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}
