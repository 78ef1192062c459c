/* SPDX-License-Identifier: MIT */
/*
 * A program as its author wrote it, with NVIDIA's headers: it is linked with the runtime inside
 * (--wrap), with us before a shared runtime, and with a shared runtime only (LD_PRELOAD). Each
 * time D3D11's types must get to us, others to the driver, and none to the runtime.
 */
#include <cuda_runtime_api.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STANDIN 77

static int failures;

static void expect(const char *what, long found, long wanted)
{
    if (found == wanted)
        return;
    fprintf(stderr, "%s: found %ld, wanted %ld\n", what, found, wanted);
    failures++;
}

/* The recorder is found at run time, as the driver is. */
static unsigned calls(const char *name)
{
    static unsigned (*recorder_calls)(const char *);
    if (!recorder_calls) {
        void *library = dlopen(getenv("ISTHMUS_LIBCUDA"), RTLD_NOW);
        *(void **)&recorder_calls = library ? dlsym(library, "recorder_calls") : NULL;
    }
    if (!recorder_calls) {
        fprintf(stderr, "no recorder: %s\n", dlerror());
        exit(1);
    }
    return recorder_calls(name);
}

static void memory(void)
{
    struct cudaExternalMemoryHandleDesc desc;
    cudaExternalMemory_t made = NULL;
    memset(&desc, 0, sizeof(desc));
    desc.type = cudaExternalMemoryHandleTypeD3D11Resource;
    desc.handle.win32.handle = (void *)0x44; /* the form of an NT handle that nobody has */
    desc.size = 4096;
    desc.flags = cudaExternalMemoryDedicated;
    expect("memory type 6", cudaImportExternalMemory(&made, &desc), 400);
    desc.type = cudaExternalMemoryHandleTypeD3D11ResourceKmt;
    desc.handle.win32.handle = NULL;
    expect("memory type 7", cudaImportExternalMemory(&made, &desc), 1);
    expect("calls of the driver", calls(NULL), 0);

    desc.type = cudaExternalMemoryHandleTypeOpaqueFd;
    desc.handle.fd = -1;
    expect("memory type 1", cudaImportExternalMemory(&made, &desc), 0);
    expect("imports by the driver", calls("cuImportExternalMemory"), 1);
    expect("destroy", cudaDestroyExternalMemory(made), 0);
    expect("ends by the driver", calls("cuDestroyExternalMemory"), 1);
}

static void mappings(void)
{
    struct cudaExternalMemoryBufferDesc buffer;
    struct cudaExternalMemoryMipmappedArrayDesc array;
    void *pointer;
    cudaMipmappedArray_t mipmap;
    memset(&buffer, 0, sizeof(buffer));
    memset(&array, 0, sizeof(array));
    array.formatDesc.x = 8;
    array.formatDesc.f = cudaChannelFormatKindUnsigned;
    array.numLevels = 1;
    expect("a driver's buffer",
           cudaExternalMemoryGetMappedBuffer(&pointer, (cudaExternalMemory_t)0x100, &buffer),
           0);
    expect("a driver's array",
           cudaExternalMemoryGetMappedMipmappedArray(&mipmap, (cudaExternalMemory_t)0x100,
                                                     &array),
           0);
    expect("its buffers", calls("cuExternalMemoryGetMappedBuffer"), 1);
    expect("its arrays", calls("cuExternalMemoryGetMappedMipmappedArray"), 1);
}

static void semaphores(void)
{
    struct cudaExternalSemaphoreHandleDesc desc;
    struct cudaExternalSemaphoreSignalParams signal;
    struct cudaExternalSemaphoreWaitParams wait;
    cudaExternalSemaphore_t made = NULL;
    memset(&desc, 0, sizeof(desc));
    memset(&signal, 0, sizeof(signal));
    memset(&wait, 0, sizeof(wait));
    desc.type = cudaExternalSemaphoreHandleTypeD3D11Fence;
    desc.handle.win32.handle = (void *)0x44;
    expect("semaphore type 5", cudaImportExternalSemaphore(&made, &desc), 400);
    expect("imports by the driver", calls("cuImportExternalSemaphore"), 0);
    desc.type = cudaExternalSemaphoreHandleTypeTimelineSemaphoreFd;
    expect("semaphore type 9", cudaImportExternalSemaphore(&made, &desc), 0);
    expect("signal", cudaSignalExternalSemaphoresAsync(&made, &signal, 1, NULL), 0);
    expect("wait", cudaWaitExternalSemaphoresAsync(&made, &wait, 1, NULL), 0);
    expect("destroy", cudaDestroyExternalSemaphore(made), 0);
    expect("signals of the driver", calls("cuSignalExternalSemaphoresAsync"), 1);
    expect("waits of the driver", calls("cuWaitExternalSemaphoresAsync"), 1);
    expect("ends by the driver", calls("cuDestroyExternalSemaphore"), 1);
}

static void runtime(void)
{
    struct cudaDeviceProp prop;
    int version = 0;
    memset(&prop, 0, sizeof(prop));
    expect("properties", cudaGetDeviceProperties(&prop, 0), 0);
    expect("its name is the runtime's", strcmp(prop.name, "stand-in"), 0);
    expect("version", cudaRuntimeGetVersion(&version), 0);
    expect("the runtime's version", version, 4711);
}

int main(void)
{
    memory();
    mappings();
    semaphores();
    runtime();
    return failures ? 1 : 0;
}
