/* SPDX-License-Identifier: MIT */
/*
 * One of the eight. It may die between any two instructions, so it keeps no promise to the
 * others but that of the objects: bytes behind a keyed mutex are of one version, and the lines
 * of a log are there as far as its fence says.
 */
#define COBJMACROS
#include <windows.h>

#include <initguid.h>

#include "storm_worker.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct worker w;

/* ---- What went wrong, and what was refused ---- */

void complain(const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    fprintf(stderr, "storm worker %d: %s (%s)\n", (int)getpid(), text, ist_explain());
    if (atomic_fetch_add(&board->failures, 1) == 0)
        snprintf(board->failure, sizeof(board->failure), "%s: %s (%s)",
                 storm_words[atomic_load(&w.seat->doing)], text, ist_explain());
}

/*
 * Others die all the time, so much may be refused; but by these codes only: not found, dead
 * handle or number, name taken, a process that just ended, the broker just gone.
 */
bool refused(uint32_t code)
{
    static const uint32_t known[] = {
        0x80070002,
        0x80070057,
        0x80070006,
        0x80070005,
        0x887a002c,
        0x887a0022,
        0x800706ba,
        0x102,
        0x80,
        CUDA_REFUSAL | 304,
        CUDA_REFUSAL | 400,
        CUDA_REFUSAL | 909,
        CUDA_REFUSAL | 1,
        IST_BAD_HANDLE,
        IST_BAD_PARCEL,
    };
    bool expected = false;
    if (!code)
        return false;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        expected |= known[i] == code;
    atomic_fetch_add(&board->refused, 1);
    for (unsigned i = 0; i < CODES; i++) {
        uint64_t none = 0;
        if (atomic_compare_exchange_strong(&board->codes[i], &none, (uint64_t)code << 32 | 1))
            break;
        if (none >> 32 == code) {
            atomic_fetch_add(&board->codes[i], 1);
            break;
        }
    }
    if (!expected)
        complain("answered 0x%08x", code);
    return true;
}

static uint32_t of_cuda(cudaError_t e)
{
    return e == cudaSuccess ? 0 : CUDA_REFUSAL | (unsigned)e;
}

uint32_t win32_code(bool ok)
{
    return ok ? 0 : (uint32_t)HRESULT_FROM_WIN32(GetLastError());
}

/* ---- Contents ---- */

static void checked(bool good)
{
    atomic_fetch_add(&board->checked, 1);
    if (good)
        atomic_fetch_add(&board->good, 1);
}

static bool read_d3d11(struct thing *t, unsigned char *out)
{
    D3D11_BOX box = {0, 0, 0, CONTENT, 1, 1};
    D3D11_MAPPED_SUBRESOURCE mapped = {NULL, 0, 0};
    ID3D11DeviceContext4_CopySubresourceRegion(w.context, w.staging, 0, 0, 0, 0, t->buffer, 0,
                                               &box);
    if (refused((uint32_t)ID3D11DeviceContext4_Map(w.context, w.staging, 0, D3D11_MAP_READ, 0,
                                                   &mapped)))
        return false;
    memcpy(out, mapped.pData, CONTENT);
    ID3D11DeviceContext4_Unmap(w.context, w.staging, 0);
    return true;
}

static bool read_cuda(struct thing *t, unsigned char *out)
{
    cudaError_t e = cudaMemcpyAsync(out, t->bytes, CONTENT, cudaMemcpyDeviceToHost, w.stream);
    return !refused(of_cuda(e)) && !refused(of_cuda(cudaStreamSynchronize(w.stream)));
}

/* ---- Things ---- */

void drop(struct thing *t)
{
    if (t->bytes)
        cudaFree(t->bytes);
    if (t->memory)
        cudaDestroyExternalMemory(t->memory);
    if (t->semaphore)
        cudaDestroyExternalSemaphore(t->semaphore);
    if (t->handle)
        CloseHandle(t->handle);
    if (t->fence_handle)
        CloseHandle(t->fence_handle);
    if (t->mutex)
        IDXGIKeyedMutex_Release(t->mutex);
    if (t->fence)
        ID3D11Fence_Release(t->fence);
    if (t->buffer)
        ID3D11Resource_Release(t->buffer);
    *t = (struct thing){0};
}

