/* SPDX-License-Identifier: MIT */
/* table */
/* The names of the codes that cases meet, for the reports. A code without a name here is shown
 * as a number. */
#include "conformance.h"
#include "runner.h"

struct code {
    uint32_t value;
    const char *name;
};

#define CODE(name)              \
    {                           \
        (uint32_t)(name), #name \
    }

static const struct code hresults[] = {
    CODE(S_OK),
    CODE(S_FALSE),
    CODE(WAIT_ABANDONED),
    CODE(WAIT_TIMEOUT),
    CODE(E_ABORT),
    CODE(E_ACCESSDENIED),
    CODE(E_FAIL),
    CODE(E_HANDLE),
    CODE(E_INVALIDARG),
    CODE(E_NOINTERFACE),
    CODE(E_NOTIMPL),
    CODE(E_OUTOFMEMORY),
    CODE(E_POINTER),
    CODE(E_UNEXPECTED),
    CODE(DXGI_ERROR_ACCESS_DENIED),
    CODE(DXGI_ERROR_DEVICE_HUNG),
    CODE(DXGI_ERROR_DEVICE_REMOVED),
    CODE(DXGI_ERROR_DEVICE_RESET),
    CODE(DXGI_ERROR_INVALID_CALL),
    CODE(DXGI_ERROR_NAME_ALREADY_EXISTS),
    CODE(DXGI_ERROR_NOT_FOUND),
    CODE(DXGI_ERROR_UNSUPPORTED),
    CODE(DXGI_ERROR_WAS_STILL_DRAWING),
    {0x80070002, "HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)"},
    {0x800700b7, "HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS)"},
};

static const struct code cuda_codes[] = {
    CODE(cudaSuccess),
    CODE(cudaErrorInvalidValue),
    CODE(cudaErrorMemoryAllocation),
    CODE(cudaErrorInitializationError),
    CODE(cudaErrorNoDevice),
    CODE(cudaErrorInvalidDevice),
    CODE(cudaErrorMapBufferObjectFailed),
    CODE(cudaErrorAlreadyMapped),
    CODE(cudaErrorNotMapped),
    CODE(cudaErrorOperatingSystem),
    CODE(cudaErrorInvalidResourceHandle),
    CODE(cudaErrorSymbolNotFound),
    CODE(cudaErrorNotReady),
    CODE(cudaErrorNotPermitted),
    CODE(cudaErrorNotSupported),
    CODE(cudaErrorTimeout),
    CODE(cudaErrorExternalDevice),
    CODE(cudaErrorUnknown),
};

static const struct code cu_codes[] = {
    CODE(CUDA_SUCCESS),
    CODE(CUDA_ERROR_INVALID_VALUE),
    CODE(CUDA_ERROR_OUT_OF_MEMORY),
    CODE(CUDA_ERROR_NOT_INITIALIZED),
    CODE(CUDA_ERROR_NO_DEVICE),
    CODE(CUDA_ERROR_INVALID_DEVICE),
    CODE(CUDA_ERROR_INVALID_CONTEXT),
    CODE(CUDA_ERROR_MAP_FAILED),
    CODE(CUDA_ERROR_OPERATING_SYSTEM),
    CODE(CUDA_ERROR_INVALID_HANDLE),
    CODE(CUDA_ERROR_NOT_FOUND),
    CODE(CUDA_ERROR_NOT_READY),
    CODE(CUDA_ERROR_NOT_PERMITTED),
    CODE(CUDA_ERROR_NOT_SUPPORTED),
    CODE(CUDA_ERROR_TIMEOUT),
    CODE(CUDA_ERROR_UNKNOWN),
};

static const struct code win32_codes[] = {
    CODE(ERROR_FILE_NOT_FOUND),       CODE(ERROR_ACCESS_DENIED),  CODE(ERROR_INVALID_HANDLE),
    CODE(ERROR_INVALID_PARAMETER),    CODE(ERROR_ALREADY_EXISTS), CODE(ERROR_NOT_ENOUGH_MEMORY),
    CODE(ERROR_FILENAME_EXCED_RANGE),
};

static const struct code ntstatus_codes[] = {
    CODE(STATUS_ACCESS_DENIED),         CODE(STATUS_INFO_LENGTH_MISMATCH),
    CODE(STATUS_INVALID_HANDLE),        CODE(STATUS_INVALID_PARAMETER),
    CODE(STATUS_NOT_IMPLEMENTED),       CODE(STATUS_OBJECT_NAME_COLLISION),
    CODE(STATUS_OBJECT_NAME_NOT_FOUND), CODE(STATUS_OBJECT_TYPE_MISMATCH),
};

const char *code_name(int kind, uint64_t value)
{
    static const struct {
        const struct code *codes;
        size_t count;
    } tables[] = {
        [CONF_NUMBER] = {NULL, 0},
        [CONF_HRESULT] = {hresults, ARRAY_LENGTH(hresults)},
        [CONF_CUDA] = {cuda_codes, ARRAY_LENGTH(cuda_codes)},
        [CONF_CU] = {cu_codes, ARRAY_LENGTH(cu_codes)},
        [CONF_WIN32] = {win32_codes, ARRAY_LENGTH(win32_codes)},
        [CONF_NTSTATUS] = {ntstatus_codes, ARRAY_LENGTH(ntstatus_codes)},
    };
    for (size_t i = 0; i < tables[kind].count; i++) {
        if (tables[kind].codes[i].value == value)
            return tables[kind].codes[i].name;
    }
    return NULL;
}
