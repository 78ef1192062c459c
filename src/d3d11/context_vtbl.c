/* SPDX-License-Identifier: MIT */
/*
 * The two interfaces of a context: one vtable each, and the methods that are only a step from
 * the interface to the object. No state, no locks of its own.
 */
#include "d3d11/context_object.h"

static HRESULT STDMETHODCALLTYPE d3d11_context_QueryInterface(CTX, REFIID iid, void **out)
{
    return context_query(impl_from_ID3D11DeviceContext4(iface), iid, out);
}

static ULONG STDMETHODCALLTYPE d3d11_context_AddRef(CTX)
{
    return context_addref(impl_from_ID3D11DeviceContext4(iface));
}

static ULONG STDMETHODCALLTYPE d3d11_context_Release(CTX)
{
    return context_release(impl_from_ID3D11DeviceContext4(iface));
}

/* With a reference, as all Get methods of COM. */
static void STDMETHODCALLTYPE d3d11_context_GetDevice(CTX, ID3D11Device **out)
{
    struct d3d11_device *device = impl_from_ID3D11DeviceContext4(iface)->device;
    if (!out)
        return;
    d3d11_device_addref(device);
    *out = (ID3D11Device *)&device->ID3D11Device5_iface;
}

static HRESULT STDMETHODCALLTYPE d3d11_context_GetPrivateData(CTX, REFGUID guid, UINT *size,
                                                              void *data)
{
    return private_data_get(&impl_from_ID3D11DeviceContext4(iface)->data, guid, size, data);
}

static HRESULT STDMETHODCALLTYPE d3d11_context_SetPrivateData(CTX, REFGUID guid, UINT size,
                                                              const void *data)
{
    return private_data_set(&impl_from_ID3D11DeviceContext4(iface)->data, guid, size, data);
}

static HRESULT STDMETHODCALLTYPE d3d11_context_SetPrivateDataInterface(CTX, REFGUID guid,
                                                                       const IUnknown *object)
{
    return private_data_set_interface(&impl_from_ID3D11DeviceContext4(iface)->data, guid,
                                      object);
}

/* Deferred contexts are refused at their creation. */
static D3D11_DEVICE_CONTEXT_TYPE STDMETHODCALLTYPE d3d11_context_GetType(CTX)
{
    (void)iface;
    return D3D11_DEVICE_CONTEXT_IMMEDIATE;
}

/* Flags are a deferred context's. */
static UINT STDMETHODCALLTYPE d3d11_context_GetContextFlags(CTX)
{
    (void)iface;
    return 0;
}

