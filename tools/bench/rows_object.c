/* SPDX-License-Identifier: MIT */
/* Import and its way back, creation, and what objects cost while they live. */
#include "bench/bench.h"
#include "bench/parts.h"
#include "bench/runtime.h"

#include "demo/check.h"
#include "report.h"

#include <fcntl.h>
#include <isthmus/cuda.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void floor_mutex(void *user, unsigned count)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    (void)user;
    for (unsigned i = 0; i < count; i++) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
}

bool shared_buffer_open(struct rig *rig, UINT misc, UINT bytes, struct shared_buffer *out)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = bytes,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = misc};
    ID3D11Buffer *buffer = NULL;
    IDXGIResource *dxgi = NULL;
    if (!HR(ID3D11Device5_CreateBuffer(rig->device, &desc, NULL, &buffer)))
        return false;
    *out = (struct shared_buffer){.buffer = buffer, .bytes = bytes};
    bool ok = HR(ID3D11Buffer_QueryInterface(buffer, &IID_IDXGIResource, (void **)&dxgi)) &&
              HR(IDXGIResource_GetSharedHandle(dxgi, &out->kmt));
    if (dxgi)
        IDXGIResource_Release(dxgi);
    if (!ok)
        shared_buffer_close(out);
    return ok;
}

void shared_buffer_close(struct shared_buffer *b)
{
    if (b->buffer)
        ID3D11Buffer_Release(b->buffer);
    b->buffer = NULL;
}

bool shared_buffer_map(const struct shared_buffer *b, cudaExternalMemory_t *memory, void **ptr)
{
    struct cudaExternalMemoryHandleDesc import = {
        .type = cudaExternalMemoryHandleTypeD3D11ResourceKmt,
        .handle.win32.handle = b->kmt,
        .size = b->bytes,
        .flags = cudaExternalMemoryDedicated,
    };
    struct cudaExternalMemoryBufferDesc map = {.size = b->bytes};
    return cudaImportExternalMemory(memory, &import) == cudaSuccess &&
           cudaExternalMemoryGetMappedBuffer(ptr, *memory, &map) == cudaSuccess;
}

void ours_import(void *user, unsigned count)
{
    const struct shared_buffer *b = user;
    for (unsigned i = 0; i < count; i++) {
        cudaExternalMemory_t memory;
        void *ptr;
        if (!shared_buffer_map(b, &memory, &ptr) || cudaFree(ptr) != cudaSuccess ||
            cudaDestroyExternalMemory(memory) != cudaSuccess)
            fail_row("an import failed");
    }
}

bool run_import(const struct row *row, struct rig *rig, struct result *out)
{
    struct shared_buffer buffer;
    if (!shared_buffer_open(rig, D3D11_RESOURCE_MISC_SHARED, (UINT)row->size, &buffer))
        return false;
    measure(&(struct pair){ours_import, floor_mutex, &buffer}, out);
    shared_buffer_close(&buffer);
    return true;
}

#define CREATE_PITCH 8192U /* of the texture's rows, in bytes */

struct creation {
    struct rig *rig;
    size_t bytes;
};

static void touch(void *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 4096)
        ((volatile unsigned char *)at)[i] = 1;
}

static bool new_surface(const struct creation *c, ID3D11Texture2D **texture,
                        struct ist_resource *import, struct ist_array_view *view)
{
    D3D11_TEXTURE2D_DESC desc = {
        .Width = CREATE_PITCH / 4,
        .Height = (UINT)(c->bytes / CREATE_PITCH),
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc = {1, 0},
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
    };
    struct ist_import_options options = IST_IMPORT_OPTIONS_INIT;
    cudaArray_t level = NULL; /* belongs to the import */
    options.flags = IST_IMPORT_SURFACE;
    return HR(ID3D11Device5_CreateTexture2D(c->rig->device, &desc, NULL, texture)) &&
           IST(ist_import_resource((ID3D11Resource *)*texture, &options, import)) &&
           CUDA(cudaGetMipmappedArrayLevel(&level, import->mipmapped, 0)) &&
           IST(ist_cuda_array_view(level, view));
}

/* An NT handle does not leave the process by itself, so the memory may be used again. */
static void ours_create(void *user, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        ID3D11Texture2D *texture = NULL;
        struct ist_resource import = IST_RESOURCE_INIT;
        struct ist_array_view view;
        if (!new_surface(user, &texture, &import, &view))
            fail_row("a texture could not be created");
        touch(view.data, ((const struct creation *)user)->bytes);
        ID3D11Texture2D_Release(texture);
        if (!IST(ist_release_resource(&import)))
            fail_row("a texture could not be let go");
    }
}

static void floor_memfd(void *user, unsigned count)
{
    const struct creation *c = user;
    for (unsigned i = 0; i < count; i++) {
        int fd = memfd_create("bench", MFD_CLOEXEC);
        if (fd < 0 || ftruncate(fd, (off_t)c->bytes) < 0)
            fail_row("no memfd");
        unsigned char *p = mmap(NULL, c->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (p == MAP_FAILED)
            fail_row("no mapping");
        touch(p, c->bytes);
        munmap(p, c->bytes);
        close(fd);
    }
}

bool run_create(const struct row *row, struct rig *rig, struct result *out)
{
    struct creation c = {rig, row->size};
    measure(&(struct pair){ours_create, floor_memfd, &c}, out);
    return true;
}

/* Pss of a process in bytes; 0 if the kernel does not say. */
static double pss_of(pid_t pid)
{
    char line[128], path[64];
    double kib = 0;
    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "Pss: %lf kB", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib * 1024;
}

/* Of this process and of the broker, if one runs. */
static double all_pss(void)
{
    pid_t broker = runtime_broker();
    return pss_of(getpid()) + (broker ? pss_of(broker) : 0);
}

static unsigned open_files(void)
{
    unsigned count = 0;
    int fd = dup(0);
    for (int i = 0; i < fd; i++)
        count += fcntl(i, F_GETFD) >= 0;
    close(fd);
    return count;
}

static bool plain_buffer(struct rig *rig, struct shared_buffer *out)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = 65536, .BindFlags = D3D11_BIND_SHADER_RESOURCE};
    *out = (struct shared_buffer){.bytes = desc.ByteWidth};
    return HR(ID3D11Device5_CreateBuffer(rig->device, &desc, NULL, &out->buffer));
}

static bool open_any(struct rig *rig, UINT misc, struct shared_buffer *out)
{
    return misc ? shared_buffer_open(rig, misc, 65536, out) : plain_buffer(rig, out);
}

/* Payloads are never touched, so what grows is ours. The first one brings a broker. */
bool run_object_memory(const struct row *row, struct rig *rig, struct result *out)
{
    enum { OBJECTS = 400 };
    static struct shared_buffer buffers[OBJECTS + 1];
    unsigned made = 0;
    if (!open_any(rig, (UINT)row->size, &buffers[OBJECTS]))
        return false;
    unsigned files = open_files();
    double before = all_pss();
    while (made < OBJECTS && open_any(rig, (UINT)row->size, &buffers[made]))
        made++;
    double each = (all_pss() - before) / OBJECTS;
    unsigned fds = open_files() - files;
    for (unsigned i = 0; i < made; i++)
        shared_buffer_close(&buffers[i]);
    shared_buffer_close(&buffers[OBJECTS]);
    out->ours = (struct figure){each, each, each};
    out->repetitions = 1;
    snprintf(out->note, sizeof(out->note), "%.1f file descriptors an object here%s",
             (double)fds / OBJECTS, row->size ? "" : ", no broker");
    return made == OBJECTS;
}
