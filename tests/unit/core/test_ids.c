/* SPDX-License-Identifier: MIT */
/* The table of ids: finds what is there, under the chain's lock, and nothing else. */
#include "unit/core/rig.h"

#include "core/ids.h"

struct thing {
    struct id_entry entry;
    atomic_uint found;
};

static struct id_table table;

static bool count(struct id_entry *entry, void *arg)
{
    (void)arg;
    struct thing *thing = container_of(entry, struct thing, entry);
    atomic_fetch_add(&thing->found, 1);
    return true;
}

static bool never(struct id_entry *entry, void *arg)
{
    (void)entry;
    (void)arg;
    return false;
}

static void count_all(struct id_entry *entry, void *arg)
{
    (void)entry;
    ++*(unsigned *)arg;
}

static struct id_key key(uint64_t low, uint64_t high)
{
    return (struct id_key){{low, high}};
}

TEST(both_words_of_a_key_count)
{
    struct thing a = {0}, b = {0};
    CHECK_PTR_EQ(ids_add(&table, &a.entry, key(1, 0), NULL, NULL), NULL);
    CHECK_PTR_EQ(ids_add(&table, &b.entry, key(1, 1), NULL, NULL), NULL);
    CHECK_PTR_EQ(ids_get(&table, key(1, 0), count, NULL), &a.entry);
    CHECK_PTR_EQ(ids_get(&table, key(1, 1), count, NULL), &b.entry);
    CHECK_PTR_EQ(ids_get(&table, key(0, 1), count, NULL), NULL);
    CHECK(ids_remove(&table, &a.entry));
    CHECK_PTR_EQ(ids_get(&table, key(1, 0), count, NULL), NULL);
    CHECK(!ids_remove(&table, &a.entry));
    CHECK(ids_remove(&table, &b.entry));
    CHECK_EQ(atomic_load(&a.found), 1);
}

TEST(the_second_of_a_key_gets_the_first_unless_that_one_is_refused)
{
    struct thing a = {0}, b = {0};
    CHECK_PTR_EQ(ids_add(&table, &a.entry, key(7, 7), count, NULL), NULL);
    CHECK_PTR_EQ(ids_add(&table, &b.entry, key(7, 7), count, NULL), &a.entry);
    CHECK_PTR_EQ(ids_add(&table, &b.entry, key(7, 7), never, NULL), NULL);
    CHECK(ids_remove(&table, &a.entry));
    CHECK_PTR_EQ(ids_get(&table, key(7, 7), count, NULL), &b.entry);
    CHECK(ids_remove(&table, &b.entry));
}

TEST(all_are_visited)
{
    static struct thing things[3 * IDS_BUCKETS / 2]; /* chains of more than one */
    unsigned seen = 0;
    for (size_t i = 0; i < ARRAY_SIZE(things); i++)
        ids_add(&table, &things[i].entry, key(i, 0), NULL, NULL);
    ids_each(&table, count_all, &seen);
    CHECK_EQ(seen, ARRAY_SIZE(things));
    for (size_t i = 0; i < ARRAY_SIZE(things); i++) {
        CHECK_PTR_EQ(ids_get(&table, key(i, 0), count, NULL), &things[i].entry);
        CHECK(ids_remove(&table, &things[i].entry));
    }
    CHECK_EQ(atomic_load(&table.count), 0);
}

static void *come_and_go(void *arg)
{
    struct thing mine = {0};
    uint64_t low = (uintptr_t)arg % 4; /* threads share keys, and so chains */
    for (int i = 0; i < 20000; i++) {
        ids_add(&table, &mine.entry, key(low, 9), NULL, NULL);
        if (!ids_get(&table, key(low, 9), count, NULL) || !ids_remove(&table, &mine.entry))
            return arg;
    }
    return NULL;
}

TEST(threads_come_and_go_at_once)
{
    pthread_t threads[8];
    for (uintptr_t i = 0; i < ARRAY_SIZE(threads); i++)
        threads[i] = rig_start(come_and_go, (void *)(i + 1));
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        void *wrong;
        CHECK_EQ(pthread_join(threads[i], &wrong), 0);
        CHECK(wrong == NULL);
    }
    CHECK_EQ(atomic_load(&table.count), 0);
}

static void *take_all(void *arg)
{
    uintptr_t got = 0;
    for (uint64_t i = 0; i < 4000; i++)
        got += ids_take(&table, key(i, 5), count, NULL) != NULL;
    (void)arg;
    return (void *)got;
}

TEST(of_several_threads_that_take_an_entry_one_gets_it)
{
    static struct thing things[4000];
    pthread_t threads[4];
    uintptr_t sum = 0;
    for (uint64_t i = 0; i < ARRAY_SIZE(things); i++)
        ids_add(&table, &things[i].entry, key(i, 5), NULL, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
        threads[i] = rig_start(take_all, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        void *got;
        CHECK_EQ(pthread_join(threads[i], &got), 0);
        sum += (uintptr_t)got;
    }
    CHECK_EQ(sum, ARRAY_SIZE(things));
    CHECK_EQ(atomic_load(&table.count), 0);
}
