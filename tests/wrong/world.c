/* SPDX-License-Identifier: MIT */
/* Makes the world and gives it back. All of it belongs to the one thread of the matrix. */
#include <initguid.h> /* before the interfaces: this file defines their IDs */

#include "world.h"

#include "core/handle.h"
#include "core/kmt.h"
#include "core/session.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARED ((UINT)D3D11_RESOURCE_MISC_SHARED)
#define KEYED ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define NT ((UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define SIDE 64

/* Textures that are only mapped: one for each shape in which a descriptor may be wrong. */
struct shape {
    enum which_memory memory;
    DXGI_FORMAT format;
    UINT width, height, depth, levels, slices, bind;
    unsigned bytes; /* without any padding: what a program would name */
};

static const struct shape shapes[] = {
    {M_TEXTURE, DXGI_FORMAT_R8G8B8A8_UNORM, SIDE, 48, 0, 1, 1, 0, 64 * 48 * 4},
    {M_MIPS, DXGI_FORMAT_R8G8B8A8_UNORM, SIDE, SIDE, 0, 7, 1, 0, 5461 * 4},
    {M_LAYERS, DXGI_FORMAT_R8G8B8A8_UNORM, 32, 16, 0, 1, 4, 0, 32 * 16 * 4 * 4},
    {M_CUBE, DXGI_FORMAT_R8G8B8A8_UNORM, 32, 32, 0, 1, 6, 0, 32 * 32 * 6 * 4},
    {M_3D, DXGI_FORMAT_R8G8B8A8_UNORM, 16, 16, 8, 1, 1, 0, 16 * 16 * 8 * 4},
    {M_1D, DXGI_FORMAT_R8G8B8A8_UNORM, SIDE, 0, 0, 1, 1, 0, 64 * 4},
    {M_BGRA, DXGI_FORMAT_B8G8R8A8_UNORM, SIDE, SIDE, 0, 1, 1, 0, 64 * 64 * 4},
    {M_TARGET, DXGI_FORMAT_R8G8B8A8_UNORM, SIDE, SIDE, 0, 1, 1, D3D11_BIND_RENDER_TARGET,
     64 * 64 * 4},
    {M_NV12, DXGI_FORMAT_NV12, SIDE, SIDE, 0, 1, 1, 0, 64 * 96},
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))
#define WATCHED 32

static struct {
    ID3D11Device *device, *other_device;
    ID3D11Device5 *device5, *other5;
    ID3D11DeviceContext *context, *other_context;
    ID3D11DeviceContext4 *context4;
    ID3D11Resource *buffer, *buffer_kmt, *texture, *texture_kmt, *unshared;
    ID3D11Resource *mutex, *mutex_kmt, *held, *held_by_cuda, *abandoned;
    ID3D11Resource *shaped[SHAPES];
    ID3D11Fence *fence, *unshared_fence, *other_fence;
    HANDLE handles[HANDLES];
    void *memory[MEMORIES], *semaphore[SEMAPHORES];
    cudaStream_t stream, ended_stream;
    const struct object *watched[WATCHED];
    unsigned watched_count;
} w;

static WCHAR long_name[400];
static const WCHAR *const names[NAMES] = {
    [N_BUFFER] = L"isthmus wrong buffer",
    [N_MUTEX] = L"isthmus wrong mutex",
    [N_FENCE] = L"isthmus wrong fence",
    [N_EVENT] = L"isthmus wrong event",
    [N_NOBODY] = L"isthmus wrong nobody",
    [N_EMPTY] = L"",
    [N_HALF] = (const WCHAR[]){'h', 0xd800, 'x', 0},
    [N_LONG] = long_name,
    [N_BACKSLASH] = L"isthmus\\wrong",
};

/* The world itself must be right: nothing else can be said without it. */
#define MUST(cond)                                                            \
    do {                                                                      \
        if (!(cond)) {                                                        \
            fprintf(stderr, "world: %s:%d: %s\n", __FILE__, __LINE__, #cond); \
            exit(1);                                                          \
        }                                                                     \
    } while (0)

static void make_device(ID3D11Device **device, ID3D11Device5 **device5,
                        ID3D11DeviceContext **context)
{
    MUST(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0, D3D11_SDK_VERSION,
                           device, NULL, context) == S_OK);
    MUST(ID3D11Device_QueryInterface(*device, &IID_ID3D11Device5, (void **)device5) == S_OK);
}

