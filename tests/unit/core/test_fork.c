/* SPDX-License-Identifier: MIT */
/*
 * Fork: a child that uses the library has working copies of what it inherited; one that does
 * not is as if it were not there. Each child says by its exit code what went wrong.
 */
#include "unit/core/parcel_rig.h"

#include "base/gate.h"
#include "core/fork.h"
#include "core/kmt.h"
#include "core/name.h"

#include <sched.h>
#include <sys/mman.h>

/* Seen by parent and child. */
struct shared {
    atomic_uint ran, started;
};

static struct shared *new_shared(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    return page;
}

static void drop_shared(struct shared *shared)
{
    CHECK_EQ(munmap(shared, 4096), 0);
}

static void count_run(void *user)
{
    atomic_fetch_add(&((struct shared *)user)->ran, 1);
}

static uint32_t handle_of(struct object *object)
{
    uint32_t value = 0;
    CHECK_EQ(handle_create(object, NULL, 3, 0, &value), IST_OK);
    return value;
}

/* What every child can do, whatever the parent was at. */
static int use_everything(void)
{
    struct shared here = {0};
    struct event *event;
    struct fence *fence;
    struct queue *q;
    uint32_t value;
    if (fence_create(rig_session(), rig_device(), 1, 0, &fence) != IST_OK)
        return 1;
    if (handle_create(&fence->object, NULL, 3, 0, &value) != IST_OK)
        return 2;
    if (queue_create(rig_device(), &q) != IST_OK)
        return 3;
    if (queue_wait_fence(q, fence, 2) != IST_OK || queue_host(q, count_run, &here) != IST_OK)
        return 4;
    if (event_create(rig_session(), true, false, &event) != IST_OK ||
        fence_notify(fence, 2, event) != IST_OK)
        return 5;
    fence_signal(fence, 2);
    if (rig_finish_queue(q) != IST_OK || atomic_load(&here.ran) != 1)
        return 6;
    if (!rig_is_set(event))
        return 7;
    if (handle_close(rig_session(), value) != IST_OK)
        return 8;
    struct resource *r = rig_keyed_texture();
    if (kmutex_acquire(&r->kmutex, r, 0, rig_late(), NULL) != IST_OK ||
        kmutex_release(&r->kmutex, r, 0, NULL) != IST_OK)
        return 9;
    object_drop(&r->object, HOLDER_COM);
    object_drop(&event->object, HOLDER_COM);
    object_drop(&fence->object, HOLDER_COM);
    queue_unref(q);
    return 0;
}

static int plain_role(int socket)
{
    (void)socket;
    return use_everything();
}

TEST(a_child_can_use_everything)
{
    struct rig_peer peer = rig_fork(plain_role);
    CHECK_EQ(rig_reap(&peer), 0);
}

/* For roles: what the parent made before it forked. */
static struct {
    struct queue *queue;
    struct resource *resource;
    struct fence *fence;
    struct shared *shared;
    uint32_t handle, fence_handle, number;
} made;

static int queued_role(int socket)
{
    (void)socket;
    if (!queue_idle(made.queue))
        return 1;
    if (!queue_reached(made.queue, queue_ticket(made.queue)))
        return 2;
    if (queue_host(made.queue, count_run, made.shared) != IST_OK)
        return 3;
    if (rig_finish_queue(made.queue) != IST_OK || atomic_load(&made.shared->ran) != 1)
        return 4;
    fence_signal(made.fence, 1); /* a private fence: the child's copy */
    rig_nap(20);
    return atomic_load(&made.shared->ran) == 1 ? use_everything() : 5;
}

TEST(work_that_the_parent_queued_is_not_run_in_the_child)
{
    made.shared = new_shared();
    made.queue = rig_queue();
    made.fence = rig_fence(0);
    CHECK_EQ(queue_wait_fence(made.queue, made.fence, 1), IST_OK);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(queue_host(made.queue, count_run, made.shared), IST_OK);
    struct rig_peer peer = rig_fork(queued_role);
    CHECK_EQ(rig_reap(&peer), 0);
    CHECK_EQ(atomic_load(&made.shared->ran), 1);
    fence_signal(made.fence, 1);
    CHECK_EQ(rig_finish_queue(made.queue), IST_OK);
    CHECK_EQ(atomic_load(&made.shared->ran), 4);
    queue_unref(made.queue);
    rig_drop(&made.fence->object);
    drop_shared(made.shared);
}

