/* SPDX-License-Identifier: MIT */
/* The actor: does what it is told, one thing after the other. D3D11's part. */
#define PUPPET_GUIDS /* the interface ids are defined here */
#include "puppet.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))
#define OP(name)                                                             \
    uint32_t op_##name(struct thing *t UNUSED, const struct order *o UNUSED, \
                       struct answer *answer UNUSED)

struct puppet puppet = {.child_pipe = -1};

uint32_t win32_code(bool ok)
{
    return ok ? 0 : (uint32_t)HRESULT_FROM_WIN32(GetLastError());
}

const WCHAR *wide(const char *name, WCHAR room[300])
{
    size_t i = 0;
    for (; name[i]; i++)
        room[i] = (WCHAR)(unsigned char)name[i];
    room[i] = 0;
    return i ? room : NULL;
}

/* ---- Making and sharing ---- */

/* A buffer of ACTOR_BYTES with the bytes of seed b, or of c bytes of any kind. a: MiscFlags. */
OP(make_buffer)
{
    unsigned char bytes[ACTOR_BYTES];
    D3D11_BUFFER_DESC desc = {.ByteWidth = o->c ? (UINT)o->c : ACTOR_BYTES,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = (UINT)o->a};
    D3D11_SUBRESOURCE_DATA data = {bytes, 0, 0};
    bytes_fill(bytes, o->b);
    HRESULT hr = ID3D11Device5_CreateBuffer(puppet.device, &desc, o->c ? NULL : &data,
                                            (ID3D11Buffer **)&t->buffer);
    if (hr == S_OK)
        ID3D11Resource_QueryInterface(t->buffer, &IID_IDXGIKeyedMutex, (void **)&t->mutex);
    return (uint32_t)hr;
}

/* a: its first value. */
OP(make_fence)
{
    return (uint32_t)ID3D11Device5_CreateFence(puppet.device, o->a, D3D11_FENCE_FLAG_SHARED,
                                               &IID_ID3D11Fence, (void **)&t->fence);
}

/* An NT handle of the buffer, with the name if there is one. */
OP(nt_handle)
{
    WCHAR name[300];
    IDXGIResource1 *dxgi = NULL;
    HANDLE handle = NULL;
    ID3D11Resource_QueryInterface(t->buffer, &IID_IDXGIResource1, (void **)&dxgi);
    HRESULT hr = IDXGIResource1_CreateSharedHandle(dxgi, NULL,
                                                   DXGI_SHARED_RESOURCE_READ |
                                                       DXGI_SHARED_RESOURCE_WRITE,
                                                   wide(o->name, name), &handle);
    IDXGIResource1_Release(dxgi);
    keep_handle(handle);
    answer->value = (uintptr_t)handle;
    return (uint32_t)hr;
}

OP(fence_handle)
{
    WCHAR name[300];
    HANDLE handle = NULL;
    HRESULT hr = ID3D11Fence_CreateSharedHandle(t->fence, NULL, GENERIC_ALL,
                                                wide(o->name, name), &handle);
    keep_handle(handle);
    answer->value = (uintptr_t)handle;
    return (uint32_t)hr;
}

OP(kmt)
{
    IDXGIResource *dxgi = NULL;
    HANDLE handle = NULL;
    ID3D11Resource_QueryInterface(t->buffer, &IID_IDXGIResource, (void **)&dxgi);
    HRESULT hr = IDXGIResource_GetSharedHandle(dxgi, &handle);
    IDXGIResource_Release(dxgi);
    answer->value = (uintptr_t)handle;
    return (uint32_t)hr;
}

/* ---- Opening ---- */

static uint32_t opened(struct thing *t, HRESULT hr, void *found)
{
    if (hr != S_OK)
        return (uint32_t)hr;
    t->buffer = found;
    ID3D11Resource_QueryInterface(t->buffer, &IID_IDXGIKeyedMutex, (void **)&t->mutex);
    return 0;
}

