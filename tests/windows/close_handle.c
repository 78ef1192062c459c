/* SPDX-License-Identifier: MIT */
/*
 * Makes CloseHandle() of the library write itself down. On Linux the program's own definition
 * comes first. On Windows the address that isthmus.dll imported is replaced in its import
 * table, before its first call; handles that are none of ours go on to Windows.
 */
#include "close_handle.h"

#include "fake.h"

#include <string.h>

#ifndef _WIN32
__attribute__((visibility("default"))) BOOL WINAPI CloseHandle(HANDLE handle)
{
    if (!fake_owns_handle(handle))
        return FALSE;
    fake_close_handle(handle);
    return TRUE;
}

bool close_handle_watch(void)
{
    return true;
}
#else
static BOOL(WINAPI *real_close)(HANDLE);

static BOOL WINAPI watched_close(HANDLE handle)
{
    if (!fake_owns_handle(handle))
        return real_close(handle);
    fake_close_handle(handle);
    return TRUE;
}

/* The slots of one imported library; true if CloseHandle was among them. */
static bool patch(unsigned char *base, const IMAGE_IMPORT_DESCRIPTOR *library)
{
    IMAGE_THUNK_DATA *name = (IMAGE_THUNK_DATA *)(base + library->OriginalFirstThunk);
    IMAGE_THUNK_DATA *slot = (IMAGE_THUNK_DATA *)(base + library->FirstThunk);
    for (; name->u1.AddressOfData; name++, slot++) {
        IMAGE_IMPORT_BY_NAME *entry = (IMAGE_IMPORT_BY_NAME *)(base + name->u1.AddressOfData);
        DWORD old;
        if (IMAGE_SNAP_BY_ORDINAL(name->u1.Ordinal) ||
            strcmp((const char *)entry->Name, "CloseHandle") != 0)
            continue;
        VirtualProtect(slot, sizeof(*slot), PAGE_READWRITE, &old);
        real_close = (BOOL(WINAPI *)(HANDLE))(uintptr_t)slot->u1.Function;
        slot->u1.Function = (uintptr_t)watched_close;
        VirtualProtect(slot, sizeof(*slot), old, &old);
        return true;
    }
    return false;
}

bool close_handle_watch(void)
{
    unsigned char *base = (unsigned char *)GetModuleHandleA("isthmus.dll");
    if (!base)
        return false;
    IMAGE_NT_HEADERS *headers =
        (IMAGE_NT_HEADERS *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
    IMAGE_DATA_DIRECTORY *imports =
        &headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    IMAGE_IMPORT_DESCRIPTOR *library =
        (IMAGE_IMPORT_DESCRIPTOR *)(base + imports->VirtualAddress);
    for (; library->Name; library++)
        if (patch(base, library))
            return true;
    return false;
}
#endif
