/* SPDX-License-Identifier: MIT */
/*
 * The lists. Each helper's lock guards its list and `held`; the kernel reads the list without
 * it, when all threads of the process have stopped somewhere: so the order of the stores
 * counts, and `pending` names the word that is being changed. The nodes lie in the private
 * shadow of the pages, where no peer can lead the kernel, or us, astray.
 */
#include "core/robust.h"

#include "base/gate.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HELPERS 64
#define HELD_MAX 2000 /* the kernel walks 2048 */
#define STACK_BYTES (256U << 10)

/* What the kernel knows as struct robust_list, and the way back, which is ours. */
struct node {
    struct node *_Atomic next; /* NULL: in no list */
    struct node *prev;
};

/* The kernel's struct robust_list_head. */
struct head {
    struct node *_Atomic next;
    long offset; /* from a node to its word */
    struct node *_Atomic pending;
};

struct robust_helper {
    _Atomic uint32_t locked; /* 1: taken; inside the gate, for a few instructions; rank: last */
    struct head head;
    uint32_t id;            /* its thread id; 0: it does not run */
    unsigned held;          /* nodes in the list */
    _Atomic uint32_t ready; /* futex word: 1 when the kernel knows the list */
};

_Static_assert(sizeof(struct head) == 3 * sizeof(void *), "the kernel's layout");

static struct {
    pthread_mutex_t lock; /* starting helpers */
    struct robust_helper helpers[HELPERS];
    _Atomic unsigned running; /* helpers that run; published after they do */
    _Atomic unsigned epoch;
} robust = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* A word, because holders never sleep: half the price of a mutex, which counts here. */
static void lock_helper(struct robust_helper *h)
{
    uint32_t free = 0;
    gate_enter();
    for (unsigned spins = 1; !cas_acq_rel(&h->locked, &free, 1); spins++, free = 0)
        if (spins % 64 == 0)
            sched_yield(); /* the one who holds it was preempted */
}

static void unlock_helper(struct robust_helper *h)
{
    store_release(&h->locked, 0);
    gate_leave();
}

/* A list that is empty points at itself; the kernel compares the addresses. */
static struct node *end_of(struct robust_helper *h)
{
    return (struct node *)(void *)&h->head;
}

static void *live(void *arg)
{
    struct robust_helper *h = arg;
    h->id = (uint32_t)syscall(SYS_gettid);
    bool known = syscall(SYS_set_robust_list, &h->head, sizeof(h->head)) == 0;
    store_release(&h->ready, known ? 1 : 2);
    futex_wake(&h->ready, 1);
    static _Atomic uint32_t never;
    while (known)
        futex_wait_until(&never, 0, DEADLINE_NEVER);
    return NULL;
}

static bool start_thread(struct robust_helper *h)
{
    pthread_t thread;
    pthread_attr_t attr;
    sigset_t all, before;
    sigfillset(&all); /* signals are the program's */
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool ok = pthread_create(&thread, &attr, live, h) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (!ok)
        return false;
    pthread_setname_np(thread, "isthmus-robust");
    while (load_acquire(&h->ready) == 0)
        futex_wait_until(&h->ready, 0, DEADLINE_NEVER);
    return load_acquire(&h->ready) == 1;
}

static bool start_helper_locked(void)
{
    unsigned n = load_relaxed(&robust.running);
    if (n == HELPERS)
        return false;
    struct robust_helper *h = &robust.helpers[n];
    store_relaxed(&h->locked, 0);
    store_relaxed(&h->head.next, end_of(h));
    store_relaxed(&h->head.pending, NULL);
    store_relaxed(&h->ready, 0);
    h->head.offset = sync_shadow_offset();
    h->held = 0;
    if (!start_thread(h))
        return false;
    store_release(&robust.running, n + 1);
    return true;
}

/* In the child of a fork there is no helper, and nothing that the parent owns is in a list. */
static void forget_parent(void)
{
    for (unsigned i = 0; i < load_relaxed(&robust.running); i++) {
        struct robust_helper *h = &robust.helpers[i];
        struct node *next, *node = load_relaxed(&h->head.next);
        for (; node != end_of(h); node = next) {
            next = load_relaxed(&node->next);
            store_relaxed(&node->next, NULL);
        }
    }
    store_relaxed(&robust.running, 0);
    add_relaxed(&robust.epoch, 1);
}

