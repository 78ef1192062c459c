/* SPDX-License-Identifier: MIT */
/* How often each function was called. Its own lock: tests ask at any moment. */
#include <string.h>

#include "fake.h"

enum { SLOTS = 512 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    const char *name; /* a literal of this library */
    size_t calls;
} slots[SLOTS];
static size_t total;

/* Its slot, or the free one where it would go. */
static size_t slot_of(const char *name)
{
    size_t hash = 5381;
    for (const char *c = name; *c; c++)
        hash = hash * 33 + (unsigned char)*c;
    size_t i = hash % SLOTS;
    while (slots[i].name && strcmp(slots[i].name, name) != 0)
        i = (i + 1) % SLOTS;
    return i;
}

void count_call(const char *name)
{
    pthread_mutex_lock(&lock);
    size_t i = slot_of(name);
    slots[i].name = name;
    slots[i].calls++;
    total++;
    pthread_mutex_unlock(&lock);
}

size_t fakecuda_calls(const char *name)
{
    pthread_mutex_lock(&lock);
    size_t i = name ? slot_of(name) : 0;
    size_t calls = !name ? total : slots[i].name ? slots[i].calls : 0;
    pthread_mutex_unlock(&lock);
    return calls;
}
