/* SPDX-License-Identifier: MIT */
/*
 * Microsoft's and NVIDIA's headers, as a Windows program in C includes them; and no answer of
 * the three APIs goes unread. Each macro is true when the call that it wraps has succeeded;
 * else the call's name, its answer and the library's reason are on standard error.
 */
#ifndef ISTHMUS_TOOLS_DEMO_CHECK_H
#define ISTHMUS_TOOLS_DEMO_CHECK_H

#define COBJMACROS
#include <initguid.h>

#include <windows.h>

#include <d3d11_4.h>
#include <dxgi1_6.h>

#include <cuda_runtime.h>
#include <isthmus/interop.h>
#include <stdbool.h>

/* Only S_OK will do: WAIT_TIMEOUT and S_FALSE look like success and are not what was asked. */
#define HR(call) check((call), S_OK, #call)
#define CUDA(call) check((call), cudaSuccess, #call)
#define IST(call) check((call), IST_OK, #call)
#define ACQUIRED(call) check((call), IST_ACQUIRED, #call)
#define KEPT_OUT(call) check((call), IST_ACQUIRE_TIMEOUT, #call)

bool check(long answer, long wanted, const char *call);

#endif
