/* SPDX-License-Identifier: MIT */
/*
 * The producer: makes each object in D3D11, leads the other process to it, writes, and reads
 * what CUDA made of it. Both processes have one thread that talks; the socket carries numbers
 * and names only, no data and no fds.
 */
#include "demo/pair.h"

#include "demo/check.h"
#include "demo/pattern.h"
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 20000u

const struct object_kind pair_kind = {"buffer, 65536 bytes",
                                      D3D11_RESOURCE_DIMENSION_BUFFER,
                                      PAIR_BYTES,
                                      1,
                                      1,
                                      1,
                                      1,
                                      DXGI_FORMAT_UNKNOWN,
                                      1,
                                      {8, 0, 0, 0, cudaChannelFormatKindUnsigned}};

/* One of the eight. */
struct pair {
    struct rig *rig;
    int socket;
    DWORD consumer; /* its process id */
    struct pair_offer offer;
    ID3D11Resource *buffer;
    ID3D11Resource *staging;
    ID3D11Fence *fence;
    IDXGIKeyedMutex *mutex;
    unsigned char bytes[PAIR_BYTES];
    unsigned char found[PAIR_BYTES];
};

bool pair_tell(int socket, const void *message, size_t size)
{
    if (send(socket, message, size, MSG_NOSIGNAL) == (ssize_t)size)
        return true;
    complain("the other process has gone: %s", strerror(errno));
    return false;
}

bool pair_hear(int socket, void *message, size_t size)
{
    ssize_t got;
    do
        got = recv(socket, message, size, 0);
    while (got < 0 && errno == EINTR);
    if (got == (ssize_t)size)
        return true;
    complain("the other process has gone");
    return false;
}

bool pair_meet(int socket, bool ok)
{
    bool other = false;
    return pair_tell(socket, &ok, sizeof(ok)) && pair_hear(socket, &other, sizeof(other)) &&
           ok && other;
}

/* ---- Sharing ---- */

/*
 * An NT handle means nothing in another process: it is duplicated into it. Names and KMT
 * handles are good everywhere.
 */
