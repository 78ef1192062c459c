/* SPDX-License-Identifier: MIT */
/* The first field of every such struct is a uint32_t with its size. Pure functions. */
#include "api/structs.h"

#include <inttypes.h>
#include <string.h>

#define LARGEST 4096U /* bytes that are looked at: a size that nobody set may be any number */

static enum ist_status read_size(const char *name, const void *from, size_t size, uint32_t *out)
{
    if (!from)
        return refuse(IST_BAD_POINTER, "the pointer to struct %s is NULL", name);
    memcpy(out, from, sizeof(*out));
    if (*out < size)
        return refuse(IST_BAD_ARG,
                      "struct_size of struct %s is %" PRIu32 ": it must be %zu, which the "
                      "_INIT "
                      "macro sets",
                      name, *out, size);
    return IST_OK;
}

enum ist_status struct_check(const char *name, const void *out, size_t size)
{
    uint32_t found = 0;
    return read_size(name, out, size, &found);
}

enum ist_status struct_read(const char *name, const void *from, void *to, size_t size)
{
    uint32_t found = 0;
    enum ist_status status = read_size(name, from, size, &found);
    if (status != IST_OK)
        return status;
    if (found > LARGEST)
        return refuse(IST_BAD_ARG,
                      "struct_size of struct %s is %" PRIu32 ", which none of ours will ever "
                      "be: "
                      "the _INIT macro sets it",
                      name, found);
    for (size_t i = size; i < found; i++)
        if (((const unsigned char *)from)[i])
            return refuse(IST_NOT_SUPPORTED,
                          "struct %s has something set at byte %zu, which this version (%s) "
                          "does not know",
                          name, i, ist_version());
    memcpy(to, from, size);
    return IST_OK;
}

void struct_write(void *out, const void *from, size_t size)
{
    memcpy((char *)out + sizeof(uint32_t), (const char *)from + sizeof(uint32_t),
           size - sizeof(uint32_t));
}
