/* SPDX-License-Identifier: MIT */
/* Numbers for pointers: stale ones are refused, full tables say so, threads do not disturb. */
#include "test.h"

#include "base/cleanup.h"
#include "base/slotmap.h"

#include <pthread.h>
#include <string.h>

static bool say_yes(void *value, void *arg)
{
    (void)value;
    (void)arg;
    return true;
}

static bool say_no(void *value, void *arg)
{
    (void)value;
    (void)arg;
    return false;
}

static void *get(struct slotmap *map, uint32_t number)
{
    return slotmap_get(map, number, say_yes, NULL);
}

TEST(a_number_leads_to_its_value)
{
    struct slotmap map;
    int a, b;
    slotmap_init(&map, 17, 11);
    uint32_t na = slotmap_add(&map, &a);
    uint32_t nb = slotmap_add(&map, &b);
    CHECK(na != SLOTMAP_NONE);
    CHECK(nb != SLOTMAP_NONE);
    CHECK(na != nb);
    CHECK(na < 1U << 28);
    CHECK_PTR_EQ(get(&map, na), &a);
    CHECK_PTR_EQ(get(&map, nb), &b);
    CHECK_PTR_EQ(slotmap_remove(&map, na, NULL, NULL), &a);
    CHECK_PTR_EQ(get(&map, nb), &b);
    CHECK_PTR_EQ(slotmap_remove(&map, nb, NULL, NULL), &b);
    slotmap_finish(&map);
}

TEST(what_was_never_given_out_is_refused)
{
    struct slotmap map;
    int a;
    slotmap_init(&map, 10, 22);
    const uint32_t before[] = {0, 1, 1024, UINT32_MAX, 1U << 31};
    for (size_t i = 0; i < ARRAY_SIZE(before); i++)
        CHECK_PTR_EQ(get(&map, before[i]), NULL);
    uint32_t n = slotmap_add(&map, &a);
    for (uint32_t other = 0; other < 5000; other++)
        if (other != n)
            CHECK_PTR_EQ(get(&map, other), NULL);
    CHECK_PTR_EQ(get(&map, 0), NULL);
    CHECK_PTR_EQ(get(&map, UINT32_MAX), NULL);
    CHECK_PTR_EQ(slotmap_remove(&map, n + 1024, NULL, NULL), NULL); /* the next generation */
    CHECK_PTR_EQ(slotmap_remove(&map, n, NULL, NULL), &a);
    slotmap_finish(&map);
}

TEST(a_stale_number_stays_dead)
{
    struct slotmap map;
    int a, b;
    slotmap_init(&map, 10, 12);
    uint32_t stale = slotmap_add(&map, &a);
    CHECK_PTR_EQ(slotmap_remove(&map, stale, NULL, NULL), &a);
    CHECK_PTR_EQ(slotmap_remove(&map, stale, NULL, NULL), NULL);
    for (int i = 0; i < 3000; i++) { /* three times round the table */
        uint32_t n = slotmap_add(&map, &b);
        CHECK(n != stale);
        CHECK_PTR_EQ(get(&map, stale), NULL);
        CHECK_PTR_EQ(slotmap_remove(&map, n, NULL, NULL), &b);
    }
    slotmap_finish(&map);
}

TEST(a_number_comes_back_late)
{
    struct slotmap map;
    int a;
    slotmap_init(&map, 10, 3); /* seven generations: generation 0 is left out */
    uint32_t first = slotmap_add(&map, &a);
    CHECK_PTR_EQ(slotmap_remove(&map, first, NULL, NULL), &a);
    unsigned rounds = 0;
    for (uint32_t n = 0; n != first; rounds++) {
        n = slotmap_add(&map, &a);
        CHECK(n >= 1024); /* generation 0 would make number 0 possible */
        CHECK_PTR_EQ(slotmap_remove(&map, n, NULL, NULL), &a);
        CHECK(rounds <= 7 * 1024);
    }
    CHECK(rounds >= 7 * 1024 - 1);
    slotmap_finish(&map);
}

TEST(the_reference_decides)
{
    struct slotmap map;
    int a;
    slotmap_init(&map, 10, 10);
    uint32_t n = slotmap_add(&map, &a);
    CHECK_PTR_EQ(slotmap_get(&map, n, say_no, NULL), NULL);
    CHECK_PTR_EQ(slotmap_remove(&map, n, say_no, NULL), NULL);
    CHECK_PTR_EQ(get(&map, n), &a); /* a refused removal changed nothing */
    CHECK_PTR_EQ(slotmap_remove(&map, n, say_yes, NULL), &a);
    CHECK_PTR_EQ(get(&map, n), NULL);
    slotmap_finish(&map);
}

