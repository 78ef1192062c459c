/* SPDX-License-Identifier: MIT */
/*
 * Opening the context, going in and out, and what the driver's answers mean. open_lock guards
 * the opening; `lost` is set once and for good.
 */
#include "device/nvidia/nvidia.h"

#include "base/gate.h"
#include "base/log.h"

/* What a context is left in by a fault of the device, its reset, or the end of the process. */
bool nv_result_is_fatal(CUresult result)
{
    switch ((int)result) {
    case CUDA_ERROR_DEINITIALIZED:
    case CUDA_ERROR_INVALID_CONTEXT:
    case CUDA_ERROR_ECC_UNCORRECTABLE:
    case CUDA_ERROR_NVLINK_UNCORRECTABLE:
    case CUDA_ERROR_CONTAINED:
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_LAUNCH_TIMEOUT:
    case CUDA_ERROR_CONTEXT_IS_DESTROYED:
    case CUDA_ERROR_ASSERT:
    case CUDA_ERROR_HARDWARE_STACK_ERROR:
    case CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case CUDA_ERROR_MISALIGNED_ADDRESS:
    case CUDA_ERROR_INVALID_ADDRESS_SPACE:
    case CUDA_ERROR_INVALID_PC:
    case CUDA_ERROR_LAUNCH_FAILED:
    case CUDA_ERROR_TENSOR_MEMORY_LEAK:
    case CUDA_ERROR_MPS_CLIENT_TERMINATED: return true;
    default: return false;
    }
}

static void note_lost(struct nvidia *nv, CUresult result, const char *call)
{
    if (atomic_exchange_explicit(&nv->lost, true, memory_order_acq_rel))
        return;
    /* The driver ends before our destructors do: nothing is wrong then. */
    log_line(result == CUDA_ERROR_DEINITIALIZED ? LOG_DEBUG : LOG_ERROR, "device",
             "%s is lost: %s answered %s (%d)", nv->device.description, call,
             driver_error_name(result), (int)result);
}

static enum ist_status status_from(CUresult result)
{
    switch ((int)result) {
    case CUDA_ERROR_OUT_OF_MEMORY: return IST_NO_MEMORY;
    case CUDA_ERROR_NOT_SUPPORTED: return IST_NOT_SUPPORTED;
    default: return nv_result_is_fatal(result) ? IST_DEVICE_LOST : IST_NO_RESOURCES;
    }
}

enum ist_status nv_answer(struct nvidia *nv, CUresult result, const char *call,
                          const char *purpose)
{
    if (result == CUDA_SUCCESS)
        return IST_OK;
    if (nv_result_is_fatal(result))
        note_lost(nv, result, call);
    if (result == CUDA_ERROR_DEINITIALIZED)
        return answer(IST_DEVICE_LOST, "%s: the driver has ended, and so does the process",
                      call);
    return refuse(status_from(result), "%s answered %s (%d); it was called for %s", call,
                  driver_error_name(result), (int)result, purpose);
}

/* Waiting streams hold up others of their priority; what is done at once should not wait. */
static enum ist_status open_service(struct nvidia *nv)
{
    int least = 0, greatest = 0;
    enum ist_status status =
        NV_CALL(nv, "the priority of a stream", priority_range, &least, &greatest);
    if (status != IST_OK)
        return status;
    return NV_CALL(nv, "a stream for zeroing", stream_create, &nv->service,
                   NV_STREAM_NON_BLOCKING, greatest);
}

static enum ist_status open_parts(struct nvidia *nv)
{
    struct nv_allocation_properties properties = {
        .type = NV_ALLOCATION_PINNED,
        .handle_types = NV_HANDLE_POSIX_FD,
        .location = {NV_LOCATION_DEVICE, nv->ordinal},
    };
    enum ist_status status = NV_CALL(nv, "the unit of shareable memory", memory_granularity,
                                     &nv->granularity, &properties, NV_GRANULARITY_MINIMUM);
    if (status == IST_OK)
        status = open_service(nv);
    if (status == IST_OK)
        nv_kernel_load(nv); /* now: later the driver would block while any stream waits */
    return status;
}

