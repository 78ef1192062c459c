/* SPDX-License-Identifier: MIT */
/*
 * Leaves things behind, one kind for each word on its command line, in functions whose names
 * the report must show. Knows only Microsoft's and NVIDIA's names.
 */
#include "fork.h"

#define COBJMACROS
#include <initguid.h>

#include <windows.h>

#include <d3d11_4.h>
#include <dxgi1_2.h>

#include <cuda_runtime.h>

#include <isthmus/isthmus.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WIDTH 64
#define HEIGHT 32
#define THREADS 4

static ID3D11Device *device;
static ID3D11Texture2D *held_till_exit;

/* A program of a test may simply stop; it says where. */
static void need(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "leak: %s failed\n", what);
        exit(99);
    }
}

static ID3D11Texture2D *make_texture(void)
{
    ID3D11Texture2D *texture = NULL;
    D3D11_TEXTURE2D_DESC desc = {
        .Width = WIDTH,
        .Height = HEIGHT,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc = {1, 0},
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE,
    };
    need(SUCCEEDED(ID3D11Device_CreateTexture2D(device, &desc, NULL, &texture)), "texture");
    return texture;
}

static HANDLE share(ID3D11Texture2D *texture, const WCHAR *name)
{
    IDXGIResource1 *resource = NULL;
    HANDLE handle = NULL;
    need(SUCCEEDED(
             ID3D11Texture2D_QueryInterface(texture, &IID_IDXGIResource1, (void **)&resource)),
         "IDXGIResource1");
    need(SUCCEEDED(IDXGIResource1_CreateSharedHandle(resource, NULL, DXGI_SHARED_RESOURCE_READ,
                                                     name, &handle)),
         "CreateSharedHandle");
    IDXGIResource1_Release(resource);
    return handle;
}

static cudaExternalMemory_t import_texture(HANDLE handle)
{
    cudaExternalMemory_t memory = NULL;
    struct cudaExternalMemoryHandleDesc desc;
    memset(&desc, 0, sizeof(desc));
    desc.type = cudaExternalMemoryHandleTypeD3D11Resource;
    desc.handle.win32.handle = handle;
    desc.size = WIDTH * HEIGHT * 4;
    desc.flags = cudaExternalMemoryDedicated;
    need(cudaImportExternalMemory(&memory, &desc) == cudaSuccess, "cudaImportExternalMemory");
    return memory;
}

static cudaMipmappedArray_t map_texture(cudaExternalMemory_t memory)
{
    cudaMipmappedArray_t mipmaps = NULL;
    struct cudaExternalMemoryMipmappedArrayDesc desc;
    memset(&desc, 0, sizeof(desc));
    desc.formatDesc = cudaCreateChannelDesc(8, 8, 8, 8, cudaChannelFormatKindUnsigned);
    desc.extent = make_cudaExtent(WIDTH, HEIGHT, 0);
    desc.numLevels = 1;
    need(cudaExternalMemoryGetMappedMipmappedArray(&mipmaps, memory, &desc) == cudaSuccess,
         "cudaExternalMemoryGetMappedMipmappedArray");
    return mipmaps;
}

static void leak_d3d11(void)
{
    share(make_texture(), L"Left behind");
}

/* Balanced imports at one place, and one at another that stays; the rest is released. */
static void leak_cuda(void)
{
    ID3D11Texture2D *texture = make_texture();
    HANDLE handle = share(texture, NULL);
    map_texture(import_texture(handle));
    CloseHandle(handle);
    ID3D11Texture2D_Release(texture);
}

/* Not quite the same, or the compiler would make them one. */
static cudaExternalMemory_t import_first(HANDLE handle)
{
    need(handle != NULL, "the first handle");
    return import_texture(handle);
}

static cudaExternalMemory_t import_second(HANDLE handle)
{
    need(handle != NULL, "the second handle");
    return import_texture(handle);
}