OP(open_nt)
{
    void *found = NULL;
    HRESULT hr = ID3D11Device5_OpenSharedResource1(puppet.device, (HANDLE)(uintptr_t)o->a,
                                                   &IID_ID3D11Resource, &found);
    return opened(t, hr, found);
}

OP(open_kmt)
{
    void *found = NULL;
    HRESULT hr = ID3D11Device5_OpenSharedResource(puppet.device, (HANDLE)(uintptr_t)o->a,
                                                  &IID_ID3D11Resource, &found);
    return opened(t, hr, found);
}

/* a: the access that is asked for; 0 means all. */
OP(open_name)
{
    WCHAR name[300];
    void *found = NULL;
    HRESULT hr = ID3D11Device5_OpenSharedResourceByName(puppet.device, wide(o->name, name),
                                                        o->a ? (DWORD)o->a : GENERIC_ALL,
                                                        &IID_ID3D11Resource, &found);
    return opened(t, hr, found);
}

OP(open_fence)
{
    return (uint32_t)ID3D11Device5_OpenSharedFence(puppet.device, (HANDLE)(uintptr_t)o->a,
                                                   &IID_ID3D11Fence, (void **)&t->fence);
}

/* ---- Bytes ---- */

/* The bytes of seed a into the buffer, in the order of the context. */
OP(write)
{
    unsigned char bytes[ACTOR_BYTES];
    bytes_fill(bytes, o->a);
    ID3D11DeviceContext4_UpdateSubresource(puppet.context, t->buffer, 0, NULL, bytes, 0, 0);
    return 0;
}

/* 0 if the buffer has the bytes of seed a. */
OP(read)
{
    D3D11_MAPPED_SUBRESOURCE mapped = {NULL, 0, 0};
    ID3D11DeviceContext4_CopyResource(puppet.context, puppet.staging, t->buffer);
    HRESULT hr =
        ID3D11DeviceContext4_Map(puppet.context, puppet.staging, 0, D3D11_MAP_READ, 0, &mapped);
    if (hr != S_OK)
        return (uint32_t)hr;
    int wrong = bytes_differ(mapped.pData, o->a);
    ID3D11DeviceContext4_Unmap(puppet.context, puppet.staging, 0);
    return wrong < 0 ? 0 : WRONG_BYTE + (unsigned)wrong;
}

/* ---- Keyed mutexes: a is the key, b the time in milliseconds ---- */

/* The value is the time at which it came back. */
OP(acquire)
{
    HRESULT hr = IDXGIKeyedMutex_AcquireSync(t->mutex, o->a, (DWORD)o->b);
    answer->value = now_ns();
    return (uint32_t)hr;
}

OP(release)
{
    return (uint32_t)IDXGIKeyedMutex_ReleaseSync(t->mutex, o->a);
}

/* a turns: acquires b, b+2, ..., finds those bytes, leaves the bytes and the key of the
 * next. */
OP(pingpong)
{
    for (uint64_t key = o->b; key < o->b + 2 * o->a; key += 2) {
        struct order turn = {.a = key};
        HRESULT hr = IDXGIKeyedMutex_AcquireSync(t->mutex, key, INFINITE);
        uint32_t code = hr == S_OK ? op_read(t, &turn, answer) : (uint32_t)hr;
        turn.a = key + 1;
        if (!code)
            op_write(t, &turn, answer);
        if (!code)
            code = (uint32_t)IDXGIKeyedMutex_ReleaseSync(t->mutex, key + 1);
        answer->value = key;
        if (code)
            return code;
    }
    return 0;
}

/* ---- Fences: a is the value ---- */

OP(signal)
{
    return (uint32_t)ID3D11DeviceContext4_Signal(puppet.context, t->fence, o->a);
}

OP(context_wait)
{
    return (uint32_t)ID3D11DeviceContext4_Wait(puppet.context, t->fence, o->a);
}

OP(completed)
{
    answer->value = ID3D11Fence_GetCompletedValue(t->fence);
    return 0;
}

