/* SPDX-License-Identifier: MIT */
/*
 * The portable API between two processes: a producer with D3D11, a consumer that has nothing
 * but what it is told and the imports of interop.h. Each scenario is two functions that talk
 * over a socket; whoever finds something wrong ends, and the other one with it. across.sh gives
 * them a runtime folder and a broker of their own.
 */
#define COBJMACROS
#include <initguid.h>

#include <windows.h>

#include <d3d11_4.h>
#include <dxgi1_2.h>

#include "check.h"

#include <cuda_runtime.h>
#include <isthmus/interop.h>

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BYTES = 4096, WIDTH = 33, HEIGHT = 7, PATIENCE_MS = 20000 };

#define MISC_NT (D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define MISC_KMT D3D11_RESOURCE_MISC_SHARED
#define MISC_MUTEX D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX

/* All that one side tells the other; `handle` is one of the consumer's process, or a number. */
struct note {
    HANDLE handle;
    struct ist_resource_desc desc;
    wchar_t name[32];
};

struct side {
    int socket;
    DWORD other; /* process id of the consumer, for the producer */
    ID3D11Device5 *device;
    ID3D11DeviceContext4 *context;
    cudaStream_t stream;
};

#define OK(call)                                                                             \
    do {                                                                                     \
        enum ist_status status_ = (call);                                                    \
        if (status_ != IST_OK)                                                               \
            fprintf(stderr, "%s: %s: %s\n", #call, ist_status_name(status_), ist_explain()); \
        CHECK(status_ == IST_OK);                                                            \
    } while (0)

/* ---- talk ------------------------------------------------------------------------------ */

static void tell_note(struct side *s, const struct note *note)
{
    CHECK(send(s->socket, note, sizeof(*note), MSG_NOSIGNAL) == (ssize_t)sizeof(*note));
}

static struct note hear_note(struct side *s)
{
    struct note note;
    CHECK(recv(s->socket, &note, sizeof(note), 0) == (ssize_t)sizeof(note));
    return note;
}

/* One side says that it is done with its step, the other waits for that. */
static void go(struct side *s)
{
    CHECK(send(s->socket, "", 1, MSG_NOSIGNAL) == 1);
}

static void await(struct side *s)
{
    char byte;
    CHECK(recv(s->socket, &byte, 1, 0) == 1);
}

/* ---- the producer's means -------------------------------------------------------------- */

static void fill(unsigned char *bytes, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 7 + (i >> 8) + seed);
}

static ID3D11Resource *make_buffer(struct side *s, UINT misc)
{
    unsigned char bytes[BYTES];
    D3D11_SUBRESOURCE_DATA init = {.pSysMem = bytes};
    D3D11_BUFFER_DESC desc = {.ByteWidth = BYTES,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = misc};
    ID3D11Buffer *buffer = NULL;
    fill(bytes, sizeof(bytes), 1);
    CHECK_EQ(ID3D11Device5_CreateBuffer(s->device, &desc, &init, &buffer), S_OK);
    return (ID3D11Resource *)buffer;
}

static ID3D11Resource *make_texture(struct side *s)
{
    unsigned char bytes[WIDTH * HEIGHT * 4];
    D3D11_SUBRESOURCE_DATA init = {.pSysMem = bytes, .SysMemPitch = WIDTH * 4};
    D3D11_TEXTURE2D_DESC desc = {.Width = WIDTH,
                                 .Height = HEIGHT,
                                 .MipLevels = 1,
                                 .ArraySize = 1,
                                 .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                 .SampleDesc = {.Count = 1},
                                 .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                                 .MiscFlags = MISC_NT};
    ID3D11Texture2D *texture = NULL;
    fill(bytes, sizeof(bytes), 1);
    CHECK_EQ(ID3D11Device5_CreateTexture2D(s->device, &desc, &init, &texture), S_OK);
    return (ID3D11Resource *)texture;
}

/* An NT handle with a name or without; a number for what has no NT handles. */
static HANDLE handle_of(ID3D11Resource *resource, const wchar_t *name, bool number)
{
    IDXGIResource1 *dxgi = NULL;
    HANDLE handle = NULL;
    CHECK_EQ(ID3D11Resource_QueryInterface(resource, &IID_IDXGIResource1, (void **)&dxgi),
             S_OK);
    CHECK_EQ(number ? IDXGIResource1_GetSharedHandle(dxgi, &handle)
                    : IDXGIResource1_CreateSharedHandle(dxgi, NULL,
                                                        DXGI_SHARED_RESOURCE_READ |
                                                            DXGI_SHARED_RESOURCE_WRITE,
                                                        name, &handle),
             S_OK);
    IDXGIResource1_Release(dxgi);
    return handle;
}

