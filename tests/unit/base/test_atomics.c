/* SPDX-License-Identifier: MIT */
/* Reference counts: the last one out is told, and nobody comes back from zero. */
#include "test.h"

#include "base/atomics.h"

#include <pthread.h>

TEST(count_down_tells_the_last_one)
{
    atomic_uint count = 1;
    count_up(&count);
    CHECK_EQ(load_relaxed(&count), 2);
    CHECK(!count_down(&count));
    CHECK(count_down(&count));
    CHECK_EQ(load_relaxed(&count), 0);
}

TEST(count_up_if_held_refuses_zero)
{
    atomic_uint count = 1;
    CHECK(count_up_if_held(&count));
    CHECK_EQ(load_relaxed(&count), 2);
    store_relaxed(&count, 0);
    CHECK(!count_up_if_held(&count));
    CHECK_EQ(load_relaxed(&count), 0);
}

TEST(cas_says_what_it_found)
{
    atomic_uint word = 5;
    unsigned expected = 4;
    CHECK(!cas_acq_rel(&word, &expected, 9));
    CHECK_EQ(expected, 5);
    CHECK(cas_acq_rel(&word, &expected, 9));
    CHECK_EQ(exchange_acq_rel(&word, 1), 9);
}

enum { THREADS = 4, ROUNDS = 50000 };

struct contest {
    atomic_uint count, lasts;
};

static void *up_and_down(void *arg)
{
    struct contest *c = arg;
    for (int i = 0; i < ROUNDS; i++)
        if (count_up_if_held(&c->count) && count_down(&c->count))
            add_relaxed(&c->lasts, 1);
    if (count_down(&c->count))
        add_relaxed(&c->lasts, 1);
    return NULL;
}

TEST(exactly_one_thread_is_the_last)
{
    struct contest c = {THREADS, 0};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, up_and_down, &c), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(load_relaxed(&c.count), 0);
    CHECK_EQ(load_relaxed(&c.lasts), 1);
}