/* Blocks. */
OP(host_wait)
{
    HRESULT hr = ID3D11Fence_SetEventOnCompletion(t->fence, o->a, NULL);
    answer->value = now_ns();
    return (uint32_t)hr;
}

/* Until the context has nothing left to do. */
OP(flush)
{
    ID3D11Fence *done = NULL;
    HRESULT hr = ID3D11Device5_CreateFence(puppet.device, 0, D3D11_FENCE_FLAG_NONE,
                                           &IID_ID3D11Fence, (void **)&done);
    if (hr == S_OK)
        hr = ID3D11DeviceContext4_Signal(puppet.context, done, 1);
    if (hr == S_OK)
        hr = ID3D11Fence_SetEventOnCompletion(done, 1, NULL);
    if (done)
        ID3D11Fence_Release(done);
    return (uint32_t)hr;
}

/* Lets go of all that the slot has. */
OP(drop)
{
    thing_drop_cuda(t);
    if (t->mutex)
        IDXGIKeyedMutex_Release(t->mutex);
    if (t->buffer)
        ID3D11Resource_Release(t->buffer);
    if (t->fence)
        ID3D11Fence_Release(t->fence);
    *t = (struct thing){0};
    return 0;
}

/* ---- The actor as a process ---- */

/* Writes to a MiB of the actor's own memory, a times. It is never given back. */
OP(touch)
{
    for (uint64_t i = 0; i < o->a; i++) {
        char *mib = malloc(1 << 20);
        if (!mib)
            return (uint32_t)E_OUTOFMEMORY;
        memset(mib, 1 + (int)(i & 63), 1 << 20);
        __asm__ volatile("" : : "r"(mib) : "memory");
    }
    return 0;
}

/* Keeps a small buffers with numbers, at most 256; 0 lets go of them. */
OP(crowd)
{
    static struct thing kept[256];
    struct order make = {.a = D3D11_RESOURCE_MISC_SHARED};
    uint32_t code = 0;
    for (unsigned i = 0; i < 256; i++)
        op_drop(&kept[i], o, answer);
    for (unsigned i = 0; i < o->a && i < 256 && !code; i++) {
        code = op_make_buffer(&kept[i], &make, answer);
        if (!code)
            code = op_kmt(&kept[i], &make, answer);
    }
    return code;
}

/* The value: how many shareable objects this process has. */
OP(live)
{
    answer->value = ist_report_live_objects(NULL);
    return 0;
}

static unsigned count_fds(void)
{
    unsigned count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

/* Both sides, used once: what they keep from then on is no leak. */
bool puppet_open(void)
{
    ID3D11Device *device = NULL;
    ID3D11DeviceContext *context = NULL;
    D3D11_BUFFER_DESC desc = {.ByteWidth = ACTOR_BYTES,
                              .Usage = D3D11_USAGE_STAGING,
                              .CPUAccessFlags = D3D11_CPU_ACCESS_READ};
    if (D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0, D3D11_SDK_VERSION,
                          &device, NULL, &context) != S_OK)
        return false;
    ID3D11Device_QueryInterface(device, &IID_ID3D11Device5, (void **)&puppet.device);
    ID3D11DeviceContext_QueryInterface(context, &IID_ID3D11DeviceContext4,
                                       (void **)&puppet.context);
    ID3D11DeviceContext_Release(context);
    ID3D11Device_Release(device);
    return ID3D11Device5_CreateBuffer(puppet.device, &desc, NULL,
                                      (ID3D11Buffer **)&puppet.staging) == S_OK &&
           cudaStreamCreateWithFlags(&puppet.stream, cudaStreamNonBlocking) == cudaSuccess;
}

void puppet_close(void)
{
    struct answer answer;
    for (unsigned i = 0; i < SLOTS; i++)
        op_drop(&puppet.things[i], NULL, &answer);
    close_handles();
    cudaStreamDestroy(puppet.stream);
    cudaFreeHost(puppet.pinned); /* in the order of what was submitted before */
    puppet.pinned = NULL;
    ID3D11Resource_Release(puppet.staging);
    ID3D11DeviceContext4_Release(puppet.context);
    ID3D11Device5_Release(puppet.device);
}

