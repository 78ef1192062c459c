/* SPDX-License-Identifier: MIT */
/* Turns results of the two APIs into sentences. Our library's reason follows if it gave one. */
#include "demo/check.h"

#include "report.h"

#include <isthmus/isthmus.h>
#include <string.h>

/* Those that sharing can answer; the number is printed in any case. */
static const struct {
    uint32_t code;
    const char *name;
} hresult_names[] = {
    {0x00000001, "S_FALSE"},
    {0x00000080, "WAIT_ABANDONED"},
    {0x00000102, "WAIT_TIMEOUT"},
    {0x80004001, "E_NOTIMPL"},
    {0x80004002, "E_NOINTERFACE"},
    {0x80004003, "E_POINTER"},
    {0x80004005, "E_FAIL"},
    {0x80070002, "file not found"},
    {0x80070005, "E_ACCESSDENIED"},
    {0x80070006, "E_HANDLE"},
    {0x8007000e, "E_OUTOFMEMORY"},
    {0x80070057, "E_INVALIDARG"},
    {0x887a0001, "DXGI_ERROR_INVALID_CALL"},
    {0x887a0002, "DXGI_ERROR_NOT_FOUND"},
    {0x887a0004, "DXGI_ERROR_UNSUPPORTED"},
    {0x887a0005, "DXGI_ERROR_DEVICE_REMOVED"},
    {0x887a000a, "DXGI_ERROR_WAS_STILL_DRAWING"},
    {0x887a002c, "DXGI_ERROR_NAME_ALREADY_EXISTS"},
};

static const char *hresult_name(HRESULT result)
{
    for (size_t i = 0; i < ARRAY_LENGTH(hresult_names); i++) {
        if (hresult_names[i].code == (uint32_t)result)
            return hresult_names[i].name;
    }
    return "no name known";
}

/* The call as it stands in the source, up to its arguments. */
static int name_length(const char *call)
{
    return (int)strcspn(call, "(");
}

static const char *colon(const char *reason)
{
    return *reason ? ": " : "";
}

/* A success that is not S_OK has no refusal behind it; an older one would mislead. */
bool check_hresult(HRESULT result, const char *call)
{
    if (result == S_OK)
        return true;
    const char *reason = FAILED(result) ? ist_explain() : "";
    complain("%.*s answered 0x%08x (%s)%s%s", name_length(call), call, (unsigned)result,
             hresult_name(result), colon(reason), reason);
    return false;
}

bool check_win32(BOOL result, const char *call)
{
    if (result)
        return true;
    const char *reason = ist_explain();
    complain("%.*s failed with error %u%s%s", name_length(call), call, (unsigned)GetLastError(),
             colon(reason), reason);
    return false;
}

bool check_cuda(cudaError_t result, const char *call)
{
    if (result == cudaSuccess)
        return true;
    const char *reason = ist_explain();
    complain("%.*s answered %d (%s, %s)%s%s", name_length(call), call, (int)result,
             cudaGetErrorName(result), cudaGetErrorString(result), colon(reason), reason);
    return false;
}
