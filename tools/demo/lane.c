/* SPDX-License-Identifier: MIT */
/* Makes the objects, and passes on. */
#include "demo/lane.h"

#include "report.h"

bool lane_open(struct rig *rig, const struct ist_resource_desc *desc, struct lane *out)
{
    ID3D11Device *device = (ID3D11Device *)rig->device;
    struct ist_resource_desc staging = *desc;
    struct ist_layout layout = IST_LAYOUT_INIT;
    *out = (struct lane){.rig = rig};
    if (!IST(ist_query_resource(desc, &layout)))
        return false;
    out->size = layout.size;
    staging.bind_flags = staging.misc_flags = 0;
    return IST(ist_create_resource(device, desc, &out->resource)) &&
           IST(ist_create_resource(device, &staging, &out->staging)) &&
           HR(ID3D11Device5_CreateFence(rig->device, 0, D3D11_FENCE_FLAG_SHARED,
                                        &IID_ID3D11Fence, (void **)&out->fence)) &&
           (!(desc->misc_flags & D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX) ||
            HR(ID3D11Resource_QueryInterface(out->resource, &IID_IDXGIKeyedMutex,
                                             (void **)&out->mutex)));
}

void lane_close(struct lane *lane)
{
    IUnknown *objects[] = {(IUnknown *)lane->mutex, (IUnknown *)lane->fence,
                           (IUnknown *)lane->staging, (IUnknown *)lane->resource};
    for (size_t i = 0; i < ARRAY_LENGTH(objects); i++)
        if (objects[i])
            IUnknown_Release(objects[i]);
}

bool lane_upload(struct lane *lane, const void *bytes)
{
    return IST(ist_d3d11_write_resource((ID3D11DeviceContext *)lane->rig->context,
                                        lane->resource, bytes, lane->size));
}

void lane_fetch(struct lane *lane)
{
    ID3D11DeviceContext4_CopyResource(lane->rig->context, lane->staging, lane->resource);
}

bool lane_download(struct lane *lane, void *bytes)
{
    return IST(ist_d3d11_read_resource((ID3D11DeviceContext *)lane->rig->context, lane->staging,
                                       bytes, lane->size));
}

/* Without the flush the signal may wait for more work in the context. */
bool lane_signal(struct lane *lane, UINT64 value)
{
    bool ok = HR(ID3D11DeviceContext4_Signal(lane->rig->context, lane->fence, value));
    ID3D11DeviceContext4_Flush(lane->rig->context);
    return ok;
}

bool lane_wait(struct lane *lane, UINT64 value)
{
    return HR(ID3D11DeviceContext4_Wait(lane->rig->context, lane->fence, value));
}
