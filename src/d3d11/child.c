/* SPDX-License-Identifier: MIT */
/* The two counts of a device's child, and how QueryInterface ends. */
#include "d3d11/child.h"

#include "d3d11/convert.h"
#include "d3d11/device.h"

void d3d11_child_init(struct d3d11_child *child, struct d3d11_device *device,
                      void (*destroy)(struct d3d11_child *child))
{
    child->device = device;
    child->destroy = destroy;
    atomic_init(&child->refs, 1);
    atomic_init(&child->holds, 1);
    private_data_init(&child->data);
    d3d11_device_addref(device);
}

void d3d11_child_finish(struct d3d11_child *child)
{
    private_data_finish(&child->data);
}

void d3d11_child_hold(struct d3d11_child *child)
{
    count_up(&child->holds);
}

void d3d11_child_unhold(struct d3d11_child *child)
{
    if (count_down(&child->holds))
        child->destroy(child);
}

ULONG d3d11_child_addref(struct d3d11_child *child)
{
    unsigned before = add_relaxed(&child->refs, 1);
    if (!before) { /* back to life, by a holder inside */
        d3d11_child_hold(child);
        d3d11_device_addref(child->device);
    }
    return before + 1;
}

ULONG d3d11_child_release(struct d3d11_child *child)
{
    struct d3d11_device *device = child->device;
    /* acq_rel as in count_down(): what other threads did to the child comes before its end. */
    unsigned left = atomic_fetch_sub_explicit(&child->refs, 1, memory_order_acq_rel) - 1;
    if (!left) {
        d3d11_child_unhold(child);
        d3d11_device_release(device);
    }
    return left;
}

void d3d11_child_get_device(struct d3d11_child *child, ID3D11Device **out)
{
    if (!out)
        return;
    d3d11_device_addref(child->device);
    *out = (ID3D11Device *)&child->device->ID3D11Device5_iface;
}

HRESULT d3d11_child_query_device(struct d3d11_child *child, REFIID iid, void **out)
{
    return d3d11_device_query(child->device, iid, out);
}

HRESULT d3d11_refuse_query(REFIID iid, const char *what)
{
    return d3d11_because(refuse(IST_BAD_POINTER,
                                "QueryInterface of %s: %s is NULL: pass the address of an "
                                "interface pointer and an IID",
                                what, iid ? "the out pointer" : "the IID"),
                         E_POINTER);
}

/* A GUID the way registries and headers write it. */
static void refuse_interface(REFIID iid, const char *what)
{
    enum ist_status status =
        answer(IST_NO_INTERFACE,
               "%s has no interface {%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}", what,
               iid->Data1, iid->Data2, iid->Data3, iid->Data4[0], iid->Data4[1], iid->Data4[2],
               iid->Data4[3], iid->Data4[4], iid->Data4[5], iid->Data4[6], iid->Data4[7]);
    (void)status; /* callers answer E_NOINTERFACE */
}

HRESULT d3d11_query_result(IUnknown *found, REFIID iid, const char *what, void **out)
{
    if (!found) {
        refuse_interface(iid, what);
        *out = NULL;
        return E_NOINTERFACE;
    }
    IUnknown_AddRef(found);
    *out = found;
    return S_OK;
}
