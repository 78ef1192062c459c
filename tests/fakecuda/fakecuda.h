/* SPDX-License-Identifier: MIT */
/*
 * What tests ask of the fake driver beside CUDA: how often it was called, what still lives, and
 * to fail. The library is found by dlopen, so these are looked up by name in the same handle.
 *
 * Environment, read at the first call:
 *   ISTHMUS_FAKECUDA_DEVICES=n       GPUs, 0 to 8 (1)
 *   ISTHMUS_FAKECUDA_VERSION=n       what cuDriverGetVersion says (13000)
 *   ISTHMUS_FAKECUDA_MEMORY=n        MiB of memory of each GPU (8192)
 *   ISTHMUS_FAKECUDA_FAIL=rules      "cuMemCreate:3" or "cuMemCreate:3:2,cuMemMap:1": the n-th
 *                                    call from now fails, with this code (999)
 *   ISTHMUS_FAKECUDA_DELAY_US=n      every operation of a stream starts so much later
 *   ISTHMUS_FAKECUDA_DEADLOCK_MS=n   how long a wait may hold up another stream, or a call,
 *                                    before the process is stopped with a message (20000)
 *   CUDA_DEVICE_MAX_CONNECTIONS=n    as with the real driver (8)
 */
#ifndef FAKECUDA_FAKECUDA_H
#define FAKECUDA_FAKECUDA_H

#include <stddef.h>

/* What is counted while it lives. */
enum fakecuda_kind {
    FAKECUDA_CONTEXT,
    FAKECUDA_STREAM,
    FAKECUDA_EVENT,
    FAKECUDA_MODULE,
    FAKECUDA_ALLOCATION,  /* cuMemAlloc */
    FAKECUDA_HANDLE,      /* cuMemCreate, cuMemImportFromShareableHandle: the handle */
    FAKECUDA_RESERVATION, /* cuMemAddressReserve */
    FAKECUDA_MAPPING,     /* cuMemMap */
    FAKECUDA_HOST,        /* cuMemHostAlloc */
    FAKECUDA_REGISTERED,  /* cuMemHostRegister */
    FAKECUDA_ARRAY,
    FAKECUDA_MIPMAP,
    FAKECUDA_LEVEL, /* levels of mipmapped arrays: they go with them */
    FAKECUDA_EXTMEM,
    FAKECUDA_BUFFER, /* cuExternalMemoryGetMappedBuffer */
    FAKECUDA_SURFACE,
    FAKECUDA_GRAPH,
    FAKECUDA_FUNCTION, /* of modules: they go with them */
    FAKECUDA_KINDS
};

/* How many there are; FAKECUDA_KINDS: of all kinds but contexts. */
size_t fakecuda_live(enum fakecuda_kind kind);
/* How often a function was called, by its name without a version. NULL: all together. */
size_t fakecuda_calls(const char *name);
/* The n-th call from now (1: the next) fails with code; 0 is 999. n of 0: forget all rules.
 * Codes that lose a context (700, 719 and their like) lose it. What frees something frees it
 * all the same: CUDA reports errors of earlier work there. */
void fakecuda_fail(const char *name, size_t n, int code);
/* Every context is lost: code (0: 719) answers all later calls; work that waits is given up. */
void fakecuda_lose(int code);
/* Streams that are held up now by a wait for a value. */
size_t fakecuda_waiting(void);
/* Bytes of device memory that live allocations have. */
size_t fakecuda_bytes(void);

#endif
