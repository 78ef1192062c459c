/* SPDX-License-Identifier: MIT */
/* WCHAR to UTF-8. Nothing here depends on the locale of the program, and nothing is kept. */
#include "win32/string.h"

#include <stdbool.h>

#define MAX_UTF8 4 /* bytes of one character */

/* UTF-16 writes a character above U+FFFF as a high unit and a low one. */
static bool is_high_surrogate(uint32_t unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low_surrogate(uint32_t unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

/* Reads one character at `wide`, 1 or 2 units; 0 units for what is none. */
static unsigned next_character(const WCHAR *wide, uint32_t *out)
{
    uint32_t unit = (uint32_t)wide[0];
    *out = unit;
    if (is_high_surrogate(unit) && is_low_surrogate((uint32_t)wide[1])) {
        *out = 0x10000 + ((unit - 0xd800) << 10) + ((uint32_t)wide[1] - 0xdc00);
        return 2;
    }
    return is_high_surrogate(unit) || is_low_surrogate(unit) || unit > 0x10ffff ? 0 : 1;
}

/* Writes 1 to 4 bytes and returns the place after them. */
static char *put_utf8(uint32_t c, char *out)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *out++ = (char)(0xe0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    } else {
        *out++ = (char)(0xf0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3f));
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    }
    return out;
}

/* Does not show the name: it may have no end. */
static enum ist_status refuse_long(void)
{
    return refuse(IST_NAME_TOO_LONG,
                  "the name has more than %d units or no end; %d characters "
                  "are allowed",
                  WIN32_NAME_MAX_UNITS, MAX_PATH);
}

enum ist_status win32_utf8_from_wide(const WCHAR *wide, char **out)
{
    if (!wide) {
        *out = NULL;
        return IST_OK;
    }
    /* One unit more than allowed is looked at, no further: the caller's array may end there. */
    size_t units = wcsnlen(wide, WIN32_NAME_MAX_UNITS + 1);
    if (units > WIN32_NAME_MAX_UNITS)
        return refuse_long();

    /* A unit becomes 4 bytes at most; a pair, which has two units, as well. */
    _cleanup_(freep) char *utf8 = malloc(units * MAX_UTF8 + 1);
    if (!utf8)
        return refuse(IST_NO_MEMORY, "no memory for a name of %zu units", units);
    char *end = utf8;
    for (size_t i = 0; i < units;) {
        uint32_t c;
        unsigned used = next_character(wide + i, &c);
        if (!used)
            return refuse(IST_BAD_NAME,
                          "unit %zu of the name is 0x%x, which is no character "
                          "(half a surrogate pair?)",
                          i, (unsigned)wide[i]);
        end = put_utf8(c, end);
        i += used;
    }
    *end = '\0';
    *out = take(&utf8, NULL);
    return IST_OK;
}

enum ist_status win32_utf8_from_ansi(const char *ansi, char **out)
{
    if (!ansi) {
        *out = NULL;
        return IST_OK;
    }
    if (strnlen(ansi, (size_t)WIN32_NAME_MAX_UNITS * MAX_UTF8 + 1) >
        (size_t)WIN32_NAME_MAX_UNITS * MAX_UTF8)
        return refuse_long();
    char *copy = strdup(ansi);
    if (!copy)
        return refuse(IST_NO_MEMORY, "no memory for a name");
    *out = copy;
    return IST_OK;
}
