/* SPDX-License-Identifier: MIT */
/* The C++ wrapper: what it owns it ends, what is refused it throws. */
#include <isthmus/isthmus.hpp>

#include <initguid.h>

#include <d3d11_4.h>
#include <windows.h>

#include <cuda_runtime_api.h>

#include "test.h"

#include <cstring>

#define MISC_NT (D3D11_RESOURCE_MISC_SHARED | D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define MISC_KMT D3D11_RESOURCE_MISC_SHARED
#define MISC_MUTEX_NT \
    (D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX | D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define MISC_MUTEX_KMT D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX

namespace
{

template <typename Act> ist_status thrown_by(Act act)
{
    try {
        act();
    } catch (const isthmus::error &e) {
        CHECK(std::string(e.what()).find(ist_status_name(e.status())) == 0);
        return e.status();
    }
    return IST_OK;
}

ID3D11Device *create_device()
{
    ID3D11Device *device = nullptr;
    HRESULT hr = D3D11CreateDevice(nullptr, D3D_DRIVER_TYPE_HARDWARE, nullptr, 0, nullptr, 0,
                                   D3D11_SDK_VERSION, &device, nullptr, nullptr);
    CHECK(hr == S_OK);
    return device;
}

HANDLE nt_handle(ID3D11Buffer *buffer, const WCHAR *name)
{
    IDXGIResource1 *dxgi = nullptr;
    HANDLE handle = nullptr;
    CHECK(buffer->QueryInterface(IID_IDXGIResource1, reinterpret_cast<void **>(&dxgi)) == S_OK);
    CHECK(dxgi->CreateSharedHandle(nullptr,
                                   DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE, name,
                                   &handle) == S_OK);
    dxgi->Release();
    return handle;
}

HANDLE kmt_number(ID3D11Buffer *buffer)
{
    IDXGIResource *dxgi = nullptr;
    HANDLE number = nullptr;
    CHECK(buffer->QueryInterface(IID_IDXGIResource, reinterpret_cast<void **>(&dxgi)) == S_OK);
    CHECK(dxgi->GetSharedHandle(&number) == S_OK);
    dxgi->Release();
    return number;
}

ID3D11Fence *create_fence(ID3D11Device *device)
{
    ID3D11Device5 *newer = nullptr;
    ID3D11Fence *fence = nullptr;
    CHECK(device->QueryInterface(IID_ID3D11Device5, reinterpret_cast<void **>(&newer)) == S_OK);
    CHECK(newer->CreateFence(0, D3D11_FENCE_FLAG_SHARED, IID_ID3D11Fence,
                             reinterpret_cast<void **>(&fence)) == S_OK);
    newer->Release();
    return fence;
}

ID3D11Buffer *create(ID3D11Device *device, UINT misc)
{
    D3D11_BUFFER_DESC desc = {};
    ID3D11Buffer *buffer = nullptr;
    desc.ByteWidth = 256;
    desc.BindFlags = D3D11_BIND_SHADER_RESOURCE;
    desc.MiscFlags = misc;
    CHECK(device->CreateBuffer(&desc, nullptr, &buffer) == S_OK);
    return buffer;
}

} // namespace

TEST(resources_end_with_their_owner_and_move)
{
    ID3D11Device *device = create_device();
    ID3D11Buffer *buffer = create(device, MISC_NT);
    {
        isthmus::resource a(buffer), b;
        CHECK(a && !b);
        CHECK(a.pointer<float>() != nullptr);
        b = std::move(a);
        CHECK(b && !a);
        isthmus::resource c(std::move(b));
        CHECK(c && !b);
        CHECK(c.get().size == 256);
        c.release();
        CHECK(!c);
    }
    CHECK(buffer->Release() == 0);
    CHECK(device->Release() == 0);
}

TEST(handles_names_and_numbers)
{
    ID3D11Device *device = create_device();
    ID3D11Buffer *nt = create(device, MISC_NT), *kmt = create(device, MISC_KMT);
    {
        ist_resource_desc desc = isthmus::describe(nt), kmt_desc = isthmus::describe(kmt);
        HANDLE handle = nt_handle(nt, L"hpp");
        using isthmus::make, isthmus::resource;
        auto a = make<resource>(ist_import_name_borrow, L"hpp", &desc, nullptr);
        auto b = make<resource>(ist_import_handle_borrow, handle, &desc, nullptr);
        auto c = make<resource>(ist_import_handle_take, handle, &desc, nullptr);
        auto e = make<resource>(ist_import_kmt_borrow, kmt_number(kmt), &kmt_desc, nullptr);
        CHECK(a && b && c && e);
        CHECK(!CloseHandle(handle));
        CHECK(thrown_by([&] {
                  make<resource>(ist_import_name_borrow, L"nobody", &desc, nullptr);
              }) == IST_NOT_FOUND);
    }
    nt->Release();
    kmt->Release();
    CHECK(device->Release() == 0);
}

TEST(refusals_are_thrown_with_their_sentence)
{
    ID3D11Device *device = create_device();
    ID3D11Buffer *plain = create(device, 0);
    CHECK(thrown_by([&] { isthmus::resource made(plain); }) == IST_BAD_ARG);
    CHECK(thrown_by([&] { isthmus::resource made(plain, isthmus::options(0x8000)); }) ==
          IST_BAD_ARG);
    CHECK(thrown_by([&] { isthmus::fence made(nullptr); }) == IST_BAD_POINTER);
    CHECK(isthmus::device_of(device) == 0);
    plain->Release();
    CHECK(device->Release() == 0);
}

TEST(fences_signal_and_wait)
{
    ID3D11Device *device = create_device();
    ID3D11Fence *made = create_fence(device);
    {
        isthmus::fence fence(made);
        fence.signal(4);
        fence.wait(4);
        CHECK(cudaStreamSynchronize(nullptr) == cudaSuccess);
        CHECK(made->GetCompletedValue() == 4);
        isthmus::fence other(std::move(fence));
        CHECK(other && !fence);
    }
    made->Release();
    CHECK(device->Release() == 0);
}

TEST(a_lock_is_true_only_if_it_holds)
{
    ID3D11Device *device = create_device();
    ID3D11Buffer *first = create(device, MISC_MUTEX_KMT);
    ID3D11Buffer *second = create(device, MISC_MUTEX_NT);
    {
        isthmus::resource a(first), b(second);
        {
            isthmus::mutex_lock lock({&a, &b}, 0, 5, 1000);
            CHECK(lock);
        }
        {
            isthmus::mutex_lock late({&a, &b}, 0, 5, 10); /* the key is 5 now */
            CHECK(!late);
        }
        {
            isthmus::mutex_lock again({&a, &b}, 5, 0, 1000);
            CHECK(again);
            CHECK(thrown_by([&] { isthmus::mutex_lock twice({&a}, 0, 0, 0); }) == IST_BAD_CALL);
        }
        CHECK(cudaDeviceSynchronize() == cudaSuccess);
    }
    first->Release();
    second->Release();
    CHECK(device->Release() == 0);
}

TEST(shares_end_with_their_owner_or_are_taken)
{
    ID3D11Device *device = create_device();
    ID3D11Buffer *buffer = create(device, MISC_NT);
    ID3D11Fence *fence = create_fence(device);
    {
        isthmus::share named(buffer, L"hpp-share"), handle(buffer), of_fence(fence);
        CHECK(named && handle && of_fence);
        CHECK(thrown_by([&] { isthmus::share again(buffer, L"hpp-share"); }) == IST_NAME_TAKEN);
        isthmus::share received(named.get()); /* as in another process */
        isthmus::resource a(std::move(received)), b(std::move(handle));
        CHECK(a && b && !handle);
        CHECK(thrown_by([&] { isthmus::fence none(std::move(named)); }) == IST_WRONG_TYPE);
        isthmus::fence c(std::move(of_fence));
        CHECK(c && !of_fence && named);
        HANDLE raw = nullptr;
        CHECK(fence->CreateSharedHandle(nullptr, GENERIC_ALL, nullptr, &raw) == S_OK);
        auto d = isthmus::make<isthmus::fence>(ist_import_fence_take, raw);
        CHECK(d && !CloseHandle(raw));
        CHECK(thrown_by([&] { named.give(1); }) == IST_OK); /* names are good everywhere */
        received.out()->way = IST_SHARE_NONE; /* the handle of its name is not another one */
    }
    isthmus::share free_again(buffer, L"hpp-share");
    CHECK(free_again);
    free_again.release();
    CHECK(!free_again);
    fence->Release();
    buffer->Release();
    CHECK(device->Release() == 0);
}

TEST(bytes_of_a_resource)
{
    ID3D11Device *device = create_device();
    ID3D11Buffer *buffer = create(device, MISC_NT);
    {
        const unsigned char wanted[256] = {1, 2, 3, 250};
        unsigned char found[256] = {0};
        isthmus::resource resource(buffer, isthmus::options(IST_IMPORT_NO_MUTEX));
        resource.write(wanted, sizeof(wanted));
        resource.read(found, sizeof(found));
        CHECK(cudaStreamSynchronize(nullptr) == cudaSuccess);
        CHECK(memcmp(found, wanted, sizeof(wanted)) == 0);
        CHECK(thrown_by([&] { resource.read(found, 255); }) == IST_BAD_ARG);
    }
    buffer->Release();
    CHECK(device->Release() == 0);
}