static ID3D11Resource *make_buffer(UINT misc)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = BUFFER_BYTES,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = misc};
    ID3D11Buffer *made = NULL;
    MUST(ID3D11Device_CreateBuffer(w.device, &desc, NULL, &made) == S_OK);
    return (ID3D11Resource *)made;
}

static ID3D11Resource *make_texture(const struct shape *s, UINT misc)
{
    UINT bind = s->bind | D3D11_BIND_SHADER_RESOURCE;
    D3D11_TEXTURE1D_DESC one = {s->width, s->levels, s->slices, s->format, D3D11_USAGE_DEFAULT,
                                bind,     0,         misc};
    D3D11_TEXTURE2D_DESC two = {s->width, s->height,           s->levels, s->slices, s->format,
                                {1, 0},   D3D11_USAGE_DEFAULT, bind,      0,         misc};
    D3D11_TEXTURE3D_DESC three = {s->width,  s->height, s->depth,
                                  s->levels, s->format, D3D11_USAGE_DEFAULT,
                                  bind,      0,         misc};
    ID3D11Resource *made = NULL;
    HRESULT hr;
    if (!s->height)
        hr = ID3D11Device_CreateTexture1D(w.device, &one, NULL, (ID3D11Texture1D **)&made);
    else if (!s->depth)
        hr = ID3D11Device_CreateTexture2D(w.device, &two, NULL, (ID3D11Texture2D **)&made);
    else
        hr = ID3D11Device_CreateTexture3D(w.device, &three, NULL, (ID3D11Texture3D **)&made);
    MUST(hr == S_OK);
    return made;
}

static ID3D11Resource *make_plain(UINT misc)
{
    return make_texture(&shapes[0], misc);
}

static HANDLE nt_handle(ID3D11Resource *resource, const WCHAR *name)
{
    IDXGIResource1 *dxgi = NULL;
    HANDLE handle = NULL;
    MUST(ID3D11Resource_QueryInterface(resource, &IID_IDXGIResource1, (void **)&dxgi) == S_OK);
    MUST(IDXGIResource1_CreateSharedHandle(dxgi, NULL, GENERIC_ALL, name, &handle) == S_OK);
    IDXGIResource1_Release(dxgi);
    return handle;
}

static HANDLE kmt_handle(ID3D11Resource *resource)
{
    IDXGIResource *dxgi = NULL;
    HANDLE handle = NULL;
    MUST(ID3D11Resource_QueryInterface(resource, &IID_IDXGIResource, (void **)&dxgi) == S_OK);
    MUST(IDXGIResource_GetSharedHandle(dxgi, &handle) == S_OK && handle);
    IDXGIResource_Release(dxgi);
    return handle;
}

static IDXGIKeyedMutex *mutex_of(ID3D11Resource *resource)
{
    IDXGIKeyedMutex *mutex = NULL;
    MUST(ID3D11Resource_QueryInterface(resource, &IID_IDXGIKeyedMutex, (void **)&mutex) ==
         S_OK);
    IDXGIKeyedMutex_Release(mutex); /* one object: the resource's reference keeps it */
    return mutex;
}

/* Objects outlive the calls, so their holders can be counted through plain pointers. */
static void watch(HANDLE handle)
{
    struct object *object;
    uint64_t value = (uintptr_t)handle;
    struct session *session = session_default();
    enum ist_status status =
        kmt_looks_like(value) ? kmt_get(session, value, OBJECT_ANY, HOLDER_COM, &object)
                              : handle_get(session, value, OBJECT_ANY, 0, HOLDER_COM, &object);
    MUST(status == IST_OK && w.watched_count < WATCHED);
    w.watched[w.watched_count++] = object;
    object_drop(object, HOLDER_COM);
}

static void *import_memory(unsigned type, HANDLE handle, unsigned long long size)
{
    CUexternalMemory memory = NULL;
    CUDA_EXTERNAL_MEMORY_HANDLE_DESC desc = {.type = (CUexternalMemoryHandleType)type,
                                             .size = size,
                                             .flags = CUDA_EXTERNAL_MEMORY_DEDICATED};
    desc.handle.win32.handle = handle;
    MUST(cuImportExternalMemory(&memory, &desc) == CUDA_SUCCESS);
    return memory;
}