struct thing *free_thing(void)
{
    struct thing *t = &w.things[below(&w.rng, THINGS)];
    drop(t);
    return t;
}

static const WCHAR *name_of(char letter, uint32_t tag, WCHAR room[24])
{
    char text[24];
    int length = snprintf(text, sizeof(text), "%c-%u", letter, tag);
    for (int i = 0; i <= length; i++)
        room[i] = (WCHAR)text[i];
    return room;
}

/* Whatever is opened must be what was published: first the tag, then the rest. */
bool is_it(struct thing *t, uint32_t tag)
{
    unsigned char found[CONTENT];
    bool cell = KIND_OF(tag) == CELL_NAMED || KIND_OF(tag) == CELL_NUMBER;
    if (!(t->buffer ? read_d3d11(t, found) : read_cuda(t, found)))
        return false;
    /* The head of a log is never written again; that of a cell may be, at this moment. */
    bool good = word_at(found, 0) == tag && (cell || lines_of(found, tag) >= 1);
    checked(good);
    if (!good)
        complain("opened what should be %u and is %u", tag, word_at(found, 0));
    t->tag = tag;
    return good;
}

static void publish(struct thing *t, uint32_t number)
{
    atomic_store(&board->entries[below(&w.rng, ENTRIES)], (uint64_t)number << 32 | t->tag);
}

/* ---- Operations ---- */

static bool make_buffer(struct thing *t, UINT misc)
{
    static unsigned char bytes[WIDTH];
    D3D11_BUFFER_DESC desc = {.ByteWidth = WIDTH,
                              .BindFlags = D3D11_BIND_SHADER_RESOURCE,
                              .MiscFlags = misc};
    D3D11_SUBRESOURCE_DATA data = {bytes, 0, 0};
    memset(bytes, 0, CONTENT);
    if (KIND_OF(t->tag) <= CELL_NUMBER)
        put_all(bytes, t->tag, 0);
    else
        put_line(bytes, t->tag, 0, 0);
    if (refused((uint32_t)ID3D11Device5_CreateBuffer(w.device, &desc, &data,
                                                     (ID3D11Buffer **)&t->buffer)))
        return false;
    if (misc & KEYED)
        ID3D11Resource_QueryInterface(t->buffer, &IID_IDXGIKeyedMutex, (void **)&t->mutex);
    return true;
}

static bool share_buffer(struct thing *t, bool by_number, uint32_t *number)
{
    WCHAR name[24];
    HANDLE kmt = NULL;
    IDXGIResource1 *dxgi = NULL;
    ID3D11Resource_QueryInterface(t->buffer, &IID_IDXGIResource1, (void **)&dxgi);
    HRESULT hr = by_number
                     ? IDXGIResource1_GetSharedHandle(dxgi, &kmt)
                     : IDXGIResource1_CreateSharedHandle(
                           dxgi, NULL, DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE,
                           name_of(KIND_OF(t->tag) == CELL_NAMED ? 'M' : 'B', t->tag, name),
                           &t->handle);
    IDXGIResource1_Release(dxgi);
    *number = (uint32_t)(uintptr_t)kmt;
    return !refused((uint32_t)hr);
}

/* The fence's value: the tag's head in front, the number of lines behind. */
static UINT64 value_of(uint32_t tag, unsigned lines)
{
    return (UINT64)HEAD_OF(tag) << 8 | lines;
}

static bool make_fence(struct thing *t)
{
    WCHAR name[24];
    return !refused((uint32_t)ID3D11Device5_CreateFence(w.device, value_of(t->tag, 0),
                                                        D3D11_FENCE_FLAG_SHARED,
                                                        &IID_ID3D11Fence,
                                                        (void **)&t->fence)) &&
           !refused((uint32_t)ID3D11Fence_CreateSharedHandle(t->fence, NULL, GENERIC_ALL,
                                                             name_of('F', t->tag, name),
                                                             &t->fence_handle));
}