/* Two places import and map; the first lets go: the report must name the second alone. */
static void leak_second(void)
{
    ID3D11Texture2D *texture = make_texture();
    HANDLE handle = share(texture, NULL);
    cudaExternalMemory_t first = import_first(handle), second = import_second(handle);
    cudaMipmappedArray_t mapped = map_texture(first);
    map_texture(second);
    cudaFreeMipmappedArray(mapped);
    cudaDestroyExternalMemory(first);
    CloseHandle(handle);
    ID3D11Texture2D_Release(texture);
}

/* SetEvent holds the event within the call: that must not blur the handle's site. */
static void leak_event(void)
{
    HANDLE first = CreateEventW(NULL, TRUE, FALSE, NULL), second = NULL;
    need(first && DuplicateHandle(GetCurrentProcess(), first, GetCurrentProcess(), &second, 0,
                                  FALSE, DUPLICATE_SAME_ACCESS),
         "event");
    SetEvent(second);
    ResetEvent(first);
    SetEvent(first);
    CloseHandle(first);
}

static void release_at_exit(void)
{
    ID3D11Texture2D_Release(held_till_exit);
}

static void keep_till_exit(void)
{
    held_till_exit = make_texture();
    need(atexit(release_at_exit) == 0, "atexit");
}

static ID3D11Texture2D *held_till_destructors;

static void keep_till_destructors(void)
{
    held_till_destructors = make_texture();
}

/* Destructors run after the handlers of atexit(). */
__attribute__((destructor)) static void release_in_destructor(void)
{
    if (held_till_destructors)
        ID3D11Texture2D_Release(held_till_destructors);
}

static void *share_in_thread(void *arg)
{
    (void)arg;
    for (int i = 0; i < 50; i++) {
        ID3D11Texture2D *texture = make_texture();
        HANDLE handle = share(texture, NULL);
        need(cudaDestroyExternalMemory(import_texture(handle)) == cudaSuccess, "destroy");
        CloseHandle(handle);
        ID3D11Texture2D_Release(texture);
        ist_report_live_objects(NULL);
    }
    share(make_texture(), NULL);
    return NULL;
}

static void leak_from_threads(void)
{
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++)
        need(pthread_create(&thread[i], NULL, share_in_thread, NULL) == 0, "thread");
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
}

/* The parent reports once; a child that ends by exit() says nothing of its own. */
static void leak_and_fork(void)
{
    int status = -1;
    make_texture();
    pid_t child = test_fork();
    if (child == 0)
        exit(0);
    need(child > 0 && waitpid(child, &status, 0) == child && status == 0, "fork");
}

static void close_stderr_stream(void)
{
    fclose(stderr);
}

static void leak_with_closed_stream(void)
{
    make_texture();
    need(atexit(close_stderr_stream) == 0, "atexit");
}

static const struct {
    const char *word;
    void (*run)(void);
} actions[] = {
    {"d3d11", leak_d3d11},
    {"cuda", leak_cuda},
    {"second", leak_second},
    {"event", leak_event},
    {"atexit", keep_till_exit},
    {"destructor", keep_till_destructors},
    {"threads", leak_from_threads},
    {"fork", leak_and_fork},
    {"closed", leak_with_closed_stream},
};

int main(int argc, char **argv)
{
    int status = 0;
    need(SUCCEEDED(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                                     D3D11_SDK_VERSION, &device, NULL, NULL)),
         "D3D11CreateDevice");
    for (int i = 1; i < argc; i++) {
        for (size_t k = 0; k < sizeof(actions) / sizeof(actions[0]); k++)
            if (strcmp(argv[i], actions[k].word) == 0)
                actions[k].run();
        if (strcmp(argv[i], "report") == 0)
            printf("%zu\n", ist_report_live_objects(stdout));
        else if (strncmp(argv[i], "status=", 7) == 0)
            status = atoi(argv[i] + 7);
    }
    ID3D11Device_Release(device);
    return status;
}