static void block_here(void *user)
{
    struct shared *shared = user;
    atomic_store(&shared->started, 1);
    while (atomic_load(&shared->started) == 1)
        rig_nap(1);
}

/* The parent's pool is inside a host function: the child's copy of the queue is idle. */
TEST(a_host_function_that_runs_in_the_parent_is_the_parents)
{
    made.shared = new_shared();
    made.queue = rig_queue();
    made.fence = rig_fence(0);
    CHECK_EQ(queue_host(made.queue, block_here, made.shared), IST_OK);
    while (!atomic_load(&made.shared->started))
        rig_nap(1);
    struct rig_peer peer = rig_fork(queued_role);
    CHECK_EQ(rig_reap(&peer), 0);
    atomic_store(&made.shared->started, 2);
    CHECK_EQ(rig_finish_queue(made.queue), IST_OK);
    queue_unref(made.queue);
    rig_drop(&made.fence->object);
    drop_shared(made.shared);
}

static int handles_role(int socket)
{
    struct object *object;
    if (handle_get(rig_session(), made.handle, OBJECT_RESOURCE, 1, HOLDER_IMPORT, &object) !=
        IST_OK)
        return 1;
    struct resource *r = resource_from_object(object);
    if (r->memory.base[9] != 42)
        return 2;
    r->memory.base[9] = 43;
    if (kmutex_owned_by(&r->kmutex, &made)) /* the parent is, the child is not */
        return 3;
    if (kmutex_acquire(&r->kmutex, &socket, 5, rig_soon(), NULL) != IST_TIMEOUT)
        return 4;
    rig_say(socket);
    if (kmutex_acquire(&r->kmutex, &socket, 5, rig_late(), NULL) != IST_OK ||
        kmutex_release(&r->kmutex, &socket, 6, NULL) != IST_OK)
        return 5;
    if (handle_get(rig_session(), made.fence_handle, OBJECT_FENCE, 1, HOLDER_IMPORT, &object) !=
        IST_OK)
        return 6;
    fence_signal(fence_from_object(object), 7);
    if (fence_wait(fence_from_object(object), 8, rig_late()) != IST_OK)
        return 7;
    return handle_close(rig_session(), made.handle) == IST_OK ? 0 : 8;
}

TEST(inherited_handles_mean_the_same_objects)
{
    made.resource = rig_keyed_texture();
    made.fence = rig_fence(0);
    made.handle = handle_of(&made.resource->object);
    made.fence_handle = handle_of(&made.fence->object);
    made.resource->memory.base[9] = 42;
    CHECK_EQ(kmutex_acquire(&made.resource->kmutex, &made, 0, rig_late(), NULL), IST_OK);
    struct rig_peer peer = rig_fork(handles_role);
    CHECK(rig_hear(peer.socket));
    CHECK_EQ(made.resource->memory.base[9], 43);
    CHECK_EQ(kmutex_release(&made.resource->kmutex, &made, 5, NULL), IST_OK);
    CHECK_EQ(kmutex_acquire(&made.resource->kmutex, &made, 6, rig_late(), NULL), IST_OK);
    CHECK_EQ(kmutex_release(&made.resource->kmutex, &made, 6, NULL), IST_OK);
    CHECK_EQ(fence_wait(made.fence, 7, rig_late()), IST_OK);
    fence_signal(made.fence, 8);
    CHECK_EQ(rig_reap(&peer), 0);
    /* The child closed its own handle. */
    CHECK_EQ(handle_close(rig_session(), made.handle), IST_OK);
    CHECK_EQ(handle_close(rig_session(), made.fence_handle), IST_OK);
    rig_drop(&made.resource->object);
    rig_drop(&made.fence->object);
}

/* Opens a fence, and waits for a value that never comes, as nobody's owner. */
static void *wait_in_vain(void *arg)
{
    return (void *)(uintptr_t)fence_wait(arg, 1000, rig_late());
}