static void *import_semaphore(unsigned type, HANDLE handle)
{
    CUexternalSemaphore semaphore = NULL;
    CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC desc = {.type = (CUexternalSemaphoreHandleType)type};
    desc.handle.win32.handle = handle;
    MUST(cuImportExternalSemaphore(&semaphore, &desc) == CUDA_SUCCESS);
    return semaphore;
}

static void start_d3d(void)
{
    make_device(&w.device, &w.device5, &w.context);
    make_device(&w.other_device, &w.other5, &w.other_context);
    MUST(ID3D11DeviceContext_QueryInterface(w.context, &IID_ID3D11DeviceContext4,
                                            (void **)&w.context4) == S_OK);
    w.buffer = make_buffer(SHARED | NT);
    w.buffer_kmt = make_buffer(SHARED);
    w.texture = make_plain(SHARED | NT);
    w.texture_kmt = make_plain(SHARED);
    w.unshared = make_plain(0);
    w.mutex = make_plain(KEYED | NT);
    w.mutex_kmt = make_plain(KEYED);
    w.held = make_plain(KEYED);
    w.held_by_cuda = make_plain(KEYED);
    w.abandoned = make_plain(KEYED);
    for (unsigned i = 0; i < SHAPES; i++)
        w.shaped[i] = make_texture(&shapes[i], SHARED);
    MUST(ID3D11Device5_CreateFence(w.device5, 5, D3D11_FENCE_FLAG_SHARED, &IID_ID3D11Fence,
                                   (void **)&w.fence) == S_OK);
    MUST(ID3D11Device5_CreateFence(w.device5, 0, D3D11_FENCE_FLAG_NONE, &IID_ID3D11Fence,
                                   (void **)&w.unshared_fence) == S_OK);
    MUST(ID3D11Device5_CreateFence(w.other5, 0, D3D11_FENCE_FLAG_SHARED, &IID_ID3D11Fence,
                                   (void **)&w.other_fence) == S_OK);
}

static HANDLE dead_kmt(void)
{
    ID3D11Resource *short_lived = make_plain(SHARED);
    HANDLE handle = kmt_handle(short_lived);
    ID3D11Resource_Release(short_lived);
    return handle;
}

static void start_handles(void)
{
    HANDLE *h = w.handles;
    /* A process keeps its line to the broker, an object what it needed for its first name. */
    MUST(CloseHandle(nt_handle(w.texture, L"isthmus wrong warm-up")));
    h[H_BUFFER_NT] = nt_handle(w.buffer, names[N_BUFFER]);
    h[H_BUFFER_KMT] = kmt_handle(w.buffer_kmt);
    h[H_TEXTURE_NT] = nt_handle(w.texture, NULL);
    h[H_TEXTURE_KMT] = kmt_handle(w.texture_kmt);
    h[H_MUTEX_NT] = nt_handle(w.mutex, names[N_MUTEX]);
    h[H_MUTEX_KMT] = kmt_handle(w.mutex_kmt);
    MUST(ID3D11Fence_CreateSharedHandle(w.fence, NULL, GENERIC_ALL, names[N_FENCE],
                                        &h[H_FENCE_NT]) == S_OK);
    h[H_EVENT] = CreateEventW(NULL, FALSE, FALSE, names[N_EVENT]);
    h[H_CLOSED_NT] = nt_handle(w.texture, NULL);
    MUST(CloseHandle(h[H_CLOSED_NT]));
    h[H_DEAD_KMT] = dead_kmt();
    MUST(DuplicateHandle(GetCurrentProcess(), h[H_TEXTURE_NT], GetCurrentProcess(),
                         &h[H_NO_RIGHTS], 0, FALSE, 0));
    h[H_NEVER_NT] = (HANDLE)(uintptr_t)0x2ffffffc;
    h[H_NEVER_KMT] = (HANDLE)(uintptr_t)(0x40000002 | 0x1ffffc0);
    h[H_ODD] = (HANDLE)(uintptr_t)0x13;
    h[H_MINUS_ONE] = INVALID_HANDLE_VALUE;
    h[H_POINTER] = &w;
    h[H_OBJECT] = w.texture;
    for (int i = H_BUFFER_NT; i <= H_EVENT; i++)
        watch(h[i]);
}

