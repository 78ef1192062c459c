/* SPDX-License-Identifier: MIT */
/*
 * The producer makes each object in D3D11, tells what leads to it, writes, and reads what the
 * consumer, which learns nothing else, made of it in CUDA. Each has one thread; the socket
 * carries numbers and names only, no data and no fds.
 */
#include "demo/pair.h"

#include "demo/check.h"
#include "demo/cuda.h"
#include "demo/lane.h"
#include "report.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 20000u
#define BYTES 65536u

enum what { MEMORY, FENCE, MUTEX };
static const char *const words[] = {"memory", "fence", "keyed mutex"};

/* All that is told of an object. */
struct offer {
    enum what what;
    struct ist_resource_desc desc;
    struct share memory; /* handles are those of the consumer's process */
    struct share sync;   /* of a fence; a keyed mutex comes with the memory */
    uint64_t seed;       /* of the producer's bytes; the consumer's have the next */
};

/* One of the two, with what it holds of one object. */
struct side {
    struct rig rig;
    int socket;
    struct offer offer;
    struct lane lane;
};

static bool tell(struct side *s, const void *message, size_t size)
{
    bool ok = send(s->socket, message, size, MSG_NOSIGNAL) == (ssize_t)size;
    if (!ok)
        complain("the other process has gone: %s", strerror(errno));
    return ok;
}

static ssize_t hear(struct side *s, void *message, size_t size)
{
    ssize_t got;
    do
        got = recv(s->socket, message, size, 0);
    while (got < 0 && errno == EINTR);
    return got;
}

/* This side is ready, or has failed (and said why); false: one of the two has failed. */
static bool meet(struct side *s, bool ok)
{
    bool other = false;
    if (!tell(s, &ok, sizeof(ok)))
        return false;
    if (hear(s, &other, sizeof(other)) != sizeof(other))
        complain("the other process has gone");
    return ok && other;
}

static bool begin(struct side *s)
{
    const struct ist_shape shape = {.struct_size = sizeof(shape),
                                    .dimension = D3D11_RESOURCE_DIMENSION_BUFFER,
                                    .width = BYTES};
    return lane_open(&s->rig, "in two processes", &shape, &s->lane);
}

/* ---- the producer ---- */

