/* SPDX-License-Identifier: MIT */
/*
 * What the tests of core and of the devices share: the session, its first device, time and
 * threads. Included once by each test program: it also defines the harness's hooks.
 */
#ifndef ISTHMUS_TEST_CORE_RIG_H
#define ISTHMUS_TEST_CORE_RIG_H

#include "fork.h"
#include "test.h"

#include "base/futex.h"
#include "base/log.h"
#include "core/event.h"
#include "core/fence.h"
#include "core/handle.h"
#include "core/queue.h"
#include "core/session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RIG_UNUSED __attribute__((unused))

/* Refusals are what many tests provoke: their log lines would hide what matters. */
static void rig_quiet(void *user, int level, const char *channel, const char *text)
{
    (void)user;
    (void)level;
    (void)channel;
    (void)text;
}

RIG_UNUSED static struct session *rig_session(void)
{
    return session_default();
}

RIG_UNUSED static struct device *rig_device(void)
{
    return session_default()->devices[0];
}

/* A deadline that a working wait never meets. */
RIG_UNUSED static int64_t rig_late(void)
{
    return deadline_after_ms(20000);
}

/* A deadline that a wait for something that never comes will meet. */
RIG_UNUSED static int64_t rig_soon(void)
{
    return deadline_after_ms(30);
}

RIG_UNUSED static void rig_nap(unsigned ms)
{
    struct timespec nap = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&nap, NULL);
}

RIG_UNUSED static pthread_t rig_start(void *(*fn)(void *), void *arg)
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, fn, arg), 0);
    return thread;
}

RIG_UNUSED static void rig_join(pthread_t thread)
{
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

RIG_UNUSED static struct event *rig_event(bool manual_reset)
{
    struct event *event = NULL;
    CHECK_EQ(event_create(rig_session(), manual_reset, false, &event), IST_OK);
    return event;
}

/* Looks whether the event is set; an auto-reset one is spent by that. */
RIG_UNUSED static bool rig_is_set(struct event *event)
{
    unsigned index = 99;
    return event_wait(&event, 1, false, 0, &index) == IST_OK && index == 0;
}

RIG_UNUSED static struct fence *rig_fence(uint64_t value)
{
    struct fence *fence = NULL;
    CHECK_EQ(fence_create(rig_session(), rig_device(), value, 0, &fence), IST_OK);
    return fence;
}

RIG_UNUSED static struct queue *rig_queue(void)
{
    struct queue *queue = NULL;
    CHECK_EQ(queue_create(rig_device(), &queue), IST_OK);
    return queue;
}

/* Waits for all that was submitted so far. */
RIG_UNUSED static enum ist_status rig_finish_queue(struct queue *queue)
{
    return queue_sync(queue, queue_ticket(queue), rig_late());
}

RIG_UNUSED static struct resource *rig_buffer(size_t bytes, enum resource_sharing sharing)
{
    struct resource_desc desc = {
        .shape = {.dimension = DIMENSION_BUFFER, .width = bytes},
        .sharing = sharing,
    };
    struct resource *resource = NULL;
    CHECK_EQ(resource_create(rig_session(), rig_device(), &desc, HOLDER_COM, &resource),
             IST_OK);
    return resource;
}

RIG_UNUSED static void rig_drop(struct object *object)
{
    object_drop(object, HOLDER_COM);
}

/* A small generator of its own, so that a failure comes again with the same numbers. */
RIG_UNUSED static uint32_t rig_random(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*state >> 33);
}

void test_warm_up(void)
{
    log_set_sink(rig_quiet, NULL);
    queue_unref(rig_queue()); /* starts the first thread of the pool, which stays */
#ifdef RIG_WARM_UP
    RIG_WARM_UP();
#endif
}

size_t test_live_objects(void)
{
    return object_live_count();
}

#endif
