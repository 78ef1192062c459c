/* SPDX-License-Identifier: MIT */
/* Turns answers into sentences. Our library's reason follows if it gave one. */
#include "demo/check.h"

#include "report.h"

#include <stdio.h>
#include <string.h>

/* Those that sharing can answer; the number is printed in any case. */
static const char *hresult_name(HRESULT result)
{
    switch ((uint32_t)result) {
    case 0x00000001: return "S_FALSE";
    case 0x00000080: return "WAIT_ABANDONED";
    case 0x00000102: return "WAIT_TIMEOUT";
    case 0x80004001: return "E_NOTIMPL";
    case 0x80004002: return "E_NOINTERFACE";
    case 0x80004003: return "E_POINTER";
    case 0x80004005: return "E_FAIL";
    case 0x80070002: return "file not found";
    case 0x80070005: return "E_ACCESSDENIED";
    case 0x80070006: return "E_HANDLE";
    case 0x8007000e: return "E_OUTOFMEMORY";
    case 0x80070057: return "E_INVALIDARG";
    case 0x887a0001: return "DXGI_ERROR_INVALID_CALL";
    case 0x887a0002: return "DXGI_ERROR_NOT_FOUND";
    case 0x887a0004: return "DXGI_ERROR_UNSUPPORTED";
    case 0x887a0005: return "DXGI_ERROR_DEVICE_REMOVED";
    case 0x887a000a: return "DXGI_ERROR_WAS_STILL_DRAWING";
    case 0x887a002c: return "DXGI_ERROR_NAME_ALREADY_EXISTS";
    default: return "no name known";
    }
}

/* The call as it stands in the source, up to its arguments. */
static bool tell(const char *call, const char *answer, const char *name, const char *reason)
{
    complain("%.*s %s (%s)%s%s", (int)strcspn(call, "("), call, answer, name,
             *reason ? ": " : "", reason);
    return false;
}

/* A success that is not S_OK has no refusal behind it; an older one would mislead. */
bool check_hresult(HRESULT result, const char *call)
{
    char answer[32];
    snprintf(answer, sizeof(answer), "answered 0x%08x", (unsigned)result);
    return result == S_OK ||
           tell(call, answer, hresult_name(result), FAILED(result) ? ist_explain() : "");
}

bool check_win32(BOOL result, const char *call)
{
    char error[32];
    snprintf(error, sizeof(error), "error %u", (unsigned)GetLastError());
    return result || tell(call, "failed", error, ist_explain());
}

bool check_cuda(cudaError_t result, const char *call)
{
    char answer[32];
    snprintf(answer, sizeof(answer), "answered %d", (int)result);
    return result == cudaSuccess || tell(call, answer, cudaGetErrorName(result), ist_explain());
}

bool check_status(enum ist_status result, const char *call)
{
    return result == IST_OK || tell(call, "refused", ist_status_name(result), ist_explain());
}

bool check_acquired(enum ist_acquired result, const char *call)
{
    return result == IST_ACQUIRED ||
           tell(call, "did not acquire",
                result == IST_ACQUIRE_TIMEOUT ? "timeout" : "no timeout", ist_explain());
}