static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

static void hook_fork(void)
{
    gate_on_fork(&(struct gate_hooks){.adopt = forget_parent});
}

/* The helpers' count while `seen` are all that run, and one more is wanted. */
static bool start_more_than(unsigned seen)
{
    pthread_once(&fork_once, hook_fork);
    gate_lock(&robust.lock);
    bool ok = load_relaxed(&robust.running) > seen || start_helper_locked();
    gate_unlock(&robust.lock);
    return ok;
}

enum ist_status robust_start(void)
{
    gate_adopt();
    if (load_acquire(&robust.running) > 0 || start_more_than(0))
        return IST_OK;
    return refuse(IST_NO_RESOURCES, "no thread could be started that vouches for the keyed "
                                    "mutexes of this process");
}

unsigned robust_epoch(void)
{
    gate_adopt();
    return load_relaxed(&robust.epoch);
}

bool robust_owns(uint32_t word)
{
    for (unsigned i = load_acquire(&robust.running); i > 0; i--)
        if ((word & SYNC_LOW) == robust.helpers[i - 1].id)
            return true;
    return false;
}

uint32_t robust_id(const struct robust_helper *by)
{
    return by->id;
}

static void insert_locked(struct robust_helper *h, struct node *node)
{
    struct node *first = load_relaxed(&h->head.next);
    store_relaxed(&node->next, first);
    node->prev = end_of(h);
    store_release(&h->head.next, node); /* the kernel follows only `next` */
    if (first != end_of(h))
        first->prev = node;
    h->held++;
}

static void remove_locked(struct robust_helper *h, struct node *node)
{
    struct node *next = load_relaxed(&node->next);
    store_release(&node->prev->next, next);
    if (next != end_of(h))
        next->prev = node->prev;
    store_relaxed(&node->next, NULL);
    h->held--;
}

/* A word that is in a list is ours whatever a peer made of it: never taken twice. */
static bool take_locked(struct robust_helper *h, _Atomic uint32_t *word, uint32_t expected,
                        uint32_t flags)
{
    struct node *node = sync_shadow(word);
    if (load_relaxed(&node->next) || h->held >= HELD_MAX)
        return false;
    store_release(&h->head.pending, node);
    bool taken = cas_acq_rel(word, &expected, h->id | flags);
    if (taken)
        insert_locked(h, node);
    store_release(&h->head.pending, NULL);
    return taken;
}

static struct robust_helper *helper_with_room(void)
{
    unsigned running = load_acquire(&robust.running);
    for (unsigned i = 0; i < HELPERS; i++) {
        if (i >= running && !start_more_than(i))
            return NULL;
        lock_helper(&robust.helpers[i]);
        if (robust.helpers[i].held < HELD_MAX)
            return &robust.helpers[i]; /* locked */
        unlock_helper(&robust.helpers[i]);
    }
    return NULL;
}

struct robust_helper *robust_take(_Atomic uint32_t *word, uint32_t expected, uint32_t flags)
{
    struct robust_helper *h = helper_with_room();
    if (!h)
        return NULL;
    bool taken = take_locked(h, word, expected, flags);
    unlock_helper(h);
    return taken ? h : NULL;
}

static bool leave_locked(struct robust_helper *h, _Atomic uint32_t *word, uint32_t next,
                         uint32_t *old)
{
    struct node *node = sync_shadow(word);
    *old = load_relaxed(word);
    store_release(&h->head.pending, node);
    if (load_relaxed(&node->next))
        remove_locked(h, node);
    bool left = false;
    while (!left && (*old & ~SYNC_WAITERS) == h->id)
        left = cas_acq_rel(word, old, next);
    store_release(&h->head.pending, NULL);
    return left;
}

bool robust_leave(struct robust_helper *by, _Atomic uint32_t *word, uint32_t next)
{
    uint32_t old;
    lock_helper(by);
    bool left = leave_locked(by, word, next, &old);
    unlock_helper(by);
    if (left && old & SYNC_WAITERS)
        futex_wake_shared(word, INT_MAX);
    return left;
}