/* The handle as the consumer has it; ours is closed. */
static HANDLE give(struct side *s, HANDLE handle)
{
    HANDLE there = NULL, process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, s->other);
    CHECK(process != NULL);
    CHECK(DuplicateHandle(GetCurrentProcess(), handle, process, &there, 0, FALSE,
                          DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    CHECK(CloseHandle(process));
    return there;
}

static struct note note_of(ID3D11Resource *resource)
{
    struct note note;
    memset(&note, 0, sizeof(note));
    note.desc = (struct ist_resource_desc)IST_RESOURCE_DESC_INIT;
    OK(ist_describe_resource(resource, &note.desc));
    return note;
}

/* ---- the consumer's means -------------------------------------------------------------- */

static void check_buffer(const struct ist_resource *r, unsigned seed)
{
    unsigned char wanted[BYTES], found[BYTES];
    fill(wanted, sizeof(wanted), seed);
    CHECK_EQ(r->size, BYTES);
    CHECK_EQ(cudaMemcpy(found, (void *)(uintptr_t)r->pointer, BYTES, cudaMemcpyDeviceToHost),
             cudaSuccess);
    CHECK_EQ(memcmp(found, wanted, BYTES), 0);
}

static bool is_closed(HANDLE handle)
{
    return !CloseHandle(handle) && GetLastError() == ERROR_INVALID_HANDLE;
}

/* ---- NT handles: who closes ------------------------------------------------------------ */

/* The resource goes as soon as the consumer has it: the import is an owner by itself. */
static void produce_handle(struct side *s)
{
    ID3D11Resource *buffer = make_buffer(s, MISC_NT);
    struct note note = note_of(buffer);
    note.handle = give(s, handle_of(buffer, NULL, false));
    tell_note(s, &note);
    await(s);
    CHECK_EQ(ID3D11Resource_Release(buffer), 0);
    go(s);
}

static void consume_taken(struct side *s)
{
    struct ist_resource r = IST_RESOURCE_INIT;
    struct note note = hear_note(s);
    OK(ist_import_handle_take(note.handle, &note.desc, NULL, &r));
    CHECK(is_closed(note.handle));
    go(s);
    await(s);
    check_buffer(&r, 1);
    OK(ist_release_resource(&r));
}

static void consume_borrowed(struct side *s)
{
    struct ist_resource r = IST_RESOURCE_INIT;
    struct note note = hear_note(s);
    OK(ist_import_handle_borrow(note.handle, &note.desc, NULL, &r));
    CHECK(CloseHandle(note.handle));
    go(s);
    await(s);
    check_buffer(&r, 1);
    OK(ist_release_resource(&r));
}

/* What is taken is closed also when it is refused; what is borrowed never is. */
static void consume_refused(struct side *s)
{
    struct ist_resource r = IST_RESOURCE_INIT;
    struct note note = hear_note(s);
    struct ist_resource_desc wrong = note.desc;
    wrong.misc_flags = MISC_KMT;
    CHECK_EQ(ist_import_handle_borrow(note.handle, &wrong, NULL, &r), IST_WRONG_TYPE);
    wrong = note.desc;
    wrong.width = 1 << 20; /* more than there is */
    CHECK(ist_import_handle_borrow(note.handle, &wrong, NULL, &r) != IST_OK);
    CHECK(strstr(ist_explain(), "size") != NULL);
    CHECK(ist_import_handle_take(note.handle, &wrong, NULL, &r) != IST_OK);
    CHECK(is_closed(note.handle));
    CHECK_EQ(r.id, 0);
    go(s);
    await(s);
}

/* ---- names ----------------------------------------------------------------------------- */

static void produce_name(struct side *s)
{
    ID3D11Resource *texture = make_texture(s);
    struct note note = note_of(texture);
    wcscpy(note.name, L"Local\\across");
    HANDLE handle = handle_of(texture, note.name, false);
    tell_note(s, &note);
    await(s);
    CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11Resource_Release(texture), 0);
    go(s);
}