static int waiting_role(int socket)
{
    struct parcel parcel;
    struct object *object;
    void *answer;
    pthread_t thread;
    if (!rig_receive_parcel(socket, &parcel) ||
        parcel_open(rig_session(), &parcel, HOLDER_IMPORT, &object) != IST_OK)
        return 1;
    if (pthread_create(&thread, NULL, wait_in_vain, fence_from_object(object)) != 0)
        return 2;
    while (!object_held(object, HOLDER_WORK))
        rig_nap(1);
    object_drop(object, HOLDER_IMPORT); /* the parent still owns it: the wait goes on */
    rig_say(socket);
    pthread_join(thread, &answer);
    return answer == (void *)(uintptr_t)IST_OK ? 0 : 3;
}

static int idle_role(int socket)
{
    return rig_hear(socket) ? 0 : 1; /* never uses the library */
}

TEST(a_child_that_does_nothing_hides_no_death)
{
    struct rig_peer waiting = rig_fork(waiting_role);
    struct fence *fence = rig_fence(0);
    struct parcel parcel = rig_parcel(&fence->object);
    CHECK(rig_send_parcel(waiting.socket, &parcel));
    parcel_close(&parcel);
    CHECK(rig_hear(waiting.socket));
    struct rig_peer idle = rig_fork(idle_role);
    rig_drop(&fence->object); /* the last owner of all */
    CHECK_EQ(rig_reap(&waiting), 0);
    rig_say(idle.socket);
    CHECK_EQ(rig_reap(&idle), 0);
}

static int adopting_role(int socket)
{
    object_hold(&made.fence->object, HOLDER_IMPORT); /* no lock: does not adopt by itself */
    if (fence_wait(made.fence, 3, rig_late()) != IST_OK)
        return 1;
    fork_child_adopt();
    rig_say(socket);
    if (!rig_hear(socket)) /* the parent has dropped its own */
        return 2;
    if (fence_value(made.fence) != 3)
        return 3;
    fence_signal(made.fence, 4);
    return fence_value(made.fence) == 4 ? 0 : 4;
}

TEST(a_child_that_uses_an_object_owns_it_too)
{
    made.fence = rig_fence(3);
    struct parcel parcel = rig_parcel(&made.fence->object);
    parcel_close(&parcel);
    struct rig_peer peer = rig_fork(adopting_role);
    CHECK(rig_hear(peer.socket));
    rig_drop(&made.fence->object);
    rig_say(peer.socket);
    CHECK_EQ(rig_reap(&peer), 0);
}

static int number_role(int socket)
{
    struct object *object;
    (void)socket;
    if (kmt_get(rig_session(), made.number, OBJECT_RESOURCE, HOLDER_IMPORT, &object) != IST_OK)
        return 1;
    return object == &made.resource->object ? 0 : 2;
}

TEST(numbers_are_inherited)
{
    made.resource = rig_keyed_texture();
    CHECK_EQ(kmt_number(&made.resource->object, &made.number), IST_OK);
    struct rig_peer peer = rig_fork(number_role);
    CHECK_EQ(rig_reap(&peer), 0);
    rig_drop(&made.resource->object);
}

/* ---- While the parent's threads are at work ---- */

static atomic_bool stop;
static struct fence *common;

static void *busy(void *arg)
{
    (void)arg;
    struct queue *q = rig_queue();
    struct shared here = {0};
    while (!atomic_load(&stop)) {
        struct fence *fence = rig_fence(0);
        uint32_t value = handle_of(&fence->object), number;
        CHECK_EQ(kmt_number(&fence->object, &number), IST_OK);
        CHECK_EQ(queue_wait_fence(q, fence, 1), IST_OK);
        CHECK_EQ(queue_host(q, count_run, &here), IST_OK);
        fence_signal(common, atomic_load(&here.ran));
        fence_signal(fence, 1);
        CHECK_EQ(rig_finish_queue(q), IST_OK);
        CHECK_EQ(handle_close(rig_session(), value), IST_OK);
        struct resource *r = rig_buffer(5000, SHARING_NT);
        rig_drop(&r->object);
        rig_drop(&fence->object);
    }
    queue_unref(q);
    return NULL;
}

static int busy_role(int socket)
{
    (void)socket;
    int wrong = use_everything();
    fence_signal(common, 5); /* locked by the parent's threads all the time */
    return wrong;
}

/* 150 times, as long as a busy machine does that in five seconds; 20 times at least. */
static bool forks_again(unsigned *done, int64_t start)
{
    unsigned i = (*done)++;
    return i < 20 || (i < 150 && clock_now_ns() - start < INT64_C(5000000000));
}

