/* SPDX-License-Identifier: MIT */
/*
 * Fork while other threads of the parent are inside calls of D3D11 and CUDA: the child finds
 * every short lock free, and may use device, context, event and stream that it inherited. Each
 * child says by its exit code what went wrong; one that hangs is ended by its alarm.
 */
#include "d3d_rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

/* What nvcc's generated code calls: the list of modules has a lock, too. */
void **__cudaRegisterFatBinary(void *fatCubin);
void __cudaUnregisterFatBinary(void **fatCubinHandle);

enum { BYTES = 256 };

/* Buffers that only one thread uses: what it has mapped at the fork stays so in the child. */
struct own {
    ID3D11Resource *dynamic, *staging;
};

struct scene {
    struct d3d d;
    struct own thread, child;
    cudaEvent_t event;
    cudaStream_t stream;
    atomic_bool stop;
    atomic_uint wrong; /* of the parent's threads: the line of what failed last */
};

static struct scene scene;

static ID3D11Resource *mappable(D3D11_USAGE usage)
{
    bool staging = usage == D3D11_USAGE_STAGING;
    D3D11_BUFFER_DESC desc = {.ByteWidth = BYTES,
                              .Usage = usage,
                              .BindFlags = staging ? 0 : D3D11_BIND_SHADER_RESOURCE,
                              .CPUAccessFlags = staging ? D3D11_CPU_ACCESS_READ
                                                        : D3D11_CPU_ACCESS_WRITE};
    ID3D11Buffer *buffer = NULL;
    CHECK_EQ(ID3D11Device_CreateBuffer(scene.d.device, &desc, NULL, &buffer), S_OK);
    return (ID3D11Resource *)buffer;
}

static struct own own_new(void)
{
    return (struct own){mappable(D3D11_USAGE_DYNAMIC), mappable(D3D11_USAGE_STAGING)};
}

static void own_finish(struct own *own)
{
    ID3D11Resource_Release(own->dynamic);
    ID3D11Resource_Release(own->staging);
}

/* 0, or the line that failed: no harness in the child, which has its own copy of the test. */
#define NEED(cond)           \
    do {                     \
        if (!(cond))         \
            return __LINE__; \
    } while (0)

static unsigned map_and_copy(const struct own *own, int value)
{
    D3D11_MAPPED_SUBRESOURCE mapped = {0};
    ID3D11DeviceContext *context = scene.d.context;
    NEED(ID3D11DeviceContext_Map(context, own->dynamic, 0, D3D11_MAP_WRITE_DISCARD, 0,
                                 &mapped) == S_OK);
    memset(mapped.pData, value, BYTES);
    ID3D11DeviceContext_Unmap(context, own->dynamic, 0);
    ID3D11DeviceContext_CopyResource(context, own->staging, own->dynamic);
    NEED(ID3D11DeviceContext_Map(context, own->staging, 0, D3D11_MAP_READ, 0, &mapped) == S_OK);
    bool right = *(unsigned char *)mapped.pData == (unsigned char)value;
    ID3D11DeviceContext_Unmap(context, own->staging, 0);
    NEED(right);
    return 0;
}

/* The locks of the device and of private data. */
static unsigned use_device(void)
{
    D3D11_BUFFER_DESC desc = {.ByteWidth = BYTES, .BindFlags = D3D11_BIND_SHADER_RESOURCE};
    ID3D11Buffer *buffer = NULL;
    UINT value = 7, size = sizeof(value);
    NEED(ID3D11Device_CreateBuffer(scene.d.device, &desc, NULL, &buffer) == S_OK);
    NEED(ID3D11Buffer_Release(buffer) == 0);
    NEED(ID3D11Device_SetPrivateData(scene.d.device, &IID_IUnknown, size, &value) == S_OK);
    NEED(ID3D11Device_GetPrivateData(scene.d.device, &IID_IUnknown, &size, &value) == S_OK);
    NEED(value == 7);
    return 0;
}

static unsigned use_cuda(void)
{
    void **module = __cudaRegisterFatBinary(NULL);
    NEED(cudaEventRecord(scene.event, scene.stream) == cudaSuccess);
    NEED(cudaStreamWaitEvent(scene.stream, scene.event, 0) == cudaSuccess);
    NEED(cudaEventSynchronize(scene.event) == cudaSuccess);
    NEED(cudaEventQuery(scene.event) == cudaSuccess);
    __cudaUnregisterFatBinary(module);
    return 0;
}

static void *d3d_thread(void *unused)
{
    for (int i = 0; !atomic_load(&scene.stop); i++) {
        unsigned line = map_and_copy(&scene.thread, i);
        line = line ? line : use_device();
        if (line)
            atomic_store(&scene.wrong, line);
    }
    return unused;
}

static void *cuda_thread(void *unused)
{
    while (!atomic_load(&scene.stop)) {
        unsigned line = use_cuda();
        if (line)
            atomic_store(&scene.wrong, line);
    }
    return unused;
}

/* An exit code has 8 bits: 1, 2 and 3 say which part it was. */
static void child_uses_everything(void)
{
    alarm(30);
    for (int i = 0; i < 3; i++) {
        if (map_and_copy(&scene.child, i))
            _exit(1);
        if (use_device())
            _exit(2);
        if (use_cuda())
            _exit(3);
    }
    _exit(0);
}

static int fork_once(void)
{
    int status = 0;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        child_uses_everything();
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

/* 200 times, as long as a busy machine does that in five seconds; 20 times at least. */
TEST(a_child_finds_every_short_lock_free)
{
    if (TEST_ADDRESS_SANITIZER || TEST_THREAD_SANITIZER)
        SKIP("the sanitizers follow no fork of a process whose threads are at work");
    pthread_t threads[2];
    int status = 0;
    scene.d = d3d_new();
    scene.thread = own_new();
    scene.child = own_new();
    scene.stream = rig_stream(cudaStreamNonBlocking);
    OK(cudaEventCreate(&scene.event));
    CHECK_EQ(pthread_create(&threads[0], NULL, d3d_thread, NULL), 0);
    CHECK_EQ(pthread_create(&threads[1], NULL, cuda_thread, NULL), 0);
    int64_t start = rig_now_ms();
    for (int i = 0; status == 0 && i < 200 && (i < 20 || rig_now_ms() - start < 5000); i++)
        status = fork_once();
    atomic_store(&scene.stop, true);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(status, 0);
    CHECK_EQ(atomic_load(&scene.wrong), 0);
    OK(cudaEventDestroy(scene.event));
    rig_stream_end(scene.stream);
    own_finish(&scene.thread);
    own_finish(&scene.child);
    d3d_finish(&scene.d);
}
