/* SPDX-License-Identifier: MIT */
/* What the files of the actor's side share. One thread does everything. */
#ifndef TESTS_MULTIPROCESS_PUPPET_H
#define TESTS_MULTIPROCESS_PUPPET_H

#define COBJMACROS
#ifdef PUPPET_GUIDS
#define INITGUID
#endif
#include <windows.h>

#include <d3d11_4.h>

#include <cuda_runtime_api.h>

#include <isthmus/isthmus.h>

#include "actor.h"

/* An object, as far as this actor has it. */
struct thing {
    ID3D11Resource *buffer;
    IDXGIKeyedMutex *mutex;
    ID3D11Fence *fence;
    cudaExternalMemory_t memory;
    unsigned char *bytes; /* mapped by CUDA */
    cudaExternalSemaphore_t semaphore;
};

extern struct puppet {
    ID3D11Device5 *device;
    ID3D11DeviceContext4 *context;
    ID3D11Resource *staging;
    cudaStream_t stream;
    unsigned char *pinned; /* what copies use; from the first one on */
    struct thing things[SLOTS];
    pid_t child;
    int child_pipe;
} puppet;

/* Both sides, once in a process. */
bool puppet_open(void);
void puppet_close(void);

/* 0, or the last error as an HRESULT. */
uint32_t win32_code(bool ok);
/* A name as Windows spells it; NULL for an empty one. */
const WCHAR *wide(const char *name, WCHAR room[300]);

/* Handles that the actor closes in the end, if nobody did before. */
void keep_handle(HANDLE handle);
void close_handles(void);

/* CUDA's half of a thing. */
void thing_drop_cuda(struct thing *t);

#define X(name) \
    uint32_t op_##name(struct thing *t, const struct order *o, struct answer *answer);
ACTOR_OPS(X)
#undef X

#endif