TEST(a_full_table_says_so_and_goes_on_after_a_removal)
{
    static uint32_t numbers[2048];
    struct slotmap map;
    slotmap_init(&map, 11, 4);
    for (size_t i = 0; i < 2048; i++) {
        numbers[i] = slotmap_add(&map, &numbers[i]);
        CHECK(numbers[i] != SLOTMAP_NONE);
    }
    CHECK_EQ(slotmap_add(&map, numbers), SLOTMAP_NONE);
    CHECK_EQ(slotmap_add(&map, numbers), SLOTMAP_NONE);
    for (size_t i = 0; i < 2048; i++)
        CHECK_PTR_EQ(get(&map, numbers[i]), &numbers[i]);

    CHECK_PTR_EQ(slotmap_remove(&map, numbers[777], NULL, NULL), &numbers[777]);
    uint32_t again = slotmap_add(&map, &map);
    CHECK_EQ(again & 2047, numbers[777] & 2047);
    CHECK(again != numbers[777]);
    CHECK_PTR_EQ(get(&map, again), &map);
    slotmap_finish(&map);
}

struct visit {
    unsigned count, stop_after;
    uintptr_t sum;
};

static bool visit_one(uint32_t number, void *value, void *arg)
{
    struct visit *v = arg;
    CHECK(number != SLOTMAP_NONE);
    v->count++;
    v->sum += (uintptr_t)value;
    return v->count < v->stop_after;
}

TEST(each_visits_what_is_live_until_told_to_stop)
{
    struct slotmap map;
    uint32_t numbers[10];
    slotmap_init(&map, 10, 10);
    for (uintptr_t i = 0; i < 10; i++)
        numbers[i] = slotmap_add(&map, (void *)(i + 1));
    CHECK_PTR_EQ(slotmap_remove(&map, numbers[4], NULL, NULL), (void *)5);

    struct visit all = {0, 1000, 0}, some = {0, 3, 0};
    slotmap_each(&map, visit_one, &all);
    CHECK_EQ(all.count, 9);
    CHECK_EQ(all.sum, 55 - 5);
    slotmap_each(&map, visit_one, &some);
    CHECK_EQ(some.count, 3);
    slotmap_finish(&map);
}

static bool count_one(uint32_t number, void *value, void *arg)
{
    (void)number;
    (void)value;
    ++*(unsigned *)arg;
    return true;
}

static unsigned count_live(struct slotmap *map)
{
    unsigned count = 0;
    slotmap_each(map, count_one, &count);
    return count;
}

/* The slot that was given back comes again after a whole round over all that are free. */
TEST(one_thread_goes_round_the_whole_table)
{
    struct slotmap map;
    uint32_t last[1024] = {0}, held[300];
    slotmap_init(&map, 10, 20);
    for (unsigned i = 0; i < 300; i++)
        held[i] = slotmap_add(&map, held);
    for (uint32_t i = 1; i <= 20000; i++) {
        uint32_t n = slotmap_add(&map, held), index = n & 1023;
        CHECK(n != SLOTMAP_NONE);
        if (last[index])
            CHECK_EQ(i - last[index], 1024 - 300);
        last[index] = i;
        CHECK_PTR_EQ(slotmap_remove(&map, n, NULL, NULL), held);
    }
    for (unsigned i = 0; i < 300; i++)
        CHECK_PTR_EQ(slotmap_remove(&map, held[i], NULL, NULL), held);
    slotmap_finish(&map);
}

/* A crowded table grows, so that a number is not given out again soon. */
TEST(a_table_stays_half_empty)
{
    static uint32_t last[1U << 17];
    struct slotmap map;
    uint32_t shortest = UINT32_MAX, number = 0;
    slotmap_init(&map, 17, 11);
    for (unsigned i = 0; i < 1000; i++)
        CHECK(slotmap_add(&map, &map) != SLOTMAP_NONE);
    for (uint32_t i = 1; i <= 50000; i++) {
        number = slotmap_add(&map, &map);
        uint32_t index = number & ((1U << 17) - 1);
        if (i > 10000 && last[index] && i - last[index] < shortest)
            shortest = i - last[index];
        last[index] = i;
        CHECK_PTR_EQ(slotmap_remove(&map, number, NULL, NULL), &map);
    }
    CHECK(shortest >= 1000);
    CHECK(shortest < 1U << 16); /* nor does it grow for ever */
    CHECK_EQ(count_live(&map), 1000);
    slotmap_finish(&map);
}

