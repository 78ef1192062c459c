/* SPDX-License-Identifier: MIT */
/*
 * The fork gate. A fork copies memory at one moment, whatever the other threads are at; a lock
 * that one of them holds stays locked in the child for ever. So every stretch of code that
 * holds a lock, or leaves things half done, is passed inside the gate, and fork() waits until
 * nobody is in it. Passing costs two additions to a thread's own word and a look at a flag: the
 * order between the two sides comes from the kernel's membarrier, which only fork() pays.
 *
 * Stretches nest. Never inside the gate: sleeping, a user's function, waiting for others.
 */
#ifndef ISTHMUS_BASE_GATE_H
#define ISTHMUS_BASE_GATE_H

#include "base/export.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct gate_thread {
    atomic_uint depth; /* written by its thread, read by fork() */
    bool known;        /* on the list of threads that fork() asks */
    struct gate_thread *next;
};

extern _Thread_local struct gate_thread gate_self FRONT_API(gate_self)
    __attribute__((tls_model("initial-exec")));

/* Not 0: fork() is under way, or this is a child that has not used the library yet. */
extern atomic_int gate_closed FRONT_API(gate_closed);

void gate_enter_slow(void) FRONT_API(gate_enter_slow);

static inline void gate_enter(void)
{
    unsigned depth = atomic_load_explicit(&gate_self.depth, memory_order_relaxed);
    atomic_store_explicit(&gate_self.depth, depth + 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst); /* the kernel's barrier makes it a real one */
    if (__builtin_expect(!gate_self.known, 0) ||
        __builtin_expect(atomic_load_explicit(&gate_closed, memory_order_relaxed) != 0, 0))
        gate_enter_slow();
}

static inline void gate_leave(void)
{
    unsigned depth = atomic_load_explicit(&gate_self.depth, memory_order_relaxed);
    /* release: what was done inside is seen by the fork that waited for it */
    atomic_store_explicit(&gate_self.depth, depth - 1, memory_order_release);
}

/* A mutex that is held only inside the gate. */
static inline void gate_lock(pthread_mutex_t *lock)
{
    gate_enter();
    pthread_mutex_lock(lock);
}

static inline void gate_unlock(pthread_mutex_t *lock)
{
    pthread_mutex_unlock(lock);
    gate_leave();
}

/*
 * Sleeps outside the gate; may return for no reason. `lock` was taken by gate_lock(), once. Who
 * wakes up has the lock for a moment before it is inside again, so a fork may copy both as they
 * are then: the module's `child` hook makes lock and condition anew.
 */
void gate_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock) FRONT_API(gate_cond_wait);

/*
 * What happens around a fork. `prepare` runs in the parent before the gate closes, and may use
 * the library; `parent` and `child` right after the fork, with the gate closed, in a child that
 * may never use the library: they only do what cannot wait. `adopt` runs in the child inside
 * the gate, before the first passage of anybody. NULL: none. Called in the order of their
 * registration. At most GATE_HOOKS.
 */
#define GATE_HOOKS 16

struct gate_hooks {
    void (*prepare)(void);
    void (*parent)(void);
    void (*child)(void);
    void (*adopt)(void);
};

void gate_on_fork(const struct gate_hooks *hooks) FRONT_API(gate_on_fork);

/*
 * Another number in the child of a fork. Where threads stand in line, each line keeps the
 * number of its time: in another one nobody stands there, and where they stood may be memory of
 * others.
 */
unsigned gate_generation(void);

/* In a child that has not used the library yet: now it has. */
static inline void gate_adopt(void)
{
    if (__builtin_expect(atomic_load_explicit(&gate_closed, memory_order_relaxed) != 0, 0)) {
        gate_enter();
        gate_leave();
    }
}

#endif