/* The name is gone with its handle, the import is not. */
static void consume_name(struct side *s)
{
    unsigned char wanted[WIDTH * HEIGHT * 4], found[WIDTH * HEIGHT * 4];
    struct ist_resource r = IST_RESOURCE_INIT, second = IST_RESOURCE_INIT;
    struct note note = hear_note(s);
    cudaArray_t level = NULL;
    OK(ist_import_name_borrow(note.name, &note.desc, NULL, &r));
    go(s);
    await(s);
    CHECK_EQ(ist_import_name_borrow(note.name, &note.desc, NULL, &second), IST_NOT_FOUND);
    fill(wanted, sizeof(wanted), 1);
    CHECK_EQ(cudaGetMipmappedArrayLevel(&level, (cudaMipmappedArray_t)r.mipmapped, 0),
             cudaSuccess);
    CHECK_EQ(cudaMemcpy2DFromArray(found, WIDTH * 4, level, 0, 0, WIDTH * 4, HEIGHT,
                                   cudaMemcpyDeviceToHost),
             cudaSuccess);
    CHECK_EQ(memcmp(found, wanted, sizeof(found)), 0);
    OK(ist_release_resource(&r));
}

/* ---- KMT numbers ----------------------------------------------------------------------- */

static void produce_number(struct side *s)
{
    ID3D11Resource *buffer = make_buffer(s, MISC_KMT);
    struct note note = note_of(buffer);
    note.handle = handle_of(buffer, NULL, true);
    tell_note(s, &note);
    await(s);
    CHECK_EQ(ID3D11Resource_Release(buffer), 0);
    go(s);
}

/* A number holds nothing; an import does, so the number lives as long as that. */
static void consume_number(struct side *s)
{
    struct ist_resource r = IST_RESOURCE_INIT, second = IST_RESOURCE_INIT;
    struct note note = hear_note(s);
    CHECK_EQ(ist_import_handle_take(note.handle, &note.desc, NULL, &r), IST_BAD_HANDLE);
    OK(ist_import_kmt_borrow(note.handle, &note.desc, NULL, &r));
    go(s);
    await(s);
    OK(ist_import_kmt_borrow(note.handle, &note.desc, NULL, &second));
    check_buffer(&r, 1);
    OK(ist_release_resource(&r));
    check_buffer(&second, 1);
    OK(ist_release_resource(&second));
    CHECK(ist_import_kmt_borrow(note.handle, &note.desc, NULL, &second) != IST_OK);
    CHECK(ist_explain()[0] != 0);
    CHECK_EQ(second.id, 0);
}

/* ---- fences ---------------------------------------------------------------------------- */

/* D3D11 signals 1; CUDA waits for it and signals 2, on which D3D11 waits. */
static void produce_fence_by(struct side *s, const wchar_t *name)
{
    struct note note;
    ID3D11Fence *fence = NULL;
    HANDLE handle = NULL;
    memset(&note, 0, sizeof(note));
    CHECK_EQ(ID3D11Device5_CreateFence(s->device, 0, D3D11_FENCE_FLAG_SHARED, &IID_ID3D11Fence,
                                       (void **)&fence),
             S_OK);
    CHECK_EQ(ID3D11Fence_CreateSharedHandle(fence, NULL, GENERIC_ALL, name, &handle), S_OK);
    if (name)
        wcscpy(note.name, name);
    else
        note.handle = give(s, handle);
    tell_note(s, &note);
    await(s);
    if (name)
        CHECK(CloseHandle(handle));
    CHECK_EQ(ID3D11DeviceContext4_Signal(s->context, fence, 1), S_OK);
    ID3D11DeviceContext4_Flush(s->context);
    CHECK_EQ(ID3D11Fence_SetEventOnCompletion(fence, 2, NULL), S_OK);
    CHECK_EQ(ID3D11Fence_GetCompletedValue(fence), 2);
    ID3D11Fence_Release(fence);
}

static void produce_fence(struct side *s)
{
    produce_fence_by(s, NULL);
}

static void produce_named_fence(struct side *s)
{
    produce_fence_by(s, L"Local\\across fence");
}

static void use_fence(struct side *s, struct ist_fence *fence)
{
    OK(ist_fence_wait(fence, 1, s->stream));
    OK(ist_fence_signal(fence, 2, s->stream));
    go(s);
    CHECK_EQ(cudaStreamSynchronize(s->stream), cudaSuccess);
    OK(ist_release_fence(fence));
}

static void consume_taken_fence(struct side *s)
{
    struct ist_fence fence = IST_FENCE_INIT;
    struct note note = hear_note(s);
    OK(ist_import_fence_take(note.handle, &fence));
    CHECK(is_closed(note.handle));
    use_fence(s, &fence);
}