/*
 * Everything goes. The code: how many objects are left, and how many fds more than a process
 * has that has used the library: request and event channel, io thread, mailbox; not one an
 * object. NVIDIA's driver keeps some 30 open for itself.
 */
OP(quit)
{
    const char *device = getenv("ISTHMUS_DEVICE");
    unsigned keeps = device && strcmp(device, "nvidia") == 0 ? 64 : 16;
    if (puppet.child)
        op_end_child(t, o, answer);
    puppet_close();
    for (unsigned i = 0; i < 2000 && ist_report_live_objects(NULL); i++)
        nap_ms(5); /* threads of the library let go a little later */
    unsigned fds = count_fds(), left = (unsigned)ist_report_live_objects(NULL);
    if (left)
        ist_report_live_objects(stderr);
    return left + (fds > keeps ? fds - keeps : 0);
}

static const struct {
    const char *name;
    uint32_t (*run)(struct thing *t, const struct order *o, struct answer *answer);
} operations[] = {
#define X(name) {#name, op_##name},
    ACTOR_OPS(X)
#undef X
};

/* ---- Two threads at once ---- */

struct twin {
    pthread_t thread;
    pthread_barrier_t *start;
    struct order order;
    struct answer answer;
};

static void *run_twin(void *arg)
{
    struct twin *twin = arg;
    struct thing *thing = &puppet.things[twin->order.slot];
    pthread_barrier_wait(twin->start);
    twin->answer.code = operations[twin->order.op].run(thing, &twin->order, &twin->answer);
    return NULL;
}

/*
 * Operation c in two threads at the same time, with this order's other fields: what opens, into
 * this slot and the next one, the rest on this one. The value: how many succeeded. Two numbers
 * must be the same.
 */
OP(twice)
{
    pthread_barrier_t start;
    struct twin twins[2];
    enum actor_op op = (enum actor_op)o->c;
    bool opens = op == DO_open_kmt || op == DO_open_nt || op == DO_open_name;
    pthread_barrier_init(&start, NULL, 2);
    for (unsigned i = 0; i < 2; i++) {
        twins[i] = (struct twin){.start = &start, .order = *o};
        twins[i].order.op = op;
        twins[i].order.slot = o->slot + (opens ? i : 0);
        twins[i].order.c = op == DO_pull ? DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE : 0;
        if (pthread_create(&twins[i].thread, NULL, run_twin, &twins[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < 2; i++) {
        pthread_join(twins[i].thread, NULL);
        answer->value += twins[i].answer.code == 0;
    }
    pthread_barrier_destroy(&start);
    bool differ = op == DO_kmt && twins[0].answer.value != twins[1].answer.value;
    return differ ? (uint32_t)E_FAIL : 0;
}

int puppet_main(int socket)
{
    struct order order;
    bool end = false;
    if (!puppet_open())
        return 1;
    while (!end) {
        struct answer answer = {.code = 0};
        int fds[ACTOR_FDS];
        unsigned count = 0;
        if (!wire_receive(socket, &order, sizeof(order), fds, &count) ||
            order.op >= ACTOR_OP_COUNT || order.slot >= SLOTS)
            return 1;
        memcpy(order.fds, fds, sizeof(fds));
        order.fd_count = count;
        answer.code = operations[order.op].run(&puppet.things[order.slot], &order, &answer);
        if (answer.code)
            snprintf(answer.why, sizeof(answer.why), "%s: %s", operations[order.op].name,
                     ist_explain());
        end = order.op == DO_quit;
        if (!wire_send(socket, &answer, sizeof(answer), answer.fds, answer.fd_count))
            return 1;
        for (unsigned i = 0; i < answer.fd_count; i++)
            close(answer.fds[i]);
    }
    return 0;
}
