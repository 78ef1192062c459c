/* SPDX-License-Identifier: MIT */
/*
 * No result of the two APIs goes unread. HR() and CUDA() are true when the call they wrap has
 * succeeded; else the call's name, its code and the reason are on standard error.
 */
#ifndef ISTHMUS_TOOLS_DEMO_CHECK_H
#define ISTHMUS_TOOLS_DEMO_CHECK_H

#include "demo/theirs.h"

#include <stdbool.h>

#define HR(call) check_hresult((call), #call)
#define WIN32(call) check_win32((call), #call)
#define CUDA(call) check_cuda((call), #call)

/* Only S_OK will do: WAIT_TIMEOUT and S_FALSE look like success and are not what was asked. */
bool check_hresult(HRESULT result, const char *call);
bool check_win32(BOOL result, const char *call);
bool check_cuda(cudaError_t result, const char *call);

#endif
