/* SPDX-License-Identifier: MIT */
/* What tests of queues submit all the time; each must be taken. */
#ifndef ISTHMUS_TESTS_QUEUE_RIG_H
#define ISTHMUS_TESTS_QUEUE_RIG_H

#include "unit/core/rig.h"
static inline void submit_call(struct queue *q, void (*fn)(void *), void *user)
{
    CHECK_EQ(queue_call(q, fn, user), IST_OK);
}

static inline void submit_host(struct queue *q, void (*fn)(void *), void *user)
{
    CHECK_EQ(queue_host(q, fn, user), IST_OK);
}

static inline void wait_fence(struct queue *q, struct fence *fence, uint64_t value)
{
    CHECK_EQ(queue_wait_fence(q, fence, value), IST_OK);
}

static inline void signal_fence(struct queue *q, struct fence *fence, uint64_t value)
{
    CHECK_EQ(queue_signal_fence(q, fence, value), IST_OK);
}

static inline void add_one(void *user)
{
    ++*(unsigned *)user;
}

static inline void note_in_host_function(void *user)
{
    *(bool *)user = queue_in_host_function();
}

#endif
