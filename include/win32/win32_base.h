/* SPDX-License-Identifier: MIT */
/**
 * The base of Isthmus' Windows shims: basic types and compiler words, so that Windows sources
 * and the distribution's Direct3D headers compile with Linux compilers as they stand.
 *
 * What a reader must know:
 * - A Windows `long` has 32 bits and a Linux one 64. So LONG, ULONG, DWORD and HRESULT are
 *   exact 32-bit types here and never `long`.
 * - WCHAR is `wchar_t`, four bytes on Linux (the choice of DXVK's native builds too): L"name"
 *   works as on Windows. Structures that hold WCHAR arrays are larger than on Windows for it.
 * - Functions and methods use the ordinary Linux calling convention: WINAPI and its relatives
 *   are empty.
 * - Only what Isthmus implements is declared. A Windows function that is missing here is
 *   missing in the library as well, and the compiler says so instead of the linker.
 *
 * Sources include <windows.h>, as on Windows; this file is included by all the others.
 */
#ifndef ISTHMUS_WIN32_BASE_H
#define ISTHMUS_WIN32_BASE_H

#ifdef _WIN32
#error \
    "These are shims for Linux. On Windows, use the Windows SDK and drop this include folder."
#endif

/* Half of a program with two-byte and half with four-byte wide characters fails silently at run
 * time (glibc's own wide functions assume four), so it is stopped here. */
#if defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ != 4
#error \
    "Isthmus takes names as 4-byte wchar_t, but this build has 2-byte ones: drop -fshort-wchar"
#endif

#ifndef __LP64__
#error "Isthmus supports 64-bit Linux only: handles, pointers and SIZE_T are 8 bytes wide"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <sal.h>

/* ---- Compiler words of Microsoft's dialect ---- */

/* Calling conventions: one convention everywhere, so nothing to say. */
#define WINAPI
#define WINAPIV
#define APIENTRY
#define CALLBACK
#define NTAPI
#define STDMETHODCALLTYPE
#define STDMETHODVCALLTYPE
#define STDAPICALLTYPE
#define STDAPIVCALLTYPE
#define __stdcall
#define __cdecl
#define _cdecl
#define __fastcall
#define __thiscall
#define __vectorcall
#define __ptr32
#define __ptr64

/* Where Microsoft's headers say which DLL a function comes from. */
#define WINBASEAPI
#define NTSYSAPI
#define WINADVAPI
#define DECLSPEC_IMPORT
#define DECLSPEC_EXPORT __attribute__((visibility("default")))

#ifndef __int64
#define __int64 long long
#endif
#ifndef __int32
#define __int32 int
#endif
#ifndef __int16
#define __int16 short
#endif
#ifndef __int8
#define __int8 char
#endif

/* `static FORCEINLINE` is how the Direct3D headers write it, so no `static` in here. */
#ifndef FORCEINLINE
#define FORCEINLINE inline __attribute__((always_inline))
#endif
#ifndef __forceinline
#define __forceinline inline __attribute__((always_inline))
#endif

/* __declspec(word) becomes the attribute of the same meaning, or nothing. An unknown word stops
 * the build with its name in the message. Compilers with -fms-extensions have their own. */
#if !defined(__declspec) && !defined(_MSC_EXTENSIONS)
#define __declspec(word) WIN32_DECLSPEC_##word
#endif
#define WIN32_DECLSPEC_dllexport __attribute__((visibility("default")))
#define WIN32_DECLSPEC_dllimport
#define WIN32_DECLSPEC_align(n) __attribute__((aligned(n)))
#define WIN32_DECLSPEC_deprecated __attribute__((deprecated))
#define WIN32_DECLSPEC_noinline __attribute__((noinline))
#define WIN32_DECLSPEC_noreturn __attribute__((noreturn))
#define WIN32_DECLSPEC_nothrow __attribute__((nothrow))
#define WIN32_DECLSPEC_novtable
#define WIN32_DECLSPEC_restrict
#define WIN32_DECLSPEC_selectany __attribute__((weak))
#define WIN32_DECLSPEC_thread __thread
#define WIN32_DECLSPEC_uuid(text)

#define DECLSPEC_ALIGN(n) __attribute__((aligned(n)))
#define DECLSPEC_NORETURN __attribute__((noreturn))
#define DECLSPEC_NOTHROW __attribute__((nothrow))
#define DECLSPEC_NOVTABLE
#define DECLSPEC_SELECTANY __attribute__((weak))
#define DECLSPEC_UUID(text)

#ifdef __cplusplus
#define EXTERN_C extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif

/* The interface compiler wraps every long in this; here LONG already is what Windows means. */
#define __MSABI_LONG(x) x

/* Unnamed members. All nine must be empty: C would take a missing one for a member's name and
 * compile without a word, and only C++ would notice. */