TEST(a_child_finds_every_lock_free)
{
    enum { THREADS = 3 };
    SKIP_UNLESS_FORKS_AT_WORK();
    unsigned forks = 0;
    pthread_t threads[THREADS];
    common = rig_fence(0);
    atomic_store(&stop, false);
    for (int i = 0; i < THREADS; i++)
        threads[i] = rig_start(busy, NULL);
    for (int64_t start = clock_now_ns(); forks_again(&forks, start);) {
        struct rig_peer peer = rig_fork(busy_role);
        CHECK_EQ(rig_reap(&peer), 0);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < THREADS; i++)
        rig_join(threads[i]);
    rig_drop(&common->object);
}

static int forking_role(int socket)
{
    (void)socket;
    if (use_everything())
        return 1;
    pid_t pid = test_fork();
    if (pid == 0)
        _exit(use_everything());
    int status;
    return waitpid(pid, &status, 0) == pid && status == 0 ? use_everything() : 2;
}

TEST(a_child_may_fork_again)
{
    struct rig_peer peer = rig_fork(forking_role);
    CHECK_EQ(rig_reap(&peer), 0);
}

static void count_orphan(struct id_entry *entry, void *arg)
{
    struct crossing *c = container_of(entry, struct crossing, entry);
    *(int *)arg += c->state == LIFE_HELD && atomic_load(&c->object->owners) == 0;
}

/* Objects that nobody owns here, and whose life pipe this process keeps open for ever. */
static int orphan_role(int socket)
{
    (void)socket;
    int orphans = 0;
    gate_adopt();
    ids_each(&rig_session()->ids, count_orphan, &orphans);
    return orphans;
}

static void *come_and_go(void *unused)
{
    (void)unused;
    while (!atomic_load(&stop)) {
        struct crossing *c;
        struct fence *fence = rig_fence(0);
        CHECK_EQ(crossing_get(&fence->object, &c), IST_OK);
        rig_drop(&fence->object);
    }
    return NULL;
}

/* A thread that is dropping the last owner when another one forks is not in the child. */
TEST(a_child_keeps_nothing_that_was_just_ending)
{
    enum { THREADS = 3, FORKS = 50 };
    SKIP_UNLESS_FORKS_AT_WORK();
    pthread_t threads[THREADS];
    atomic_store(&stop, false);
    for (int i = 0; i < THREADS; i++)
        threads[i] = rig_start(come_and_go, NULL);
    for (int i = 0; i < FORKS; i++) {
        struct rig_peer peer = rig_fork(orphan_role);
        CHECK_EQ(rig_reap(&peer), 0);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < THREADS; i++)
        rig_join(threads[i]);
}

static atomic_bool names_come_and_go;

static void *name_and_close(void *arg)
{
    struct fence *fence = arg;
    uint32_t value;
    while (atomic_load(&names_come_and_go)) {
        enum ist_status status = handle_create(&fence->object, "passing", 3, 0, &value);
        if (status == IST_OK)
            status = handle_close(rig_session(), value);
        if (status != IST_OK)
            return fence;
    }
    return NULL;
}

/* The name is there with a handle, or it is not there at all; nothing is on its way. */
static int passing_role(int socket)
{
    struct object *found;
    uint32_t value;
    (void)socket;
    enum ist_status status =
        name_get(rig_session(), "passing", OBJECT_FENCE, HOLDER_IMPORT, &found);
    if (status == IST_OK)
        return 0;
    if (status != IST_NOT_FOUND)
        return 1;
    return handle_create(&made.fence->object, "passing", 3, 0, &value) == IST_OK ? 0 : 2;
}

TEST(a_name_that_a_thread_was_making_or_leaving_is_nobodys_in_the_child)
{
    SKIP_UNLESS_FORKS_AT_WORK();
    made.fence = rig_fence(0);
    atomic_store(&names_come_and_go, true);
    pthread_t thread = rig_start(name_and_close, made.fence);
    int failed = 0;
    for (int i = 0; i < 200 && !failed; i++) {
        struct rig_peer peer = rig_fork(passing_role);
        failed = rig_reap(&peer);
    }
    void *wrong = NULL;
    atomic_store(&names_come_and_go, false);
    CHECK_EQ(pthread_join(thread, &wrong), 0);
    CHECK_EQ(failed, 0);
    CHECK(!wrong);
    rig_drop(&made.fence->object);
}