struct starter {
    struct slotmap *map;
    uint32_t number;
};

static void *add_one(void *arg)
{
    struct starter *s = arg;
    s->number = slotmap_add(s->map, s);
    return NULL;
}

/* Slots of 16 bytes: no two of these are near one another's cache line. */
TEST(threads_start_far_from_each_other)
{
    enum { STARTERS = 8 };
    struct slotmap map;
    struct starter starters[STARTERS];
    slotmap_init(&map, 17, 11);
    CHECK(slotmap_add(&map, &map) != SLOTMAP_NONE);
    for (unsigned i = 0; i < STARTERS; i++) {
        pthread_t thread;
        starters[i].map = &map;
        CHECK_EQ(pthread_create(&thread, NULL, add_one, &starters[i]), 0);
        CHECK_EQ(pthread_join(thread, NULL), 0);
        for (unsigned k = 0; k < i; k++) {
            int apart = (int)(starters[i].number & 1023) - (int)(starters[k].number & 1023);
            CHECK(apart > 32 || apart < -32);
        }
    }
    slotmap_finish(&map);
}

/* Stress: each thread owns its values and also looks at the numbers of all others. */
enum { THREADS = 4, ROUNDS = 20000, SEEN = 64 };

struct counted {
    atomic_uint alive; /* 1 from before it is added until after it was removed */
};

struct shared {
    struct slotmap map;
    _Atomic uint32_t seen[SEEN]; /* numbers that somebody may look up */
    atomic_uint wrong;
};

static bool is_alive(void *value, void *arg)
{
    struct counted *c = value;
    struct shared *s = arg;
    if (atomic_load(&c->alive) != 1)
        atomic_fetch_add(&s->wrong, 1);
    return true;
}

static void *churn(void *arg)
{
    struct shared *s = arg;
    struct counted mine;
    atomic_init(&mine.alive, 0);
    for (unsigned i = 0; i < ROUNDS; i++) {
        atomic_store(&mine.alive, 1);
        uint32_t n = slotmap_add(&s->map, &mine);
        if (!n)
            atomic_fetch_add(&s->wrong, 1);
        atomic_store(&s->seen[i % SEEN], n);
        uint32_t other = atomic_load(&s->seen[(i * 7 + 3) % SEEN]);
        slotmap_get(&s->map, other, is_alive, s);
        if (slotmap_get(&s->map, n, is_alive, s) != &mine)
            atomic_fetch_add(&s->wrong, 1);
        if (slotmap_remove(&s->map, n, NULL, NULL) != &mine)
            atomic_fetch_add(&s->wrong, 1);
        atomic_store(&mine.alive, 0); /* now nobody may be inside any more */
    }
    return NULL;
}

TEST(threads_share_one_table)
{
    struct shared s;
    pthread_t threads[THREADS];
    memset(&s, 0, sizeof(s));
    slotmap_init(&s.map, 10, 20);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, churn, &s), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(atomic_load(&s.wrong), 0);
    CHECK_EQ(count_live(&s.map), 0);
    slotmap_finish(&s.map);
}

static void *add_many(void *arg)
{
    struct shared *s = arg;
    for (unsigned i = 0; i < 4000; i++)
        if (!slotmap_add(&s->map, s))
            atomic_fetch_add(&s->wrong, 1);
    return NULL;
}

static bool note_number(uint32_t number, void *value, void *arg)
{
    unsigned char *seen = arg;
    (void)value;
    seen[number & ((1U << 17) - 1)]++;
    return true;
}

TEST(threads_grow_the_table_together)
{
    static unsigned char seen[1U << 17];
    struct shared s;
    pthread_t threads[THREADS];
    unsigned count = 0;
    memset(&s, 0, sizeof(s));
    memset(seen, 0, sizeof(seen));
    slotmap_init(&s.map, 17, 11);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, add_many, &s), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(atomic_load(&s.wrong), 0);
    slotmap_each(&s.map, note_number, seen);
    for (size_t i = 0; i < sizeof(seen); i++) {
        CHECK(seen[i] <= 1);
        count += seen[i];
    }
    CHECK_EQ(count, THREADS * 4000);
    slotmap_finish(&s.map);
}
