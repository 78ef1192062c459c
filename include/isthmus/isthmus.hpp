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
inline ist_import_options options(std::uint32_t flags = 0, std::uint32_t view_format = 0)
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

/** A C struct, the call that ends it, and the field that is 0 if it is empty. */
template <typename C, ist_status (*End)(C *), auto Mark> class owner
{
  public:
    /** Empty. */
    owner() noexcept
    {
        held_.struct_size = sizeof(C);
    }

    /** Leaves an empty one behind. */
    owner(owner &&other) noexcept : owner()
    {
        std::swap(held_, other.held_);
    }

    /** Exchanges the two. */
    owner &operator=(owner &&other) noexcept
    {
        std::swap(held_, other.held_);
        return *this;
    }

    ~owner()
    {
        (void)End(&held_); /* empty: nothing happens */
    }

    /** Is there something? */
    explicit operator bool() const noexcept
    {
        return held_.*Mark != 0;
    }

    /** Ends it now, and tells what a destructor cannot. */
    void release()
    {
        check(End(&held_));
    }

    /** The C struct: sizes, flags, handles. Borrowed. */
    const C &get() const noexcept
    {
        return held_;
    }

    /** For a call of the C API that fills it (when it is empty), changes or takes it. */
    C *out() noexcept
    {
        return &held_;
    }

  protected:
    C held_{}; /**< what is owned */
};

/** What a call of the C API fills: make<fence>(ist_import_fence_name_borrow, L"name"). */
template <typename T, typename Call, typename... In> T make(Call call, In... in)
{
    T made;
    check(call(in..., made.out()));
    return made;
}

/** All that somebody else needs for an import; get() has the bytes to send. */
class share : public owner<ist_share, ist_end_share, &ist_share::way>
{
  public:
    /** What is received; its handle, if it has one, is this object's from here on. */
    explicit share(const ist_share &bytes) noexcept
    {
        held_ = bytes;
    }

    /** ist_share_resource(); with a name it has one as long as this lives. */
    explicit share(ID3D11Resource *of, const wchar_t *name = nullptr)
    {
        check(ist_share_resource(of, name, &held_));
    }

    /** The same of a fence. */
    explicit share(ID3D11Fence *of, const wchar_t *name = nullptr)
    {
        check(ist_share_fence(of, name, &held_));
    }

    /** ist_give_share(): good for that process now; send it the bytes of get(). */
    const ist_share &give(std::uint32_t process)
    {
        check(ist_give_share(&held_, process));
        return held_;
    }
};

/** An imported resource; released with its last owner. Work that uses it must be complete. */
class resource : public owner<ist_resource, ist_release_resource, &ist_resource::id>
{
  public:
    resource() noexcept = default;

    /** ist_import_resource(). */
    explicit resource(ID3D11Resource *from,
                      const ist_import_options &options = isthmus::options())
    {
        check(ist_import_resource(from, &options, &held_));
    }

    /** Takes the share's handle, also when this throws. */
    explicit resource(share &&from, const ist_import_options &options = isthmus::options())
    {
        check(ist_import_share_take(from.out(), &options, &held_));
    }

    /** ist_read_resource(): all of it, in the order of the stream. */
    void read(void *bytes, std::uint64_t size, void *stream = nullptr) const
    {
        check(ist_read_resource(&held_, bytes, size, stream));
    }

    /** ist_write_resource(). */
    void write(const void *bytes, std::uint64_t size, void *stream = nullptr) const
    {
        check(ist_write_resource(&held_, bytes, size, stream));
    }

    /** A buffer's memory on the device; null for textures. */
    template <typename T = void> T *pointer() const noexcept
    {
        return reinterpret_cast<T *>(static_cast<std::uintptr_t>(held_.pointer));
    }

    /** A texture's levels, as CUmipmappedArray or cudaMipmappedArray_t. */
    template <typename T> T mipmapped() const noexcept
    {
        return static_cast<T>(held_.mipmapped);
    }
};

/** An imported fence. */
class fence : public owner<ist_fence, ist_release_fence, &ist_fence::id>
{
  public:
    fence() noexcept = default;

    /** ist_import_fence(). */
    explicit fence(ID3D11Fence *from)
    {
        check(ist_import_fence(from, &held_));
    }

    /** Takes the share's handle, also when this throws. */
    explicit fence(share &&from)
    {
        check(ist_import_fence_share_take(from.out(), &held_));
    }

    /** ist_fence_signal(). */
    void signal(std::uint64_t value, void *stream = nullptr) const
    {
        check(ist_fence_signal(&held_, value, stream));
    }

    /** ist_fence_wait(). */
    void wait(std::uint64_t value, void *stream = nullptr) const
    {
        check(ist_fence_wait(&held_, value, stream));
    }
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
        ist_acquired got = ist_keyed_mutex_acquire_all(held_.data(), keys.data(), keys.size(),
                                                       timeout_ms, stream);
        if (got == IST_ACQUIRE_TIMEOUT)
            held_.clear();
        else if (got != IST_ACQUIRED)
            throw error(got == IST_ACQUIRE_ABANDONED ? IST_ABANDONED : IST_BAD_CALL);
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
