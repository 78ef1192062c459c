/* SPDX-License-Identifier: MIT */
/*
 * The immediate context as a COM object: identity, counts, the lock that a program may ask for,
 * and what all methods check first. What the methods do is in the files beside this one.
 */
#include "d3d11/context_object.h"

#include "base/log.h"

/*
 * Recursive, because a program that holds it by Enter() calls methods that take it again. It is
 * not held inside the fork gate, as the short locks are: who has it may wait for work, or keep
 * it for as long as the program likes, and fork() would wait as long. Windows has no fork, so
 * there is no rule to keep: in a child, a context that another thread of the parent was in
 * remains that thread's, who is not there.
 */
static void init_lock(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(lock, &attr);
    pthread_mutexattr_destroy(&attr);
}

/* Everything of it lives from here to the device's end; references only keep the device. */
struct d3d11_context *d3d11_context_create(struct d3d11_device *device)
{
    struct d3d11_context *context = calloc(1, sizeof(*context));
    if (!context)
        return NULL;
    context->ID3D11DeviceContext4_iface.lpVtbl =
        (ID3D11DeviceContext4Vtbl *)&d3d11_context_vtbl;
    context->ID3D11Multithread_iface.lpVtbl =
        (ID3D11MultithreadVtbl *)&d3d11_context_multithread_vtbl;
    context->device = device;
    context->queue = device->queue;
    atomic_init(&context->refs, 0);
    atomic_init(&context->protecting, false);
    private_data_init(&context->data);
    map_table_init(&context->maps, device->queue);
    init_lock(&context->lock);
    return context;
}

void d3d11_context_destroy(struct d3d11_context *context)
{
    if (!context)
        return;
    map_table_finish(&context->maps);
    private_data_finish(&context->data);
    pthread_mutex_destroy(&context->lock);
    free(context);
}

ID3D11DeviceContext4 *d3d11_context_interface(struct d3d11_context *context)
{
    return &context->ID3D11DeviceContext4_iface;
}

/* Uses by the core resource: a mappable one is never shared, so it has this one object. */
void d3d11_context_forget_resource(struct d3d11_context *context,
                                   struct d3d11_resource *resource)
{
    map_table_forget(&context->maps, resource->core);
}

/* The lock. Enter() holds it whether or not methods take it, so that pairs always match. */
void d3d11_context_enter(struct d3d11_context *context)
{
    pthread_mutex_lock(&context->lock);
}

void d3d11_context_leave(struct d3d11_context *context)
{
    /* Recursive mutexes know their owner: a Leave() without an Enter() changes nothing. */
    if (pthread_mutex_unlock(&context->lock) != 0)
        (void)refuse(IST_BAD_CALL, "Leave without Enter in this thread");
}

bool d3d11_context_set_protected(struct d3d11_context *context, bool protect)
{
    return exchange_acq_rel(&context->protecting, protect);
}

bool d3d11_context_get_protected(struct d3d11_context *context)
{
    return load_relaxed(&context->protecting);
}

/*
 * Without protection nothing is locked, as on Windows: a Map() that waits must not keep out the
 * thread whose Signal() it waits for.
 */
struct d3d11_context *context_begin(struct d3d11_context *context)
{
    if (!load_relaxed(&context->protecting))
        return NULL;
    pthread_mutex_lock(&context->lock);
    return context;
}

/*
 * A program that breaks a rule finds the reason under "refuse"; the name of the call is for
 * those who look closer. Lost work for lack of memory is an error that nobody else reports.
 */
void context_dropped(enum ist_status status, const char *call)
{
    if (status == IST_NO_MEMORY)
        log_line(LOG_ERROR, "d3d11", "%s was not submitted: %s", call, status_reason());
    else if (status != IST_OK)
        log_line(LOG_DEBUG, "d3d11", "%s dropped: %s", call, status_reason());
}

/* What all methods want of a resource first. Only what can be mapped is looked up. */
enum ist_status context_check_resource(struct d3d11_context *context, const char *role,
                                       struct d3d11_resource *resource, uint32_t number)
{
    if (!resource)
        return refuse(IST_BAD_POINTER, "%s resource is NULL", role);
    if (resource->child.device != context->device)
        return refuse(IST_WRONG_DEVICE, "%s resource is of another device: open it there",
                      role);
    if (resource->usage != D3D11_USAGE_DEFAULT &&
        map_table_is_mapped(&context->maps, resource->core, number))
        return refuse(IST_BAD_CALL, "%s resource is mapped: Unmap comes first", role);
    return IST_OK;
}

/* Others cannot be mapped, so nobody will ask. */
void context_note_use(struct d3d11_context *context, struct d3d11_resource *resource,
                      bool written)
{
    if (resource->usage == D3D11_USAGE_DYNAMIC || resource->usage == D3D11_USAGE_STAGING)
        map_table_used(&context->maps, resource->core, written);
}

/* The first reference takes one on the device, the last one gives it back: no cycle at rest. */
ULONG context_addref(struct d3d11_context *context)
{
    ULONG before = add_relaxed(&context->refs, 1);
    if (before == 0)
        d3d11_device_addref(context->device);
    return before + 1;
}

ULONG context_release(struct d3d11_context *context)
{
    struct d3d11_device *device = context->device;
    ULONG now = atomic_fetch_sub_explicit(&context->refs, 1, memory_order_acq_rel) - 1;
    if (now == 0)
        d3d11_device_release(device); /* may end the context with the device */
    return now;
}

/* Each interface extends the one before, so one pointer serves them all. */
static bool names_context(REFIID iid)
{
    static const IID *const ours[] = {
        &IID_ID3D11DeviceContext4,
        &IID_ID3D11DeviceContext3,
        &IID_ID3D11DeviceContext2,
        &IID_ID3D11DeviceContext1,
        &IID_ID3D11DeviceContext,
        &IID_ID3D11DeviceChild,
        &IID_IUnknown,
    };
    for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
        if (IsEqualGUID(iid, ours[i]))
            return true;
    }
    return false;
}

HRESULT context_query(struct d3d11_context *context, REFIID iid, void **out)
{
    IUnknown *found = NULL;
    if (names_context(iid))
        found = (IUnknown *)&context->ID3D11DeviceContext4_iface;
    else if (IsEqualGUID(iid, &IID_ID3D11Multithread))
        found = (IUnknown *)&context->ID3D11Multithread_iface;
    return d3d11_query_result(found, iid, "ID3D11DeviceContext", out);
}
