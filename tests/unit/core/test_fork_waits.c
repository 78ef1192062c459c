/* SPDX-License-Identifier: MIT */
/*
 * Fork while threads of the parent sleep on something: the child has no such threads, so
 * nothing there may count with them, or write to where their stacks were.
 */
#include "unit/core/parcel_rig.h"

#include "core/fork.h"

#include <sched.h>

static struct {
    struct event *event, *other;
    struct fence *fence;
    struct queue *queue;
    struct resource *resource;
    atomic_uint waiting;
} made;

static void await_sleepers(unsigned count)
{
    while (atomic_load(&made.waiting) != count)
        rig_nap(1);
    rig_nap(20);
}

static void *wait_for_event(void *arg)
{
    struct event *both[2] = {made.event, made.other};
    unsigned index;
    atomic_fetch_add(&made.waiting, 1);
    return (void *)(uintptr_t)event_wait(both, 2, arg != NULL, rig_late(), &index);
}

static int ghost_role(int socket)
{
    (void)socket;
    event_set(made.event);
    return rig_is_set(made.event) ? 0 : 1;
}

TEST(a_sleeper_of_the_parent_takes_no_event_of_the_child)
{
    SKIP_UNLESS_PROCESSES();
    for (int all = 0; all < 2; all++) {
        made.event = rig_event(false);
        made.other = rig_event(false);
        atomic_store(&made.waiting, 0);
        pthread_t thread = rig_start(wait_for_event, all ? &made : NULL);
        await_sleepers(1);
        struct rig_peer peer = rig_fork(ghost_role);
        CHECK_EQ(rig_reap(&peer), 0);
        event_set(made.event);
        event_set(made.other);
        rig_join(thread);
        rig_drop(&made.event->object);
        rig_drop(&made.other->object);
    }
}

static void *wait_for_fence(void *arg)
{
    atomic_fetch_add(&made.waiting, 1);
    return (void *)(uintptr_t)fence_wait(made.fence, (uintptr_t)arg, rig_late());
}

static void *fill_stack(void *arg)
{
    volatile unsigned char bytes[48 << 10];
    int socket = *(int *)arg;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = 0xa5;
    rig_say(socket);
    rig_hear(socket);
    for (size_t i = 0; i < sizeof(bytes); i++)
        if (bytes[i] != 0xa5)
            return arg;
    return NULL;
}

/* The C library gives the stacks of the threads that are gone to new ones. */
static int reuse_role(int socket)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    int pairs[THREADS][2];
    (void)socket;
    for (int i = 0; i < THREADS; i++) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]) != 0 ||
            pthread_create(&threads[i], NULL, fill_stack, &pairs[i][1]) != 0)
            return 1;
        rig_hear(pairs[i][0]);
    }
    fence_signal(made.fence, 5);
    int wrong = 0;
    for (int i = 0; i < THREADS; i++) {
        void *hurt;
        rig_say(pairs[i][0]);
        pthread_join(threads[i], &hurt);
        wrong += hurt ? 2 : 0;
    }
    return wrong;
}

TEST(signals_of_the_child_touch_no_stack_of_a_thread_that_is_gone)
{
    SKIP_UNLESS_PROCESSES();
    pthread_t threads[3];
    made.fence = rig_fence(0);
    atomic_store(&made.waiting, 0);
    for (uintptr_t i = 0; i < 3; i++)
        threads[i] = rig_start(wait_for_fence, (void *)(i + 1));
    await_sleepers(3);
    struct rig_peer peer = rig_fork(reuse_role);
    CHECK_EQ(rig_reap(&peer), 0);
    fence_signal(made.fence, 3);
    for (int i = 0; i < 3; i++)
        rig_join(threads[i]);
    rig_drop(&made.fence->object);
}

/* Only waits: for what was registered before the fork. */
static int registered_role(int socket)
{
    unsigned index;
    fork_child_adopt();
    rig_say(socket);
    return event_wait(&made.event, 1, false, rig_late(), &index) == IST_OK ? 0 : 1;
}

