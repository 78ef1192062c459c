/* SPDX-License-Identifier: MIT */
/*
 * Decodes names. CUDA declares them as const void * to UTF-16; sources compiled on Linux pass
 * L"..." with 32-bit characters. The second 16-bit unit tells them apart: it is the high half
 * of a wchar_t below U+10000, which is zero, or a further unit of UTF-16, which is not.
 *
 * One case is left: a UTF-16 name of one letter has zero there too, its terminator. It is
 * taken for wchar_t if what follows is a string of those; else it is the one letter.
 */
#include "cuda/name.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_UNITS 300 /* no legal name has as many characters: see core/name.h */
#define LAST_CHARACTER 0x10ffffU
#define PAGE_BYTES 4096U

struct reader {
    const unsigned char *at;
    unsigned width; /* bytes of a unit */
    unsigned left;  /* units that may still be read */
};

/* Programs may pass any address: no alignment is taken for granted. */
static uint16_t unit16(const void *at)
{
    uint16_t unit;
    memcpy(&unit, at, sizeof(unit));
    return unit;
}

/*
 * The 32 bits at `at`, which may lie behind the terminator of a shorter string: so no
 * sanitizer looks here, and a page that the string does not reach is read by the kernel,
 * which only says no where a load would fault.
 */
__attribute__((no_sanitize("address", "thread"), noinline)) static bool peek32(
    const unsigned char *at, uint32_t *out)
{
    uintptr_t first = (uintptr_t)at;
    bool same_page = first % PAGE_BYTES != 0 && first % PAGE_BYTES <= PAGE_BYTES - 4;
    if (!same_page) {
        struct iovec to = {out, sizeof(*out)}, from = {(void *)first, sizeof(*out)};
        if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) == (ssize_t)sizeof(*out))
            return true;
        if (errno == EFAULT)
            return false;
    }
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++)
        value |= (uint32_t)((const volatile unsigned char *)at)[i] << 8 * i;
    *out = value;
    return true;
}

/*
 * True if 32-bit characters follow, until a terminator or for longer than a name may be. What
 * does not hold is then the rest of no wchar_t string, but what happens to lie behind a UTF-16
 * name of one letter.
 */
static bool is_wide_string(const unsigned char *name)
{
    uint32_t c = 1;
    for (unsigned i = 0; i < MAX_UNITS && c; i++)
        if (!peek32(name + 4 * i, &c) || c > LAST_CHARACTER)
            return false;
    return true;
}

/*
 * A second unit of 1 .. 16 is the high half of a character above U+FFFF: as a UTF-16 unit it
 * would be a control character, which no name has.
 */
static bool is_wide(const unsigned char *name)
{
    uint16_t second = unit16(name + 2);
    if (second)
        return second <= LAST_CHARACTER >> 16;
    return is_wide_string(name);
}

static uint32_t next_unit(struct reader *r)
{
    uint32_t unit = unit16(r->at);
    if (r->width == 4)
        unit |= (uint32_t)unit16(r->at + 2) << 16;
    r->at += r->width;
    r->left--;
    return unit;
}

/* The rest of a surrogate pair; 0 if it is none. */
static uint32_t join_pair(uint32_t high, struct reader *r)
{
    if (high >= 0xdc00 || !r->left)
        return 0;
    uint32_t low = next_unit(r);
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static char *put_utf8(char *to, uint32_t c)
{
    unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(lead[more] | c >> 6 * more);
    while (more--)
        *to++ = (char)(0x80 | (c >> 6 * more & 0x3f));
    return to;
}

/* `to` has room for four bytes a unit, which is what the longest character takes. */
static enum ist_status decode(struct reader *r, char *to)
{
    while (r->left) {
        uint32_t found = next_unit(r), c = found;
        if (!c) {
            *to = 0;
            return IST_OK;
        }
        if (c >= 0xd800 && c <= 0xdfff)
            c = join_pair(c, r);
        if (!c || c > LAST_CHARACTER)
            return refuse(IST_BAD_NAME,
                          "the name holds 0x%x, which is %s: names are UTF-16 or wchar_t",
                          found, c ? "no character" : "half of a surrogate pair");
        to = put_utf8(to, c);
    }
    return refuse(IST_NAME_TOO_LONG, "the name has no terminator within %u characters",
                  MAX_UNITS);
}

/* The width is decided once, then both encodings are read by the same loop. */
enum ist_status cu_name_decode(const void *name, char **out)
{
    const unsigned char *at = name;
    if (!unit16(at))
        return refuse(IST_BAD_NAME, "the name is empty");
    _cleanup_(freep) char *text = malloc(MAX_UNITS * 4 + 1);
    if (!text)
        return refuse(IST_NO_MEMORY, "no memory for a name");

    struct reader r = {at, is_wide(at) ? 4 : 2, MAX_UNITS};
    enum ist_status status = decode(&r, text);
    if (status == IST_OK)
        *out = take(&text, NULL);
    return status;
}
