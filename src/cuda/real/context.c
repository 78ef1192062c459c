/* SPDX-License-Identifier: MIT */
/*
 * Contexts are the driver's. A thread keeps what it found out about its last one, under the
 * context's id; kept[] has the primary contexts that this front holds, under kept_lock, which
 * is held around calls of the driver and takes no lock of ours.
 */
#include "cuda/real/context.h"

#include "base/gate.h"
#include "core/session.h"
#include "cuda/device.h"
#include "cuda/error.h"
#include "cuda/real/runtime.h"

#include <stdio.h>
#include <string.h>

#define MAX_ORDINALS 64

static _Thread_local struct real_context last; /* id 0: none yet */

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long long kept[MAX_ORDINALS]; /* ids; 0: none is held */

int real_device_find(const struct real_driver *driver, int ordinal, struct device **out)
{
    const struct session *session = session_default();
    unsigned char uuid[16];
    int code = driver->device_uuid(uuid, ordinal);
    if (code)
        return code;
    *out = NULL;
    for (unsigned i = 0; i < session->device_count; i++)
        if (memcmp(session->devices[i]->uuid, uuid, sizeof(uuid)) == 0)
            *out = session->devices[i];
    return CUDA_SUCCESS;
}

/* Asked without making one: the current context is alive, so if it is primary that is, too. */
static int is_primary(const struct real_driver *driver, struct real_context *context)
{
    struct CUctx_st *primary;
    unsigned flags;
    int active = 0;
    int code = driver->primary_state(context->ordinal, &flags, &active);
    if (code || !active)
        return code;
    code = driver->primary_retain(&primary, context->ordinal);
    if (code)
        return code;
    context->primary = primary == context->handle;
    return driver->primary_release(context->ordinal);
}

static int look_up(const struct real_driver *driver, struct real_context *context)
{
    int code = driver->context_device(&context->ordinal);
    if (!code)
        code = real_device_find(driver, context->ordinal, &context->device);
    if (!code)
        code = is_primary(driver, context);
    return code;
}

int real_context_get(const struct real_driver *driver, struct real_context *out)
{
    struct real_context now = {0};
    int code = driver->context_current(&now.handle);
    if (code)
        return code;
    if (!now.handle)
        return cu_refuse(CUDA_ERROR_INVALID_CONTEXT, "no CUDA context is current in this "
                                                     "thread: make one, or call the runtime");
    code = driver->context_id(now.handle, &now.id);
    if (code)
        return code;
    if (now.id != last.id || now.handle != last.handle) {
        code = look_up(driver, &now);
        if (code)
            return code;
        last = now;
    }
    *out = last;
    return CUDA_SUCCESS;
}

/*
 * The runtime holds a primary context for as long as the process uses it, and so do we: once
 * for each that there was, since a reset ends it whoever holds it.
 */
static int keep_primary(const struct real_driver *driver, int ordinal, struct CUctx_st **out)
{
    unsigned long long id = 0;
    int code = driver->primary_retain(out, ordinal);
    if (code)
        return code;
    if (driver->missing || ordinal >= MAX_ORDINALS)
        return CUDA_SUCCESS;
    code = driver->context_id(*out, &id);
    if (!code && kept[ordinal] == id)
        code = driver->primary_release(ordinal);
    kept[ordinal] = id;
    return code;
}

static int use_primary(const struct real_driver *driver)
{
    struct CUctx_st *context;
    int ordinal = 0;
    int code = driver->init(0);
    if (!code)
        code = real_runtime_device(&ordinal);
    if (code)
        return code;
    pthread_mutex_lock(&kept_lock);
    code = keep_primary(driver, ordinal, &context);
    pthread_mutex_unlock(&kept_lock);
    return code ? code : driver->context_set(context);
}

/* A context that ended may still be current; its id cannot be had any more. */
int real_context_ensure(void)
{
    const struct real_driver *driver;
    struct CUctx_st *context = NULL;
    unsigned long long id;
    int code = real_driver(false, &driver);
    if (code)
        return code;
    bool usable = driver->context_current(&context) == CUDA_SUCCESS && context &&
                  (driver->missing || driver->context_id(context, &id) == CUDA_SUCCESS);
    return usable ? CUDA_SUCCESS : use_primary(driver);
}

/*
 * Only primary contexts are asked after: those are ended behind the back of whoever uses them.
 * The handle of a dead one may not be shown to the driver, so the ids are compared.
 */
bool real_context_lives(const struct real_driver *driver, const struct real_context *context)
{
    struct CUctx_st *primary = NULL;
    unsigned long long id = 0;
    unsigned flags;
    int active = 0;
    if (driver->context_current(&primary) == CUDA_SUCCESS && primary == context->handle &&
        driver->context_id(primary, &id) == CUDA_SUCCESS && id == context->id)
        return true;
    if (!context->primary)
        return true;
    if (driver->primary_state(context->ordinal, &flags, &active) != CUDA_SUCCESS || !active ||
        driver->primary_retain(&primary, context->ordinal) != CUDA_SUCCESS)
        return false;
    bool lives = driver->context_id(primary, &id) == CUDA_SUCCESS && id == context->id;
    return driver->primary_release(context->ordinal) == CUDA_SUCCESS && lives;
}

#define NAME_BYTES 128

/* With the LUID, since two GPUs of one model have one name. */
static const char *name_of(const struct device *device, char room[NAME_BYTES])
{
    uint32_t low_high[2];
    memcpy(low_high, device->luid, sizeof(low_high));
    snprintf(room, NAME_BYTES, "%.90s (LUID %08x-%08x)", device->description, low_high[1],
             low_high[0]);
    return room;
}

/* The name of a device of core's, or of the driver's where core has none. */
static const char *current_name(const struct real_driver *driver,
                                const struct real_context *context, char room[NAME_BYTES])
{
    if (context->device)
        return name_of(context->device, room);
    bool known = driver->device_name(room, NAME_BYTES, context->ordinal) == CUDA_SUCCESS;
    return known ? room : "?";
}

int cu_check_device(const struct device *device, const char *what)
{
    const struct real_driver *driver;
    struct real_context context;
    char name[NAME_BYTES], current[NAME_BYTES] = "";
    int code = real_driver(true, &driver);
    if (!code)
        code = real_context_get(driver, &context);
    if (code || device == context.device)
        return code;
    return cu_code(
        refuse(IST_WRONG_DEVICE, "the %s is of device %s, the current context is one of %s: %s",
               what, name_of(device, name), current_name(driver, &context, current),
               device->ops->gpu ? "choose the device whose luid is that of the D3D11 adapter"
                                : "ISTHMUS_DEVICE=nvidia puts D3D11 on the GPU"));
}
