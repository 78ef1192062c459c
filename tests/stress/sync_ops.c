/* SPDX-License-Identifier: MIT */
/*
 * Fences of D3D11: made, shared, opened, signalled up and down, waited for before the signal.
 */
#include "monkey.h"

/* While a fence is used here the janitor can find it here: this may be its last owner. */
static struct com fence_borrow(struct worker *w)
{
    struct com com = com_borrow(SLOT(w, fences));
    if (com.object) {
        IUnknown_AddRef(com.object);
        com_release(com_swap(&w->holds, com));
    }
    return com;
}

static void fence_return(struct worker *w, struct com com)
{
    com_release(com_swap(&w->holds, (struct com){.object = NULL}));
    com_release(com);
}

static void do_create(struct worker *w)
{
    struct com com = {.device = below(&w->rng, DEVICES), .shared = !one_in(&w->rng, 6)};
    D3D11_FENCE_FLAG flags = com.shared ? D3D11_FENCE_FLAG_SHARED : D3D11_FENCE_FLAG_NONE;
    UINT64 value = below(&w->rng, FENCE_TOP / 2);
    ALLOW(w,
          ID3D11Device5_CreateFence(world.devices[com.device].device5, value, flags,
                                    &IID_ID3D11Fence, (void **)&com.object),
          S_OK);
    com_release(com_swap(SLOT(w, fences), com));
}

static void do_release(struct worker *w)
{
    com_release(com_swap(SLOT(w, fences), (struct com){.object = NULL}));
}

static void do_share(struct worker *w)
{
    struct com com = fence_borrow(w);
    const WCHAR *name = pick_name(w);
    HANDLE handle = NULL;
    if (!com.object)
        return;
    HRESULT hr = ID3D11Fence_CreateSharedHandle((ID3D11Fence *)com.object, NULL, GENERIC_ALL,
                                                name, &handle);
    if (!com.shared)
        ALLOW(w, hr, E_INVALIDARG);
    else if (name)
        ALLOW(w, hr, S_OK, DXGI_ERROR_NAME_ALREADY_EXISTS);
    else
        ALLOW(w, hr, S_OK);
    MUST(w, (hr == S_OK) == (handle != NULL));
    if (handle)
        put_handle(w, handle);
    fence_return(w, com);
}

static void do_open(struct worker *w)
{
    struct com com = {.device = below(&w->rng, DEVICES), .shared = true};
    HRESULT hr = ID3D11Device5_OpenSharedFence(world.devices[com.device].device5,
                                               (HANDLE)pick_handle(w), &IID_ID3D11Fence,
                                               (void **)&com.object);
    ALLOW(w, hr, S_OK, E_INVALIDARG, E_ACCESSDENIED);
    if (hr == S_OK)
        com_release(com_swap(SLOT(w, fences), com));
}

static void do_signal(struct worker *w)
{
    struct com com = fence_borrow(w);
    unsigned device = below(&w->rng, DEVICES);
    UINT64 value = below(&w->rng, FENCE_TOP);
    if (!com.object)
        return;
    ALLOW(w,
          ID3D11DeviceContext4_Signal(world.devices[device].context4, (ID3D11Fence *)com.object,
                                      value),
          device == com.device ? (uint32_t)S_OK : (uint32_t)E_INVALIDARG);
    fence_return(w, com);
}

/* Nobody else can signal a fence that is not shared: no wait for those. */
static void do_wait(struct worker *w)
{
    struct com com = fence_borrow(w);
    UINT64 value = below(&w->rng, FENCE_TOP);
    if (com.object && com.shared)
        ALLOW(w,
              ID3D11DeviceContext4_Wait(world.devices[com.device].context4,
                                        (ID3D11Fence *)com.object, value),
              S_OK);
    fence_return(w, com);
}

static void do_value(struct worker *w)
{
    struct com com = fence_borrow(w);
    if (com.object) {
        UINT64 value = ID3D11Fence_GetCompletedValue((ID3D11Fence *)com.object);
        MUST(w, value <= FENCE_TOP || value == JANITOR_VALUE);
    }
    fence_return(w, com);
}

/* NULL would block, which is for fences only that the janitor reaches. */
static void do_set_event(struct worker *w)
{
    struct com com = fence_borrow(w);
    UINT64 value = below(&w->rng, FENCE_TOP);
    HANDLE event = (HANDLE)atomic_load(SLOT(w, handles));
    if (com.object && event)
        ALLOW(w, ID3D11Fence_SetEventOnCompletion((ID3D11Fence *)com.object, value, event),
              S_OK, E_INVALIDARG, E_ACCESSDENIED);
    fence_return(w, com);
}

/* Blocks this thread until somebody signals: with an event of its own, or within the call. */
static void do_block(struct worker *w)
{
    struct com com = fence_borrow(w);
    UINT64 value = below(&w->rng, FENCE_TOP);
    HANDLE event = one_in(&w->rng, 2) ? CreateEventW(NULL, FALSE, FALSE, NULL) : NULL;
    if (com.object && com.shared) {
        ALLOW(w, ID3D11Fence_SetEventOnCompletion((ID3D11Fence *)com.object, value, event),
              S_OK);
        if (event)
            MUST(w, WaitForSingleObject(event, INFINITE) == WAIT_OBJECT_0);
    }
    if (event)
        MUST(w, CloseHandle(event));
    fence_return(w, com);
}

/* An event whose registration outlives handle and fence. */
static void do_leave_event(struct worker *w)
{
    struct com com = fence_borrow(w);
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (com.object)
        ALLOW(w,
              ID3D11Fence_SetEventOnCompletion((ID3D11Fence *)com.object, FENCE_TOP + 1, event),
              S_OK);
    MUST(w, CloseHandle(event));
    fence_return(w, com);
}

const struct operation sync_ops[] = {
    {"fence.create", do_create, 6},
    {"fence.release", do_release, 2},
    {"fence.share", do_share, 8},
    {"fence.open", do_open, 6},
    {"fence.signal", do_signal, 8},
    {"fence.wait", do_wait, 4},
    {"fence.value", do_value, 4},
    {"fence.set_event", do_set_event, 6},
    {"fence.block", do_block, 1},
    {"fence.leave_event", do_leave_event, 2},
    {NULL, NULL, 0},
};
