/* SPDX-License-Identifier: MIT */
/**
 * GUIDs: the type, its comparison, and the two ways of defining one.
 *
 * DEFINE_GUID(name, ...) declares `name`. In a source that defines INITGUID before its first
 * include (or includes <initguid.h>), it also defines it, weakly: any number of sources and
 * libraries of one program may do so.
 */
#ifndef ISTHMUS_WIN32_GUIDDEF_H
#define ISTHMUS_WIN32_GUIDDEF_H

#include <win32_base.h>

typedef struct _GUID {
    ULONG Data1;
    USHORT Data2;
    USHORT Data3;
    BYTE Data4[8];
} GUID;

#ifndef GUID_DEFINED
#define GUID_DEFINED
#endif

typedef GUID *LPGUID;
typedef const GUID *LPCGUID;
typedef GUID IID, CLSID, UUID;
typedef IID *LPIID;
typedef CLSID *LPCLSID;

/* A reference in C++ and a pointer in C: this is how one vtable serves both languages. */
#ifdef __cplusplus
#define REFGUID const GUID &
#define REFIID const IID &
#define REFCLSID const IID &
#else
#define REFGUID const GUID *
#define REFIID const IID *
#define REFCLSID const IID *
#endif

#define GUID_NULL (WIN32_GUID_NULL())
#define IID_NULL GUID_NULL

#ifdef __cplusplus

inline const GUID &WIN32_GUID_NULL()
{
    static const GUID zero = {0, 0, 0, {0, 0, 0, 0, 0, 0, 0, 0}};
    return zero;
}

inline int IsEqualGUID(REFGUID a, REFGUID b)
{
    return !memcmp(&a, &b, sizeof(GUID));
}

inline int InlineIsEqualGUID(REFGUID a, REFGUID b)
{
    return IsEqualGUID(a, b);
}

inline bool operator==(REFGUID a, REFGUID b)
{
    return IsEqualGUID(a, b) != 0;
}

inline bool operator!=(REFGUID a, REFGUID b)
{
    return !IsEqualGUID(a, b);
}

#else

static inline GUID WIN32_GUID_NULL(void)
{
    GUID zero = {0, 0, 0, {0, 0, 0, 0, 0, 0, 0, 0}};
    return zero;
}

static inline int IsEqualGUID(REFGUID a, REFGUID b)
{
    return !memcmp(a, b, sizeof(GUID));
}

#define InlineIsEqualGUID(a, b) IsEqualGUID(a, b)

#endif

#define IsEqualIID(a, b) IsEqualGUID(a, b)
#define IsEqualCLSID(a, b) IsEqualGUID(a, b)

#endif

/* Outside the guard: <initguid.h> includes this file again to change the meaning. */
#undef DEFINE_GUID
#ifdef INITGUID
#ifdef __cplusplus
/* A const object of C++ is private to its source unless something says extern. */
#define WIN32_GUID_LINKAGE extern "C" const
#else
#define WIN32_GUID_LINKAGE const
#endif
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    EXTERN_C const GUID name;                                        \
    WIN32_GUID_LINKAGE GUID name DECLSPEC_SELECTANY = {l,            \
                                                       w1,           \
                                                       w2,           \
                                                       {b1, b2, b3, b4, b5, b6, b7, b8}}
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) EXTERN_C const GUID name
#endif
#define DEFINE_OLEGUID(name, l, w1, w2) \
    DEFINE_GUID(name, l, w1, w2, 0xc0, 0, 0, 0, 0, 0, 0, 0x46)
