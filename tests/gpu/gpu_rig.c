/* SPDX-License-Identifier: MIT */
/* See gpu_rig.h. */
#define INITGUID
#include "gpu_rig.h"

#include <isthmus/isthmus.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct gpu gpu;

static struct figure {
    char name[64];
    const char *unit;
    double ours, floor, target;
} figures[64];
static unsigned figure_count;

void gpu_check(int code, const char *what)
{
    if (!code)
        return;
    fprintf(stderr, "%s answers %d: %s\n", what, code, ist_explain());
    exit(1);
}

void gpu_check_hr(HRESULT code, const char *what)
{
    if (code == S_OK)
        return;
    fprintf(stderr, "%s answers 0x%08x: %s\n", what, (unsigned)code, ist_explain());
    exit(1);
}

uint64_t gpu_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *driver_symbol(void *library, const char *name)
{
    void *found = dlsym(library, name);
    if (!found) {
        fprintf(stderr, "the driver has no %s\n", name);
        exit(1);
    }
    return found;
}

static void start_d3d11(void)
{
    ID3D11Device *device;
    ID3D11DeviceContext *context;
    HR(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0, D3D11_SDK_VERSION,
                         &device, NULL, &context));
    HR(ID3D11Device_QueryInterface(device, &IID_ID3D11Device5, (void **)&gpu.device));
    HR(ID3D11DeviceContext_QueryInterface(context, &IID_ID3D11DeviceContext4,
                                          (void **)&gpu.context));
    ID3D11Device_Release(device);
    ID3D11DeviceContext_Release(context);
}

void gpu_start(void)
{
    const char *path = getenv("ISTHMUS_LIBCUDA");
    void *library = dlopen(path && *path ? path : "libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    void *primary;
    int device, version;
    char name[100];
    bool fake = path && *path;
    gpu.rounds = fake ? 2 : 200;
    gpu.repeats = fake ? 1 : MOST_REPEATS;
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        exit(77);
    }
#define GPU_LOAD(result, name, symbol, args) \
    *(void **)&gpu.name = driver_symbol(library, #symbol);
    GPU_FUNCTIONS(GPU_LOAD)
#undef GPU_LOAD
    CU(gpu.init(0));
    CU(gpu.version(&version));
    CU(gpu.device_get(&device, 0));
    CU(gpu.name(name, sizeof(name), device));
    CU(gpu.retain(&primary, device));
    CU(gpu.current(primary));
    CU(gpu.stream_new(&gpu.stream, 1));
    start_d3d11();
    printf("%s, driver interface %d.%d\n", name, version / 1000, version % 1000 / 10);
}

ID3D11Buffer *gpu_buffer(UINT bytes)
{
    D3D11_BUFFER_DESC desc = {
        .ByteWidth = bytes,
        .Usage = D3D11_USAGE_DEFAULT,
        .BindFlags = D3D11_BIND_SHADER_RESOURCE | D3D11_BIND_UNORDERED_ACCESS,
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
    };
    ID3D11Buffer *buffer;
    HR(ID3D11Device5_CreateBuffer(gpu.device, &desc, NULL, &buffer));
    return buffer;
}

ID3D11Texture2D *gpu_frame(void)
{
    D3D11_TEXTURE2D_DESC desc = {
        .Width = FRAME_WIDTH,
        .Height = FRAME_HEIGHT,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc.Count = 1,
        .Usage = D3D11_USAGE_DEFAULT,
        .BindFlags = D3D11_BIND_RENDER_TARGET | D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
    };
    ID3D11Texture2D *texture;
    HR(ID3D11Device5_CreateTexture2D(gpu.device, &desc, NULL, &texture));
    return texture;
}

HANDLE gpu_handle(void *object, const WCHAR *name)
{
    IDXGIResource1 *shared;
    HANDLE handle;
    HR(IUnknown_QueryInterface((IUnknown *)object, &IID_IDXGIResource1, (void **)&shared));
    HR(IDXGIResource1_CreateSharedHandle(shared, NULL,
                                         DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE,
                                         name, &handle));
    IDXGIResource1_Release(shared);
    return handle;
}

ID3D11Fence *gpu_fence(const WCHAR *name)
{
    ID3D11Fence *fence;
    HANDLE handle;
    HR(ID3D11Device5_CreateFence(gpu.device, 0, D3D11_FENCE_FLAG_SHARED, &IID_ID3D11Fence,
                                 (void **)&fence));
    if (name) /* the handle keeps the name until the program ends */
        HR(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, name, &handle));
    return fence;
}

