/* SPDX-License-Identifier: MIT */
/* The same services on Windows, where no public call shows what the probe asks. */
#include "conformance.h"
#include "runner.h"

#include "cuda_windows.h"

#include <stdlib.h>

bool probe_available(void)
{
    return false;
}

bool probe_on_gpu(void)
{
    return false;
}

size_t probe_live(void)
{
    return 0;
}

size_t probe_holders(HANDLE number)
{
    (void)number;
    return 0;
}

bool probe_remove_device(ID3D11Device *device)
{
    (void)device;
    return false;
}

const char *probe_explain(void)
{
    return "";
}

const char *probe_cuda_missing(void)
{
    return cuda_missing();
}

const char *probe_tool(void)
{
    return ISTHMUS_TOOL_VERSION;
}

/* Under Wine ntdll says so; its Windows build is a setting, not a fact. GetVersionEx() lies to
 * programs without a manifest, RtlGetVersion() does not. */
void probe_system(char *out, size_t size)
{
    typedef LONG(WINAPI * get_version)(OSVERSIONINFOW *);
    typedef const char *(CDECL * get_wine)(void);
    OSVERSIONINFOW v = {.dwOSVersionInfoSize = sizeof(v)};
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    get_version version = (get_version)(void *)GetProcAddress(ntdll, "RtlGetVersion");
    get_wine wine = (get_wine)(void *)GetProcAddress(ntdll, "wine_get_version");
    if (version && version(&v) == 0)
        snprintf(out, size, "Windows %lu.%lu build %lu%s%s", v.dwMajorVersion, v.dwMinorVersion,
                 v.dwBuildNumber, wine ? ", Wine " : "", wine ? wine() : "");
}

struct leftovers leftovers_count(void)
{
    return (struct leftovers){0, 0, 0};
}

static DWORD WINAPI thread_main(void *user)
{
    struct thread *thread = user;
    thread->run(thread->user);
    return 0;
}

void thread_start(struct thread *thread, void (*run)(void *user), void *user)
{
    *thread = (struct thread){run, user, NULL};
    thread->os = CreateThread(NULL, 0, thread_main, thread, 0, NULL);
    if (!thread->os)
        abort();
}

void thread_join(struct thread *thread)
{
    WaitForSingleObject(thread->os, INFINITE);
    CloseHandle(thread->os);
    thread->os = NULL;
}

uint64_t now_ms(void)
{
    return GetTickCount64();
}

void sleep_ms(unsigned ms)
{
    Sleep(ms);
}
