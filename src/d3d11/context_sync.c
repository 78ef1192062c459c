/* SPDX-License-Identifier: MIT */
/*
 * Order between queues: fences that are signalled and waited for in the context's order, and
 * Flush. The queue starts what it is given at once, so there is never anything to flush.
 */
#include "d3d11/context_object.h"

#include "core/event.h"
#include "core/handle.h"
#include "d3d11/fence.h"
#include "win32/handle.h"

typedef enum ist_status (*fence_step)(struct queue *q, struct fence *fence, uint64_t value);

/*
 * A fence that was opened on another device is another object there; mixing them up works by
 * chance here and not on Windows, so it is refused.
 */
static HRESULT submit(ID3D11DeviceContext4 *iface, ID3D11Fence *fence, UINT64 value,
                      fence_step step, const char *call)
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    if (!fence)
        return d3d11_result(refuse(IST_BAD_POINTER, "%s: the fence is NULL", call));
    struct d3d11_fence *impl = impl_from_ID3D11Fence(fence);
    if (impl->child.device != context->device)
        return d3d11_result(refuse(IST_WRONG_DEVICE,
                                   "%s: the fence is of another device; open it with "
                                   "OpenSharedFence on this one",
                                   call));
    enum ist_status status = d3d11_device_check_present(context->device, call);
    if (status != IST_OK)
        return d3d11_result(status);
    CONTEXT_SERIALISE(context);
    status = step(context->queue, impl->core, value);
    context_dropped(status, call);
    return d3d11_result(status);
}

HRESULT STDMETHODCALLTYPE d3d11_context_Signal(CTX, ID3D11Fence *fence, UINT64 value)
{
    return submit(iface, fence, value, queue_signal_fence, "Signal");
}

HRESULT STDMETHODCALLTYPE d3d11_context_Wait(CTX, ID3D11Fence *fence, UINT64 value)
{
    return submit(iface, fence, value, queue_wait_fence, "Wait");
}

void STDMETHODCALLTYPE d3d11_context_Flush(CTX)
{
    (void)iface;
}

/* In queue order; the event was pinned by flush_event(). */
static void set_event(void *user)
{
    struct event *event = user;
    event_set(event);
    object_drop(&event->object, HOLDER_WORK);
}

/* The handle is looked up now: what it names later does not matter. */
static enum ist_status flush_event(struct d3d11_context *context, HANDLE handle)
{
    struct object *object;
    enum ist_status status = handle_get(context->device->session, win32_value(handle),
                                        OBJECT_EVENT, 0, HOLDER_COM, &object);
    if (status != IST_OK)
        return status;
    object_hold(object, HOLDER_WORK); /* the program may close its handle meanwhile */
    object_drop(object, HOLDER_COM);
    status = queue_call(context->queue, set_event, event_from_object(object));
    if (status != IST_OK)
        object_drop(object, HOLDER_WORK);
    return status;
}

/* There is one engine, so each type of context is all of it. */
void STDMETHODCALLTYPE d3d11_context_Flush1(CTX, D3D11_CONTEXT_TYPE type, HANDLE event)
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    CONTEXT_SERIALISE(context);
    if ((unsigned)type > D3D11_CONTEXT_TYPE_VIDEO)
        (void)refuse(IST_BAD_ARG, "Flush1: context type %d is not within 0 .. 4", type);
    else if (event)
        context_dropped(flush_event(context, event), "Flush1");
}
