/* SPDX-License-Identifier: MIT */
/*
 * OpenProcess() and DuplicateHandle(): Windows' own, or those of the Win32 layer if the program
 * has loaded it. No state.
 */
#include "interop/process.h"

#include "interop/import.h"

#ifdef _WIN32
#define WIN32_FUNCTION(name) name

uint32_t process_own(void)
{
    return GetCurrentProcessId();
}
#else
#include <dlfcn.h>
#include <unistd.h>
#define WIN32_FUNCTION(name) ((__typeof__(name) *)dlsym(RTLD_DEFAULT, #name))

uint32_t process_own(void)
{
    return (uint32_t)getpid();
}
#endif

#define CURRENT_PROCESS ((HANDLE)(intptr_t)-1) /* what GetCurrentProcess() answers */

enum ist_status process_give(HANDLE handle, uint32_t process, HANDLE *out)
{
    __typeof__(OpenProcess) *open_process = WIN32_FUNCTION(OpenProcess);
    __typeof__(DuplicateHandle) *duplicate = WIN32_FUNCTION(DuplicateHandle);
    __typeof__(GetLastError) *last_error = WIN32_FUNCTION(GetLastError);
    enum ist_status status = IST_OK;
    HANDLE there = NULL;
    if (!open_process || !duplicate || !last_error)
        return refuse(IST_NOT_SUPPORTED, "a handle would go to another process, but nothing "
                                         "here has DuplicateHandle(): link libisthmus-d3d11");
    interop_before();
    HANDLE target = open_process(PROCESS_DUP_HANDLE, FALSE, process);
    if (!target)
        return interop_win32("OpenProcess", last_error());
    interop_before();
    if (!duplicate(CURRENT_PROCESS, handle, target, &there, 0, FALSE, DUPLICATE_SAME_ACCESS))
        status = interop_win32("DuplicateHandle", last_error());
    status = import_close_taken(target, status);
    if (status == IST_OK)
        *out = there;
    return status;
}
