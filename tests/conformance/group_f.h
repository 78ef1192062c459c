/* SPDX-License-Identifier: MIT */
/* What the fence cases share: signals that are submitted, and a fence that tells how far a
 * context has come. D3D11 has no signal from the CPU: a context's signal, flushed, is one. */
#ifndef ISTHMUS_CONFORMANCE_GROUP_F_H
#define ISTHMUS_CONFORMANCE_GROUP_F_H

#include "conformance.h"

#define LONG_MS 20000 /* for what must come: only a hang takes so long */
#define QUIET_MS 60   /* for what must not come */

#define FENCE_SHARED ((UINT)D3D11_FENCE_FLAG_SHARED)

static inline void signal_fence(const struct rig *rig, ID3D11Fence *fence, UINT64 value)
{
    EXPECT_HR(ID3D11DeviceContext4_Signal(rig->context4, fence, value), S_OK);
    ID3D11DeviceContext_Flush(rig->context);
}

/* The signal and its effect: returns when the queue has done it. */
static inline void signal_now(const struct rig *rig, ID3D11Fence *fence, UINT64 value)
{
    signal_fence(rig, fence, value);
    rig_idle(rig);
}

static inline void wait_fence(const struct rig *rig, ID3D11Fence *fence, UINT64 value)
{
    EXPECT_HR(ID3D11DeviceContext4_Wait(rig->context4, fence, value), S_OK);
}

static inline UINT64 value_of(ID3D11Fence *fence)
{
    return ID3D11Fence_GetCompletedValue(fence);
}

static inline bool comes(HANDLE event)
{
    return WaitForSingleObject(event, LONG_MS) == WAIT_OBJECT_0;
}

static inline bool stays_away(HANDLE event)
{
    return WaitForSingleObject(event, QUIET_MS) == WAIT_TIMEOUT;
}

static inline void notify_at(ID3D11Fence *fence, UINT64 value, HANDLE event)
{
    EXPECT_HR(ID3D11Fence_SetEventOnCompletion(fence, value, event), S_OK);
}

/* A mark behind what a context holds now: its event is set when the context has come there. */
struct mark {
    ID3D11Fence *fence;
    HANDLE event;
};

static inline void mark_set(struct mark *mark, const struct rig *rig)
{
    mark->fence = rig_fence(rig, 0, 0);
    mark->event = new_event();
    notify_at(mark->fence, 1, mark->event);
    signal_fence(rig, mark->fence, 1);
}

static inline void mark_end(struct mark *mark)
{
    EXPECT_EQ(release(mark->fence), 0);
    EXPECT_TRUE(CloseHandle(mark->event));
}

/* A shared fence of one device, opened on another one. */
struct joint {
    struct rig a, b;
    ID3D11Fence *at_a, *at_b;
};

/* The same fence on one more device. */
static inline ID3D11Fence *open_on(const struct rig *rig, ID3D11Fence *fence)
{
    HANDLE handle = fence_handle(fence, NULL);
    ID3D11Fence *opened = open_fence(rig, handle);
    EXPECT_TRUE(CloseHandle(handle));
    REQUIRE_TRUE(opened);
    return opened;
}

static inline void joint_open(struct joint *j, UINT64 value)
{
    rig_open(&j->a);
    rig_open(&j->b);
    j->at_a = rig_fence(&j->a, value, FENCE_SHARED);
    REQUIRE_TRUE(j->at_a);
    j->at_b = open_on(&j->b, j->at_a);
}

static inline void joint_close(struct joint *j)
{
    release(j->at_a);
    release(j->at_b);
    rig_close(&j->a);
    rig_close(&j->b);
}

#endif
