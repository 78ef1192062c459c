/* SPDX-License-Identifier: MIT */
/* What crosses between two processes: objects as fds, by name, by number; keyed mutexes. */
#include "bench/bench.h"
#include "bench/parts.h"
#include "bench/peer.h"

#include "demo/check.h"
#include "report.h"

#include <fcntl.h>
#include <isthmus/isthmus.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The other process inherits the CPU; so does the broker that it starts. */
static struct peer start_placed(const struct row *row, enum peer_part part)
{
    if (row->placement == OTHER_CPU)
        (void)pin_to(1);
    struct peer peer = peer_start(part);
    return peer;
}

/* Called when all that belongs elsewhere is started. */
static void come_home(void)
{
    (void)pin_to(0);
}

struct crossing_row {
    struct peer holder, server;
    struct peer_holding holding;
    int fds[PEER_FDS];
};

/* Mapped, let go, and destroyed: what CUDA does with an object of another process. */
static bool use_import(const struct cudaExternalMemoryHandleDesc *import)
{
    cudaExternalMemory_t memory;
    cudaMipmappedArray_t mipmaps;
    struct cudaExternalMemoryMipmappedArrayDesc map = {
        .formatDesc = {8, 8, 8, 8, cudaChannelFormatKindUnsigned},
        .extent = {PEER_SIDE, PEER_SIDE, 0},
        .numLevels = 1,
    };
    return cudaImportExternalMemory(&memory, import) == cudaSuccess &&
           cudaExternalMemoryGetMappedMipmappedArray(&mipmaps, memory, &map) == cudaSuccess &&
           cudaFreeMipmappedArray(mipmaps) == cudaSuccess &&
           cudaDestroyExternalMemory(memory) == cudaSuccess;
}

static void duplicate(const int *from, unsigned count, int *to)
{
    for (unsigned i = 0; i < count; i++)
        if ((to[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 3)) < 0)
            fail_row("no fd");
}

static void ours_import_fds(void *user, unsigned count)
{
    const struct crossing_row *c = user;
    for (unsigned i = 0; i < count; i++) {
        int fds[PEER_FDS];
        void *handle;
        duplicate(c->fds, c->holding.fds, fds);
        if (ist_handle_import_fds(fds, c->holding.fds, &handle) != IST_OK)
            fail_row(ist_explain());
        struct cudaExternalMemoryHandleDesc import = {
            .type = cudaExternalMemoryHandleTypeD3D11Resource,
            .handle.win32.handle = handle,
            .size = PEER_BYTES,
            .flags = cudaExternalMemoryDedicated,
        };
        if (!use_import(&import) || ist_handle_close(handle) != IST_OK)
            fail_row("an import of fds failed");
    }
}

/* Maps and unmaps what the third fd is, and closes all. */
static void map_and_close(const int *fds, unsigned count)
{
    void *at = mmap(NULL, PEER_MAPPED, PROT_READ | PROT_WRITE, MAP_SHARED, fds[2], 0);
    if (at == MAP_FAILED || munmap(at, PEER_MAPPED) != 0)
        fail_row("no mapping");
    for (unsigned k = 0; k < count; k++)
        close(fds[k]);
}

static void floor_map_fds(void *user, unsigned count)
{
    const struct crossing_row *c = user;
    for (unsigned i = 0; i < count; i++) {
        int fds[PEER_FDS];
        duplicate(c->fds, c->holding.fds, fds);
        map_and_close(fds, c->holding.fds);
    }
}

static void ours_by_name(void *user, unsigned count)
{
    const struct crossing_row *c = user;
    struct cudaExternalMemoryHandleDesc import = {
        .type = cudaExternalMemoryHandleTypeD3D11Resource,
        .handle.win32.name = c->holding.name,
        .size = PEER_BYTES,
        .flags = cudaExternalMemoryDedicated,
    };
    for (unsigned i = 0; i < count; i++)
        if (!use_import(&import))
            fail_row("an import by name failed");
}

static void ours_by_number(void *user, unsigned count)
{
    const struct crossing_row *c = user;
    struct cudaExternalMemoryHandleDesc import = {
        .type = cudaExternalMemoryHandleTypeD3D11ResourceKmt,
        .handle.win32.handle = (void *)(uintptr_t)c->holding.kmt,
        .size = PEER_BYTES,
        .flags = cudaExternalMemoryDedicated,
    };
    for (unsigned i = 0; i < count; i++)
        if (!use_import(&import))
            fail_row("an import by number failed");
}

