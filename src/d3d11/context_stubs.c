/* SPDX-License-Identifier: MIT */
/*
 * What a context knows and does not offer, as a table: drawing, compute, tiles, command lists.
 * Each call says its name once in the log and has no effect; those that can answer, answer
 * E_NOTIMPL.
 */
#include "d3d11/context_methods.h"

#include "base/log.h"
#include "core/status.h"

/* A table of calls that look at nothing: their parameters are there for the type only. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

#define STUB(name, why, ...)                                                               \
    CTX_METHOD(void, name)(CTX __VA_OPT__(, ) __VA_ARGS__)                                 \
    {                                                                                      \
        log_once(LOG_WARN, "d3d11", "ID3D11DeviceContext::" #name " has no effect: " why); \
    }

#define STUB_HRESULT(name, why, ...)                                                        \
    CTX_METHOD(HRESULT, name)(CTX __VA_OPT__(, ) __VA_ARGS__)                               \
    {                                                                                       \
        log_once(LOG_WARN, "d3d11", "ID3D11DeviceContext::" #name " is not offered: " why); \
        enum ist_status status = answer(IST_NOT_SUPPORTED, #name " is not offered: " why);  \
        return (HRESULT)status_codes(status)->hresult;                                      \
    }

/* Legal on every device, and without an effect on one that has no such thing. */
#define STUB_QUIET(name, ...)                              \
    CTX_METHOD(void, name)(CTX __VA_OPT__(, ) __VA_ARGS__) \
    {                                                      \
    }

#define NO_DRAWING "this device moves and shares data, it draws nothing"
STUB(Draw, NO_DRAWING, UINT count, UINT start)
STUB(DrawAuto, NO_DRAWING)
STUB(DrawIndexed, NO_DRAWING, UINT count, UINT start, INT base)
STUB(DrawInstanced, NO_DRAWING, UINT count, UINT instances, UINT start, UINT first)
STUB(DrawIndexedInstanced, NO_DRAWING, UINT count, UINT instances, UINT start, INT base,
     UINT first)
STUB(DrawInstancedIndirect, NO_DRAWING, ID3D11Buffer *args, UINT offset)
STUB(DrawIndexedInstancedIndirect, NO_DRAWING, ID3D11Buffer *args, UINT offset)

#define NO_SHADERS "this device runs no shaders"
STUB(Dispatch, NO_SHADERS, UINT x, UINT y, UINT z)
STUB(DispatchIndirect, NO_SHADERS, ID3D11Buffer *args, UINT offset)
STUB(CopyStructureCount, NO_SHADERS ", so no view has a counter", ID3D11Buffer *dst,
     UINT offset, ID3D11UnorderedAccessView *view)
STUB(GenerateMips, "levels are filled by copies only", ID3D11ShaderResourceView *view)
STUB(ResolveSubresource, "there are no multisampled textures", ID3D11Resource *dst,
     UINT dst_subresource, ID3D11Resource *src, UINT src_subresource, DXGI_FORMAT format)

#define NO_LISTS "there are no deferred contexts, so no command lists"
STUB(ExecuteCommandList, NO_LISTS, ID3D11CommandList *list, WINBOOL restore)
STUB(SwapDeviceContextState, "there are no context state objects",
     ID3DDeviceContextState *state, ID3DDeviceContextState **previous)

/* The one that is documented for an immediate context: it has nothing to finish. */
HRESULT STDMETHODCALLTYPE d3d11_context_FinishCommandList(CTX, WINBOOL restore,
                                                          ID3D11CommandList **list)
{
    enum ist_status status = refuse(IST_BAD_CALL, "FinishCommandList is for deferred contexts");
    return (HRESULT)status_codes(status)->hresult;
}

#define NO_TILES "there are no tiled resources"
STUB_HRESULT(UpdateTileMappings, NO_TILES, ID3D11Resource *resource, UINT regions,
             const D3D11_TILED_RESOURCE_COORDINATE *starts, const D3D11_TILE_REGION_SIZE *sizes,
             ID3D11Buffer *pool, UINT ranges, const UINT *range_flags, const UINT *offsets,
             const UINT *counts, UINT flags)
STUB_HRESULT(CopyTileMappings, NO_TILES, ID3D11Resource *dst,
             const D3D11_TILED_RESOURCE_COORDINATE *dst_start, ID3D11Resource *src,
             const D3D11_TILED_RESOURCE_COORDINATE *src_start,
             const D3D11_TILE_REGION_SIZE *size, UINT flags)
STUB(CopyTiles, NO_TILES, ID3D11Resource *resource,
     const D3D11_TILED_RESOURCE_COORDINATE *start, const D3D11_TILE_REGION_SIZE *size,
     ID3D11Buffer *buffer, UINT64 offset, UINT flags)
STUB(UpdateTiles, NO_TILES, ID3D11Resource *resource,
     const D3D11_TILED_RESOURCE_COORDINATE *start, const D3D11_TILE_REGION_SIZE *size,
     const void *data, UINT flags)
STUB_HRESULT(ResizeTilePool, NO_TILES, ID3D11Buffer *pool, UINT64 size)
STUB_QUIET(TiledResourceBarrier, ID3D11DeviceChild *before, ID3D11DeviceChild *after)

STUB(SetHardwareProtectionState, "there is no protected memory", WINBOOL enable)

void STDMETHODCALLTYPE d3d11_context_GetHardwareProtectionState(CTX, WINBOOL *enable)
{
    if (enable)
        *enable = FALSE;
}

/* Annotations are for a profiler that listens; none does. */
WINBOOL STDMETHODCALLTYPE d3d11_context_IsAnnotationEnabled(CTX)
{
    return FALSE;
}

STUB_QUIET(SetMarkerInt, const WCHAR *label, int data)
STUB_QUIET(BeginEventInt, const WCHAR *label, int data)
STUB_QUIET(EndEvent)
