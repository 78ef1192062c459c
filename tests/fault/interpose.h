/* SPDX-License-Identifier: MIT */
/*
 * Makes the n-th call of one kind fail, of those calls that our libraries (or the broker) make
 * themselves; or kills the process there. Preloaded. Who is in the process itself finds
 * fault_arm() by dlsym(); a test arms other processes through a file that both map: its path is
 * in ISTHMUS_FAULT_BROKER for the broker, in ISTHMUS_FAULT_CLIENT for anybody else.
 */
#ifndef TESTS_FAULT_INTERPOSE_H
#define TESTS_FAULT_INTERPOSE_H

#include <stdatomic.h>

enum fault_kind {
    FAULT_ALLOCATION, /* malloc, calloc, realloc, aligned_alloc, posix_memalign */
    FAULT_MMAP,
    FAULT_MEMFD,
    FAULT_SENDMSG,
    FAULT_RECVMSG,
    FAULT_SPAWN, /* fork, posix_spawn */
    FAULT_THREAD,
    FAULT_PIPE,
    FAULT_WRITE,
    FAULT_KINDS,
    FAULT_STEP = FAULT_KINDS, /* every call but allocations */
    FAULT_COUNTERS
};

struct fault_control {
    _Atomic long left[FAULT_COUNTERS]; /* until the one that fails; 0: not armed */
    atomic_int fired;
    atomic_int deadly;   /* 1: it does not fail, the process is killed by SIGKILL */
    _Atomic long blocks; /* of memory that the process has */
};

/* From now on the n-th call (1: the next) of that kind fails, in any thread. */
void fault_arm(enum fault_kind kind, long n);
/* Nothing fails any more. True: one did. */
int fault_disarm(void);

#endif