static void do_make(void)
{
    struct thing *t = free_thing();
    enum kind kind = (enum kind)below(&w.rng, LOG_FENCE);
    bool number = kind & 1, log = kind >= LOG_NAMED;
    uint32_t kmt;
    t->tag = atomic_fetch_add(&board->next_tag, 1) << KIND_BITS | kind;
    t->mine = true;
    if (make_buffer(t, (log ? SHARED : KEYED) | (number ? 0 : NTHANDLE)) &&
        (!log || make_fence(t)) && share_buffer(t, number, &kmt))
        publish(t, number ? kmt : 0);
    else
        drop(t);
}

static bool open_d3d11(struct thing *t, uint32_t tag, uint32_t number)
{
    WCHAR name[24];
    HRESULT hr = KIND_OF(tag) & 1
                     ? ID3D11Device5_OpenSharedResource(w.device, (HANDLE)(uintptr_t)number,
                                                        &IID_ID3D11Resource,
                                                        (void **)&t->buffer)
                     : ID3D11Device5_OpenSharedResourceByName(
                           w.device, name_of(KIND_OF(tag) == CELL_NAMED ? 'M' : 'B', tag, name),
                           GENERIC_ALL, &IID_ID3D11Resource, (void **)&t->buffer);
    if (refused((uint32_t)hr))
        return false;
    if (KIND_OF(tag) <= CELL_NUMBER)
        ID3D11Resource_QueryInterface(t->buffer, &IID_IDXGIKeyedMutex, (void **)&t->mutex);
    return true;
}

static bool import_cuda(struct thing *t, uint32_t tag, uint32_t number)
{
    WCHAR name[24];
    struct cudaExternalMemoryHandleDesc desc;
    struct cudaExternalMemoryBufferDesc buffer;
    memset(&desc, 0, sizeof(desc));
    memset(&buffer, 0, sizeof(buffer));
    desc.type = KIND_OF(tag) & 1 ? cudaExternalMemoryHandleTypeD3D11ResourceKmt
                                 : cudaExternalMemoryHandleTypeD3D11Resource;
    if (KIND_OF(tag) & 1)
        desc.handle.win32.handle = (void *)(uintptr_t)number;
    else
        desc.handle.win32.name = name_of(KIND_OF(tag) == CELL_NAMED ? 'M' : 'B', tag, name);
    desc.size = buffer.size = WIDTH;
    desc.flags = cudaExternalMemoryDedicated;
    return !refused(of_cuda(cudaImportExternalMemory(&t->memory, &desc))) &&
           !refused(of_cuda(
               cudaExternalMemoryGetMappedBuffer((void **)&t->bytes, t->memory, &buffer)));
}

/* A cell's mutex, or a log's fence. */
static bool import_semaphore(struct thing *t, uint32_t tag, uint32_t number)
{
    WCHAR name[24];
    struct cudaExternalSemaphoreHandleDesc desc;
    memset(&desc, 0, sizeof(desc));
    enum kind kind = KIND_OF(tag);
    desc.type = kind >= LOG_NAMED     ? cudaExternalSemaphoreHandleTypeD3D11Fence
                : kind == CELL_NUMBER ? cudaExternalSemaphoreHandleTypeKeyedMutexKmt
                                      : cudaExternalSemaphoreHandleTypeKeyedMutex;
    if (kind == CELL_NUMBER)
        desc.handle.win32.handle = (void *)(uintptr_t)number;
    else
        desc.handle.win32.name = name_of(kind == CELL_NAMED ? 'M' : 'F', tag, name);
    return !refused(of_cuda(cudaImportExternalSemaphore(&t->semaphore, &desc)));
}

static void do_open(void)
{
    struct thing *t = free_thing();
    uint64_t entry = atomic_load(&board->entries[below(&w.rng, ENTRIES)]);
    uint32_t tag = (uint32_t)entry, number = (uint32_t)(entry >> 32);
    if (!tag)
        return;
    bool ok = below(&w.rng, 2)
                  ? open_d3d11(t, tag, number)
                  : import_cuda(t, tag, number) && import_semaphore(t, tag, number);
    if (!ok || !is_it(t, tag))
        drop(t);
}

/* Adds CUDA's side of what D3D11 has, under the same tag, through my own handle. */
static void do_import_own(void)
{
    struct thing *t = &w.things[below(&w.rng, THINGS)];
    if (!t->tag || !t->mine || t->memory || (KIND_OF(t->tag) & 1))
        return;
    if (!import_cuda(t, t->tag, 0) || !import_semaphore(t, t->tag, 0))
        drop(t);
}

