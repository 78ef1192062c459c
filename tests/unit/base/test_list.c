/* SPDX-License-Identifier: MIT */
/* Lists: order, removal while walking, moving all to another list. */
#include "test.h"

#include "base/cleanup.h"
#include "base/list.h"

struct item {
    int value;
    struct list link;
};

/* The values of the list as decimal digits: 1, 2, 3 is 123. */
static int digits(struct list *head)
{
    int all = 0;
    list_for_each (link, next, head)
        all = all * 10 + container_of(link, struct item, link)->value;
    return all;
}

static void fill(struct list *head, struct item *items, int count, int first)
{
    list_init(head);
    for (int i = 0; i < count; i++) {
        items[i].value = first + i;
        list_append(head, &items[i].link);
    }
}

TEST(new_list_is_empty)
{
    struct list head;
    list_init(&head);
    CHECK(list_empty(&head));
    CHECK_EQ(digits(&head), 0);
}

TEST(append_keeps_the_order)
{
    struct list head;
    struct item items[3];
    fill(&head, items, 3, 1);
    CHECK(!list_empty(&head));
    CHECK_EQ(digits(&head), 123);
}

TEST(remove_takes_one_and_marks_it)
{
    struct list head;
    struct item items[3];
    fill(&head, items, 3, 1);
    CHECK(list_linked(&items[1].link));
    list_remove(&items[1].link);
    CHECK(!list_linked(&items[1].link));
    CHECK_EQ(digits(&head), 13);
    list_remove(&items[0].link);
    list_remove(&items[2].link);
    CHECK(list_empty(&head));
    list_append(&head, &items[1].link);
    CHECK_EQ(digits(&head), 2);
}

TEST(items_may_leave_while_the_list_is_walked)
{
    struct list head;
    struct item items[6];
    fill(&head, items, 6, 1);
    list_for_each (link, next, &head)
        if (container_of(link, struct item, link)->value % 2)
            list_remove(link);
    CHECK_EQ(digits(&head), 246);
}

TEST(splice_moves_all_to_the_end)
{
    struct list to, from, none;
    struct item a[2], b[3];
    fill(&to, a, 2, 1);
    fill(&from, b, 3, 5);
    list_init(&none);
    list_splice(&to, &none);
    CHECK_EQ(digits(&to), 12);
    list_splice(&to, &from);
    CHECK_EQ(digits(&to), 12567);
    CHECK(list_empty(&from));
    list_splice(&from, &to);
    CHECK_EQ(digits(&from), 12567);
    CHECK(list_empty(&to));
    list_remove(&b[2].link);
    CHECK_EQ(digits(&from), 1256);
}