static void consume_borrowed_fence(struct side *s)
{
    struct ist_fence fence = IST_FENCE_INIT;
    struct note note = hear_note(s);
    OK(ist_import_fence_borrow(note.handle, &fence));
    CHECK(CloseHandle(note.handle));
    use_fence(s, &fence);
}

static void consume_named_fence(struct side *s)
{
    struct ist_fence fence = IST_FENCE_INIT;
    struct note note = hear_note(s);
    OK(ist_import_fence_name_borrow(note.name, &fence));
    use_fence(s, &fence);
}

/* ---- keyed mutexes --------------------------------------------------------------------- */

static void write_buffer(struct side *s, ID3D11Resource *buffer, unsigned seed)
{
    unsigned char bytes[BYTES];
    fill(bytes, sizeof(bytes), seed);
    ID3D11DeviceContext4_UpdateSubresource(s->context, buffer, 0, NULL, bytes, 0, 0);
}

static IDXGIKeyedMutex *mutex_of(ID3D11Resource *buffer)
{
    IDXGIKeyedMutex *mutex = NULL;
    CHECK_EQ(ID3D11Resource_QueryInterface(buffer, &IID_IDXGIKeyedMutex, (void **)&mutex),
             S_OK);
    return mutex;
}

/* The producer holds when the consumer is told; then its bytes, then the consumer's turn. */
static void produce_mutex_by(struct side *s, UINT misc, const wchar_t *name)
{
    ID3D11Resource *buffer = make_buffer(s, MISC_MUTEX | misc);
    IDXGIKeyedMutex *mutex = mutex_of(buffer);
    struct note note = note_of(buffer);
    HANDLE handle = handle_of(buffer, name, !misc);
    if (name)
        wcscpy(note.name, name);
    else
        note.handle = misc ? give(s, handle) : handle;
    CHECK_EQ(ist_d3d11_mutex_acquire(mutex, 0, PATIENCE_MS), IST_ACQUIRED);
    tell_note(s, &note);
    await(s); /* it was kept out */
    write_buffer(s, buffer, 2);
    OK(ist_d3d11_mutex_release(mutex, 1));
    CHECK_EQ(ist_d3d11_mutex_acquire(mutex, 2, PATIENCE_MS), IST_ACQUIRED);
    OK(ist_d3d11_mutex_release(mutex, 0));
    if (name)
        CHECK(CloseHandle(handle));
    IDXGIKeyedMutex_Release(mutex);
    CHECK_EQ(ID3D11Resource_Release(buffer), 0);
}

static void produce_mutex(struct side *s)
{
    produce_mutex_by(s, D3D11_RESOURCE_MISC_SHARED_NTHANDLE, NULL);
}

static void produce_named_mutex(struct side *s)
{
    produce_mutex_by(s, D3D11_RESOURCE_MISC_SHARED_NTHANDLE, L"Local\\across mutex");
}

static void produce_numbered_mutex(struct side *s)
{
    produce_mutex_by(s, 0, NULL);
}

