/* SPDX-License-Identifier: MIT */
/* Handing over, finding the whole from its part, rounding up. */
#include "test.h"

#include "base/cleanup.h"

struct whole {
    char before[13];
    int part;
};

TEST(take_yields_the_value_and_leaves_the_empty_one)
{
    int value = 5;
    int *p = &value;
    CHECK_PTR_EQ(take(&p, NULL), &value);
    CHECK_PTR_EQ(p, NULL);
    int fd = 7;
    CHECK_EQ(take(&fd, -1), 7);
    CHECK_EQ(fd, -1);
}

TEST(container_of_finds_the_whole)
{
    struct whole w = {.part = 3};
    int *part = &w.part;
    CHECK_PTR_EQ(container_of(part, struct whole, part), &w);
}

TEST(align_up_rounds_to_the_next_multiple)
{
    CHECK_EQ(align_up(0, 64), 0);
    CHECK_EQ(align_up(1, 64), 64);
    CHECK_EQ(align_up(64, 64), 64);
    CHECK_EQ(align_up(65, 64), 128);
    CHECK_EQ(align_up(12345, 1), 12345);
    CHECK_EQ(align_up(SIZE_MAX - 4095, 4096), SIZE_MAX - 4095);
}

static int freed;

static void count_free(int *p)
{
    freed += *p;
}

TEST(cleanup_runs_when_the_scope_ends)
{
    freed = 0;
    {
        _cleanup_(count_free) int one = 1;
        CHECK_EQ(one, 1);
        CHECK_EQ(freed, 0);
    }
    CHECK_EQ(freed, 1);
}
