/* SPDX-License-Identifier: MIT */
/*
 * Events that a program wants set when the device is removed (device_removed.c). They are kept,
 * counted as owners of the event, and given back.
 */
#include "d3d11/convert.h"
#include "d3d11/device.h"
#include "d3d11/device_methods.h"

#include "core/event.h"
#include "core/handle.h"
#include "win32/handle.h"

struct removed_event {
    struct list link; /* in device->events, guarded by device->lock */
    DWORD cookie;
    struct object *event; /* held as HOLDER_COM */
};

static void event_free(struct removed_event *entry)
{
    object_drop(entry->event, HOLDER_COM);
    free(entry);
}

static DWORD add(struct d3d11_device *device, struct removed_event *entry)
{
    gate_lock(&device->lock);
    DWORD cookie = entry->cookie = ++device->last_cookie;
    list_append(&device->events, &entry->link);
    if (d3d11_device_removed_yet(device) != S_OK)
        event_set(event_from_object(entry->event));
    gate_unlock(&device->lock);
    return cookie;
}

DEV_METHOD(HRESULT, RegisterDeviceRemovedEvent)(DEV, HANDLE event, DWORD *cookie)
{
    struct d3d11_device *device = impl_from_ID3D11Device5(iface);
    if (!cookie)
        return d3d11_result(refuse(IST_BAD_POINTER, "RegisterDeviceRemovedEvent: the cookie "
                                                    "pointer is NULL"));
    struct removed_event *entry = calloc(1, sizeof(*entry));
    if (!entry)
        return d3d11_result(refuse(IST_NO_MEMORY, "no memory for a device removed event"));
    enum ist_status status = handle_get(device->session, win32_value(event), OBJECT_EVENT,
                                        EVENT_MODIFY_STATE, HOLDER_COM, &entry->event);
    if (status != IST_OK) {
        free(entry);
        return d3d11_result(status);
    }
    *cookie = add(device, entry);
    return S_OK;
}

DEV_METHOD(void, UnregisterDeviceRemoved)(DEV, DWORD cookie)
{
    struct d3d11_device *device = impl_from_ID3D11Device5(iface);
    struct removed_event *found = NULL;
    gate_lock(&device->lock);
    list_for_each (link, next, &device->events) {
        struct removed_event *entry = container_of(link, struct removed_event, link);
        if (entry->cookie == cookie) {
            list_remove(link);
            found = entry;
        }
    }
    gate_unlock(&device->lock);
    if (found)
        event_free(found);
}

void d3d11_device_drop_events(struct d3d11_device *device)
{
    list_for_each (link, next, &device->events)
        event_free(container_of(link, struct removed_event, link));
    list_init(&device->events);
}

void d3d11_device_set_events(struct d3d11_device *device)
{
    gate_lock(&device->lock);
    list_for_each (link, next, &device->events)
        event_set(event_from_object(container_of(link, struct removed_event, link)->event));
    gate_unlock(&device->lock);
}
