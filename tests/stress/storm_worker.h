/* SPDX-License-Identifier: MIT */
/*
 * What the files of one worker share: what it holds, and how it complains. storm_worker.c has
 * its life and its work, storm_pass.c what it hands to others and gets from them.
 */
#ifndef TESTS_STRESS_STORM_WORKER_H
#define TESTS_STRESS_STORM_WORKER_H

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <windows.h>

#include <d3d11_4.h>

#include <cuda_runtime_api.h>
#include <isthmus/isthmus.h>
#include <isthmus/share.h>

#include "storm.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THINGS = 6, WAIT_MS = 15 };

#define NTHANDLE ((UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define KEYED ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define SHARED ((UINT)D3D11_RESOURCE_MISC_SHARED)
#define CUDA_REFUSAL 0xc0da0000u

struct thing {
    uint32_t tag; /* 0: empty */
    bool mine;    /* I made it: of a log, only I write */
    unsigned lines;
    HANDLE handle, fence_handle;
    ID3D11Resource *buffer;
    IDXGIKeyedMutex *mutex;
    ID3D11Fence *fence;
    cudaExternalMemory_t memory;
    unsigned char *bytes;
    cudaExternalSemaphore_t semaphore;
};

extern struct worker {
    struct seat *seat;
    int pot;
    struct rng rng;
    ID3D11Device5 *device;
    ID3D11DeviceContext4 *context;
    ID3D11Resource *staging;
    cudaStream_t stream;
    struct thing things[THINGS];
} w;

/* A failure of the storm. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/* True for a code that is not success; it must be one of those that deaths explain. */
bool refused(uint32_t code);
uint32_t win32_code(bool ok);

/* An empty place, made so if need be; and the end of what is in one. */
struct thing *free_thing(void);
void drop(struct thing *t);

/* Whether what was opened is what its tag says. */
bool is_it(struct thing *t, uint32_t tag);

/* storm_pass.c: handles pushed and found in the mail, fds through the pot. */
void do_push(void);
void do_mail(void);
void refuse_mail(void); /* closes what came, unseen */
void do_give(void);
void do_take(void);

#endif
