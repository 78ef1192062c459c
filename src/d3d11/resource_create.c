/* SPDX-License-Identifier: MIT */
/*
 * From a description and initial data to a resource. The data is written before anybody else
 * can see the resource, past the queue: a context that waits for a fence must not delay it.
 */
#include "core/queue.h"
#include "d3d11/desc.h"

static enum ist_status check_desc(const struct d3d11_device *device,
                                  const struct d3d11_desc *desc, bool data)
{
    struct d3d11_traits t = d3d11_desc_traits(desc);
    enum ist_status status = d3d11_check_traits(&t, data);
    if (status == IST_OK)
        status = d3d11_check_sharing(device, desc);
    if (status == IST_OK)
        status = t.is_buffer ? d3d11_check_buffer(device, &desc->buffer)
                             : d3d11_check_texture(device, desc);
    return status;
}

/* Pitches count only where there is a second row or slice. */
static enum ist_status check_data_level(const D3D11_SUBRESOURCE_DATA *data, uint32_t index,
                                        const struct layout_level *level)
{
    size_t slice = (level->rows - 1) * (size_t)data->SysMemPitch + level->row_bytes;
    if (!data->pSysMem)
        return refuse(IST_BAD_POINTER, "pInitialData[%u].pSysMem is NULL", index);
    if (level->rows > 1 && data->SysMemPitch < level->row_bytes)
        return refuse(IST_BAD_ARG, "pInitialData[%u].SysMemPitch %u: a row has %zu bytes",
                      index, data->SysMemPitch, level->row_bytes);
    if (level->depth > 1 && data->SysMemSlicePitch < slice)
        return refuse(IST_BAD_ARG,
                      "pInitialData[%u].SysMemSlicePitch %u: a slice has %zu bytes", index,
                      data->SysMemSlicePitch, slice);
    return IST_OK;
}

static enum ist_status check_data(const D3D11_SUBRESOURCE_DATA *data,
                                  const struct layout *layout)
{
    for (uint32_t i = 0; data && i < layout->levels * layout->slices; i++) {
        enum ist_status status =
            check_data_level(&data[i], i, &layout->level[i % layout->levels]);
        if (status != IST_OK)
            return status;
    }
    return IST_OK;
}

static enum ist_status write_subresource(struct resource *core, uint32_t level, uint32_t slice,
                                         const D3D11_SUBRESOURCE_DATA *data)
{
    const struct layout_level *l = &core->layout.level[level];
    struct copy copy = {
        .dst = {.resource = core, .level = level, .slice = slice},
        .src = {.memory = (void *)(uintptr_t)data->pSysMem, /* only read */
                .row_pitch = data->SysMemPitch,
                .slice_pitch = data->SysMemSlicePitch},
        .row_bytes = l->row_bytes,
        .rows = l->rows,
        .slices = l->depth,
    };
    return queue_copy_now(core->device, &copy);
}

static enum ist_status write_data(struct resource *core, const D3D11_SUBRESOURCE_DATA *data)
{
    uint32_t levels = core->layout.levels;
    enum ist_status status = IST_OK;
    for (uint32_t i = 0; status == IST_OK && data && i < levels * core->layout.slices; i++)
        status = write_subresource(core, i % levels, i / levels, &data[i]);
    return status;
}

enum ist_status d3d11_resource_create(struct d3d11_device *device,
                                      const struct d3d11_desc *desc,
                                      const D3D11_SUBRESOURCE_DATA *data,
                                      struct d3d11_resource **out)
{
    struct resource_desc wanted = d3d11_core_desc(desc);
    struct layout layout;
    struct resource *core;
    enum ist_status status = check_desc(device, desc, data != NULL);
    if (status == IST_OK)
        status = layout_compute(&wanted.shape, &layout);
    if (status == IST_OK)
        status = check_data(data, &layout);
    if (status != IST_OK || !out)
        return status;

    status = resource_create(device->session, device->core, &wanted, HOLDER_COM, &core);
    if (status != IST_OK)
        return status;
    status = write_data(core, data);
    if (status != IST_OK) {
        object_drop(&core->object, HOLDER_COM);
        return status;
    }
    return d3d11_resource_wrap(device, core, desc, out);
}
