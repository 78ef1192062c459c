/* SPDX-License-Identifier: MIT */
/* The hash table: finds all that it holds while it grows and shrinks. */
#include "broker/table.h"

#include "base/cleanup.h"
#include "test.h"

struct item {
    struct table_link link;
    uint32_t value;
};

static struct item items[5000];

static uint64_t hash_of(const struct table *table, uint32_t value)
{
    return table_hash(table, &value, sizeof(value));
}

static struct item *find(const struct table *table, uint32_t value)
{
    struct table_link *link = NULL;
    while ((link = table_find(table, hash_of(table, value), link))) {
        struct item *item = container_of(link, struct item, link);
        if (item->value == value)
            return item;
    }
    return NULL;
}

static void remove_odd(struct table_link *link, void *arg)
{
    struct item *item = container_of(link, struct item, link);
    if (item->value % 2)
        table_remove(arg, link);
}

TEST(all_items_are_found_while_it_grows_and_after_some_went)
{
    struct table table;
    CHECK(table_init(&table));
    for (uint32_t i = 0; i < ARRAY_SIZE(items); i++) {
        items[i] = (struct item){.value = i};
        table_add(&table, &items[i].link, hash_of(&table, i));
        CHECK(find(&table, i / 2) == &items[i / 2]);
    }
    CHECK_EQ(table.count, ARRAY_SIZE(items));
    CHECK(table.buckets >= ARRAY_SIZE(items));
    table_each(&table, remove_odd, &table);
    table_remove(&table, &items[1].link); /* in no table any more: nothing happens */
    CHECK_EQ(table.count, ARRAY_SIZE(items) / 2);
    for (uint32_t i = 0; i < ARRAY_SIZE(items); i++)
        CHECK_PTR_EQ(find(&table, i), i % 2 ? NULL : &items[i]);
    table_finish(&table);
}

TEST(items_of_one_hash_are_told_apart)
{
    struct table table;
    CHECK(table_init(&table));
    for (uint32_t i = 0; i < 3; i++) {
        items[i] = (struct item){.value = i};
        table_add(&table, &items[i].link, 7);
    }
    unsigned seen = 0;
    for (struct table_link *at = NULL; (at = table_find(&table, 7, at));)
        seen |= 1U << container_of(at, struct item, link)->value;
    CHECK_EQ(seen, 7);
    CHECK_PTR_EQ(table_find(&table, 8, NULL), NULL);
    table_finish(&table);
}

/* Or a client could choose keys that all fall into one bucket. */
TEST(two_tables_hash_differently)
{
    struct table a, b;
    CHECK(table_init(&a) && table_init(&b));
    CHECK(table_hash(&a, "key", 3) != table_hash(&b, "key", 3));
    table_finish(&a);
    table_finish(&b);
}
