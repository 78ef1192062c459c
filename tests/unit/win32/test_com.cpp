/* SPDX-License-Identifier: MIT */
/* The shims in C++: __uuidof, QueryInterface by type, ComPtr; beside the standard library. */
#include <d3d11_4.h>
#include <dxgi1_6.h>
#include <wrl/client.h>

#include "test.h"

#include <algorithm>
#include <map>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

using Microsoft::WRL::ComPtr;

/* An object of two interfaces whose count can be seen. */
class Blob : public ID3D10Blob
{
  public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID riid, void **object) override
    {
        *object = nullptr;
        if (riid != __uuidof(IUnknown) && riid != __uuidof(ID3D10Blob))
            return E_NOINTERFACE;
        *object = this;
        refs++;
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return ++refs;
    }
    ULONG STDMETHODCALLTYPE Release() override
    {
        return --refs;
    }
    void *STDMETHODCALLTYPE GetBufferPointer() override
    {
        return this;
    }
    SIZE_T STDMETHODCALLTYPE GetBufferSize() override
    {
        return 42;
    }

    ULONG refs = 1;
};

static const GUID fence_id = {0xaffde9d1,
                              0x1df7,
                              0x4bb7,
                              {0x8a, 0x34, 0x0f, 0x46, 0x25, 0x1d, 0xab, 0x80}};

TEST(uuidof_takes_types_and_expressions)
{
    ID3D11Fence *fence = nullptr;
    ID3D11Fence *const constant = nullptr;
    CHECK(__uuidof(ID3D11Fence) == fence_id);
    CHECK(__uuidof(fence) == fence_id);
    CHECK(__uuidof(*fence) == fence_id);
    CHECK(__uuidof(constant) == fence_id);
    CHECK(__uuidof(ID3D11Fence) != __uuidof(ID3D11Device5));
    CHECK(&__uuidof(ID3D11Fence) == &__uuidof(fence)); /* one GUID, however it is asked for */
}

TEST(query_interface_follows_the_type_of_the_pointer)
{
    Blob blob;
    IUnknown *unknown = &blob;
    ID3D10Blob *found = nullptr;
    ID3D11Device *wrong = nullptr;
    CHECK(unknown->QueryInterface(&found) == S_OK);
    CHECK(found == &blob);
    CHECK(found->GetBufferSize() == 42);
    CHECK(unknown->QueryInterface(&wrong) == E_NOINTERFACE);
    CHECK(wrong == nullptr);
    CHECK(unknown->QueryInterface(IID_PPV_ARGS(&found)) == S_OK);
    CHECK(blob.refs == 3);
}

TEST(com_ptr_counts)
{
    Blob blob;
    {
        ComPtr<ID3D10Blob> a(&blob);
        CHECK(blob.refs == 2);
        ComPtr<ID3D10Blob> b = a;
        CHECK(blob.refs == 3);
        ComPtr<ID3D10Blob> c = std::move(b);
        CHECK(blob.refs == 3);
        CHECK(!b);
        CHECK(c == a);
        ComPtr<IUnknown> u = c; /* to a base interface */
        CHECK(blob.refs == 4);
        c = nullptr;
        CHECK(blob.refs == 3);
        const ComPtr<ID3D10Blob> &self = a;
        a = self;
        CHECK(blob.refs == 3);
        CHECK(u.Reset() == 2);
        CHECK(u == nullptr);
    }
    CHECK(blob.refs == 1);
}

TEST(com_ptr_is_an_output)
{
    Blob blob;
    ComPtr<IUnknown> unknown(&blob);
    ComPtr<ID3D10Blob> found;
    ComPtr<ID3D11Device> wrong;
    CHECK(unknown.As(&found) == S_OK);
    CHECK(blob.refs == 3);
    CHECK(unknown->QueryInterface(IID_PPV_ARGS(&found)) ==
          S_OK); /* lets the old one go first */
    CHECK(blob.refs == 3);
    CHECK(unknown->QueryInterface(IID_PPV_ARGS(found.ReleaseAndGetAddressOf())) == S_OK);
    CHECK(blob.refs == 3);
    CHECK(unknown.As(&wrong) == E_NOINTERFACE);
    CHECK(!wrong);

    ID3D10Blob *raw = nullptr;
    CHECK(found.CopyTo(&raw) == S_OK);
    CHECK(raw == &blob);
    CHECK(blob.refs == 4);
    raw->Release();
    raw = found.Detach();
    CHECK(blob.refs == 3);
    found.Attach(raw);
    CHECK(blob.refs == 3);
    CHECK(*found.GetAddressOf() == raw);
}

