/* SPDX-License-Identifier: MIT */
/**
 * C++17 over <isthmus/interop.h>: objects that end what they own, and failures as exceptions
 * with the library's own sentence. Nothing is compiled into the library for it. Every class
 * moves and none copies. What each call does, costs and answers is said in interop.h.
 */
#ifndef ISTHMUS_ISTHMUS_HPP
#define ISTHMUS_ISTHMUS_HPP

#include <isthmus/interop.h>

#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace isthmus
{
/** A refusal: what() is the sentence of ist_explain(), status() what the call answered. */
class error : public std::runtime_error
{
  public:
    /** For this status, with the thread's last reason. */
    explicit error(ist_status status)
        : std::runtime_error(std::string(ist_status_name(status)) + ": " + ist_explain()),
          status_(status)
    {
    }

    /** What the call answered. */
    ist_status status() const noexcept
    {
        return status_;
    }

  private:
    ist_status status_;
};

/** Throws where a call of the C API did not answer IST_OK. */
inline void check(ist_status status)
{
    if (status != IST_OK)
        throw error(status);
}

/** What to ask an import for: flags of enum ist_import_flag, a DXGI_FORMAT to see texels as. */
inline ist_import_options options(std::uint32_t flags, std::uint32_t view_format = 0)
{
    ist_import_options made = IST_IMPORT_OPTIONS_INIT;
    made.flags = flags;
    made.view_format = view_format;
    return made;
}

/** What a resource is: goes with a handle, name or number to whoever imports it. */
inline ist_resource_desc describe(ID3D11Resource *resource)
{
    ist_resource_desc desc = IST_RESOURCE_DESC_INIT;
    check(ist_describe_resource(resource, &desc));
    return desc;
}

/** An imported resource; released with its last owner. Work that uses it must be complete. */
class resource
{
  public:
    resource() noexcept = default;

    /** ist_import_resource(). */
    explicit resource(ID3D11Resource *from, const ist_import_options *options = nullptr)
    {
        check(ist_import_resource(from, options, &import_));
    }

    /** The same with options. */
    resource(ID3D11Resource *from, const ist_import_options &options) : resource(from, &options)
    {
    }

    /** Leaves an empty one behind. */
    resource(resource &&other) noexcept : import_(other.import_)
    {
        other.import_ = IST_RESOURCE_INIT;
    }

    /** Exchanges the two. */
    resource &operator=(resource &&other) noexcept
    {
        std::swap(import_, other.import_);
        return *this;
    }

    resource(const resource &) = delete;
    resource &operator=(const resource &) = delete;

    ~resource()
    {
        (void)ist_release_resource(&import_); /* empty: nothing happens */
    }

    /** The handle stays the caller's. */
    static resource from_handle(void *handle, const ist_resource_desc &desc,
                                const ist_import_options *options = nullptr)
    {
        resource made;
        check(ist_import_handle_borrow(handle, &desc, options, &made.import_));
        return made;
    }

    /** The handle is closed, also when this throws. */
    static resource take_handle(void *handle, const ist_resource_desc &desc,
                                const ist_import_options *options = nullptr)
    {
        resource made;
        check(ist_import_handle_take(handle, &desc, options, &made.import_));
        return made;
    }

    /** By a KMT number: nobody closes it. */
    static resource from_kmt(void *number, const ist_resource_desc &desc,
                             const ist_import_options *options = nullptr)
    {
        resource made;
        check(ist_import_kmt_borrow(number, &desc, options, &made.import_));
        return made;
    }

    /** By the name that CreateSharedHandle was given. */
    static resource from_name(const wchar_t *name, const ist_resource_desc &desc,
                              const ist_import_options *options = nullptr)
    {
        resource made;
        check(ist_import_name_borrow(name, &desc, options, &made.import_));
        return made;
    }

    /** Releases now, and tells what a destructor cannot. */
    void release()
    {
        check(ist_release_resource(&import_));
    }

    /** Is there an import? */
    explicit operator bool() const noexcept
    {
        return import_.id != 0;
    }

    /** The C struct: sizes, flags, handles. Borrowed. */
    const ist_resource &get() const noexcept
    {
        return import_;
    }

    /** A buffer's memory on the device; null for textures. */
    template <typename T = void> T *pointer() const noexcept
    {
        return reinterpret_cast<T *>(static_cast<std::uintptr_t>(import_.pointer));
    }

    /** A texture's levels, as CUmipmappedArray or cudaMipmappedArray_t. */
    template <typename T> T mipmapped() const noexcept
    {
        return static_cast<T>(import_.mipmapped);
    }

  private:
    ist_resource import_ = IST_RESOURCE_INIT;
};

/** An imported fence. */
class fence
{
  public:
    fence() noexcept = default;

    /** ist_import_fence(). */
    explicit fence(ID3D11Fence *from)
    {
        check(ist_import_fence(from, &import_));
    }

    /** Leaves an empty one behind. */
    fence(fence &&other) noexcept : import_(other.import_)
    {
        other.import_ = IST_FENCE_INIT;
    }

    /** Exchanges the two. */
    fence &operator=(fence &&other) noexcept
    {
        std::swap(import_, other.import_);
        return *this;
    }

    fence(const fence &) = delete;
    fence &operator=(const fence &) = delete;

    ~fence()
    {
        (void)ist_release_fence(&import_);
    }

    /** ist_fence_signal(). */
    void signal(std::uint64_t value, void *stream = nullptr) const
    {
        check(ist_fence_signal(&import_, value, stream));
    }

    /** ist_fence_wait(). */
    void wait(std::uint64_t value, void *stream = nullptr) const
    {
        check(ist_fence_wait(&import_, value, stream));
    }

    /** Is there an import? */
    explicit operator bool() const noexcept
    {
        return import_.id != 0;
    }

    /** The C struct. Borrowed. */
    const ist_fence &get() const noexcept
    {
        return import_;
    }

  private:
    ist_fence import_ = IST_FENCE_INIT;
};

/**
 * Keyed mutexes held for a scope: all of them or none. True only if they are held; a timeout is
 * false, everything else that goes wrong throws. At its end it releases them with next_key.
 */
class mutex_lock
{
  public:
    /** Acquires all of them with `key` for `stream`. */
    mutex_lock(std::initializer_list<const resource *> resources, std::uint64_t key,
               std::uint64_t next_key, std::uint32_t timeout_ms, void *stream = nullptr)
        : next_key_(next_key), stream_(stream)
    {
        std::vector<std::uint64_t> keys(resources.size(), key);
        for (const resource *each : resources)
            held_.push_back(&each->get());
        switch (ist_keyed_mutex_acquire_all(held_.data(), keys.data(), keys.size(), timeout_ms,
                                            stream)) {
        case IST_ACQUIRED: return;
        case IST_ACQUIRE_TIMEOUT: held_.clear(); return;
        case IST_ACQUIRE_ABANDONED: throw error(IST_ABANDONED);
        case IST_ACQUIRE_FAILED: break;
        }
        throw error(IST_BAD_CALL);
    }

    mutex_lock(const mutex_lock &) = delete;
    mutex_lock &operator=(const mutex_lock &) = delete;

    ~mutex_lock()
    {
        for (const ist_resource *each : held_)
            if (ist_keyed_mutex_release(each, next_key_, stream_) != IST_OK)
                continue; /* logged; a destructor cannot say more */
    }

    /** Held? */
    explicit operator bool() const noexcept
    {
        return !held_.empty();
    }

  private:
    std::vector<const ist_resource *> held_;
    std::uint64_t next_key_;
    void *stream_;
};

/** The CUDA device of a D3D11 device: what to give cudaSetDevice(). */
inline int device_of(ID3D11Device *device)
{
    int found = -1;
    check(ist_device_from_d3d11(device, &found));
    return found;
}

/** The CUDA device of an adapter. */
inline int device_of(IDXGIAdapter *adapter)
{
    int found = -1;
    check(ist_device_from_adapter(adapter, &found));
    return found;
}

} // namespace isthmus

#endif