/* Bytes that are of no version: only of a mutex whose last owner died at work. */
static void torn_cell(struct thing *t, const unsigned char *found)
{
    HRESULT hr = S_OK;
    cudaError_t e = cudaSuccess;
    struct cudaExternalSemaphoreWaitParams params;
    memset(&params, 0, sizeof(params));
    if (t->mutex)
        hr = IDXGIKeyedMutex_AcquireSync(t->mutex, 0, 0);
    else
        e = cudaWaitExternalSemaphoresAsync(&t->semaphore, &params, 1, w.stream);
    if (hr == WAIT_ABANDONED || e == cudaErrorOperatingSystem)
        atomic_fetch_add(&board->torn, 1);
    else
        complain("cell %u holds no version: tag %u version %u, then 0x%x %d", t->tag,
                 word_at(found, 0), word_at(found, 1), (unsigned)hr, (int)e);
}

/* Whoever owns a mutex is worth killing: some own it for a while. */
static void CUDART_CB dwell(void *unused)
{
    struct timespec nap = {0, 4000000};
    (void)unused;
    nanosleep(&nap, NULL);
}

static void cell_d3d11(struct thing *t)
{
    unsigned char bytes[CONTENT];
    D3D11_BOX box = {0, 0, 0, CONTENT, 1, 1};
    HRESULT hr = IDXGIKeyedMutex_AcquireSync(t->mutex, 0, below(&w.rng, WAIT_MS));
    if (hr == WAIT_ABANDONED)
        atomic_fetch_add(&board->abandoned, 1);
    if (refused((uint32_t)hr))
        return;
    bool read = read_d3d11(t, bytes);
    uint32_t version = read ? version_of(bytes, t->tag) : UINT32_MAX;
    checked(version != UINT32_MAX);
    unsigned char next[CONTENT];
    if (below(&w.rng, 4) == 0)
        dwell(NULL);
    if (version != UINT32_MAX && below(&w.rng, 8)) {
        put_all(next, t->tag, version + 1);
        ID3D11DeviceContext4_UpdateSubresource(w.context, t->buffer, 0, &box, next, 0, 0);
    }
    IDXGIKeyedMutex_ReleaseSync(t->mutex, 0); /* may tell of a death: the next acquire does */
    if (version == UINT32_MAX)
        torn_cell(t, bytes);
}

static void cell_cuda(struct thing *t)
{
    unsigned char bytes[CONTENT], next[CONTENT];
    struct cudaExternalSemaphoreWaitParams wait;
    struct cudaExternalSemaphoreSignalParams signal;
    memset(&wait, 0, sizeof(wait));
    memset(&signal, 0, sizeof(signal));
    wait.params.keyedMutex.timeoutMs = below(&w.rng, WAIT_MS);
    cudaError_t e = cudaWaitExternalSemaphoresAsync(&t->semaphore, &wait, 1, w.stream);
    if (e == cudaErrorOperatingSystem)
        atomic_fetch_add(&board->abandoned, 1);
    if (refused(of_cuda(e)))
        return;
    bool read = read_cuda(t, bytes);
    uint32_t version = read ? version_of(bytes, t->tag) : UINT32_MAX;
    checked(version != UINT32_MAX);
    if (version != UINT32_MAX) {
        put_all(next, t->tag, version + 1);
        if (below(&w.rng, 4) == 0) /* the release comes before the work is done */
            cudaLaunchHostFunc(w.stream, dwell, NULL);
        cudaMemcpyAsync(t->bytes, next, CONTENT, cudaMemcpyHostToDevice, w.stream);
    }
    cudaSignalExternalSemaphoresAsync(&t->semaphore, &signal, 1, w.stream);
    if (version == UINT32_MAX)
        torn_cell(t, bytes);
}

static void do_cell(void)
{
    struct thing *t = &w.things[below(&w.rng, THINGS)];
    if (!t->tag || KIND_OF(t->tag) > CELL_NUMBER)
        return;
    if (t->mutex && (!t->semaphore || below(&w.rng, 2)))
        cell_d3d11(t);
    else if (t->semaphore && t->bytes)
        cell_cuda(t);
}

