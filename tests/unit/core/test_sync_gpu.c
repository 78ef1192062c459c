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
    uint64_t old = load_relaxed(&b->line.value);
    sync_line_set(&b->line, value);
    sync_gpu_follow(&b->gpu, &b->line);
    sync_gpu_set(&b->gpu, old, value);
}

TEST(values_beyond_63_bits_have_one_word)
{
    CHECK_EQ(sync_gpu_value(0), 0);
    CHECK_EQ(sync_gpu_value(INT64_MAX - 1), INT64_MAX - 1);
    CHECK_EQ(sync_gpu_value((uint64_t)INT64_MAX + 1), INT64_MAX);
    CHECK_EQ(sync_gpu_value(UINT64_MAX), INT64_MAX);
}

TEST(the_word_follows_the_line)
{
    struct both b = {.line = {.value = 4}};
    sync_gpu_start(&b.gpu, 4);
    set(&b, 9);
    CHECK_EQ(load_relaxed(&b.gpu.word), 9);
    set(&b, 2);
    CHECK_EQ(load_relaxed(&b.gpu.word), 2);
    set(&b, UINT64_MAX);
    CHECK_EQ(load_relaxed(&b.gpu.word), INT64_MAX);
    set(&b, 2);
    sync_line_end(&b.line);
    sync_gpu_follow(&b.gpu, &b.line);
    CHECK_EQ(load_relaxed(&b.gpu.word), INT64_MAX);
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

/* Whoever stores the word last has seen the last value. */
TEST(hosts_that_set_at_once_leave_word_and_value_equal)
{
    struct both b = {.line = {.value = 0}};
    sync_gpu_start(&b.gpu, 0);
    pthread_t threads[4];
    for (unsigned i = 0; i < 4; i++)
        threads[i] = rig_start(set_many, &b);
    for (unsigned i = 0; i < 4; i++)
        rig_join(threads[i]);
    CHECK_EQ(load_relaxed(&b.gpu.word), load_relaxed(&b.line.value));
}