#define __C89_NAMELESS
#define __C89_NAMELESSUNIONNAME
#define __C89_NAMELESSUNIONNAME1
#define __C89_NAMELESSUNIONNAME2
#define __C89_NAMELESSUNIONNAME3
#define __C89_NAMELESSUNIONNAME4
#define __C89_NAMELESSUNIONNAME5
#define __C89_NAMELESSUNIONNAME6
#define __C89_NAMELESSUNIONNAME7
#define __C89_NAMELESSUNIONNAME8
#define __C89_NAMELESSSTRUCTNAME
#define __C89_NAMELESSSTRUCTNAME1
#define __C89_NAMELESSSTRUCTNAME2
#define __C89_NAMELESSSTRUCTNAME3
#define __C89_NAMELESSSTRUCTNAME4
#define __C89_NAMELESSSTRUCTNAME5
#define __C89_NAMELESSSTRUCTNAME6
#define __C89_NAMELESSSTRUCTNAME7
#define __C89_NAMELESSSTRUCTNAME8
#define DUMMYUNIONNAME
#define DUMMYUNIONNAME1
#define DUMMYUNIONNAME2
#define DUMMYUNIONNAME3
#define DUMMYUNIONNAME4
#define DUMMYUNIONNAME5
#define DUMMYUNIONNAME6
#define DUMMYUNIONNAME7
#define DUMMYUNIONNAME8
#define DUMMYSTRUCTNAME
#define DUMMYSTRUCTNAME1
#define DUMMYSTRUCTNAME2
#define DUMMYSTRUCTNAME3
#define DUMMYSTRUCTNAME4
#define DUMMYSTRUCTNAME5
#define _ANONYMOUS_STRUCT
#define _ANONYMOUS_UNION

#define CONST const
#define VOID void

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Numbers ---- */

typedef char CHAR;
typedef unsigned char UCHAR, BYTE, BOOLEAN;
typedef int16_t SHORT;
typedef uint16_t USHORT, WORD;
typedef int32_t INT, LONG, HRESULT, NTSTATUS;
typedef uint32_t UINT, ULONG, DWORD, ACCESS_MASK;
typedef float FLOAT;
typedef double DOUBLE;

/* Four bytes, also in structures. WINBOOL is how the Direct3D headers of mingw-w64 spell it. */
typedef int32_t WINBOOL;
typedef WINBOOL BOOL;

typedef int8_t INT8;
typedef int16_t INT16;
typedef int32_t INT32, LONG32;
typedef int64_t INT64, LONG64, LONGLONG;
typedef uint8_t UINT8;
typedef uint16_t UINT16;
typedef uint32_t UINT32, ULONG32, DWORD32;
typedef uint64_t UINT64, ULONG64, DWORD64, ULONGLONG, DWORDLONG;

/* Numbers as wide as a pointer. */
typedef intptr_t INT_PTR, LONG_PTR, SSIZE_T;
typedef uintptr_t UINT_PTR, ULONG_PTR, DWORD_PTR;
typedef size_t SIZE_T;
typedef INT_PTR LPARAM, LRESULT;
typedef UINT_PTR WPARAM;

/* ---- Characters ---- */

typedef wchar_t WCHAR;
typedef CHAR *PCHAR, *LPSTR, *PSTR;
typedef const CHAR *LPCSTR, *PCSTR;
typedef WCHAR *PWCHAR, *LPWSTR, *PWSTR, *BSTR;
typedef const WCHAR *LPCWSTR, *PCWSTR;

/* As on Windows: with UNICODE defined, the functions without a suffix take wide names. */
#ifdef UNICODE
typedef WCHAR TCHAR;
#define TEXT(text) L##text
#else
typedef CHAR TCHAR;
#define TEXT(text) text
#endif
typedef TCHAR *PTSTR, *LPTSTR;
typedef const TCHAR *PCTSTR, *LPCTSTR;

#define MAX_PATH 260

/* ---- Pointers to the above ---- */

typedef void *PVOID, *LPVOID;
typedef const void *LPCVOID;
typedef BYTE *PBYTE, *LPBYTE;
typedef BOOLEAN *PBOOLEAN;
typedef WINBOOL *PBOOL, *LPBOOL;
typedef USHORT *PUSHORT;
typedef WORD *PWORD, *LPWORD;
typedef INT *PINT, *LPINT;
typedef UINT *PUINT;
typedef LONG *PLONG, *LPLONG;
typedef ULONG *PULONG;
typedef DWORD *PDWORD, *LPDWORD;
typedef UINT64 *PUINT64;
typedef SIZE_T *PSIZE_T;

/* ---- Handles ---- */

/* An NT handle or a D3DKMT number. See handleapi.h. */
typedef void *HANDLE;
typedef HANDLE *PHANDLE, *LPHANDLE;
#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

