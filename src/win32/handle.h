/* SPDX-License-Identifier: MIT */
/* Between a program's HANDLE and core's handle values; used by all fronts of this library. */
#ifndef ISTHMUS_WIN32_HANDLE_H
#define ISTHMUS_WIN32_HANDLE_H

#include "core/handle.h"

#include <windows.h>

#include <sys/types.h>

/* GetCurrentThread(); GetCurrentProcess() is -1. */
#define WIN32_CURRENT_PROCESS ((HANDLE)(LONG_PTR)-1)
#define WIN32_CURRENT_THREAD ((HANDLE)(LONG_PTR)-2)

static inline uint64_t win32_value(HANDLE handle)
{
    return (uint64_t)(uintptr_t)handle;
}

/* For NT handles and for D3DKMT numbers, both of which core gives as 32 bits. */
static inline HANDLE win32_handle(uint32_t value)
{
    return (HANDLE)(uintptr_t)value;
}

/* The process' or the thread's constant, which stands for no entry of the handle table. */
static inline bool win32_is_pseudo(HANDLE handle)
{
    return handle == WIN32_CURRENT_PROCESS || handle == WIN32_CURRENT_THREAD;
}

/* The rights that an object of this kind can have at all. */
uint32_t win32_all_access(enum object_kind kind);

/* What is granted when a program asks for `wanted`: generic rights become those of the kind. */
uint32_t win32_map_access(enum object_kind kind, uint32_t wanted);

/* A handle of a process, one's own too (process.c). */
enum ist_status win32_open_process(pid_t pid, uint32_t access, bool inherit, HANDLE *out)
    MUST_CHECK;

/* HANDLE_INHERIT if the attributes ask for it; NULL asks for nothing. */
unsigned win32_handle_flags(const SECURITY_ATTRIBUTES *attributes);

#endif
