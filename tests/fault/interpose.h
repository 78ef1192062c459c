/* SPDX-License-Identifier: MIT */
/*
 * Makes the n-th call of one kind fail, of those calls that our libraries (or the broker) make
 * themselves. Preloaded; a test finds these functions by dlsym(). In the broker, which has no
 * test in it, ISTHMUS_FAULT=KIND:N arms it from the start, once for each file that
 * ISTHMUS_FAULT_MARK names: the file is made when the call fails.
 */
#ifndef TESTS_FAULT_INTERPOSE_H
#define TESTS_FAULT_INTERPOSE_H

enum fault_kind {
    FAULT_ALLOCATION, /* malloc, calloc, realloc, aligned_alloc, posix_memalign */
    FAULT_MMAP,
    FAULT_MEMFD,
    FAULT_SENDMSG,
    FAULT_RECVMSG,
    FAULT_SPAWN, /* fork, posix_spawn */
    FAULT_THREAD,
    FAULT_PIPE,
    FAULT_KINDS
};

/* From now on the n-th call (1: the next) of that kind fails, in any thread. */
void fault_arm(enum fault_kind kind, long n);
/* Nothing fails any more. True: one did. */
int fault_disarm(void);

#endif