/* The maker: one more line, then the signal, both in the order of the context. */
static void do_write_log(void)
{
    struct thing *t = &w.things[below(&w.rng, THINGS)];
    unsigned char line[LINE];
    if (!t->tag || KIND_OF(t->tag) < LOG_NAMED || !t->mine || t->lines + 1 >= CONTENT / LINE)
        return;
    unsigned at = ++t->lines * LINE;
    D3D11_BOX box = {at, 0, 0, at + LINE, 1, 1};
    put_line(line, t->tag, 0, t->lines);
    ID3D11DeviceContext4_UpdateSubresource(w.context, t->buffer, 0, &box, line, 0, 0);
    refused(
        (uint32_t)ID3D11DeviceContext4_Signal(w.context, t->fence, value_of(t->tag, t->lines)));
}

static void check_log(struct thing *t, const unsigned char *found, unsigned lines)
{
    unsigned there = lines_of(found, t->tag);
    checked(there >= lines + 1);
    if (there < lines + 1)
        complain("log %u: the fence says %u lines, %u are right", t->tag, lines, there - 1);
}

/* By the fence's value, or in stream order behind a wait that is given up after a while. */
static void do_read_log(void)
{
    struct thing *t = &w.things[below(&w.rng, THINGS)];
    unsigned char found[CONTENT];
    if (!t->tag || KIND_OF(t->tag) < LOG_NAMED)
        return;
    if (t->fence) {
        UINT64 value = ID3D11Fence_GetCompletedValue(t->fence);
        if (value >> 8 != HEAD_OF(t->tag))
            complain("the fence of log %u has the value 0x%llx", t->tag,
                     (unsigned long long)value);
        else if (t->buffer && read_d3d11(t, found))
            check_log(t, found, (unsigned)value & 0xff);
    }
}

struct late_read {
    uint32_t tag;
    unsigned lines;
    unsigned char found[CONTENT];
};

static void CUDART_CB late_check(void *user)
{
    struct late_read *late = user;
    unsigned there = lines_of(late->found, late->tag);
    checked(there >= late->lines + 1);
    if (there < late->lines + 1)
        complain("log %u: behind the wait for %u lines, %u are right", late->tag, late->lines,
                 there - 1);
    free(late);
}

/*
 * A stream of its own waits for a line that may never come, and is let go at once; when the
 * wait ends because the fence did, the line need not be there: then only one that had come
 * before is asked for.
 */
static void do_wait_log(void)
{
    struct thing *t = &w.things[below(&w.rng, THINGS)];
    struct cudaExternalSemaphoreWaitParams wait;
    cudaStream_t stream;
    if (!t->tag || KIND_OF(t->tag) < LOG_NAMED || !t->semaphore || !t->bytes)
        return;
    struct late_read *late = calloc(1, sizeof(*late));
    unsigned ahead = below(&w.rng, 4);
    late->tag = t->tag;
    late->lines = 0; /* the wait may end with the fence */
    memset(&wait, 0, sizeof(wait));
    wait.params.fence.value = value_of(t->tag, t->lines + ahead);
    if (refused(of_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking)))) {
        free(late);
        return;
    }
    if (t->mine && ahead == 0)
        late->lines = t->lines; /* I have it: it does not end before */
    refused(of_cuda(cudaWaitExternalSemaphoresAsync(&t->semaphore, &wait, 1, stream)));
    refused(of_cuda(
        cudaMemcpyAsync(late->found, t->bytes, CONTENT, cudaMemcpyDeviceToHost, stream)));
    refused(of_cuda(cudaLaunchHostFunc(stream, late_check, late)));
    refused(of_cuda(cudaStreamDestroy(stream)));
}

/* A host that waits, with an event and not for long. */
static void do_await_log(void)
{
    struct thing *t = &w.things[below(&w.rng, THINGS)];
    if (!t->tag || !t->fence)
        return;
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    UINT64 value = ID3D11Fence_GetCompletedValue(t->fence) + 1;
    refused((uint32_t)ID3D11Fence_SetEventOnCompletion(t->fence, value, event));
    WaitForSingleObject(event, below(&w.rng, WAIT_MS));
    CloseHandle(event);
}

/* ---- Others ---- */

