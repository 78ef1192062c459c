/* SPDX-License-Identifier: MIT */
/*
 * The objects that the calls of the matrix are made with: made once, never changed by a call
 * that is refused. And the count of everything that a call could leave behind.
 */
#ifndef TESTS_WRONG_WORLD_H
#define TESTS_WRONG_WORLD_H

#define COBJMACROS
#include <d3d11_4.h>
#include <windows.h>

#include <cuda_runtime_api.h>

#include <cuda.h>

#include "call.h"

#define BUFFER_BYTES 100000 /* its memory is rounded up to 131072 */

void world_start(void);
/* False if something is still alive when all was given back. */
bool world_finish(void);

/* What the words of a call stand for. */
HANDLE world_handle(enum which_handle which);
const WCHAR *world_name(enum which_name which);
void *world_memory(enum which_memory which);
void *world_semaphore(enum which_semaphore which);
void *world_stream(enum which_stream which);
ID3D11Resource *world_resource(enum which_object which);
ID3D11Fence *world_fence(enum which_object which);
IDXGIKeyedMutex *world_mutex(enum which_object which);
ID3D11Device5 *world_device(void);
ID3D11DeviceContext4 *world_context(void);

struct count {
    size_t fds, objects;
    unsigned held; /* by anybody, of any object of the world */
};

struct count world_count(void);

/*
 * Makes one call through one API, with `out` as what its result is written to. Returns the
 * cudaError_t or CUresult, the HRESULT, or the Win32 error of a call that says FALSE.
 */
int64_t call_make(const struct call *call, enum api api, void **out);
/* Undoes a call that succeeded. */
void call_undo(const struct call *call, void *out);
/* Its parts, by file. */
int64_t cuda_call_make(const struct call *call, enum api api, void **out);
int64_t d3d_call_make(const struct call *call, void **out);
bool api_has(enum api api, enum function function);

#endif