/* Handles of the window system occur in signatures only; each has a type of its own, so that
 * one cannot be passed for another. */
#define DECLARE_HANDLE(name) \
    struct name##__;         \
    typedef struct name##__ *name
DECLARE_HANDLE(HWND);
DECLARE_HANDLE(HDC);
DECLARE_HANDLE(HMONITOR);
DECLARE_HANDLE(HINSTANCE);
DECLARE_HANDLE(HICON);
DECLARE_HANDLE(HBRUSH);
typedef HINSTANCE HMODULE;
typedef HICON HCURSOR;

/* ---- Small structures that the Direct3D headers use ---- */

typedef struct _LUID {
    DWORD LowPart;
    LONG HighPart;
} LUID, *PLUID;

/* Both spellings of the halves, as Windows sources use both. */
typedef union _LARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        LONG HighPart;
    };
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        DWORD HighPart;
    };
    struct {
        DWORD LowPart;
        DWORD HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef struct tagPOINT {
    LONG x;
    LONG y;
} POINT, *PPOINT, *LPPOINT;

typedef struct tagSIZE {
    LONG cx;
    LONG cy;
} SIZE, *PSIZE, *LPSIZE;

typedef struct tagRECT {
    LONG left;
    LONG top;
    LONG right;
    LONG bottom;
} RECT, *PRECT, *LPRECT;
typedef const RECT *LPCRECT;

typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

/* Isthmus reads bInheritHandle only. Who may open an object is decided by the user to whom it
 * belongs, so a security descriptor changes nothing. */
typedef struct _SECURITY_ATTRIBUTES {
    DWORD nLength;
    LPVOID lpSecurityDescriptor;
    WINBOOL bInheritHandle;
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;

/* ---- Access rights ---- */

#define DELETE 0x00010000
#define READ_CONTROL 0x00020000
#define WRITE_DAC 0x00040000
#define WRITE_OWNER 0x00080000
#define SYNCHRONIZE 0x00100000
#define STANDARD_RIGHTS_REQUIRED 0x000F0000
#define STANDARD_RIGHTS_READ READ_CONTROL
#define STANDARD_RIGHTS_WRITE READ_CONTROL
#define STANDARD_RIGHTS_EXECUTE READ_CONTROL
#define STANDARD_RIGHTS_ALL 0x001F0000
#define SPECIFIC_RIGHTS_ALL 0x0000FFFF
#define MAXIMUM_ALLOWED 0x02000000
#define GENERIC_ALL 0x10000000
#define GENERIC_EXECUTE 0x20000000
#define GENERIC_WRITE 0x40000000
/* `L` would be 64 bits wide here; `U` keeps the value that a DWORD has on Windows. */
#define GENERIC_READ 0x80000000U

#ifdef __cplusplus
}
#endif

/* ---- Small helpers of <windows.h> ---- */

#define ZeroMemory(to, size) memset((to), 0, (size))
#define FillMemory(to, size, value) memset((to), (value), (size))
#define CopyMemory(to, from, size) memcpy((to), (from), (size))
#define MoveMemory(to, from, size) memmove((to), (from), (size))
#define RtlZeroMemory ZeroMemory
#define RtlCopyMemory CopyMemory
#define RtlMoveMemory MoveMemory

#define LOBYTE(w) ((BYTE)((DWORD_PTR)(w)&0xff))
#define HIBYTE(w) ((BYTE)(((DWORD_PTR)(w) >> 8) & 0xff))
#define LOWORD(l) ((WORD)((DWORD_PTR)(l)&0xffff))
#define HIWORD(l) ((WORD)(((DWORD_PTR)(l) >> 16) & 0xffff))
#define MAKEWORD(low, high) ((WORD)(((BYTE)(low)) | ((WORD)((BYTE)(high))) << 8))
#define MAKELONG(low, high) ((LONG)(((WORD)(low)) | ((DWORD)((WORD)(high))) << 16))

#define ARRAYSIZE(array) (sizeof(array) / sizeof((array)[0]))
#ifndef _countof
#define _countof(array) ARRAYSIZE(array)
#endif
#define UNREFERENCED_PARAMETER(p) ((void)(p))
#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))
#ifndef CONTAINING_RECORD
#define CONTAINING_RECORD(address, type, field) \
    ((type *)((char *)(address)-offsetof(type, field)))
#endif

/* Casts between handles and numbers that Windows sources use to avoid truncation warnings. */
#define HandleToULong(h) ((ULONG)(ULONG_PTR)(h))
#define HandleToLong(h) ((LONG)(LONG_PTR)(h))
#define ULongToHandle(n) ((HANDLE)(ULONG_PTR)(ULONG)(n))
#define LongToHandle(n) ((HANDLE)(LONG_PTR)(LONG)(n))
#define HandleToUlong HandleToULong
#define UlongToHandle ULongToHandle

#endif
