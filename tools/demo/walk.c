/* SPDX-License-Identifier: MIT */
/*
 * Memory, fences and keyed mutexes, by each way that they have: every mip of every slice is
 * written by one side and read by the other. D3D11's side is a lane, CUDA's may be in another
 * process, and learns nothing but its orders.
 */
#include "demo/walk.h"

#include "demo/lane.h"
#include "demo/pattern.h"
#include "demo/side.h"
#include "report.h"

#include <stdio.h>
#include <unistd.h>
#include <wchar.h>

#define BYTES_MAX 131072u

enum { KEY_D3D11, KEY_CUDA, KEY_BACK }; /* a new mutex is released with key 0 */

/* Whom paths are gone with, and the one that is. */
struct walk {
    struct rig *rig;
    struct side side;
    const struct walk_listener *listener;
    struct lane lane;
    struct order order;
    unsigned char bytes[BYTES_MAX]; /* D3D11's on the host */
};

static bool tell(struct walk *w, enum deed deed, uint64_t number)
{
    w->order.deed = deed;
    w->order.number = number;
    return side_tell(&w->side, &w->order);
}

static bool write_d3d11(struct walk *w, uint64_t seed)
{
    pattern_fill(w->bytes, w->lane.size, seed);
    return lane_upload(&w->lane, w->bytes);
}

static bool check_d3d11(struct walk *w, uint64_t seed, const char *writer)
{
    return lane_download(&w->lane, w->bytes) &&
           pattern_check(w->bytes, w->lane.size, seed, w->order.name, writer, "D3D11");
}

/* All levels are written before the first is read: one that lands in another shows. */
static bool pass_memory(struct walk *w, uint64_t seed)
{
    bool ok = write_d3d11(w, seed);
    lane_fetch(&w->lane);
    ok = ok && check_d3d11(w, seed, "D3D11") && /* so its writes are done */
         tell(w, SIDE_READ, 0) && tell(w, SIDE_CHECK, seed) && tell(w, SIDE_WRITE, seed + 1) &&
         tell(w, SIDE_FINISH, 0);
    lane_fetch(&w->lane);
    return ok && check_d3d11(w, seed + 1, "CUDA");
}

/*
 * CUDA writes, D3D11 reads and writes, CUDA reads: each wait comes after its signal was issued,
 * the order that the guide asks for.
 */
static bool pass_fence(struct walk *w, uint64_t value)
{
    if (!tell(w, SIDE_WRITE, value) || !tell(w, SIDE_SIGNAL, value) ||
        !lane_wait(&w->lane, value))
        return false;
    lane_fetch(&w->lane);
    return write_d3d11(w, value + 1) && lane_signal(&w->lane, value + 1) &&
           tell(w, SIDE_WAIT, value + 1) && tell(w, SIDE_READ, 0) &&
           tell(w, SIDE_CHECK, value + 1) && check_d3d11(w, value, "CUDA");
}

/*
 * D3D11 writes, CUDA reads and overwrites, D3D11 reads; none gets in before the other's release
 * with its key. Ownership may come before CUDA's copies are done, D3D11's copy must not.
 */
static bool pass_mutex(struct walk *w, uint64_t seed)
{
    IDXGIKeyedMutex *mutex = w->lane.mutex;
    if (!ACQUIRED(ist_d3d11_mutex_acquire(mutex, KEY_D3D11, SIDE_PATIENCE_MS)) ||
        !tell(w, SIDE_IS_KEPT_OUT, KEY_CUDA) || !write_d3d11(w, seed) ||
        !IST(ist_d3d11_mutex_release(mutex, KEY_CUDA)) || !tell(w, SIDE_ACQUIRE, KEY_CUDA) ||
        !KEPT_OUT(ist_d3d11_mutex_acquire(mutex, KEY_BACK, 0)) || !tell(w, SIDE_READ, 0) ||
        !tell(w, SIDE_WRITE, seed + 1) || !tell(w, SIDE_RELEASE, KEY_BACK) ||
        !ACQUIRED(ist_d3d11_mutex_acquire(mutex, KEY_BACK, SIDE_PATIENCE_MS)))
        return false;
    lane_fetch(&w->lane);
    return IST(ist_d3d11_mutex_release(mutex, KEY_D3D11)) && check_d3d11(w, seed + 1, "CUDA") &&
           tell(w, SIDE_CHECK, seed);
}

/* What is gone, by each way up to `last`. */
static const struct kind {
    const char *what;
    bool (*pass)(struct walk *w, uint64_t seed);
    enum ist_share_way last; /* fences have no KMT handle */
    UINT misc_flags;
} kinds[] = {
    {"memory", pass_memory, IST_SHARE_KMT, D3D11_RESOURCE_MISC_SHARED},
    {"fence", pass_fence, IST_SHARE_NAME, D3D11_RESOURCE_MISC_SHARED},
    {"keyed mutex", pass_mutex, IST_SHARE_KMT, D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX},
};

#define OBJECT(shape, ...)                                                               \
    {                                                                                    \
        sizeof(struct ist_resource_desc), D3D11_RESOURCE_DIMENSION_##shape, __VA_ARGS__, \
            .bind_flags = D3D11_BIND_SHADER_RESOURCE                                     \
    }