static int takes(const ComPtr<ID3D10Blob> &)
{
    return 1;
}

static int takes(const ComPtr<ID3D11Device> &)
{
    return 2;
}

static HRESULT gives(ID3D10Blob *blob, ID3D10Blob **out)
{
    blob->AddRef();
    *out = blob;
    return S_OK;
}

static ComPtr<ID3D10Blob> made(ID3D10Blob *from)
{
    return from;
}

/* The ways in which sources of Direct3D programs write it. */
TEST(com_ptr_is_written_in_many_ways)
{
    Blob blob, other;
    {
        ComPtr<ID3D10Blob> a, b;
        CHECK(gives(&blob, &a) == S_OK && gives(&blob, a.GetAddressOf()) == S_OK);
        CHECK(blob.refs == 3);
        blob.Release(); /* GetAddressOf() of a full one loses a reference: so it does there */
        CHECK(gives(&other, &a) == S_OK && a.Get() == &other && blob.refs == 1);
        CHECK(gives(&blob, a.ReleaseAndGetAddressOf()) == S_OK && other.refs == 1);
        CHECK(takes(a) == 1 && takes(ComPtr<ID3D11Device>()) == 2); /* none is in the way */

        b = made(&other);
        CHECK(other.refs == 2 && a != b && (a < b) != (b < a));
        b.Swap(a);
        CHECK(a.Get() == &other && b.Get() == &blob);
        std::swap(a, b);
        CHECK(a.Get() == &blob && b.Get() == &other && blob.refs == 2 && other.refs == 2);

        std::map<ComPtr<ID3D10Blob>, int> ages;
        ages[a] = 1;
        ages[b] = 2;
        CHECK(ages[a] == 1 && ages.size() == 2 && blob.refs == 3);
        ages.clear();

        ComPtr<IUnknown> base;
        base = std::move(b); /* to a base, by a move */
        CHECK(base.Get() == &other && !b && other.refs == 2);
        base = &blob; /* a derived pointer; the old one goes */
        CHECK(other.refs == 1 && blob.refs == 3 && base == a);
        ComPtr<IUnknown> moved(made(&other));
        CHECK(other.refs == 2 && moved.Get() == &other);

        IUnknown *unknown = nullptr;
        CHECK(a.CopyTo(__uuidof(IUnknown), reinterpret_cast<void **>(&unknown)) == S_OK);
        CHECK(a.CopyTo(&unknown) == S_OK && unknown == &blob && blob.refs == 5);
        unknown->Release();
        unknown->Release();
        CHECK(base.AsIID(__uuidof(ID3D10Blob), &moved) == S_OK && other.refs == 1);
        CHECK(nullptr != a && b == nullptr && nullptr == b && a);
        CHECK(a->GetBufferSize() == 42 && (*a.Get()).GetBufferSize() == 42);
        a.Attach(a.Detach());
        CHECK(blob.refs == 4);
    }
    CHECK(blob.refs == 1 && other.refs == 1);
    CHECK((!std::is_convertible<ComPtr<ID3D10Blob>, ComPtr<ID3D11Device>>::value));
}

/* The table of a C++ object is what C code calls through. */
TEST(vtable_has_the_order_of_the_interface)
{
    Blob blob;
    ID3D10Blob *iface = &blob;
    void *const *table = *reinterpret_cast<void *const *const *>(iface);
    typedef SIZE_T (*size_method)(ID3D10Blob *);
    typedef ULONG (*count_method)(ID3D10Blob *);
    CHECK(reinterpret_cast<size_method>(table[4])(iface) == 42);
    CHECK(reinterpret_cast<count_method>(table[1])(iface) == 2);
    CHECK(reinterpret_cast<count_method>(table[2])(iface) == 1);
}

TEST(guids_are_values)
{
    GUID id = __uuidof(ID3D11Device);
    CHECK(id == __uuidof(ID3D11Device));
    id.Data1++;
    CHECK(id != __uuidof(ID3D11Device));
    CHECK(IsEqualGUID(__uuidof(IUnknown), __uuidof(IUnknown)));
    CHECK(__uuidof(IUnknown) != GUID_NULL);
}