static void consume_mutex(struct side *s)
{
    struct ist_resource r = IST_RESOURCE_INIT;
    struct note note = hear_note(s);
    if (note.name[0])
        OK(ist_import_name_borrow(note.name, &note.desc, NULL, &r));
    else if (note.desc.misc_flags & D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
        OK(ist_import_handle_take(note.handle, &note.desc, NULL, &r));
    else
        OK(ist_import_kmt_borrow(note.handle, &note.desc, NULL, &r));
    CHECK_EQ(ist_keyed_mutex_try_acquire(&r, 0, s->stream), IST_ACQUIRE_TIMEOUT);
    CHECK_EQ(ist_keyed_mutex_release(&r, 1, s->stream), IST_NOT_OWNER);
    go(s);
    CHECK_EQ(ist_keyed_mutex_acquire(&r, 1, PATIENCE_MS, s->stream), IST_ACQUIRED);
    CHECK_EQ(cudaStreamSynchronize(s->stream), cudaSuccess);
    check_buffer(&r, 2);
    OK(ist_keyed_mutex_release(&r, 2, s->stream));
    OK(ist_release_resource(&r));
}

/* ---- an owner that is killed ----------------------------------------------------------- */

static void produce_death(struct side *s)
{
    ID3D11Resource *buffer = make_buffer(s, MISC_MUTEX | D3D11_RESOURCE_MISC_SHARED_NTHANDLE);
    struct note note = note_of(buffer);
    note.handle = give(s, handle_of(buffer, NULL, false));
    CHECK_EQ(ist_d3d11_mutex_acquire(mutex_of(buffer), 0, PATIENCE_MS), IST_ACQUIRED);
    tell_note(s, &note);
    await(s);
    kill(getpid(), SIGKILL);
}

static void consume_death(struct side *s)
{
    struct ist_resource r = IST_RESOURCE_INIT;
    struct note note = hear_note(s);
    OK(ist_import_handle_take(note.handle, &note.desc, NULL, &r));
    go(s);
    CHECK_EQ(ist_keyed_mutex_acquire(&r, 7, PATIENCE_MS, s->stream), IST_ACQUIRE_ABANDONED);
    CHECK_EQ(ist_keyed_mutex_try_acquire(&r, 0, s->stream), IST_ACQUIRE_ABANDONED);
    check_buffer(&r, 1); /* the memory is not lost with it */
    OK(ist_release_resource(&r));
}

/* ---- all of them ----------------------------------------------------------------------- */

static const struct scenario {
    const char *name;
    void (*produce)(struct side *s), (*consume)(struct side *s);
} scenarios[] = {
    {"a taken handle is closed, the import outlives the resource", produce_handle,
     consume_taken},
    {"a borrowed handle stays open", produce_handle, consume_borrowed},
    {"a refused handle is closed if it was taken", produce_handle, consume_refused},
    {"a name ends with its handle, the import does not", produce_name, consume_name},
    {"a number lives as long as an import", produce_number, consume_number},
    {"a fence by a taken handle", produce_fence, consume_taken_fence},
    {"a fence by a borrowed handle", produce_fence, consume_borrowed_fence},
    {"a fence by name", produce_named_fence, consume_named_fence},
    {"a keyed mutex by handle", produce_mutex, consume_mutex},
    {"a keyed mutex by name", produce_named_mutex, consume_mutex},
    {"a keyed mutex by number", produce_numbered_mutex, consume_mutex},
    {"an owner that is killed leaves its mutex abandoned", produce_death, consume_death},
};

static void produce_all(struct side *s)
{
    ID3D11Device *device = NULL;
    ID3D11DeviceContext *context = NULL;
    CHECK_EQ(D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                               D3D11_SDK_VERSION, &device, NULL, &context),
             S_OK);
    CHECK_EQ(ID3D11Device_QueryInterface(device, &IID_ID3D11Device5, (void **)&s->device),
             S_OK);
    CHECK_EQ(ID3D11DeviceContext_QueryInterface(context, &IID_ID3D11DeviceContext4,
                                                (void **)&s->context),
             S_OK);
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        scenarios[i].produce(s);
        await(s);
        printf("ok  %s\n", scenarios[i].name);
        fflush(stdout);
    }
}

/* At once, or when the thread that sees other owners end has looked and let go. */
static void check_nothing_lives(void)
{
    const struct timespec nap = {.tv_nsec = 1000000};
    for (int i = 0; i < PATIENCE_MS && ist_report_live_objects(NULL); i++)
        nanosleep(&nap, NULL);
    CHECK_EQ(ist_report_live_objects(NULL), 0);
}

static void consume_all(struct side *s)
{
    CHECK_EQ(cudaSetDevice(0), cudaSuccess);
    CHECK_EQ(cudaStreamCreateWithFlags(&s->stream, cudaStreamNonBlocking), cudaSuccess);
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        scenarios[i].consume(s);
        check_nothing_lives(); /* the next handle may come unasked */
        if (i + 1 < sizeof(scenarios) / sizeof(scenarios[0]))
            go(s);
        else
            printf("ok  %s\n", scenarios[i].name);
    }
    fflush(stdout);
}

/* The producer ends last of all by a kill, of which the consumer tells. */
int main(void)
{
    int ends[2], produced = 0, consumed = 0;
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    pid_t consumer = fork();
    if (consumer == 0) {
        struct side s = {.socket = ends[1]};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[0]);
        consume_all(&s);
        _exit(0);
    }
    pid_t producer = fork();
    if (producer == 0) {
        struct side s = {.socket = ends[0], .other = (DWORD)consumer};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[1]);
        produce_all(&s);
        _exit(0);
    }
    close(ends[0]);
    close(ends[1]);
    CHECK(consumer > 0 && producer > 0);
    CHECK(waitpid(consumer, &consumed, 0) == consumer);
    CHECK(waitpid(producer, &produced, 0) == producer);
    CHECK_EQ(consumed, 0);
    CHECK(WIFSIGNALED(produced) && WTERMSIG(produced) == SIGKILL);
    return 0;
}