static void start_memory(void)
{
    w.memory[M_BUFFER] = import_memory(6, w.handles[H_BUFFER_NT], BUFFER_BYTES);
    w.memory[M_PART] = import_memory(6, w.handles[H_BUFFER_NT], 1000);
    w.memory[M_PART_TEXTURE] = import_memory(6, w.handles[H_TEXTURE_NT], 1000);
    for (unsigned i = 0; i < SHAPES; i++) {
        HANDLE handle = kmt_handle(w.shaped[i]);
        w.memory[shapes[i].memory] = import_memory(7, handle, shapes[i].bytes);
        watch(handle);
    }
    w.memory[M_DESTROYED] = import_memory(6, w.handles[H_BUFFER_NT], 1000);
    MUST(cuDestroyExternalMemory(w.memory[M_DESTROYED]) == CUDA_SUCCESS);
    w.memory[M_POINTER] = &w;
    w.memory[M_MADE_UP] = (void *)(uintptr_t)0x1234;
}

static void wait_now(void *semaphore)
{
    CUexternalSemaphore s = semaphore;
    CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS params = {.flags = 0};
    MUST(cuWaitExternalSemaphoresAsync(&s, &params, 1, NULL) == CUDA_SUCCESS);
}

static void start_semaphores(void)
{
    w.semaphore[S_FENCE] = import_semaphore(5, w.handles[H_FENCE_NT]);
    w.semaphore[S_MUTEX] = import_semaphore(7, w.handles[H_MUTEX_NT]);
    w.semaphore[S_HELD] = import_semaphore(8, kmt_handle(w.held_by_cuda));
    wait_now(w.semaphore[S_HELD]);
    MUST(IDXGIKeyedMutex_AcquireSync(mutex_of(w.held), 0, 0) == S_OK);
    w.semaphore[S_HELD_BY_D3D] = import_semaphore(8, kmt_handle(w.held));
    w.semaphore[S_ABANDONED] = import_semaphore(8, kmt_handle(w.abandoned));
    wait_now(w.semaphore[S_ABANDONED]);
    MUST(cuDestroyExternalSemaphore(w.semaphore[S_ABANDONED]) == CUDA_SUCCESS);
    w.semaphore[S_ABANDONED] = import_semaphore(8, kmt_handle(w.abandoned));
    w.semaphore[S_DESTROYED] = import_semaphore(5, w.handles[H_FENCE_NT]);
    MUST(cuDestroyExternalSemaphore(w.semaphore[S_DESTROYED]) == CUDA_SUCCESS);
    w.semaphore[S_POINTER] = &w;
    w.semaphore[S_MADE_UP] = (void *)(uintptr_t)0x1234;
    watch(kmt_handle(w.held));
    watch(kmt_handle(w.held_by_cuda));
    watch(kmt_handle(w.abandoned));
}

void world_start(void)
{
    for (unsigned i = 0; i + 1 < sizeof(long_name) / sizeof(long_name[0]); i++)
        long_name[i] = L'n';
    start_d3d();
    start_handles();
    start_memory();
    start_semaphores();
    MUST(cudaStreamCreateWithFlags(&w.stream, cudaStreamNonBlocking) == cudaSuccess);
    MUST(cudaStreamCreate(&w.ended_stream) == cudaSuccess);
    MUST(cudaStreamDestroy(w.ended_stream) == cudaSuccess);
    w.memory[M_SEMAPHORE] = w.semaphore[S_FENCE];
    w.memory[M_STREAM] = w.semaphore[S_STREAM] = w.stream;
    w.semaphore[S_MEMORY] = w.memory[M_BUFFER];
}

static void finish_cuda(void)
{
    MUST(cudaDeviceSynchronize() == cudaSuccess);
    MUST(cudaStreamDestroy(w.stream) == cudaSuccess);
    for (int i = M_BUFFER; i < M_FRESH; i++)
        MUST(cuDestroyExternalMemory(w.memory[i]) == CUDA_SUCCESS);
    for (int i = S_FENCE; i < S_FRESH; i++)
        MUST(cuDestroyExternalSemaphore(w.semaphore[i]) == CUDA_SUCCESS);
}

