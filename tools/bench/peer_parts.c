/* SPDX-License-Identifier: MIT */
/* What the other process does. It has no state but what its part opens. */
#include "bench/peer.h"

#include "demo/check.h"
#include "report.h"

#include <isthmus/isthmus.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wchar.h>

#define MISC_NT (D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE)

static bool new_texture(struct rig *rig, UINT misc, ID3D11Resource **out)
{
    D3D11_TEXTURE2D_DESC desc = {
        .Width = PEER_SIDE,
        .Height = PEER_SIDE,
        .MipLevels = 1,
        .ArraySize = 1,
        .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
        .SampleDesc = {1, 0},
        .BindFlags = D3D11_BIND_SHADER_RESOURCE,
        .MiscFlags = misc,
    };
    return HR(ID3D11Device5_CreateTexture2D(rig->device, &desc, NULL, (ID3D11Texture2D **)out));
}

static bool wait_for_end(int socket)
{
    char byte;
    return recv(socket, &byte, 1, 0) == 0;
}

/* One texture with a name, whose fds are passed, and one with a global number. */
static bool hold(struct rig *rig, int socket)
{
    ID3D11Resource *named, *numbered;
    struct ist_share by_name = IST_SHARE_INIT, by_kmt = IST_SHARE_INIT;
    struct peer_holding holding = {.fds = 0};
    int fds[IST_HANDLE_FDS];
    WCHAR name[64];
    swprintf(name, ARRAY_LENGTH(name), L"Local\\isthmus-%d", (int)getpid());
    if (!new_texture(rig, MISC_NT, &named) ||
        !new_texture(rig, D3D11_RESOURCE_MISC_SHARED, &numbered) ||
        !IST(ist_share_resource(named, name, &by_name)) ||
        !IST(ist_share_resource(numbered, NULL, &by_kmt)) ||
        ist_handle_export_fds((HANDLE)(uintptr_t)by_name.handle, fds, &holding.fds) != IST_OK)
        return false;
    memcpy(holding.name, name, sizeof(name));
    holding.kmt = by_kmt.handle;
    bool ok = peer_send(socket, &holding, sizeof(holding), fds, holding.fds);
    return ok && wait_for_end(socket);
}

/* As a broker would, with nothing to think about: three fds for each request. */
static bool serve(int socket)
{
    struct epoll_event event = {.events = EPOLLIN};
    int poll = epoll_create1(EPOLL_CLOEXEC), pipe_ends[2];
    int memory = memfd_create("bench", MFD_CLOEXEC), page = memfd_create("bench", MFD_CLOEXEC);
    if (poll < 0 || memory < 0 || page < 0 || ftruncate(memory, PEER_MAPPED) < 0 ||
        ftruncate(page, 4096) < 0 || pipe(pipe_ends) < 0 ||
        epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event) < 0)
        return false;
    const int fds[] = {page, pipe_ends[1], memory};
    for (;;) {
        char request[64];
        if (epoll_wait(poll, &event, 1, -1) != 1 ||
            recv(socket, request, sizeof(request), 0) < 1)
            return true;
        if (!peer_send(socket, request, sizeof(request), fds, ARRAY_LENGTH(fds)))
            return true;
    }
}

static IDXGIKeyedMutex *open_mutex(struct rig *rig, uint64_t kmt)
{
    IDXGIKeyedMutex *mutex = NULL;
    ID3D11Resource *resource = NULL;
    if (!HR(ID3D11Device5_OpenSharedResource(rig->device, (HANDLE)(uintptr_t)kmt,
                                             &IID_ID3D11Resource, (void **)&resource)) ||
        !HR(ID3D11Resource_QueryInterface(resource, &IID_IDXGIKeyedMutex, (void **)&mutex)))
        return NULL;
    return mutex;
}

static bool take_turns(struct rig *rig, int socket)
{
    uint64_t kmt;
    IDXGIKeyedMutex *mutex =
        peer_receive(socket, &kmt, sizeof(kmt), NULL, NULL) ? open_mutex(rig, kmt) : NULL;
    if (!mutex)
        return false;
    while (IDXGIKeyedMutex_AcquireSync(mutex, 1, INFINITE) == S_OK &&
           IDXGIKeyedMutex_ReleaseSync(mutex, 0) == S_OK)
        ;
    return true;
}

static bool pass_word(int socket)
{
    char byte;
    int fd;
    unsigned count;
    struct peer_spin spin = {0};
    if (!peer_receive(socket, &byte, 1, &fd, &count) || count != 1)
        return false;
    struct peer_word *word =
        mmap(NULL, sizeof(*word), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (word == MAP_FAILED)
        return false;
    for (;;) {
        peer_word_await(word, 1, &spin);
        peer_word_pass(word, 0);
    }
}

int peer_main(enum peer_part part, int socket)
{
    struct rig rig;
    if (part == PEER_SERVES)
        return serve(socket) ? EXIT_OK : EXIT_TROUBLE;
    if (part == PEER_FUTEX)
        return pass_word(socket) ? EXIT_OK : EXIT_TROUBLE;
    if (!rig_open(0, &rig))
        return EXIT_TROUBLE;
    bool ok = part == PEER_HOLDS ? hold(&rig, socket) : take_turns(&rig, socket);
    rig_close(&rig);
    return ok ? EXIT_OK : EXIT_TROUBLE;
}
