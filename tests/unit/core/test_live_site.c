/* SPDX-License-Identifier: MIT */
/* Call sites: what a walk up the stack finds, and how a frame is named. */
#include "unit/core/rig.h"

#include <errno.h>

/* The instruction behind the call keeps the frame, and tells the two functions apart. */
static __attribute__((noinline)) void look_from_first(struct site *out)
{
    site_here(out);
    __asm__ volatile("# first");
}

static __attribute__((noinline)) void look_from_second(struct site *out)
{
    site_here(out);
    __asm__ volatile("# second");
}

/* The first OWN_FRAMES are left out, so the function that looks is not in its own site. */
static bool names(const struct site *site, const char *function)
{
    for (unsigned i = 0; i < site->depth; i++) {
        struct site_place place;
        site_place(site->frame[i], &place);
        if (strncmp(place.function, function, strlen(function)) == 0)
            return true;
    }
    return false;
}

static __attribute__((noinline)) void caller(struct site *out, bool second)
{
    if (second)
        look_from_second(out);
    else
        look_from_first(out);
    __asm__ volatile("# caller");
}

TEST(a_site_holds_the_callers_from_the_inside_out)
{
    struct site site;
    caller(&site, false);
    CHECK(site.depth >= 2);
    CHECK(site.depth <= SITE_FRAMES);
    CHECK(names(&site, "caller+"));
    CHECK(names(&site, "test_run_a_site_holds"));
    CHECK(!names(&site, "site_here+"));
    struct site_place place;
    site_place(site.frame[0], &place);
    CHECK(strncmp(place.function, "caller+", 7) == 0);
}

TEST(sites_are_equal_only_if_every_frame_is)
{
    struct site site[3];
    atomic_int round = 0;
    for (int i = 0; i < 2; i++) /* one place in the source, twice */
        caller(&site[add_relaxed(&round, 1)], false);
    caller(&site[2], true);
    CHECK(site_equal(&site[0], &site[0]));
    CHECK(!site_equal(&site[0], &site[2]));
    site[1] = site[0];
    site[1].depth--;
    CHECK(!site_equal(&site[0], &site[1]));
}

static __attribute__((noinline)) void *look_in_thread(void *out)
{
    look_from_first(out);
    return NULL;
}

TEST(a_thread_starts_with_its_own_function)
{
    struct site site;
    rig_join(rig_start(look_in_thread, &site));
    CHECK(site.depth >= 1); /* nothing of the C library is in it */
    for (unsigned i = 0; i < site.depth; i++) {
        struct site_place place;
        site_place(site.frame[i], &place);
        CHECK(!strstr(place.module, "libc.so"));
    }
}

TEST(a_place_has_the_offset_that_addr2line_wants)
{
    struct site_place place;
    site_place((char *)(uintptr_t)look_from_first + 5, &place);
    CHECK_STR(place.function, "look_from_first+0x4");
    CHECK(strstr(place.module, "test_unit_core_live_site") != NULL);
    site_place((void *)8, &place); /* nowhere: no crash, no name */
    CHECK_STR(place.function, "");
    CHECK_STR(place.module, "");
}

TEST(a_library_is_named_by_its_path)
{
    struct site_place place;
    site_place((char *)(uintptr_t)strtoull + 1, &place);
    CHECK(strstr(place.module, "libc") != NULL || strstr(place.module, "san") != NULL ||
          strstr(place.module, "test_unit_core_live_site") != NULL);
    CHECK(place.function[0]);
    CHECK(place.offset > 0);
}

TEST(errno_survives_a_look)
{
    struct site site;
    errno = 4711;
    look_from_first(&site);
    CHECK_EQ(errno, 4711);
}