/* Odd sizes: whoever confuses pitch and width, or rounds a mip up, is found out. */
static const struct path {
    enum walk_kind kind;
    bool far; /* between processes, too: one of each kind is enough */
    const char *object;
    struct ist_resource_desc desc; /* but for its misc_flags */
} paths[] = {
    {WALK_MEMORY, true, "buffer, 65521 bytes", OBJECT(BUFFER, 65521)},
    {WALK_MEMORY, false, "Texture1D 1021, 3 mips",
     OBJECT(TEXTURE1D, 1021, .levels = 3, .format = DXGI_FORMAT_R32_FLOAT)},
    {WALK_MEMORY, false, "Texture2D 101x67, 4 mips, 3 slices",
     OBJECT(TEXTURE2D, 101, 67, 0, 4, 3, .format = DXGI_FORMAT_R8G8B8A8_UNORM)},
    {WALK_MEMORY, false, "Texture3D 33x17x9, 3 mips",
     OBJECT(TEXTURE3D, 33, 17, 9, 3, .format = DXGI_FORMAT_R16G16_UINT)},
    {WALK_FENCE, true, "each side waits for the other", OBJECT(BUFFER, 4096)},
    {WALK_MUTEX, true, "each side keeps the other out", OBJECT(BUFFER, 4096)},
};

/* What a fence is tried with comes by NT handle; a keyed mutex comes with its resource. */
static bool share(struct walk *w, enum walk_kind kind, enum ist_share_way way)
{
    static unsigned names;
    WCHAR name[64]; /* that no other object of this user has */
    const WCHAR *wanted = way == IST_SHARE_NAME ? name : NULL;
    swprintf(name, ARRAY_LENGTH(name), L"Local\\isthmus-%d-%u", (int)getpid(), names++);
    return IST(ist_share_resource(w->lane.resource, kind == WALK_FENCE ? NULL : wanted,
                                  &w->order.memory)) &&
           (kind != WALK_FENCE || IST(ist_share_fence(w->lane.fence, wanted, &w->order.fence)));
}

/* An NT handle means nothing in another process. The imports need no shares. */
static bool import(struct walk *w, enum walk_kind kind, enum ist_share_way way)
{
    uint32_t process = (uint32_t)(w->side.process ? w->side.process : getpid());
    struct ist_share *memory = &w->order.memory, *fence = &w->order.fence;
    *memory = *fence = (struct ist_share)IST_SHARE_INIT;
    bool ok = share(w, kind, way) && IST(ist_give_share(memory, process)) &&
              (kind != WALK_FENCE || IST(ist_give_share(fence, process))) &&
              tell(w, SIDE_IMPORT, 0);
    ok = IST(ist_end_share(memory)) && ok;
    return IST(ist_end_share(fence)) && ok;
}

/* Another seed for each path: nothing left over can pass. It is a fence's first value, too. */
static bool go(struct walk *w, const struct path *path, enum ist_share_way way)
{
    const struct kind *kind = &kinds[path->kind];
    uint64_t seed = (uint64_t)way << 32 | (uint64_t)(path - paths) << 16 | 1;
    struct ist_resource_desc desc = path->desc;
    desc.misc_flags = kind->misc_flags; /* NTHANDLE goes with it, and rules out a KMT handle */
    if (way != IST_SHARE_KMT)
        desc.misc_flags |= D3D11_RESOURCE_MISC_SHARED_NTHANDLE;
    bool ok = lane_open(w->rig, &desc, &w->lane);
    w->order.size = w->lane.size;
    ok = ok && import(w, path->kind, way) && kind->pass(w, seed);
    ok = tell(w, SIDE_END, 0) && ok;
    lane_close(&w->lane);
    return ok;
}

static bool go_and_tell(struct walk *w, const struct path *path, enum ist_share_way way)
{
    static const char *const ways[] = {"", "NT handle", "name", "KMT handle"};
    const struct kind *kind = &kinds[path->kind];
    struct walk_row row = {kind->what, ways[way], path->object, 0, -now_us()};
    if (w->side.process)
        row.object = "D3D11 here, CUDA in another process";
    snprintf(w->order.name, sizeof(w->order.name), "%s by %s", row.what, row.way);
    bool ok = go(w, path, way);
    row.bytes = 2 * w->lane.size;
    row.us += now_us();
    if (ok)
        w->listener->row(w->listener->user, &row);
    else
        complain("%s failed: %s", w->order.name, row.object);
    return ok;
}

static bool walk_kind(struct walk *w, enum walk_kind kind)
{
    for (enum ist_share_way way = IST_SHARE_HANDLE; way <= kinds[kind].last; way++)
        for (const struct path *path = paths; path < paths + ARRAY_LENGTH(paths); path++)
            if (path->kind == kind && (path->far || !w->side.process) &&
                !go_and_tell(w, path, way))
                return false;
    return true;
}

bool walk(struct rig *rig, enum walk_kind kind, const struct walk_listener *listener)
{
    struct walk w = {.rig = rig, .side.stream = rig->stream, .listener = listener};
    return walk_kind(&w, kind);
}

bool walk_between_processes(const struct walk_listener *listener)
{
    struct rig rig = {0};
    struct walk w = {.rig = &rig, .listener = listener};
    if (!side_start(&w.side))
        return false;
    bool ok = rig_open(0, &rig);
    for (enum walk_kind kind = 0; ok && kind < WALK_KINDS; kind++)
        ok = walk_kind(&w, kind);
    rig_close(&rig);
    return side_stop(&w.side) && ok;
}
