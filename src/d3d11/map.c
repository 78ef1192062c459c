/* SPDX-License-Identifier: MIT */
/*
 * Map and Unmap. What the queue does not use is mapped in place. To read or write what it does
 * use, Map waits for that work and no more; WRITE_DISCARD never waits, it hands out a shadow
 * that is copied to the resource in the queue's order at Unmap (map_table.h).
 */
#include "d3d11/context_object.h"

/* Staging: what CPUAccessFlags grant, and no renaming types. */
static enum ist_status check_staging(UINT cpu, D3D11_MAP type)
{
    static const UINT needed[] = {
        [D3D11_MAP_READ] = D3D11_CPU_ACCESS_READ,
        [D3D11_MAP_WRITE] = D3D11_CPU_ACCESS_WRITE,
        [D3D11_MAP_READ_WRITE] = D3D11_CPU_ACCESS_READ | D3D11_CPU_ACCESS_WRITE,
    };
    if (type >= ARRAY_SIZE(needed))
        return refuse(IST_BAD_ARG,
                      "map type %d of a staging resource: it takes READ (1), WRITE "
                      "(2) and READ_WRITE (3)",
                      type);
    if (needed[type] & ~cpu)
        return refuse(IST_BAD_ARG, "CPUAccessFlags 0x%x lack 0x%x, which map type %d needs",
                      cpu, needed[type] & ~cpu, type);
    return IST_OK;
}

/*
 * Dynamic: written only, and never waited for. NO_OVERWRITE is documented for buffers; a
 * texture has no parts that a program could know to be unused.
 */
static enum ist_status check_dynamic(const struct d3d11_resource *resource, D3D11_MAP type)
{
    if (type != D3D11_MAP_WRITE_DISCARD && type != D3D11_MAP_WRITE_NO_OVERWRITE)
        return refuse(IST_BAD_ARG,
                      "map type %d of a dynamic resource: it takes WRITE_DISCARD "
                      "(4) and WRITE_NO_OVERWRITE (5)",
                      type);
    if (type == D3D11_MAP_WRITE_NO_OVERWRITE && !d3d11_resource_is_buffer(resource))
        return refuse(IST_BAD_ARG, "WRITE_NO_OVERWRITE of a texture: only buffers take it");
    return IST_OK;
}

/* A type that never waits has no use for a flag against waiting: documented as invalid. */
static enum ist_status check_flags(D3D11_MAP type, UINT flags)
{
    if (flags & ~(UINT)D3D11_MAP_FLAG_DO_NOT_WAIT)
        return refuse(IST_BAD_ARG, "MapFlags 0x%x: only DO_NOT_WAIT (0x%x) is defined", flags,
                      D3D11_MAP_FLAG_DO_NOT_WAIT);
    if (flags && (type == D3D11_MAP_WRITE_DISCARD || type == D3D11_MAP_WRITE_NO_OVERWRITE))
        return refuse(IST_BAD_ARG, "DO_NOT_WAIT with map type %d, which never waits", type);
    return IST_OK;
}

/* All of Map's rules that need no look at the queue. Each breach is E_INVALIDARG. */
static enum ist_status check_map(const struct d3d11_resource *resource, D3D11_MAP type,
                                 UINT flags)
{
    if (type < D3D11_MAP_READ || type > D3D11_MAP_WRITE_NO_OVERWRITE)
        return refuse(IST_BAD_ARG, "map type %d is not within 1 .. 5", type);
    enum ist_status status = check_flags(type, flags);
    if (status != IST_OK)
        return status;
    switch (resource->usage) {
    case D3D11_USAGE_STAGING: return check_staging(resource->cpu, type);
    case D3D11_USAGE_DYNAMIC: return check_dynamic(resource, type);
    default:
        return refuse(IST_BAD_ARG,
                      "a resource of usage %d cannot be mapped: copy it to a "
                      "staging resource",
                      resource->usage);
    }
}

/* Until the queue neither uses nor, for reading, changes the resource. */
static enum ist_status wait_for_use(struct d3d11_context *context, struct resource *core,
                                    bool reading, UINT flags)
{
    uint64_t ticket = map_table_ticket(&context->maps, core, reading);
    if (queue_reached(context->queue, ticket))
        return IST_OK;
    if (flags & D3D11_MAP_FLAG_DO_NOT_WAIT)
        return answer(IST_BUSY, "the resource is in use and DO_NOT_WAIT is given");
    if (queue_in_host_function())
        return refuse(IST_BAD_CALL, "Map would wait within a host function, and might so wait "
                                    "for itself");
    return queue_sync(context->queue, ticket, DEADLINE_NEVER);
}

