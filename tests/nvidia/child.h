/* SPDX-License-Identifier: MIT */
/*
 * What a process can do only once (load the driver, lose its GPU) happens in a child, forked
 * by a program that has used nothing of ours yet. NEED() is the child's CHECK().
 */
#ifndef TESTS_NVIDIA_CHILD_H
#define TESTS_NVIDIA_CHILD_H

#include "fork.h"
#include "nvidia_rig.h"

#include <stdio.h>
#include <sys/wait.h>

/* What a child answers beside failing. */
enum { CHILD_GOOD = 0, CHILD_BAD = 1, CHILD_OTHER = 2 };

#define NEED(condition)                                                                   \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            fprintf(stderr, "  %s:%d: in a child: %s\n", __FILE__, __LINE__, #condition); \
            _exit(CHILD_BAD);                                                             \
        }                                                                                 \
    } while (0)

/* AddressSanitizer's search for leaks, which _exit() would skip; NULL without it. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* Nobody may use a device before: there is nothing to warm up. */
static inline int in_child(int (*run)(const void *arg), const void *arg)
{
    int status = -1;
    fflush(NULL);
    pid_t pid = test_fork();
    if (pid == 0) {
        alarm(60); /* a child that hangs must not outlive the test */
        int result = run(arg);
        if (__lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check())
            result = CHILD_BAD;
        _exit(result);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return CHILD_BAD;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline HRESULT try_device(IDXGIAdapter *adapter, struct d3d *out)
{
    memset(out, 0, sizeof(*out));
    HRESULT hr = D3D11CreateDevice(adapter,
                                   adapter ? D3D_DRIVER_TYPE_UNKNOWN : D3D_DRIVER_TYPE_HARDWARE,
                                   NULL, 0, NULL, 0, D3D11_SDK_VERSION, &out->device, NULL,
                                   &out->context);
    if (FAILED(hr))
        return hr;
    NEED(!ID3D11Device_QueryInterface(out->device, &IID_ID3D11Device5, (void **)&out->device5));
    NEED(!ID3D11DeviceContext_QueryInterface(out->context, &IID_ID3D11DeviceContext4,
                                             (void **)&out->context4));
    return hr;
}

static inline void end_device(struct d3d *d)
{
    if (!d->device)
        return;
    ID3D11DeviceContext4_Release(d->context4);
    ID3D11DeviceContext_Release(d->context);
    ID3D11Device5_Release(d->device5);
    NEED(ID3D11Device_Release(d->device) == 0);
}

#endif
