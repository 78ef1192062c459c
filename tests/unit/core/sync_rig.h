/* SPDX-License-Identifier: MIT */
/*
 * What tests of sync pages share: a second process that maps the same page, made by fork, and
 * a few words of memory over which both tell how far they are. The child never returns into
 * the harness: it leaves by _exit() with the number of its failed expectations.
 */
#ifndef ISTHMUS_TESTS_SYNC_RIG_H
#define ISTHMUS_TESTS_SYNC_RIG_H

#include "unit/core/rig.h"

#include "core/kmutex.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct stage {
    _Atomic uint32_t child, parent; /* steps; each is written by one side */
    _Atomic int64_t at;             /* a moment, for figures */
    _Atomic uint64_t counter;
    unsigned plain; /* whoever owns the mutex may touch it */
};

struct peer {
    pid_t pid;
    struct stage *stage;
    int fd; /* the page's */
    int fence_fd;
    unsigned failed;
};

#define EXPECT(peer, cond)                                                              \
    do {                                                                                \
        if (!(cond)) {                                                                  \
            fprintf(stderr, "  child, %s:%d: failed: %s\n", __FILE__, __LINE__, #cond); \
            (peer)->failed++;                                                           \
        }                                                                               \
    } while (0)

static inline struct stage *stage_new(void)
{
    void *at = mmap(NULL, sizeof(struct stage), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    return at;
}

static inline void stage_free(struct stage *stage)
{
    munmap(stage, sizeof(*stage));
}

/* False: it never came. */
static inline bool stage_await(_Atomic uint32_t *word, uint32_t step)
{
    for (int i = 0; i < 20000; i++) {
        if (atomic_load(word) >= step)
            return true;
        rig_nap(1);
    }
    return false;
}

static inline void peer_start(struct peer *peer, void (*run)(struct peer *peer))
{
    fflush(stdout);
    peer->failed = 0;
    peer->pid = test_fork();
    CHECK(peer->pid >= 0);
    if (peer->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* one that hangs would keep the test's output open */
        run(peer);
        _exit((int)peer->failed);
    }
}

/* The wait status, as waitpid() gives it. */
static inline int peer_reap(struct peer *peer)
{
    int status = -1;
    CHECK_EQ(waitpid(peer->pid, &status, 0), peer->pid);
    return status;
}

static inline void peer_kill(struct peer *peer)
{
    CHECK_EQ(kill(peer->pid, SIGKILL), 0);
    CHECK(WIFSIGNALED(peer_reap(peer)));
}

/* Returns when it stands still. */
static inline void peer_stop(struct peer *peer)
{
    int status = 0;
    CHECK_EQ(kill(peer->pid, SIGSTOP), 0);
    CHECK_EQ(waitpid(peer->pid, &status, WUNTRACED), peer->pid);
    CHECK(WIFSTOPPED(status));
}

static inline void peer_end_well(struct peer *peer)
{
    CHECK_EQ(peer_reap(peer), 0);
}

/* A keyed mutex of this process that others may open. */
static inline void shared_mutex(struct kmutex *km, struct peer *peer)
{
    CHECK_EQ(kmutex_create(km, NULL), IST_OK);
    CHECK_EQ(kmutex_share(km, &peer->fd), IST_OK);
}

/* In the child: the same mutex over a mapping of its own. */
static inline void open_mutex(struct kmutex *km, struct peer *peer)
{
    EXPECT(peer, kmutex_open(km, NULL, dup(peer->fd)) == IST_OK);
}

/* A thread that acquires; `done` is when it was told. */
struct waiting {
    struct kmutex *km;
    const void *party;
    uint64_t key;
    uint32_t ms;
    enum ist_status status;
    int64_t done;
};

static inline void *wait_for_it(void *arg)
{
    struct waiting *w = arg;
    w->status = kmutex_acquire(w->km, w->party, w->key, deadline_after_ms(w->ms), NULL);
    w->done = clock_now_ns();
    return NULL;
}

/* Until that many threads of this process sleep or are about to. */
static inline void await_waiting(struct kmutex *km, unsigned count)
{
    for (int i = 0; i < 20000 && atomic_load(&km->waiting) != count; i++)
        rig_nap(1);
    CHECK_EQ(atomic_load(&km->waiting), count);
    rig_nap(5);
}

#endif
