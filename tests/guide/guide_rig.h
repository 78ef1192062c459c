/* SPDX-License-Identifier: MIT */
/* One D3D11 device and one CUDA stream on the same device, and what moves bytes on each
 * side. */
#ifndef TESTS_GUIDE_RIG_H
#define TESTS_GUIDE_RIG_H

#define COBJMACROS
#include "calls.h"
#include "test.h"

#include <d3d11_4.h>
#include <dxgi1_2.h>

#define RIG_TIMEOUT_MS 20000

struct rig {
    ID3D11Device5 *device;
    ID3D11DeviceContext4 *context;
    cudaStream_t stream;
};

void rig_start(struct rig *rig);
void rig_finish(struct rig *rig);

/* Waits until all that the context was given is done. */
void rig_flush(struct rig *rig);

/* `size` bytes that depend on the seed. */
void rig_pattern(unsigned char *bytes, size_t size, unsigned seed);

/* Shareable objects; `misc` is one of the sharing flags or two. Textures are RGBA8. */
ID3D11Resource *rig_buffer(struct rig *rig, UINT size, UINT misc);
ID3D11Resource *rig_texture1d(struct rig *rig, UINT width, UINT misc);
ID3D11Resource *rig_texture2d(struct rig *rig, UINT width, UINT height, UINT misc);
ID3D11Fence *rig_fence(struct rig *rig, UINT64 value);

/* The D3D11 side: whole subresource 0, rows packed. `reader` is a staging twin, ended
 * inside. */
void rig_d3d_write(struct rig *rig, ID3D11Resource *to, const void *bytes, UINT row_bytes);
void rig_d3d_read(struct rig *rig, ID3D11Resource *from, void *bytes, UINT row_bytes,
                  UINT rows);

/* NT handle (`name` may be NULL) and global number of a resource. */
HANDLE rig_nt_handle(ID3D11Resource *resource, LPCWSTR name);
HANDLE rig_kmt_handle(ID3D11Resource *resource);

/* The whole memory as a pointer; a level-0 array. Both end with the functions after them. */
void *rig_map_buffer(cudaExternalMemory_t memory, size_t size);
struct rig_array {
    cudaMipmappedArray_t mipmaps;
    cudaArray_t level;
};
struct rig_array rig_map_array(cudaExternalMemory_t memory, size_t width, size_t height);

/* Stream operations on one semaphore: a fence value, or a key of a keyed mutex. */
void rig_signal_fence(struct rig *rig, cudaExternalSemaphore_t sem, unsigned long long value);
void rig_wait_fence(struct rig *rig, cudaExternalSemaphore_t sem, unsigned long long value);
void rig_signal_key(struct rig *rig, cudaExternalSemaphore_t sem, unsigned long long key);
void rig_wait_key(struct rig *rig, cudaExternalSemaphore_t sem, unsigned long long key);

#endif