TEST(what_was_registered_before_the_fork_is_served_in_the_child)
{
    SKIP_UNLESS_PROCESSES();
    made.fence = rig_fence(0);
    made.event = rig_event(false);
    int fd;
    CHECK_EQ(fence_share(made.fence, &fd), IST_OK);
    CHECK_EQ(fence_notify(made.fence, 1, made.event), IST_OK);
    struct rig_peer peer = rig_fork(registered_role);
    CHECK(rig_hear(peer.socket));
    fence_signal(made.fence, 1);
    CHECK_EQ(rig_reap(&peer), 0);
    CHECK(rig_is_set(made.event));
    rig_drop(&made.event->object);
    rig_drop(&made.fence->object);
}

/* Forks before its first use of the library, which comes afterwards. */
static int forks_first_role(int socket)
{
    (void)socket;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    int status;
    if (waitpid(pid, &status, 0) != pid || status != 0)
        return 1;
    return queue_idle(made.queue) ? 0 : 2; /* what the parent had queued is the parent's */
}

TEST(a_child_that_forks_before_its_first_use_adopts_all_the_same)
{
    SKIP_UNLESS_PROCESSES();
    made.queue = rig_queue();
    made.fence = rig_fence(0);
    CHECK_EQ(queue_wait_fence(made.queue, made.fence, 1), IST_OK);
    struct rig_peer peer = rig_fork(forks_first_role);
    CHECK_EQ(rig_reap(&peer), 0);
    fence_signal(made.fence, 1);
    CHECK_EQ(rig_finish_queue(made.queue), IST_OK);
    queue_unref(made.queue);
    rig_drop(&made.fence->object);
}

/* A keyed mutex that never left the process: the page is both processes' all the same. */
static int ordered_role(int socket)
{
    rig_say(socket);
    if (kmutex_acquire(&made.resource->kmutex, &made, 1, rig_late(), NULL) != IST_OK)
        return 1;
    return kmutex_release(&made.resource->kmutex, &made, 2, NULL) == IST_OK ? 0 : 2;
}

TEST(a_child_waits_for_the_order_of_a_mutex_that_it_inherited)
{
    SKIP_UNLESS_PROCESSES();
    static const char party;
    made.resource = rig_keyed_texture();
    made.queue = rig_queue();
    made.fence = rig_fence(0);
    CHECK_EQ(kmutex_acquire(&made.resource->kmutex, &party, 0, rig_late(), made.queue), IST_OK);
    CHECK_EQ(queue_wait_fence(made.queue, made.fence, 1), IST_OK);
    CHECK_EQ(kmutex_release(&made.resource->kmutex, &party, 1, made.queue), IST_OK);
    struct rig_peer peer = rig_fork(ordered_role);
    CHECK(rig_hear(peer.socket));
    rig_nap(20);
    fence_signal(made.fence, 1);
    CHECK_EQ(rig_reap(&peer), 0);
    CHECK_EQ(rig_finish_queue(made.queue), IST_OK);
    queue_unref(made.queue);
    rig_drop(&made.fence->object);
    rig_drop(&made.resource->object);
}

/* Another space of thread ids: to the parent the child's owner seems to be nobody. */
static int other_space_role(int socket)
{
    for (int i = 0; i < 200; i++) { /* ids that nobody has where the parent is */
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        waitpid(pid, NULL, 0);
    }
    if (kmutex_acquire(&made.resource->kmutex, &made, 0, rig_late(), NULL) != IST_OK)
        return 1;
    rig_say(socket);
    rig_hear(socket);
    return kmutex_release(&made.resource->kmutex, &made, 0, NULL) == IST_OK ? 0 : 2;
}

static int unsharing_role(int socket)
{
    (void)socket;
    if (robust_start() != IST_OK) /* afterwards this process could start no thread */
        return 3;
    if (unshare(CLONE_NEWPID) != 0)
        return 77;
    made.resource = rig_keyed_texture();
    struct rig_peer peer = rig_fork(other_space_role);
    if (!rig_hear(peer.socket))
        return 1;
    enum ist_status status =
        kmutex_acquire(&made.resource->kmutex, &peer, 0, deadline_after_ms(300), NULL);
    rig_say(peer.socket);
    return rig_reap(&peer) == 0 && status == IST_TIMEOUT ? 0 : 4;
}

TEST(a_child_in_another_space_of_thread_ids_is_not_taken_for_dead)
{
    SKIP_UNLESS_PROCESSES();
    struct rig_peer peer = rig_fork(unsharing_role);
    int answer = rig_reap(&peer);
    if (answer == 77)
        SKIP("no namespaces");
    CHECK_EQ(answer, 0);
}
