/* SPDX-License-Identifier: MIT */
/**
 * COM as far as Direct3D needs it: the macros its headers are written in, __uuidof() for C++,
 * and IUnknown. There is no class registry, no apartment and no marshalling.
 *
 * In C an interface is a struct whose first member points to a table of functions; in C++ it is
 * a class with virtual functions. Both have the same layout, so objects cross the language
 * border.
 */
#ifndef ISTHMUS_WIN32_UNKNWN_H
#define ISTHMUS_WIN32_UNKNWN_H

#include <guiddef.h>
#include <winerror.h>

/* The Direct3D headers say `interface` where C and C++ say struct. */
#ifndef interface
#define interface struct
#endif
#define MIDL_INTERFACE(uuid) struct
#define BEGIN_INTERFACE
#define END_INTERFACE

/* Tables of functions are constant: Isthmus keeps its own in read-only memory. */
#ifndef CONST_VTBL
#define CONST_VTBL const
#endif

/* ---- Interfaces that are written by hand instead of by the interface compiler ---- */

#if defined(__cplusplus) && !defined(CINTERFACE)
#define STDMETHOD(method) virtual HRESULT STDMETHODCALLTYPE method
#define STDMETHOD_(type, method) virtual type STDMETHODCALLTYPE method
#define STDMETHODIMP HRESULT STDMETHODCALLTYPE
#define STDMETHODIMP_(type) type STDMETHODCALLTYPE
#define PURE = 0
#define THIS_
#define THIS void
#define DECLARE_INTERFACE(name) struct name
#define DECLARE_INTERFACE_(name, base) struct name : public base
#else
#define STDMETHOD(method) HRESULT(STDMETHODCALLTYPE *method)
#define STDMETHOD_(type, method) type(STDMETHODCALLTYPE *method)
#define STDMETHODIMP HRESULT STDMETHODCALLTYPE
#define STDMETHODIMP_(type) type STDMETHODCALLTYPE
#define PURE
#define THIS_ INTERFACE *This,
#define THIS INTERFACE *This
#define DECLARE_INTERFACE(name)           \
    typedef struct name {                 \
        const struct name##Vtbl *lpVtbl;  \
    } name;                               \
    typedef struct name##Vtbl name##Vtbl; \
    struct name##Vtbl
#define DECLARE_INTERFACE_(name, base) DECLARE_INTERFACE(name)
#endif
#define DECLARE_INTERFACE_IID_(name, base, uuid) DECLARE_INTERFACE_(name, base)

#define STDAPI EXTERN_C HRESULT STDAPICALLTYPE
#define STDAPI_(type) EXTERN_C type STDAPICALLTYPE

/* ---- __uuidof() for C++ ---- */

#ifdef __cplusplus
extern "C++" {

/* Each interface specialises this; without a specialisation the compiler names the type. */
template <typename T> struct win32_uuid;

/* What __uuidof() is applied to may be an interface, a pointer or a reference to one. */
template <typename T> struct win32_uuid<T *> : win32_uuid<T> {
};
template <typename T> struct win32_uuid<T &> : win32_uuid<T> {
};
template <typename T> struct win32_uuid<const T> : win32_uuid<T> {
};
}

/* The function keeps its one GUID inside, so headers may be included by many sources. */
#define __CRT_UUID_DECL(type, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)            \
    extern "C++" {                                                                  \
    template <> struct win32_uuid<type> {                                           \
        static const GUID &get()                                                    \
        {                                                                           \
            static const GUID uuid = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}; \
            return uuid;                                                            \
        }                                                                           \
    };                                                                              \
    }

/* Takes a type or an expression, as Microsoft's keyword does; -fms-extensions brings its
 * own. */
#if !defined(__uuidof) && !defined(_MSC_EXTENSIONS)
#define __uuidof(what) (win32_uuid<__typeof__(what)>::get())
#endif
#endif

/* ---- IUnknown ---- */

#ifndef __IUnknown_FWD_DEFINED__
#define __IUnknown_FWD_DEFINED__
typedef interface IUnknown IUnknown;
#endif
typedef IUnknown *LPUNKNOWN;

#ifdef __cplusplus
extern "C" {
#endif

#ifndef __IUnknown_INTERFACE_DEFINED__
#define __IUnknown_INTERFACE_DEFINED__

DEFINE_GUID(IID_IUnknown, 0x00000000, 0x0000, 0x0000, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x46);

#if defined(__cplusplus) && !defined(CINTERFACE)
extern "C++" { /* for the template inside */
interface IUnknown
{
    virtual HRESULT STDMETHODCALLTYPE QueryInterface(REFIID riid, void **object) = 0;
    virtual ULONG STDMETHODCALLTYPE AddRef() = 0;
    virtual ULONG STDMETHODCALLTYPE Release() = 0;

    /* Not in the table: the caller's pointer type chooses the interface. */
    template <typename T> HRESULT QueryInterface(T **object)
    {
        return QueryInterface(win32_uuid<T>::get(), reinterpret_cast<void **>(object));
    }
};
}
#else
typedef struct IUnknownVtbl {
    HRESULT(STDMETHODCALLTYPE *QueryInterface)(IUnknown *This, REFIID riid, void **object);
    ULONG(STDMETHODCALLTYPE *AddRef)(IUnknown *This);
    ULONG(STDMETHODCALLTYPE *Release)(IUnknown *This);
} IUnknownVtbl;

interface IUnknown
{
    CONST_VTBL IUnknownVtbl *lpVtbl;
};

#ifdef COBJMACROS
#define IUnknown_QueryInterface(This, riid, object) \
    (This)->lpVtbl->QueryInterface(This, riid, object)
#define IUnknown_AddRef(This) (This)->lpVtbl->AddRef(This)
#define IUnknown_Release(This) (This)->lpVtbl->Release(This)
#endif
#endif
#endif

#ifdef __cplusplus
}
#endif

#ifdef __cplusplus
__CRT_UUID_DECL(IUnknown, 0x00000000, 0x0000, 0x0000, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                0x46)

extern "C++" {
/* Refuses, at compile time, a pointer that does not lead to an interface. */
template <typename T> void **IID_PPV_ARGS_Helper(T **object)
{
#ifndef CINTERFACE
    (void)static_cast<IUnknown *>(*object);
#endif
    return reinterpret_cast<void **>(object);
}
}

#define IID_PPV_ARGS(object) __uuidof(**(object)), IID_PPV_ARGS_Helper(object)
#endif

#endif