/* An NT handle means nothing in another process. Names and KMT handles are good everywhere. */
static bool duplicate(struct share *share, DWORD consumer)
{
    HANDLE there = NULL, process;
    if (share->by != SHARE_BY_NT_HANDLE)
        return true;
    process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, consumer);
    bool ok = WIN32(process != NULL) &&
              WIN32(DuplicateHandle(GetCurrentProcess(), share->handle, process, &there, 0,
                                    FALSE, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    (void)CloseHandle(process);
    share->handle = there;
    return ok;
}

/* What a fence is tried with comes by NT handle. */
static bool offer(struct side *s, enum share_by by, DWORD consumer)
{
    struct offer *o = &s->offer;
    struct lane *lane = &s->lane;
    enum share_by memory = o->what == FENCE ? SHARE_BY_NT_HANDLE : by;
    o->desc = (struct ist_resource_desc)IST_RESOURCE_DESC_INIT;
    return begin(s) && lane_create(lane, share_flags(memory, o->what == MUTEX)) &&
           IST(ist_describe_resource(lane->resource, &o->desc)) &&
           share_resource(&s->rig, lane->resource, memory, &o->memory) &&
           duplicate(&o->memory, consumer) &&
           (o->what != FENCE ||
            (lane_create_fence(lane) && share_fence(&s->rig, lane->fence, by, &o->sync) &&
             duplicate(&o->sync, consumer)));
}

/* Nothing but the conversation keeps the two apart. */
static bool produce_memory(struct side *s)
{
    return meet(s, lane_d3d11_write(&s->lane, s->offer.seed) && rig_finish_d3d11(&s->rig)) &&
           meet(s, true);
}

/* The consumer has queued its wait, copies and signal when the two meet: the fence does it. */
static bool produce_fence(struct side *s)
{
    ID3D11DeviceContext4 *context = s->rig.context;
    if (!meet(s, true) || !lane_d3d11_write(&s->lane, s->offer.seed) ||
        !HR(ID3D11DeviceContext4_Signal(context, s->lane.fence, 1)))
        return false;
    ID3D11DeviceContext4_Flush(context);
    return HR(ID3D11DeviceContext4_Wait(context, s->lane.fence, 2));
}

/* The producer owns the mutex when the two meet; the consumer then asks for key 1. */
static bool produce_mutex(struct side *s)
{
    IDXGIKeyedMutex *mutex = s->lane.mutex;
    return meet(s, ACQUIRED(ist_d3d11_mutex_acquire(mutex, 0, PATIENCE_MS))) &&
           lane_d3d11_write(&s->lane, s->offer.seed) &&
           IST(ist_d3d11_mutex_release(mutex, 1)) &&
           ACQUIRED(ist_d3d11_mutex_acquire(mutex, 2, PATIENCE_MS));
}

static bool read_back(struct side *s)
{
    lane_d3d11_read(&s->lane);
    return (s->offer.what != MUTEX || IST(ist_d3d11_mutex_release(s->lane.mutex, 0))) &&
           lane_check_d3d11(&s->lane, s->offer.seed + 1);
}

/* At the end the two meet once more: each has checked what it read. */
static bool produce_one(struct side *s, enum share_by by, DWORD consumer)
{
    static bool (*const produce[])(struct side *) = {produce_memory, produce_fence,
                                                     produce_mutex};
    struct offer *o = &s->offer;
    bool ok = offer(s, by, consumer);
    ok = tell(s, o, sizeof(*o)) && ok;
    ok = meet(s, ok); /* it has opened all of it; a name lives until then */
    ok = (o->memory.by != SHARE_BY_NAME || share_close(&o->memory)) && ok;
    ok = (o->sync.by != SHARE_BY_NAME || share_close(&o->sync)) && ok;
    return ok && meet(s, produce[o->what](s) && read_back(s));
}

static bool walk_one(struct side *s, enum what what, enum share_by by, DWORD consumer,
                     const struct walk_listener *listener)
{
    double started = now_us();
    s->offer = (struct offer){.what = what, .seed = s->offer.seed + 2};
    bool ok = produce_one(s, by, consumer);
    ok = lane_close(&s->lane) && ok;
    struct walk_row row = {words[what], share_way(by), "D3D11 here, CUDA in another process",
                           2 * BYTES, now_us() - started};
    if (ok)
        listener->row(listener->user, &row);
    else
        complain("%s by %s failed between two processes", words[what], share_way(by));
    return ok;
}

static bool produce_all(int socket, DWORD consumer, const struct walk_listener *listener)
{
    struct side s = {.socket = socket};
    bool ok = rig_open(&s.rig);
    for (enum what what = MEMORY; ok && what <= MUTEX; what++) /* fences have no KMT handle */
        for (enum share_by by = 0; ok && by < (what == FENCE ? 2 : SHARE_WAYS); by++)
            ok = walk_one(&s, what, by, consumer, listener);
    rig_close(&s.rig);
    return ok;
}

/* ---- the consumer ---- */

/* The handles are ours: taken by the imports. */
static bool accept_offer(struct side *s)
{
    return begin(s) && share_import(&s->offer.memory, &s->offer.desc, &s->lane.import) &&
           (s->offer.what != FENCE || share_import_fence(&s->offer.sync, &s->lane.counter));
}

/* In the order of the stream: the producer's bytes out, ours in. */
static bool queue_copies(struct side *s)
{
    return lane_stream_read(&s->lane) && lane_stream_write(&s->lane, s->offer.seed + 1);
}

static bool consume_memory(struct side *s)
{
    return meet(s, true) &&
           meet(s, queue_copies(s) && CUDA(cuda->stream_synchronize(s->rig.stream)));
}

static bool consume_fence(struct side *s)
{
    cudaStream_t stream = s->rig.stream;
    return meet(s, IST(ist_fence_wait(&s->lane.counter, 1, stream)) && queue_copies(s) &&
                       IST(ist_fence_signal(&s->lane.counter, 2, stream)));
}

static bool consume_mutex(struct side *s)
{
    const struct ist_resource *import = &s->lane.import;
    return meet(s, true) &&
           ACQUIRED(ist_keyed_mutex_acquire(import, 1, PATIENCE_MS, s->rig.stream)) &&
           queue_copies(s) && IST(ist_keyed_mutex_release(import, 2, s->rig.stream));
}

/* No further offer: the producer has no more. */
static bool consume_all(int socket)
{
    static bool (*const consume[])(struct side *) = {consume_memory, consume_fence,
                                                     consume_mutex};
    struct side s = {.socket = socket};
    bool ok = rig_open(&s.rig);
    while (ok && hear(&s, &s.offer, sizeof(s.offer)) == sizeof(s.offer)) {
        ok = meet(&s, accept_offer(&s));
        ok = ok &&
             meet(&s, consume[s.offer.what](&s) && lane_check_stream(&s.lane, s.offer.seed));
        ok = lane_close(&s.lane) && ok;
    }
    rig_close(&s.rig);
    return ok;
}

/* ---- two processes ---- */

static void become_consumer(int ends[2], pid_t producer)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a producer that is killed leaves nobody behind */
    close(ends[0]);
    bool ok = getppid() == producer && consume_all(ends[1]);
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
    bool ok = consumer > 0 && produce_all(ends[0], (DWORD)consumer, listener);
    if (consumer < 0)
        complain("there is no second process: %s", strerror(errno));
    close(ends[0]); /* the consumer's end: it has no more to do */
    while (consumer > 0 && waitpid(consumer, &status, 0) < 0 && errno == EINTR)
        ;
    if (ok && status)
        complain("the consumer ended with status 0x%x", (unsigned)status);
    return ok && !status;
}
