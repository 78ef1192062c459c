/* SPDX-License-Identifier: MIT */
/* A ring of links inside the objects that it joins. Whoever owns the head names the lock. */
#ifndef ISTHMUS_BASE_LIST_H
#define ISTHMUS_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev; /* a head points at itself when empty; NULL: in no list */
};

static inline void list_init(struct list *head)
{
    head->next = head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
    return head->next == head;
}

static inline bool list_linked(const struct list *item)
{
    return item->next != NULL;
}

static inline void list_append(struct list *head, struct list *item)
{
    item->prev = head->prev;
    item->next = head;
    head->prev->next = item;
    head->prev = item;
}

static inline void list_remove(struct list *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    item->next = item->prev = NULL;
}

/* Moves all of `from` to the end of `to`. */
static inline void list_splice(struct list *to, struct list *from)
{
    if (list_empty(from))
        return;
    from->next->prev = to->prev;
    from->prev->next = to;
    to->prev->next = from->next;
    to->prev = from->prev;
    list_init(from);
}

/* The removal of `item` itself is allowed inside the body. */
#define list_for_each(item, save, head)                                        \
    for (struct list *item = (head)->next, *save = item->next; item != (head); \
         item = save, save = item->next)

#endif