static bool duplicate(struct pair *p, struct share *share)
{
    HANDLE there = NULL;
    if (share->by != SHARE_BY_NT_HANDLE)
        return true;
    HANDLE process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, p->consumer);
    if (!WIN32(process != NULL))
        return false;
    bool ok = WIN32(DuplicateHandle(GetCurrentProcess(), share->handle, process, &there, 0,
                                    FALSE, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    (void)CloseHandle(process);
    share->handle = there; /* the source is closed */
    return ok;
}

static bool make_fence(struct pair *p, enum share_by by)
{
    return HR(ID3D11Device5_CreateFence(p->rig->device, 0, D3D11_FENCE_FLAG_SHARED,
                                        &IID_ID3D11Fence, (void **)&p->fence)) &&
           share_fence(p->rig, p->fence, by, &p->offer.sync) && duplicate(p, &p->offer.sync);
}

/* What a fence is tried with comes by NT handle. */
static bool make_objects(struct pair *p, enum share_by by)
{
    bool keyed = p->offer.what == PAIR_MUTEX;
    enum share_by memory = p->offer.what == PAIR_FENCE ? SHARE_BY_NT_HANDLE : by;
    p->buffer = object_create(p->rig, &pair_kind, share_flags(memory, keyed));
    p->staging = p->buffer ? object_create_staging(p->rig, &pair_kind) : NULL;
    if (!p->staging || !share_resource(p->rig, p->buffer, memory, &p->offer.memory) ||
        !duplicate(p, &p->offer.memory))
        return false;
    if (keyed)
        return HR(
            ID3D11Resource_QueryInterface(p->buffer, &IID_IDXGIKeyedMutex, (void **)&p->mutex));
    return p->offer.what != PAIR_FENCE || make_fence(p, by);
}

/* A named handle is still ours: its name must live until the other side has opened it. */
static bool close_names(struct pair *p)
{
    bool ok = p->offer.memory.by != SHARE_BY_NAME || share_close(&p->offer.memory);
    return (p->offer.sync.by != SHARE_BY_NAME || share_close(&p->offer.sync)) && ok;
}

static void finish(struct pair *p)
{
    if (p->mutex)
        IDXGIKeyedMutex_Release(p->mutex);
    if (p->fence)
        ID3D11Fence_Release(p->fence);
    object_release(p->staging);
    object_release(p->buffer);
}

/* ---- Bytes there and back ---- */

static void write_bytes(struct pair *p)
{
    pattern_fill(p->bytes, PAIR_BYTES, p->offer.seed);
    object_upload(p->rig, p->buffer, &pair_kind, 0, p->bytes);
}

static void queue_read(struct pair *p)
{
    ID3D11DeviceContext4_CopyResource(p->rig->context, p->staging, p->buffer);
}

static bool check_bytes(struct pair *p)
{
    pattern_fill(p->bytes, PAIR_BYTES, p->offer.seed + 1);
    return object_read(p->rig, p->staging, &pair_kind, 0, p->found) &&
           pattern_same(p->found, p->bytes, PAIR_BYTES, "in two processes", "CUDA", "D3D11");
}

/* Nothing but the conversation keeps the two apart. */
static bool pass_memory(struct pair *p)
{
    write_bytes(p);
    if (!pair_meet(p->socket, rig_finish_d3d11(p->rig)) || /* the bytes are there */
        !pair_meet(p->socket, true))                       /* the other's are, too */
        return false;
    queue_read(p);
    return check_bytes(p);
}

/* The consumer has queued its wait, copies and signal when the two meet: the fence does it. */
static bool pass_fence(struct pair *p)
{
    ID3D11DeviceContext4 *context = p->rig->context;
    if (!pair_meet(p->socket, true))
        return false;
    write_bytes(p);
    if (!HR(ID3D11DeviceContext4_Signal(context, p->fence, 1)))
        return false;
    ID3D11DeviceContext4_Flush(context);
    if (!HR(ID3D11DeviceContext4_Wait(context, p->fence, 2)))
        return false;
    queue_read(p);
    return check_bytes(p);
}

/* The producer owns the mutex when the two meet; the consumer then asks for key 1. */
static bool pass_mutex(struct pair *p)
{
    if (!pair_meet(p->socket, HR(IDXGIKeyedMutex_AcquireSync(p->mutex, 0, PATIENCE_MS))))
        return false;
    write_bytes(p);
    if (!HR(IDXGIKeyedMutex_ReleaseSync(p->mutex, 1)) ||
        !HR(IDXGIKeyedMutex_AcquireSync(p->mutex, 2, PATIENCE_MS)))
        return false;
    queue_read(p);
    return HR(IDXGIKeyedMutex_ReleaseSync(p->mutex, 0)) && check_bytes(p);
}

static bool pass(struct pair *p)
{
    switch (p->offer.what) {
    case PAIR_FENCE: return pass_fence(p);
    case PAIR_MUTEX: return pass_mutex(p);
    default: return pass_memory(p);
    }
}

/* At the end the two meet once more: each has checked what it read. */
static bool run_one(struct pair *p, enum share_by by)
{
    bool ok = make_objects(p, by);
    ok = pair_tell(p->socket, &p->offer, sizeof(p->offer)) && ok;
    ok = pair_meet(p->socket, ok); /* it has opened all of it */
    ok = close_names(p) && ok;
    return ok && pair_meet(p->socket, pass(p));
}

static bool walk_one(struct rig *rig, int socket, DWORD consumer, enum pair_what what,
                     enum share_by by, const struct walk_listener *listener)
{
    static const char *const words[] = {"memory", "fence", "keyed mutex"};
    static struct pair p; /* its bytes are too many for a stack */
    double started = now_us();
    uint64_t seed = p.offer.seed + 2;
    memset(&p, 0, sizeof(p));
    p.rig = rig;
    p.socket = socket;
    p.consumer = consumer;
    p.offer.what = what;
    p.offer.seed = seed;
    bool ok = run_one(&p, by);
    finish(&p);
    if (!ok) {
        complain("%s by %s failed between two processes", words[what], share_way(by));
        return false;
    }
    struct walk_row row = {words[what], share_way(by), "D3D11 here, CUDA in another process",
                           2 * PAIR_BYTES, now_us() - started};
    listener->row(listener->user, &row);
    return true;
}

static bool produce(int socket, pid_t consumer, const struct walk_listener *listener)
{
    static const enum pair_what order[] = {PAIR_MEMORY, PAIR_FENCE, PAIR_MUTEX};
    struct rig rig;
    bool ok = rig_open(&rig);
    if (!ok)
        return false;
    for (size_t i = 0; ok && i < ARRAY_LENGTH(order); i++)
        for (enum share_by by = 0; ok && by < SHARE_WAYS; by++)
            if (order[i] != PAIR_FENCE || by != SHARE_BY_KMT_HANDLE) /* fences have none */
                ok = walk_one(&rig, socket, (DWORD)consumer, order[i], by, listener);
    rig_close(&rig);
    return ok;
}

/* ---- Two processes ---- */

static void become_consumer(int ends[2], pid_t producer)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a producer that is killed leaves nobody behind */
    close(ends[0]);
    bool ok = getppid() == producer && pair_consume(ends[1]);
    fflush(NULL);
    _exit(ok ? EXIT_OK : EXIT_TROUBLE);
}

bool pair_run(const struct walk_listener *listener)
{
    int ends[2], status = 0;
    pid_t self = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        complain("there is no socket pair: %s", strerror(errno));
        return false;
    }
    fflush(NULL);
    pid_t consumer = fork();
    if (consumer == 0)
        become_consumer(ends, self);
    close(ends[1]);
    bool ok = consumer > 0 && produce(ends[0], consumer, listener);
    if (consumer < 0)
        complain("there is no second process: %s", strerror(errno));
    close(ends[0]); /* the consumer's end: it has no more to do */
    while (consumer > 0 && waitpid(consumer, &status, 0) < 0 && errno == EINTR)
        ;
    if (ok && status)
        complain("the consumer ended with status 0x%x", (unsigned)status);
    return ok && !status;
}
