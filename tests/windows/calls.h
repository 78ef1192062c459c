/* SPDX-License-Identifier: MIT */
/*
 * What the parts of test_calls share: the check that counts, questions to the record, and the
 * few calls that most of its tests begin with. A part is one function, which runs its tests.
 */
#ifndef TESTS_WINDOWS_CALLS_H
#define TESTS_WINDOWS_CALLS_H

#include "fake.h"

#include <isthmus/interop.h>

#include <string.h>

/* Every step of a call fails once, alone. */
void calls_failing(void);

/* What is refused before anything is made. */
void calls_refused(void);

/* Counts; a failure prints itself with the reason and the record, and the test goes on. */
void calls_check(bool ok, const char *text, const char *file, int line);

#define CHECK(cond) calls_check((cond) ? true : false, #cond, __FILE__, __LINE__)

static const struct ist_resource empty = IST_RESOURCE_INIT;
static const struct ist_fence empty_fence = IST_FENCE_INIT;
static const struct ist_share no_share = IST_SHARE_INIT;

/* ---- the record ------------------------------------------------------------------------- */

/* The lines from the first one that says `word` on. */
static inline const char *from(const char *word)
{
    const char *found = strstr(fake_lines(), word);
    return found ? found : "";
}

/* Of `calls` alike, how many the record has. */
static inline unsigned count(const char *word)
{
    unsigned n = 0;
    for (const char *at = fake_lines(); (at = strstr(at, word)) != NULL; at++)
        n++;
    return n;
}

static inline bool nothing_is_left(void)
{
    for (int kind = 0; kind < FAKE_KINDS; kind++)
        if (fake_alive((enum fake_kind)kind))
            return false;
    return !strstr(fake_lines(), "DOUBLE") && !strstr(fake_lines(), "AGAIN");
}

/* ---- a resource of the fake ------------------------------------------------------------- */

static inline enum ist_status import(unsigned dimension, enum fake_family family, bool keyed,
                                     struct ist_resource *r)
{
    return ist_import_resource(fake_resource(dimension, family, keyed), NULL, r);
}

static inline struct ist_resource_desc describe(enum fake_family family)
{
    struct ist_resource_desc desc = IST_RESOURCE_DESC_INIT;
    CHECK(ist_describe_resource(fake_resource(1, family, false), &desc) == IST_OK);
    return desc;
}

#endif