bool world_finish(void)
{
    ID3D11Resource *resources[] = {w.buffer,       w.buffer_kmt, w.texture,   w.texture_kmt,
                                   w.unshared,     w.mutex,      w.mutex_kmt, w.held,
                                   w.held_by_cuda, w.abandoned};
    static const enum which_handle nt[] = {H_BUFFER_NT, H_TEXTURE_NT, H_MUTEX_NT,
                                           H_FENCE_NT,  H_EVENT,      H_NO_RIGHTS};
    finish_cuda();
    for (unsigned i = 0; i < sizeof(nt) / sizeof(nt[0]); i++)
        MUST(CloseHandle(w.handles[nt[i]]));
    for (unsigned i = 0; i < sizeof(resources) / sizeof(resources[0]); i++)
        MUST(ID3D11Resource_Release(resources[i]) == 0);
    for (unsigned i = 0; i < SHAPES; i++)
        MUST(ID3D11Resource_Release(w.shaped[i]) == 0);
    MUST(ID3D11Fence_Release(w.fence) == 0);
    MUST(ID3D11Fence_Release(w.unshared_fence) == 0);
    MUST(ID3D11Fence_Release(w.other_fence) == 0);
    ID3D11DeviceContext4_Release(w.context4);
    ID3D11DeviceContext_Release(w.context);
    ID3D11DeviceContext_Release(w.other_context);
    ID3D11Device5_Release(w.device5);
    ID3D11Device5_Release(w.other5);
    MUST(ID3D11Device_Release(w.device) == 0);
    MUST(ID3D11Device_Release(w.other_device) == 0);
    return object_live_count() == 0;
}

HANDLE world_handle(enum which_handle which)
{
    return w.handles[which];
}

const WCHAR *world_name(enum which_name which)
{
    return names[which];
}

/* A fresh import is the call's to destroy. */
void *world_memory(enum which_memory which)
{
    return which == M_FRESH ? import_memory(6, w.handles[H_BUFFER_NT], 1000) : w.memory[which];
}

void *world_semaphore(enum which_semaphore which)
{
    return which == S_FRESH ? import_semaphore(5, w.handles[H_FENCE_NT]) : w.semaphore[which];
}

void *world_stream(enum which_stream which)
{
    switch (which) {
    case STREAM_OWN: return w.stream;
    case STREAM_DESTROYED: return w.ended_stream;
    case STREAM_SEMAPHORE: return w.semaphore[S_FENCE];
    case STREAM_POINTER: return &w;
    default: return NULL;
    }
}

ID3D11Resource *world_resource(enum which_object which)
{
    switch (which) {
    case O_TEXTURE_KMT: return w.texture_kmt;
    case O_TEXTURE_UNSHARED: return w.unshared;
    case O_MUTEX: return w.mutex;
    default: return w.texture;
    }
}

ID3D11Fence *world_fence(enum which_object which)
{
    switch (which) {
    case O_FENCE_UNSHARED: return w.unshared_fence;
    case O_FENCE_NULL: return NULL;
    case O_FENCE_OTHER: return w.other_fence;
    default: return w.fence;
    }
}

IDXGIKeyedMutex *world_mutex(enum which_object which)
{
    switch (which) {
    case O_HELD: return mutex_of(w.held);
    case O_HELD_BY_CUDA: return mutex_of(w.held_by_cuda);
    case O_ABANDONED: return mutex_of(w.abandoned);
    default: return mutex_of(w.mutex);
    }
}

ID3D11Device5 *world_device(void)
{
    return w.device5;
}

ID3D11DeviceContext4 *world_context(void)
{
    return w.context4;
}

/* Memory that the cpu device keeps for the next object is nothing left behind. */
extern size_t recycle_flush(void) __asm__("ist_private_recycle_flush");

struct count world_count(void)
{
    (void)recycle_flush();
    struct count count = {0, object_live_count(), 0};
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        count.fds++;
    if (folder)
        closedir(folder);
    for (unsigned i = 0; i < w.watched_count; i++)
        for (int holder = 0; holder < HOLDER_KINDS; holder++)
            count.held += object_held(w.watched[i], (enum holder)holder);
    return count;
}