CUexternalMemory gpu_import(HANDLE handle, const WCHAR *name, size_t bytes)
{
    CUDA_EXTERNAL_MEMORY_HANDLE_DESC desc = {
        .type = CU_EXTERNAL_MEMORY_HANDLE_TYPE_D3D11_RESOURCE,
        .handle.win32 = {.handle = handle, .name = name},
        .size = bytes,
        .flags = CUDA_EXTERNAL_MEMORY_DEDICATED,
    };
    CUexternalMemory memory;
    CU(cuImportExternalMemory(&memory, &desc));
    return memory;
}

CUexternalSemaphore gpu_import_fence(HANDLE handle, const WCHAR *name)
{
    CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC desc = {
        .type = CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_D3D11_FENCE,
        .handle.win32 = {.handle = handle, .name = name},
    };
    CUexternalSemaphore fence;
    CU(cuImportExternalSemaphore(&fence, &desc));
    return fence;
}

CUdeviceptr gpu_map(CUexternalMemory memory, size_t bytes)
{
    CUDA_EXTERNAL_MEMORY_BUFFER_DESC desc = {.size = bytes};
    CUdeviceptr at;
    CU(cuExternalMemoryGetMappedBuffer(&at, memory, &desc));
    return at;
}

int gpu_raw_memory(size_t bytes)
{
    struct gpu_alloc_prop prop = {.type = 1, .handle_types = 1, .location_type = 1};
    uint64_t handle;
    int fd;
    CU(gpu.create(&handle, bytes, &prop, 0));
    CU(gpu.export(&fd, handle, 1, 0));
    return fd;
}

CUexternalMemory gpu_raw_import(int fd, size_t bytes)
{
    CUDA_EXTERNAL_MEMORY_HANDLE_DESC desc = {.type = CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD,
                                             .handle.fd = fd,
                                             .size = bytes};
    CUexternalMemory memory;
    CU(gpu.import(&memory, &desc));
    return memory;
}

void gpu_wait(CUexternalSemaphore fence, uint64_t value)
{
    CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS params = {.params.fence.value = value};
    CU(cuWaitExternalSemaphoresAsync(&fence, &params, 1, gpu.stream));
}

void gpu_signal(CUexternalSemaphore fence, uint64_t value)
{
    CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS params = {.params.fence.value = value};
    CU(cuSignalExternalSemaphoresAsync(&fence, &params, 1, gpu.stream));
}

struct gpu_lane gpu_lane_open(void)
{
    struct gpu_lane lane = {.there = gpu_fence(NULL), .back = gpu_fence(NULL)};
    HANDLE handle;
    HR(ID3D11Fence_CreateSharedHandle(lane.there, NULL, GENERIC_ALL, NULL, &handle));
    lane.cu_there = gpu_import_fence(handle, NULL);
    CloseHandle(handle);
    HR(ID3D11Fence_CreateSharedHandle(lane.back, NULL, GENERIC_ALL, NULL, &handle));
    lane.cu_back = gpu_import_fence(handle, NULL);
    CloseHandle(handle);
    return lane;
}

void gpu_lane_there(struct gpu_lane *lane)
{
    lane->at++;
    HR(ID3D11DeviceContext4_Signal(gpu.context, lane->there, lane->at));
    gpu_wait(lane->cu_there, lane->at);
}

void gpu_lane_back(struct gpu_lane *lane)
{
    gpu_signal(lane->cu_back, lane->at);
    HR(ID3D11DeviceContext4_Wait(gpu.context, lane->back, lane->at));
}

void gpu_lane_wait(struct gpu_lane *lane)
{
    HR(ID3D11Fence_SetEventOnCompletion(lane->back, lane->at, NULL));
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

uint64_t gpu_median(uint64_t *times, unsigned count)
{
    qsort(times, count, sizeof(*times), by_size);
    return times[count / 2];
}

void gpu_figure(const char *name, double ours, double floor, double target, const char *unit)
{
    struct figure *f = &figures[figure_count++];
    snprintf(f->name, sizeof(f->name), "%s", name);
    *f = (struct figure){.unit = unit, .ours = ours, .floor = floor, .target = target};
    snprintf(f->name, sizeof(f->name), "%s", name);
    printf("%-34s %10.2f %-5s", name, ours, unit);
    if (floor > 0)
        printf(" floor %10.2f  ratio %6.3f", floor, ours / floor);
    if (target > 0)
        printf(" target %8.2f", target);
    printf("\n");
    fflush(stdout);
}

void gpu_report(const char *path)
{
    FILE *out = path ? fopen(path, "we") : NULL;
    if (!out)
        return;
    fprintf(out, "[\n");
    for (unsigned i = 0; i < figure_count; i++)
        fprintf(out,
                "  {\"name\": \"%s\", \"unit\": \"%s\", \"ours\": %.3f, \"floor\": %.3f, "
                "\"target\": %.3f}%s\n",
                figures[i].name, figures[i].unit, figures[i].ours, figures[i].floor,
                figures[i].target, i + 1 < figure_count ? "," : "");
    fprintf(out, "]\n");
    fclose(out);
}
