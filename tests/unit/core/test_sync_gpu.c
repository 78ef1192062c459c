/* SPDX-License-Identifier: MIT */
/* The words beside a line: what they follow, and what counts as issued. */
#include "unit/core/rig.h"

#include "core/sync.h"

struct both {
    struct sync_line line;
    struct sync_gpu gpu;
};

static void set(struct both *b, uint64_t value)
{
    sync_gpu_set(&b->gpu, &b->line, value);
}

TEST(values_beyond_63_bits_have_one_word)
{
    CHECK_EQ(sync_gpu_value(0), 0);
    CHECK_EQ(sync_gpu_value(INT64_MAX - 1), INT64_MAX - 1);
    CHECK_EQ(sync_gpu_value((uint64_t)INT64_MAX + 1), INT64_MAX);
    CHECK_EQ(sync_gpu_value(UINT64_MAX), INT64_MAX);
}

TEST(the_word_is_the_value_up_to_its_end)
{
    struct both b = {.line = {.value = 4}};
    sync_gpu_start(&b.gpu, 4);
    set(&b, 9);
    CHECK_EQ(load_relaxed(&b.gpu.word), 9);
    CHECK_EQ(sync_gpu_read(&b.gpu, &b.line), 9);
    set(&b, 2);
    CHECK_EQ(load_relaxed(&b.gpu.word), 2);
    set(&b, UINT64_MAX);
    CHECK_EQ(load_relaxed(&b.gpu.word), INT64_MAX);
    CHECK_EQ(sync_gpu_read(&b.gpu, &b.line), UINT64_MAX);
    set(&b, (uint64_t)INT64_MAX + 5);
    CHECK_EQ(sync_gpu_read(&b.gpu, &b.line), (uint64_t)INT64_MAX + 5);
    set(&b, 2);
    CHECK_EQ(sync_gpu_read(&b.gpu, &b.line), 2);
    store_relaxed(&b.gpu.word, 6); /* a stream */
    CHECK_EQ(sync_gpu_read(&b.gpu, &b.line), 6);
    sync_gpu_follow(&b.gpu, &b.line);
    CHECK_EQ(load_relaxed(&b.gpu.word), 6);
}

/* The last value can be read, and a stream that comes late does not open the line again. */
TEST(a_line_that_is_over_stays_so_for_streams)
{
    struct both b = {.line = {.value = 0}};
    sync_gpu_start(&b.gpu, 0);
    set(&b, 2);
    sync_line_end(&b.line);
    sync_gpu_follow(&b.gpu, &b.line);
    CHECK_EQ(load_relaxed(&b.gpu.word), INT64_MAX);
    CHECK_EQ(sync_gpu_read(&b.gpu, &b.line), 2);
    store_relaxed(&b.gpu.word, 3);
    sync_gpu_follow(&b.gpu, &b.line);
    CHECK_EQ(load_relaxed(&b.gpu.word), INT64_MAX);
    CHECK_EQ(sync_gpu_read(&b.gpu, &b.line), 3);
    CHECK(sync_gpu_reached(&b.gpu, &b.line, 100, 0));
}

TEST(a_peak_that_a_host_lowers_counts_for_those_who_waited)
{
    struct both b = {.line = {.value = 0}};
    sync_gpu_start(&b.gpu, 0);
    uint32_t since = sync_line_since(&b.line);
    store_relaxed(&b.gpu.word, 8); /* a stream */
    set(&b, 1);
    CHECK(sync_gpu_reached(&b.gpu, &b.line, 8, since));
    CHECK(!sync_gpu_reached(&b.gpu, &b.line, 9, since));
    CHECK(!sync_gpu_reached(&b.gpu, &b.line, 8, sync_line_since(&b.line)));
}

TEST(what_is_issued_goes_down_with_the_value_only)
{
    struct both b = {.line = {.value = 0}};
    sync_gpu_start(&b.gpu, 0);
    sync_gpu_issued(&b.gpu, 0, 8); /* under way */
    set(&b, 5);
    CHECK_EQ(load_relaxed(&b.gpu.issued), 8);
    set(&b, 3);
    CHECK_EQ(load_relaxed(&b.gpu.issued), 8);
    set(&b, 8); /* there */
    set(&b, 1);
    CHECK_EQ(load_relaxed(&b.gpu.issued), 1);
    sync_gpu_issued(&b.gpu, 1, 0); /* a stream's rewind */
    CHECK_EQ(load_relaxed(&b.gpu.issued), 0);
}

/* Submitted first and noted last: what others have issued meanwhile stays. */
TEST(a_late_note_takes_nothing_back)
{
    struct both b = {.line = {.value = 0}};
    sync_gpu_start(&b.gpu, 0);
    sync_gpu_issued(&b.gpu, 0, 6);
    sync_gpu_issued(&b.gpu, 0, 5);
    CHECK_EQ(load_relaxed(&b.gpu.issued), 6);
    sync_gpu_issued(&b.gpu, 0, 7);
    CHECK_EQ(load_relaxed(&b.gpu.issued), 7);
}

static void *set_many(void *arg)
{
    struct both *b = arg;
    for (uint64_t i = 0; i < 20000; i++)
        set(b, i % 7);
    return NULL;
}

/* Each value was lowered from a peak that is noted, and none is lost for good. */
TEST(hosts_that_set_at_once_leave_a_value_of_theirs)
{
    struct both b = {.line = {.value = 0}};
    sync_gpu_start(&b.gpu, 0);
    pthread_t threads[4];
    for (unsigned i = 0; i < 4; i++)
        threads[i] = rig_start(set_many, &b);
    for (unsigned i = 0; i < 4; i++)
        rig_join(threads[i]);
    CHECK(sync_gpu_read(&b.gpu, &b.line) < 7);
    CHECK(!sync_gpu_reached(&b.gpu, &b.line, 7, 0));
    set(&b, 20);
    CHECK_EQ(sync_gpu_read(&b.gpu, &b.line), 20);
    CHECK_EQ(load_relaxed(&b.gpu.issued), 20);
}
