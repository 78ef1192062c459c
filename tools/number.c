/* SPDX-License-Identifier: MIT */
/* strtoull() takes signs, spaces and nonsense at the end; a user means none of them. */
#include "number.h"

bool number_parse(const char *text, uint64_t low, uint64_t high, uint64_t *out)
{
    uint64_t value = 0;
    if (*text == '\0')
        return false;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '9')
            return false;
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (unsigned)(*c - '0'), &value))
            return false;
    }
    if (value < low || value > high)
        return false;
    *out = value;
    return true;
}
