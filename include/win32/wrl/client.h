/* SPDX-License-Identifier: MIT */
/**
 * Microsoft::WRL::ComPtr, the smart pointer that most C++ sources for Direct3D use: it owns one
 * reference of an interface and gives it back at its end. The rest of that library (modules,
 * classes, events) is not here.
 */
#ifndef ISTHMUS_WIN32_WRL_CLIENT_H
#define ISTHMUS_WIN32_WRL_CLIENT_H

#ifndef __cplusplus
#error "<wrl/client.h> is C++: in C, call the interface's own AddRef and Release"
#endif

#include <cstddef>
#include <type_traits>
#include <utility>

#include <unknwn.h>

namespace Microsoft
{
namespace WRL
{

template <typename T> class ComPtr;

namespace Details
{

/* For an overload that is there only where a U is a T: others must not be in its way. */
template <typename U, typename T>
using EnableIfConvertible = typename std::enable_if<std::is_convertible<U *, T *>::value>::type;

/* What &pointer gives: it lets the owned reference go only when it is used as an output. */
template <typename T> class ComPtrRef
{
  public:
    typedef T InterfaceType;

    explicit ComPtrRef(ComPtr<T> *owner) : owner_(owner)
    {
    }
    operator T **() const
    {
        return owner_->ReleaseAndGetAddressOf();
    }
    operator void **() const
    {
        return reinterpret_cast<void **>(owner_->ReleaseAndGetAddressOf());
    }
    operator ComPtr<T> *() const
    {
        return owner_;
    }
    /* Reads, as IID_PPV_ARGS does in order to learn the type. */
    T *operator*() const
    {
        return owner_->Get();
    }
    T *const *GetAddressOf() const
    {
        return owner_->GetAddressOf();
    }
    T **ReleaseAndGetAddressOf() const
    {
        return owner_->ReleaseAndGetAddressOf();
    }

  private:
    ComPtr<T> *owner_;
};

} // namespace Details

template <typename T> class ComPtr
{
  public:
    typedef T InterfaceType;

    ComPtr() : ptr_(nullptr)
    {
    }
    ComPtr(std::nullptr_t) : ptr_(nullptr)
    {
    }
    /* Adds a reference: the caller keeps its own. Attach() takes one over. */
    template <typename U, typename = Details::EnableIfConvertible<U, T>>
    ComPtr(U *other) : ptr_(other)
    {
        ref();
    }
    ComPtr(const ComPtr &other) : ptr_(other.ptr_)
    {
        ref();
    }
    template <typename U, typename = Details::EnableIfConvertible<U, T>>
    ComPtr(const ComPtr<U> &other) : ptr_(other.Get())
    {
        ref();
    }
    ComPtr(ComPtr &&other) noexcept : ptr_(other.Detach())
    {
    }
    template <typename U, typename = Details::EnableIfConvertible<U, T>>
    ComPtr(ComPtr<U> &&other) noexcept : ptr_(other.Detach())
    {
    }
    ~ComPtr()
    {
        unref();
    }

    ComPtr &operator=(std::nullptr_t)
    {
        Reset();
        return *this;
    }
    ComPtr &operator=(T *other)
    {
        ComPtr(other).Swap(*this);
        return *this;
    }
    ComPtr &operator=(const ComPtr &other)
    {
        ComPtr(other).Swap(*this);
        return *this;
    }
    template <typename U> ComPtr &operator=(U *other)
    {
        ComPtr(other).Swap(*this);
        return *this;
    }
    template <typename U> ComPtr &operator=(const ComPtr<U> &other)
    {
        ComPtr(other).Swap(*this);
        return *this;
    }
    template <typename U> ComPtr &operator=(ComPtr<U> &&other) noexcept
    {
        ComPtr(std::move(other)).Swap(*this);
        return *this;
    }
    ComPtr &operator=(ComPtr &&other) noexcept
    {
        ComPtr(std::move(other)).Swap(*this);
        return *this;
    }

    void Swap(ComPtr &other) noexcept
    {
        std::swap(ptr_, other.ptr_);
    }
    void Swap(ComPtr &&other) noexcept
    {
        std::swap(ptr_, other.ptr_);
    }

    explicit operator bool() const
    {
        return ptr_ != nullptr;
    }
    T *Get() const
    {
        return ptr_;
    }
    T *operator->() const
    {
        return ptr_;
    }
    T &operator*() const
    {
        return *ptr_;
    }
    Details::ComPtrRef<T> operator&()
    {
        return Details::ComPtrRef<T>(this);
    }
    T *const *GetAddressOf() const
    {
        return &ptr_;
    }
    /* Does not let go of what is there, unlike operator&. */
    T **GetAddressOf()
    {
        return &ptr_;
    }
    T **ReleaseAndGetAddressOf()
    {
        unref();
        return &ptr_;
    }

    T *Detach()
    {
        T *given = ptr_;
        ptr_ = nullptr;
        return given;
    }
    void Attach(T *taken)
    {
        if (ptr_ != taken)
            unref();
        ptr_ = taken;
    }
    /* Returns the count that the interface reported. */
    unsigned long Reset()
    {
        return unref();
    }

    HRESULT CopyTo(T **out) const
    {
        ref();
        *out = ptr_;
        return S_OK;
    }
    HRESULT CopyTo(REFIID iid, void **out) const
    {
        return ptr_->QueryInterface(iid, out);
    }
    template <typename U> HRESULT CopyTo(U **out) const
    {
        return ptr_->QueryInterface(__uuidof(U), reinterpret_cast<void **>(out));
    }
    template <typename U> HRESULT As(ComPtr<U> *out) const
    {
        return ptr_->QueryInterface(__uuidof(U),
                                    reinterpret_cast<void **>(out->ReleaseAndGetAddressOf()));
    }
    template <typename U> HRESULT As(Details::ComPtrRef<U> out) const
    {
        return As(static_cast<ComPtr<U> *>(out));
    }
    HRESULT AsIID(REFIID iid, ComPtr<IUnknown> *out) const
    {
        return ptr_->QueryInterface(iid,
                                    reinterpret_cast<void **>(out->ReleaseAndGetAddressOf()));
    }

  private:
    void ref() const
    {
        if (ptr_)
            ptr_->AddRef();
    }
    unsigned long unref()
    {
        T *old = Detach(); /* first, so that a Release that comes back here finds nothing */
        return old ? old->Release() : 0;
    }

    T *ptr_;
};

template <typename T, typename U> bool operator==(const ComPtr<T> &a, const ComPtr<U> &b)
{
    return a.Get() == b.Get();
}
template <typename T, typename U> bool operator!=(const ComPtr<T> &a, const ComPtr<U> &b)
{
    return a.Get() != b.Get();
}
/* For std::map and std::set. */
template <typename T, typename U> bool operator<(const ComPtr<T> &a, const ComPtr<U> &b)
{
    return a.Get() < b.Get();
}
template <typename T> bool operator==(const ComPtr<T> &a, std::nullptr_t)
{
    return a.Get() == nullptr;
}
template <typename T> bool operator!=(const ComPtr<T> &a, std::nullptr_t)
{
    return a.Get() != nullptr;
}
template <typename T> bool operator==(std::nullptr_t, const ComPtr<T> &b)
{
    return b.Get() == nullptr;
}
template <typename T> bool operator!=(std::nullptr_t, const ComPtr<T> &b)
{
    return b.Get() != nullptr;
}

} // namespace WRL
} // namespace Microsoft

/* &pointer in IID_PPV_ARGS: the interface comes from the owner's type. */
template <typename T> void **IID_PPV_ARGS_Helper(Microsoft::WRL::Details::ComPtrRef<T> object)
{
    return object;
}

#endif
