/* SPDX-License-Identifier: MIT */
/* The sharing calls of D3D11, DXGI and Win32, each from one call of the matrix. No state. */
#include "world.h"

/* {6e1d0a5c-...}: nobody's interface. */
static const IID made_up = {0x6e1d0a5c, 0x1234, 0x5678, {1, 2, 3, 4, 5, 6, 7, 8}};

static REFIID resource_iid(enum iid which)
{
    return which == IID_RIGHT             ? &IID_ID3D11Resource
           : which == IID_OTHER_DIMENSION ? &IID_ID3D11Texture3D
                                          : &made_up;
}

static REFIID fence_iid(enum iid which)
{
    return which == IID_RIGHT ? &IID_ID3D11Fence : &made_up;
}

static uint32_t create_texture(const struct call *c, void **out)
{
    D3D11_TEXTURE2D_DESC desc = {.Width = 64,
                                 .Height = 64,
                                 .MipLevels = 1,
                                 .ArraySize = c->levels, /* slices, here */
                                 .Format = DXGI_FORMAT_R8G8B8A8_UNORM,
                                 .SampleDesc = {c->samples, 0},
                                 .Usage = (D3D11_USAGE)c->usage,
                                 .BindFlags = c->bind,
                                 .CPUAccessFlags = c->cpu,
                                 .MiscFlags = c->misc};
    static const unsigned char bytes[64 * 64 * 4];
    D3D11_SUBRESOURCE_DATA data = {bytes, 64 * 4, 0};
    return (uint32_t)ID3D11Device5_CreateTexture2D(world_device(), &desc,
                                                   c->usage == D3D11_USAGE_IMMUTABLE ? &data
                                                                                     : NULL,
                                                   (ID3D11Texture2D **)out);
}

static uint32_t with_dxgi(const struct call *c, void **out)
{
    IDXGIResource1 *dxgi = NULL;
    ID3D11Resource_QueryInterface(world_resource(c->object), &IID_IDXGIResource1,
                                  (void **)&dxgi);
    HRESULT hr = c->function == GET_SHARED_HANDLE
                     ? IDXGIResource1_GetSharedHandle(dxgi, out)
                     : IDXGIResource1_CreateSharedHandle(dxgi, NULL, c->access,
                                                         world_name(c->name), out);
    IDXGIResource1_Release(dxgi);
    return (uint32_t)hr;
}

static uint32_t from_device(const struct call *c, void **out)
{
    ID3D11Device5 *device = world_device();
    HANDLE handle = world_handle(c->handle);
    REFIID iid = resource_iid(c->iid);
    switch (c->function) {
    case OPEN_RESOURCE:
        return (uint32_t)ID3D11Device5_OpenSharedResource(device, handle, iid, out);
    case OPEN_RESOURCE1:
        return (uint32_t)ID3D11Device5_OpenSharedResource1(device, handle, iid, out);
    case OPEN_BY_NAME:
        return (uint32_t)ID3D11Device5_OpenSharedResourceByName(device, world_name(c->name),
                                                                c->access, iid, out);
    case OPEN_FENCE:
        return (uint32_t)ID3D11Device5_OpenSharedFence(device, handle, fence_iid(c->iid), out);
    case CREATE_FENCE:
        return (uint32_t)ID3D11Device5_CreateFence(device, 0, (D3D11_FENCE_FLAG)c->misc,
                                                   fence_iid(c->iid), out);
    default: return create_texture(c, out);
    }
}

static uint32_t on_object(const struct call *c, void **out)
{
    switch (c->function) {
    case FENCE_HANDLE:
        return (uint32_t)ID3D11Fence_CreateSharedHandle(world_fence(c->object), NULL, c->access,
                                                        world_name(c->name), out);
    case SET_EVENT:
        return (uint32_t)ID3D11Fence_SetEventOnCompletion(world_fence(c->object), c->value,
                                                          world_handle(c->handle));
    case CONTEXT_SIGNAL:
        return (uint32_t)ID3D11DeviceContext4_Signal(world_context(), world_fence(c->object),
                                                     c->value);
    case CONTEXT_WAIT:
        return (uint32_t)ID3D11DeviceContext4_Wait(world_context(), world_fence(c->object),
                                                   c->value);
    case ACQUIRE:
        return (uint32_t)IDXGIKeyedMutex_AcquireSync(world_mutex(c->object), c->value,
                                                     c->timeout);
    case RELEASE:
        return (uint32_t)IDXGIKeyedMutex_ReleaseSync(world_mutex(c->object), c->value);
    default:
        return (uint32_t)ID3D11Resource_QueryInterface(world_resource(c->object),
                                                       &IID_IDXGIKeyedMutex, out);
    }
}

/* The last error of a call that says FALSE; 0 for TRUE. */
static uint32_t on_handle(const struct call *c, void **out)
{
    HANDLE handle = world_handle(c->handle), self = GetCurrentProcess();
    SetLastError(0);
    BOOL ok = c->function == CLOSE
                  ? CloseHandle(handle)
                  : DuplicateHandle(self, handle,
                                    c->other_process ? world_handle(H_EVENT) : self, out, 0,
                                    FALSE, DUPLICATE_SAME_ACCESS);
    return ok ? 0 : GetLastError();
}

int64_t d3d_call_make(const struct call *c, void **out)
{
    switch (c->function) {
    case GET_SHARED_HANDLE:
    case CREATE_SHARED_HANDLE: return with_dxgi(c, out);
    case CREATE_TEXTURE:
    case OPEN_RESOURCE:
    case OPEN_RESOURCE1:
    case OPEN_BY_NAME:
    case OPEN_FENCE:
    case CREATE_FENCE: return from_device(c, out);
    case CLOSE:
    case DUPLICATE: return on_handle(c, out);
    default: return on_object(c, out);
    }
}
