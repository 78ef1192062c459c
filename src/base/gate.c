/* SPDX-License-Identifier: MIT */
/*
 * Whoever forks closes the gate, lets the kernel order that before everybody's next step, and
 * waits until each known thread is outside. A thread that comes meanwhile steps back and sleeps
 * until the gate opens. `list_lock` guards the list of threads, and is held across the fork;
 * `hooks_lock` those who add hooks, who may be inside the gate.
 */
#include "base/gate.h"

#include "base/atomics.h"
#include "base/futex.h"

#include <linux/membarrier.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OPEN, FORKING = 1, UNADOPTED = 2 };

_Thread_local struct gate_thread gate_self;

atomic_int gate_closed; /* OPEN or one of the others; stored by who forks, read by all */

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct gate_thread *threads;
static struct gate_hooks hooks[GATE_HOOKS];
static atomic_uint hook_count; /* publishes the hooks before it */
static pthread_mutex_t hooks_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic uint32_t opened; /* futex word: one more each time that the gate opens */
static atomic_uint generation;  /* stored by a child alone, before it has a second thread */
static bool has_membarrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t exit_key;        /* its destructor takes the thread off the list */
static _Thread_local bool is_forking; /* this thread closed the gate */

static long membarrier(int command)
{
    return syscall(SYS_membarrier, command, 0, 0);
}

static void forget_thread(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&list_lock);
    struct gate_thread **at = &threads;
    while (*at && *at != &gate_self)
        at = &(*at)->next;
    if (*at)
        *at = gate_self.next;
    gate_self.known = false;
    pthread_mutex_unlock(&list_lock);
}

static void each_hook(size_t member)
{
    unsigned count = load_acquire(&hook_count);
    for (unsigned i = 0; i < count; i++) {
        void (*fn)(void) = *(void (**)(void))((char *)&hooks[i] + member);
        if (fn)
            fn();
    }
}

#define EACH_HOOK(member) each_hook(offsetof(struct gate_hooks, member))

/* Everybody's earlier entries become visible here, and our flag to every later one. */
static void order_everybody(void)
{
    if (has_membarrier)
        membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    else
        usleep(1000); /* a store reaches the others long before that; no better way is left */
}

static void wait_until_outside(struct gate_thread *thread)
{
    while (load_acquire(&thread->depth) != 0)
        sched_yield();
}

static void before_fork(void)
{
    gate_adopt(); /* or the gate would open afterwards, and nobody would ever adopt */
    EACH_HOOK(prepare);
    pthread_mutex_lock(&list_lock);
    is_forking = true;
    store_seq_cst(&gate_closed, FORKING);
    order_everybody();
    for (struct gate_thread *thread = threads; thread; thread = thread->next)
        if (thread != &gate_self)
            wait_until_outside(thread);
}

static void open_gate(void)
{
    store_seq_cst(&gate_closed, OPEN);
    add_relaxed(&opened, 1);
    futex_wake(&opened, INT32_MAX);
    is_forking = false;
}

static void after_fork_parent(void)
{
    EACH_HOOK(parent);
    open_gate();
    pthread_mutex_unlock(&list_lock);
}

/* Only the thread that forked is left; the others' words stay behind in memory that is free. */
static void after_fork_child(void)
{
    pthread_mutex_init(&hooks_lock, NULL); /* another thread may have been adding one */
    threads = gate_self.known ? &gate_self : NULL;
    gate_self.next = NULL;
    add_relaxed(&generation, 1);
    EACH_HOOK(child);
    is_forking = false;
    store_seq_cst(&gate_closed, UNADOPTED);
    pthread_mutex_unlock(&list_lock);
}

static void start(void)
{
    has_membarrier = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
    pthread_key_create(&exit_key, forget_thread);
    pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}

unsigned gate_generation(void)
{
    return load_relaxed(&generation);
}

void gate_on_fork(const struct gate_hooks *fns)
{
    pthread_once(&once, start);
    pthread_mutex_lock(&hooks_lock);
    unsigned count = load_relaxed(&hook_count);
    if (count < GATE_HOOKS) {
        hooks[count] = *fns;
        store_release(&hook_count, count + 1);
    }
    pthread_mutex_unlock(&hooks_lock);
}

static void get_known(void)
{
    pthread_once(&once, start);
    pthread_setspecific(exit_key, &gate_self);
    pthread_mutex_lock(&list_lock);
    gate_self.next = threads;
    threads = &gate_self;
    gate_self.known = true;
    pthread_mutex_unlock(&list_lock);
}

/* The first passage in a child: one thread adopts, the others wait for it as for a fork. */
static void adopt(void)
{
    pthread_mutex_lock(&list_lock);
    bool first = load_relaxed(&gate_closed) == UNADOPTED && !is_forking;
    if (first) {
        is_forking = true; /* what the hooks call passes the gate */
        store_seq_cst(&gate_closed, FORKING);
    }
    pthread_mutex_unlock(&list_lock);
    if (first) {
        membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED); /* for forks of our own */
        EACH_HOOK(adopt);
        open_gate();
    }
}

/* Called with the depth counted up; returns with it counted up, and the gate open for us. */
void gate_enter_slow(void)
{
    for (;;) {
        unsigned depth = load_relaxed(&gate_self.depth);
        if (is_forking || (depth > 1 && gate_self.known))
            return; /* inside already: whoever forks waits for us, not we for it */
        if (gate_self.known && load_acquire(&gate_closed) == OPEN)
            return;
        store_release(&gate_self.depth, depth - 1);
        uint32_t seen = load_acquire(&opened);
        if (!gate_self.known)
            get_known();
        else if (load_acquire(&gate_closed) == UNADOPTED)
            adopt();
        else if (load_acquire(&gate_closed) == FORKING)
            futex_wait_until(&opened, seen, DEADLINE_NEVER);
        store_relaxed(&gate_self.depth, depth);
        atomic_signal_fence(memory_order_seq_cst);
    }
}

void gate_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock)
{
    gate_leave();
    pthread_cond_wait(cond, lock);
    unsigned depth = load_relaxed(&gate_self.depth);
    store_relaxed(&gate_self.depth, depth + 1);
    atomic_signal_fence(memory_order_seq_cst);
    if (load_relaxed(&gate_closed) == OPEN)
        return;
    /* A fork waits for those who are inside, and they may wait for this lock. */
    store_release(&gate_self.depth, depth);
    pthread_mutex_unlock(lock);
    gate_lock(lock);
}
