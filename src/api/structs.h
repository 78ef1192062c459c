/* SPDX-License-Identifier: MIT */
/* Structs of the public API that begin with their size: reading what a newer program passes. */
#ifndef ISTHMUS_API_STRUCTS_H
#define ISTHMUS_API_STRUCTS_H

#include "core/status.h"

/*
 * Whether `out` may be filled with `size` bytes. IST_BAD_POINTER, IST_BAD_ARG with the struct's
 * name.
 */
enum ist_status struct_check(const char *name, const void *out, size_t size) MUST_CHECK;

/*
 * Copies the part that this version knows. IST_NOT_SUPPORTED: a newer program set something
 * beyond it. Also as above.
 */
enum ist_status struct_read(const char *name, const void *from, void *to, size_t size)
    MUST_CHECK;

/* Fills all of *out but its first field, which stays what the caller wrote. */
void struct_write(void *out, const void *from, size_t size);

#endif
