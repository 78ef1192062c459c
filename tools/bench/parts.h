/* SPDX-License-Identifier: MIT */
/* What several kinds of rows need. */
#ifndef ISTHMUS_TOOLS_BENCH_PARTS_H
#define ISTHMUS_TOOLS_BENCH_PARTS_H

#include "demo/rig.h"

#include <stdbool.h>
#include <stdnoreturn.h>

/* In the middle of a sample there is nobody to tell but the parent: ends the row's process. */
noreturn void fail_row(const char *what);

/* A shared buffer and its global handle. */
struct shared_buffer {
    ID3D11Buffer *buffer;
    HANDLE kmt;
    UINT bytes;
};

bool shared_buffer_open(struct rig *rig, UINT misc, UINT bytes, struct shared_buffer *out);
void shared_buffer_close(struct shared_buffer *b);
/* What is mapped is freed by cudaFree() and cudaDestroyExternalMemory(). */
bool shared_buffer_map(const struct shared_buffer *b, cudaExternalMemory_t *memory, void **ptr);

/* `user` is a struct shared_buffer: import, map, free, destroy. */
void ours_import(void *user, unsigned count);
/* Lock and unlock of a mutex that nobody else wants. */
void floor_mutex(void *user, unsigned count);

/* A shared fence and its import. */
struct shared_fence {
    ID3D11Fence *fence;
    cudaExternalSemaphore_t semaphore;
    UINT64 value; /* the last one that was used */
};

bool shared_fence_open(struct rig *rig, struct shared_fence *out);
void shared_fence_close(struct shared_fence *f);
bool shared_fence_wait(struct shared_fence *f, UINT64 value, cudaStream_t stream);
bool shared_fence_signal(struct shared_fence *f, UINT64 value, cudaStream_t stream);

#endif