/* In place once nothing uses it, else a shadow: this one never waits. */
static enum ist_status map_discard(struct d3d11_context *context, struct resource *core,
                                   UINT number, unsigned char **shadow)
{
    uint64_t used = map_table_ticket(&context->maps, core, false);
    enum map_way way = queue_reached(context->queue, used) ? MAP_IN_PLACE : MAP_SHADOW;
    return map_table_map(&context->maps, core, number, way, shadow);
}

/*
 * The program promises to leave alone what is in use, so work that only reads does not matter.
 * A discard that is still under way would overwrite it later: then it goes on in that shadow.
 */
static enum ist_status map_no_overwrite(struct d3d11_context *context, struct resource *core,
                                        UINT number, unsigned char **shadow)
{
    uint64_t written = map_table_ticket(&context->maps, core, true);
    enum ist_status status = IST_NOT_FOUND;
    if (!queue_reached(context->queue, written))
        status = map_table_map(&context->maps, core, number, MAP_LAST, shadow);
    if (status != IST_NOT_FOUND)
        return status;
    status = wait_for_use(context, core, true, 0);
    return status == IST_OK ? map_table_map(&context->maps, core, number, MAP_IN_PLACE, shadow)
                            : status;
}

/* Each type's own way to memory that nobody else touches. */
static enum ist_status map_by_type(struct d3d11_context *context, struct resource *core,
                                   UINT number, D3D11_MAP type, UINT flags,
                                   unsigned char **shadow)
{
    if (type == D3D11_MAP_WRITE_DISCARD)
        return map_discard(context, core, number, shadow);
    if (type == D3D11_MAP_WRITE_NO_OVERWRITE)
        return map_no_overwrite(context, core, number, shadow);
    if (map_table_is_mapped(&context->maps, core, number)) /* known at once: no need to wait */
        return refuse(IST_BAD_ARG, "subresource %u is mapped already", number);
    enum ist_status status = wait_for_use(context, core, type == D3D11_MAP_READ, flags);
    return status == IST_OK ? map_table_map(&context->maps, core, number, MAP_IN_PLACE, shadow)
                            : status;
}

/* *out is written last, so that a refusal leaves it alone. */
static enum ist_status map(struct d3d11_context *context, struct d3d11_resource *resource,
                           UINT number, D3D11_MAP type, UINT flags,
                           D3D11_MAPPED_SUBRESOURCE *out)
{
    struct subresource sub;
    unsigned char *memory = NULL;
    if (!resource || !out)
        return refuse(IST_BAD_POINTER, "Map needs a resource and a place for the answer");
    if (resource->child.device != context->device)
        return refuse(IST_WRONG_DEVICE, "Map of another device's resource");
    enum ist_status status = check_map(resource, type, flags);
    if (status == IST_OK)
        status = subresource_get(resource->core, number, &sub);
    if (status == IST_OK)
        status = map_by_type(context, resource->core, number, type, flags, &memory);
    if (status != IST_OK)
        return status;
    const struct layout_level *level = &resource->core->layout.level[sub.level];
    out->pData = memory ? memory : resource_address(sub.resource, sub.level, sub.slice);
    out->RowPitch = (UINT)level->row_pitch;
    out->DepthPitch = (UINT)level->depth_pitch;
    return IST_OK;
}

HRESULT STDMETHODCALLTYPE d3d11_context_Map(CTX, ID3D11Resource *resource, UINT number,
                                            D3D11_MAP type, UINT flags,
                                            D3D11_MAPPED_SUBRESOURCE *out)
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    CONTEXT_SERIALISE(context);
    return d3d11_result(
        map(context, impl_from_ID3D11Resource(resource), number, type, flags, out));
}

void STDMETHODCALLTYPE d3d11_context_Unmap(CTX, ID3D11Resource *resource, UINT number)
{
    struct d3d11_context *context = impl_from_ID3D11DeviceContext4(iface);
    struct d3d11_resource *impl = impl_from_ID3D11Resource(resource);
    CONTEXT_SERIALISE(context);
    if (impl)
        context_dropped(map_table_unmap(&context->maps, impl->core, number), "Unmap");
    else
        (void)refuse(IST_BAD_POINTER, "Unmap: the resource is NULL");
}