static void floor_round_trip(void *user, unsigned count)
{
    const struct crossing_row *c = user;
    char request[64] = "";
    for (unsigned i = 0; i < count; i++) {
        int fds[PEER_FDS];
        unsigned got;
        if (!peer_send(c->server.socket, request, sizeof(request), NULL, 0) ||
            !peer_receive(c->server.socket, request, sizeof(request), fds, &got) || got != 3)
            fail_row("the server does not answer");
        map_and_close(fds, got);
    }
}

static bool run_crossing(const struct row *row, const struct pair *pair, struct result *out)
{
    struct crossing_row *c = pair->user;
    unsigned count;
    c->server = start_placed(row, PEER_SERVES);
    c->holder = start_placed(row, PEER_HOLDS);
    bool ok = peer_receive(c->holder.socket, &c->holding, sizeof(c->holding), c->fds, &count) &&
              count == c->holding.fds;
    come_home();
    if (ok) {
        measure(pair, out);
        for (unsigned i = 0; i < count; i++)
            close(c->fds[i]);
    }
    peer_end(&c->holder);
    peer_end(&c->server);
    return ok;
}

bool run_import_fds(const struct row *row, struct rig *rig, struct result *out)
{
    struct crossing_row c;
    (void)rig;
    bool ok = run_crossing(row, &(struct pair){ours_import_fds, floor_map_fds, &c}, out);
    snprintf(out->note, sizeof(out->note), "%u fds and 1 mapping an object", c.holding.fds);
    return ok;
}

bool run_open_name(const struct row *row, struct rig *rig, struct result *out)
{
    struct crossing_row c;
    (void)rig;
    return run_crossing(row, &(struct pair){ours_by_name, floor_round_trip, &c}, out);
}

bool run_open_number(const struct row *row, struct rig *rig, struct result *out)
{
    struct crossing_row c;
    (void)rig;
    return run_crossing(row, &(struct pair){ours_by_number, floor_round_trip, &c}, out);
}

/* A keyed mutex that goes to the other process and comes back. */

struct handing {
    IDXGIKeyedMutex *mutex;
    struct peer_word *word;
    struct peer_spin spin;
};

static void ours_hand_over(void *user, unsigned count)
{
    const struct handing *h = user;
    for (unsigned i = 0; i < count; i++)
        if (IDXGIKeyedMutex_AcquireSync(h->mutex, 0, INFINITE) != S_OK ||
            IDXGIKeyedMutex_ReleaseSync(h->mutex, 1) != S_OK)
            fail_row("a keyed mutex was not handed over");
}

static void floor_hand_over(void *user, unsigned count)
{
    struct handing *h = user;
    for (unsigned i = 0; i < count; i++) {
        peer_word_await(h->word, 0, &h->spin);
        peer_word_pass(h->word, 1);
    }
}

static struct peer_word *share_word(const struct peer *peer)
{
    int fd = memfd_create("bench", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 4096) < 0 || !peer_send(peer->socket, "", 1, &fd, 1))
        fail_row("no word for two processes");
    struct peer_word *word =
        mmap(NULL, sizeof(*word), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (word == MAP_FAILED)
        fail_row("no mapping");
    close(fd);
    return word;
}

static bool measure_handing(const struct row *row, const struct shared_buffer *buffer,
                            struct result *out)
{
    struct handing h = {.mutex = NULL};
    uint64_t kmt = (uintptr_t)buffer->kmt;
    struct peer turns = start_placed(row, PEER_TURNS), futex = start_placed(row, PEER_FUTEX);
    h.word = share_word(&futex);
    come_home();
    bool ok = peer_send(turns.socket, &kmt, sizeof(kmt), NULL, 0) &&
              HR(ID3D11Buffer_QueryInterface(buffer->buffer, &IID_IDXGIKeyedMutex,
                                             (void **)&h.mutex));
    if (ok) {
        measure(&(struct pair){ours_hand_over, floor_hand_over, &h}, out);
        IDXGIKeyedMutex_Release(h.mutex);
    }
    peer_end(&turns);
    peer_end(&futex);
    munmap(h.word, sizeof(*h.word));
    return ok;
}

bool run_hand_over(const struct row *row, struct rig *rig, struct result *out)
{
    struct shared_buffer buffer;
    if (!shared_buffer_open(rig, D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX, 65536, &buffer))
        return false;
    bool ok = measure_handing(row, &buffer, out);
    shared_buffer_close(&buffer);
    return ok;
}
