/* SPDX-License-Identifier: MIT */
/*
 * A driver and a D3D11 of the tests' own: they do nothing but write down what is called, count
 * what is alive, and fail on demand. On Windows they are nvcuda.dll and d3d11.dll, on Linux
 * parts of the program. One thread only.
 */
#ifndef TESTS_WINDOWS_FAKE_H
#define TESTS_WINDOWS_FAKE_H

#define COBJMACROS
#include <windows.h>

#include <d3d11_4.h>
#include <dxgi1_2.h>

#define __CUDA_API_VERSION_INTERNAL
#include <cuda.h>

#include <stdbool.h>

enum fake_kind {
    FAKE_HANDLE,
    FAKE_MEMORY,
    FAKE_SEMAPHORE,
    FAKE_MAPPING,
    FAKE_REFS,
    FAKE_KINDS
};

/* ---- the record (in nvcuda.dll) --------------------------------------------------------- */

/* Forgets the record and the plan; what is alive stays counted. */
void fake_reset(void);

/* The n-th call from now on that can fail does, once; 0: none does. */
void fake_fail_at(unsigned n);
bool fake_has_failed(void);

/* Writes one line; true: this call is to fail. fake_note() is for calls that cannot. */
bool fake_called(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fake_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The lines since the last reset, each with its newline. */
const char *fake_lines(void);

/* How many are alive; counting beyond 0 is a double release and is remembered. */
void fake_count(enum fake_kind kind, int step);
int fake_alive(enum fake_kind kind);

/* What a fake handle is: the program's CloseHandle() asks. */
HANDLE fake_new_handle(void);
bool fake_owns_handle(HANDLE handle);
void fake_close_handle(HANDLE handle);

/* CUDA's current device (of 0 and 1), and the answer of the next failing call. */
void fake_set_device(int device);

/* Each device has a LUID of its own; both have that of device 0, as linked GPUs do; none. */
enum fake_luids { FAKE_LUIDS_APART, FAKE_LUIDS_LINKED, FAKE_LUIDS_NONE };
void fake_set_luids(enum fake_luids luids);
void fake_fail_with(CUresult code);

/* Called once, by the next signal that succeeds, before it returns. */
void fake_when_signalled(void (*then)(void));

/* ---- D3D11 (in d3d11.dll) --------------------------------------------------------------- */

enum fake_family { FAKE_NT, FAKE_KMT, FAKE_UNSHARED };

/* Gives the one resource another shape: 1 buffer .. 4 3D. It is on CUDA's device 0. */
ID3D11Resource *fake_resource(unsigned dimension, enum fake_family family, bool keyed);
ID3D11Fence *fake_fence(bool shared);
IDXGIKeyedMutex *fake_mutex(HRESULT acquire_answers);
ID3D11Device *fake_device(void);
IDXGIFactory *fake_factory(void);

#endif
