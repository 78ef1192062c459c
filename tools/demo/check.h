/* SPDX-License-Identifier: MIT */
/*
 * No result of the three APIs goes unread. Each macro is true when the call that it wraps has
 * succeeded; else the call's name, its answer and the reason are on standard error.
 */
#ifndef ISTHMUS_TOOLS_DEMO_CHECK_H
#define ISTHMUS_TOOLS_DEMO_CHECK_H

#include "demo/theirs.h"

#include <isthmus/interop.h>

#include <stdbool.h>

#define HR(call) check_hresult((call), #call)
#define WIN32(call) check_win32((call), #call)
#define CUDA(call) check_cuda((call), #call)
#define IST(call) check_status((call), #call)
#define ACQUIRED(call) check_acquired((call), #call)

/* Only S_OK will do: WAIT_TIMEOUT and S_FALSE look like success and are not what was asked. */
bool check_hresult(HRESULT result, const char *call);
bool check_win32(BOOL result, const char *call);
bool check_cuda(cudaError_t result, const char *call);
bool check_status(enum ist_status result, const char *call);
bool check_acquired(enum ist_acquired result, const char *call);

#endif
