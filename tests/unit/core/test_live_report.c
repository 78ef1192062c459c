/* SPDX-License-Identifier: MIT */
/* The report's frame: counting, order. What it says of holders stands in api/test_report.c */
#include "unit/core/rig.h"

#include "core/live.h"

#include <stdio.h>

#define MANY 300

TEST(counting_writes_nothing_and_leaves_counts_alone)
{
    struct fence *fence = rig_fence(1);
    CHECK_EQ(live_report(NULL), 1);
    CHECK_EQ(object_held(&fence->object, HOLDER_COM), 1);
    CHECK_EQ(object_held(&fence->object, HOLDER_WORK), 0);
    CHECK_EQ(load_relaxed(&fence->object.owners), 1);
    CHECK_EQ(load_relaxed(&fence->object.refs), 1);
    rig_drop(&fence->object);
    CHECK_EQ(live_report(NULL), 0);
}

TEST(many_objects_come_oldest_first)
{
    struct fence *fence[MANY];
    char *text = NULL, want[64];
    size_t size;
    for (unsigned i = 0; i < MANY; i++)
        fence[i] = rig_fence(1000 + i);
    FILE *out = open_memstream(&text, &size);
    CHECK_EQ(live_report(out), MANY);
    CHECK_EQ(fclose(out), 0);
    const char *at = text;
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(want, sizeof(want), "\n%u. fence: value %u; ", i + 1, 1000 + i);
        at = strstr(at, want);
        CHECK(at != NULL);
    }
    free(text);
    for (unsigned i = 0; i < MANY; i++)
        rig_drop(&fence[i]->object);
}

TEST(a_stream_that_cannot_be_written_is_no_disaster)
{
    struct fence *fence = rig_fence(1);
    FILE *full = fopen("/dev/full", "w");
    CHECK(full);
    CHECK_EQ(live_report(full), 1);
    CHECK(fclose(full) != 0);
    rig_drop(&fence->object);
}

TEST(an_object_that_ends_while_it_is_reported_is_freed_by_the_report)
{
    struct fence *fence = rig_fence(1);
    size_t count;
    struct object **all = live_pin_all(&count);
    CHECK_EQ(count, 1);
    rig_drop(&fence->object);
    CHECK_EQ(object_live_count(), 1); /* our pin keeps the memory */
    CHECK_EQ(load_relaxed(&all[0]->owners), 0);
    object_unpin(all[0]);
    free(all);
    CHECK_EQ(object_live_count(), 0);
}