#define SLOT(name) .name = d3d11_context_##name
#define STAGE_SLOTS(stage, shader)                                                             \
    SLOT(stage##SetShader), SLOT(stage##SetConstantBuffers), SLOT(stage##SetConstantBuffers1), \
        SLOT(stage##SetShaderResources), SLOT(stage##SetSamplers), SLOT(stage##GetShader),     \
        SLOT(stage##GetConstantBuffers), SLOT(stage##GetConstantBuffers1),                     \
        SLOT(stage##GetShaderResources), SLOT(stage##GetSamplers),

const ID3D11DeviceContext4Vtbl d3d11_context_vtbl = {
    /* IUnknown, ID3D11DeviceChild */
    SLOT(QueryInterface),
    SLOT(AddRef),
    SLOT(Release),
    SLOT(GetDevice),
    SLOT(GetPrivateData),
    SLOT(SetPrivateData),
    SLOT(SetPrivateDataInterface),
    /* what moves data */
    SLOT(UpdateSubresource),
    SLOT(UpdateSubresource1),
    SLOT(CopyResource),
    SLOT(CopySubresourceRegion),
    SLOT(CopySubresourceRegion1),
    SLOT(Map),
    SLOT(Unmap),
    SLOT(ClearRenderTargetView),
    SLOT(ClearUnorderedAccessViewUint),
    SLOT(ClearUnorderedAccessViewFloat),
    SLOT(ClearDepthStencilView),
    SLOT(ClearView),
    SLOT(DiscardResource),
    SLOT(DiscardView),
    SLOT(DiscardView1),
    /* order */
    SLOT(Begin),
    SLOT(End),
    SLOT(GetData),
    SLOT(Signal),
    SLOT(Wait),
    SLOT(Flush),
    SLOT(Flush1),
    /* state */
    CONTEXT_STAGES(STAGE_SLOTS) SLOT(IASetInputLayout),
    SLOT(IASetVertexBuffers),
    SLOT(IASetIndexBuffer),
    SLOT(IASetPrimitiveTopology),
    SLOT(OMSetRenderTargets),
    SLOT(OMSetRenderTargetsAndUnorderedAccessViews),
    SLOT(OMSetBlendState),
    SLOT(OMSetDepthStencilState),
    SLOT(SOSetTargets),
    SLOT(RSSetState),
    SLOT(RSSetViewports),
    SLOT(RSSetScissorRects),
    SLOT(CSSetUnorderedAccessViews),
    SLOT(SetPredication),
    SLOT(SetResourceMinLOD),
    SLOT(ClearState),
    SLOT(IAGetInputLayout),
    SLOT(IAGetVertexBuffers),
    SLOT(IAGetIndexBuffer),
    SLOT(IAGetPrimitiveTopology),
    SLOT(OMGetRenderTargets),
    SLOT(OMGetRenderTargetsAndUnorderedAccessViews),
    SLOT(OMGetBlendState),
    SLOT(OMGetDepthStencilState),
    SLOT(SOGetTargets),
    SLOT(RSGetState),
    SLOT(RSGetViewports),
    SLOT(RSGetScissorRects),
    SLOT(CSGetUnorderedAccessViews),
    SLOT(GetPredication),
    SLOT(GetResourceMinLOD),
    SLOT(GetType),
    SLOT(GetContextFlags),
    /* what is not offered */
    SLOT(Draw),
    SLOT(DrawAuto),
    SLOT(DrawIndexed),
    SLOT(DrawInstanced),
    SLOT(DrawIndexedInstanced),
    SLOT(DrawInstancedIndirect),
    SLOT(DrawIndexedInstancedIndirect),
    SLOT(Dispatch),
    SLOT(DispatchIndirect),
    SLOT(CopyStructureCount),
    SLOT(GenerateMips),
    SLOT(ResolveSubresource),
    SLOT(ExecuteCommandList),
    SLOT(FinishCommandList),
    SLOT(SwapDeviceContextState),
    SLOT(UpdateTileMappings),
    SLOT(CopyTileMappings),
    SLOT(CopyTiles),
    SLOT(UpdateTiles),
    SLOT(ResizeTilePool),
    SLOT(TiledResourceBarrier),
    SLOT(SetHardwareProtectionState),
    SLOT(GetHardwareProtectionState),
    SLOT(IsAnnotationEnabled),
    SLOT(SetMarkerInt),
    SLOT(BeginEventInt),
    SLOT(EndEvent),
};

static struct d3d11_context *impl_from_ID3D11Multithread(ID3D11Multithread *iface)
{
    assert(iface->lpVtbl == &d3d11_context_multithread_vtbl);
    return container_of(iface, struct d3d11_context, ID3D11Multithread_iface);
}

static HRESULT STDMETHODCALLTYPE multithread_QueryInterface(ID3D11Multithread *iface,
                                                            REFIID iid, void **out)
{
    return context_query(impl_from_ID3D11Multithread(iface), iid, out);
}

static ULONG STDMETHODCALLTYPE multithread_AddRef(ID3D11Multithread *iface)
{
    return context_addref(impl_from_ID3D11Multithread(iface));
}

static ULONG STDMETHODCALLTYPE multithread_Release(ID3D11Multithread *iface)
{
    return context_release(impl_from_ID3D11Multithread(iface));
}

static void STDMETHODCALLTYPE multithread_Enter(ID3D11Multithread *iface)
{
    d3d11_context_enter(impl_from_ID3D11Multithread(iface));
}

static void STDMETHODCALLTYPE multithread_Leave(ID3D11Multithread *iface)
{
    d3d11_context_leave(impl_from_ID3D11Multithread(iface));
}

static WINBOOL STDMETHODCALLTYPE multithread_SetMultithreadProtected(ID3D11Multithread *iface,
                                                                     WINBOOL enable)
{
    return d3d11_context_set_protected(impl_from_ID3D11Multithread(iface), enable);
}

static WINBOOL STDMETHODCALLTYPE multithread_GetMultithreadProtected(ID3D11Multithread *iface)
{
    return d3d11_context_get_protected(impl_from_ID3D11Multithread(iface));
}

const ID3D11MultithreadVtbl d3d11_context_multithread_vtbl = {
    .QueryInterface = multithread_QueryInterface,
    .AddRef = multithread_AddRef,
    .Release = multithread_Release,
    .Enter = multithread_Enter,
    .Leave = multithread_Leave,
    .SetMultithreadProtected = multithread_SetMultithreadProtected,
    .GetMultithreadProtected = multithread_GetMultithreadProtected,
};