static void do_drop(void)
{
    drop(&w.things[below(&w.rng, THINGS)]);
}

/* A child that does nothing and lives for a moment, perhaps longer than we do. */
static void do_fork(void)
{
    struct timespec nap = {0, 1000000 * (long)below(&w.rng, 10)};
    pid_t pid = fork();
    if (pid == 0) {
        nanosleep(&nap, NULL);
        _exit(0);
    }
    if (pid > 0 && waitpid(pid, NULL, 0) != pid)
        complain("a child is lost");
}

static const struct {
    void (*run)(void);
    unsigned weight;
} operations[] = {
    {do_make, 4},      {do_open, 20},    {do_import_own, 4}, {do_cell, 30}, {do_write_log, 20},
    {do_read_log, 15}, {do_wait_log, 4}, {do_await_log, 4},  {do_push, 6},  {do_mail, 6},
    {do_give, 4},      {do_take, 4},     {do_drop, 2},       {do_fork, 1},
};

const char *const storm_words[] = {"make",      "open",     "import own", "cell",
                                   "write log", "read log", "wait",       "await",
                                   "push",      "mail",     "give",       "take",
                                   "drop",      "fork",     "starting",   "ending"};

enum { OPERATIONS = sizeof(operations) / sizeof(operations[0]), STARTING = OPERATIONS, ENDING };

static void one_step(void)
{
    unsigned sum = 0, at;
    for (unsigned i = 0; i < OPERATIONS; i++)
        sum += operations[i].weight;
    at = below(&w.rng, sum);
    for (unsigned i = 0; i < OPERATIONS; i++) {
        if (at < operations[i].weight) {
            atomic_store(&w.seat->doing, i);
            operations[i].run();
            break;
        }
        at -= operations[i].weight;
    }
    atomic_fetch_add(&w.seat->steps, 1);
}

static bool open_sides(void)
{
    ID3D11Device *device = NULL;
    ID3D11DeviceContext *context = NULL;
    D3D11_BUFFER_DESC desc = {.ByteWidth = CONTENT,
                              .Usage = D3D11_USAGE_STAGING,
                              .CPUAccessFlags = D3D11_CPU_ACCESS_READ};
    if (refused((uint32_t)D3D11CreateDevice(NULL, D3D_DRIVER_TYPE_HARDWARE, NULL, 0, NULL, 0,
                                            D3D11_SDK_VERSION, &device, NULL, &context)))
        return false;
    ID3D11Device_QueryInterface(device, &IID_ID3D11Device5, (void **)&w.device);
    ID3D11DeviceContext_QueryInterface(context, &IID_ID3D11DeviceContext4, (void **)&w.context);
    ID3D11DeviceContext_Release(context);
    ID3D11Device_Release(device);
    return !refused((uint32_t)ID3D11Device5_CreateBuffer(w.device, &desc, NULL,
                                                         (ID3D11Buffer **)&w.staging)) &&
           !refused(of_cuda(cudaStreamCreateWithFlags(&w.stream, cudaStreamNonBlocking)));
}

/* Waits in streams end when the others have let go as well. 0: nothing is left. */
static int leave(void)
{
    struct timespec nap = {0, 5000000};
    size_t left = 0;
    atomic_store(&w.seat->doing, ENDING);
    for (unsigned i = 0; i < THINGS; i++)
        drop(&w.things[i]);
    cudaStreamDestroy(w.stream);
    ID3D11Resource_Release(w.staging);
    ID3D11DeviceContext4_Release(w.context);
    ID3D11Device5_Release(w.device);
    for (unsigned i = 0; i < 6000; i++) {
        refuse_mail(); /* others push until they hear of the end, too */
        if (!(left = ist_report_live_objects(NULL)))
            break;
        nanosleep(&nap, NULL);
    }
    if (left)
        ist_report_live_objects(stderr);
    return left ? 3 : 0;
}

int storm_worker(unsigned seat, int pot, uint64_t seed)
{
    w.seat = &board->seats[seat];
    w.pot = pot;
    w.rng.state = seed;
    atomic_store(&w.seat->doing, STARTING);
    if (!open_sides())
        return 2;
    while (!atomic_load(&board->stop))
        one_step();
    return leave();
}