/*
 * Whether the context is the one that we opened. A reset (cudaDeviceReset) ends all that was
 * made in it, and the driver does not survive the sight of such a stream; the handle can still
 * be made current, and when somebody opens the context anew it is the same one (H100, driver
 * 580.159.04, 2026-11-21). Asking takes 15 ns.
 */
static enum ist_status check_context(struct nvidia *nv, CUcontext context)
{
    unsigned long long id;
    CUresult result = driver.context_id(context, &id);
    if (result == CUDA_SUCCESS && id != nv->id)
        result = CUDA_ERROR_CONTEXT_IS_DESTROYED;
    return nv_answer(nv, result, driver_names.context_id,
                     "the device's context, which cudaDeviceReset ends");
}

/* Programs mostly work in it anyway: then nothing is pushed. */
static enum ist_status push(struct nvidia *nv, CUcontext context, struct nv_scope *scope)
{
    CUcontext now = NULL;
    scope->pushed = driver.context_current(&now) != CUDA_SUCCESS || now != context;
    enum ist_status status =
        scope->pushed ? NV_CALL(nv, "the device's context", context_push, context) : IST_OK;
    if (status != IST_OK)
        return status;
    scope->nv = nv;
    scope->capture_mode = NV_CAPTURE_RELAXED;
    if (driver.capture_mode(&scope->capture_mode) != CUDA_SUCCESS)
        scope->capture_mode = -1; /* it was not changed, and is not set back */
    return IST_OK;
}

static enum ist_status open_locked(struct nvidia *nv, struct nv_scope *scope)
{
    CUcontext context;
    enum ist_status status =
        NV_CALL(nv, "the GPU's primary context", context_retain, &context, nv->ordinal);
    if (status != IST_OK)
        return status;
    status = push(nv, context, scope);
    if (status == IST_OK)
        status = NV_CALL(nv, "the context's number", context_id, context, &nv->id);
    if (status == IST_OK)
        status = open_parts(nv);
    if (status == IST_OK) {
        atomic_store_explicit(&nv->context, context, memory_order_release);
        return IST_OK;
    }
    nv_leave(scope);
    driver.context_release(nv->ordinal);
    return status;
}

static enum ist_status open_context(struct nvidia *nv, struct nv_scope *scope)
{
    pthread_mutex_lock(&nv->open_lock);
    CUcontext context = load_acquire(&nv->context);
    enum ist_status status = context ? push(nv, context, scope) : open_locked(nv, scope);
    pthread_mutex_unlock(&nv->open_lock);
    return status;
}

bool nv_same_process(const struct nvidia *nv)
{
    return nv->generation == gate_generation();
}

bool nv_alive(const struct nvidia *nv)
{
    return nv_same_process(nv) && !load_relaxed(&nv->lost);
}

enum ist_status nv_enter(struct nvidia *nv, struct nv_scope *scope)
{
    if (!nv_same_process(nv))
        return refuse(IST_DEVICE_LOST,
                      "%s was opened before a fork: a GPU does not follow into the child",
                      nv->device.description);
    if (load_relaxed(&nv->lost))
        return refuse(IST_DEVICE_LOST, "%s is lost: the log says why", nv->device.description);
    CUcontext context = load_acquire(&nv->context);
    if (!context)
        return open_context(nv, scope);
    enum ist_status status = check_context(nv, context);
    return status == IST_OK ? push(nv, context, scope) : status;
}

void nv_leave(struct nv_scope *scope)
{
    CUcontext context;
    if (!scope->nv)
        return;
    if (scope->capture_mode >= 0)
        driver.capture_mode(&scope->capture_mode);
    if (scope->pushed)
        driver.context_pop(&context);
    scope->nv = NULL;
}
