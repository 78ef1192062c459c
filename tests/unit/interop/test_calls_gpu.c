/* SPDX-License-Identifier: MIT */
/*
 * Where the functions come from on a GPU: this program has the stand-in's in its global scope,
 * and none of them may be taken.
 */
#include "rig.h"

#include "fake_gpu.h"
#include "interop/calls.h"

#include <dlfcn.h>

static const char *file_of(void *function)
{
    Dl_info info;
    return dladdr(function, &info) ? info.dli_fname : "nowhere";
}

#define CHECK_FROM(calls, name, file)                                 \
    do {                                                              \
        if (!strstr(file_of(*(void **)(void *)&(calls)->name), file)) \
            test_fail(TEST_HERE, #name " is from %s",                 \
                      file_of(*(void **)(void *)&(calls)->name));     \
    } while (0)

TEST(external_resources_are_ours_and_all_else_is_the_driver_s)
{
    const struct interop_calls *calls = NULL;
    FAKE_GPU();
    CHECK_EQ(interop_calls_get(&calls), IST_OK);
    CHECK_FROM(calls, cuImportExternalMemory, "libisthmus-cuda13.so");
    CHECK_FROM(calls, cuExternalMemoryGetMappedBuffer, "libisthmus-cuda13.so");
    CHECK_FROM(calls, cuExternalMemoryGetMappedMipmappedArray, "libisthmus-cuda13.so");
    CHECK_FROM(calls, cuDestroyExternalMemory, "libisthmus-cuda13.so");
    CHECK_FROM(calls, cuImportExternalSemaphore, "libisthmus-cuda13.so");
    CHECK_FROM(calls, cuSignalExternalSemaphoresAsync, "libisthmus-cuda13.so");
    CHECK_FROM(calls, cuWaitExternalSemaphoresAsync, "libisthmus-cuda13.so");
    CHECK_FROM(calls, cuDestroyExternalSemaphore, "libisthmus-cuda13.so");
    CHECK_FROM(calls, cuDeviceGetLuid, "libisthmus-cuda13.so");
    CHECK_FROM(calls, cuInit, "libcuda.so");
    CHECK_FROM(calls, cuDeviceGetUuid_v2, "libcuda.so");
    CHECK_FROM(calls, cuCtxGetDevice, "libcuda.so");
    CHECK_FROM(calls, cuMemFree_v2, "libcuda.so");
    CHECK_FROM(calls, cuMipmappedArrayDestroy, "libcuda.so");
}

TEST(a_gpu_is_found_by_its_adapter_and_by_its_ordinal)
{
    struct ist_device_identity id = IST_DEVICE_IDENTITY_INIT;
    IDXGIFactory *factory = NULL;
    IDXGIAdapter *adapter = NULL;
    int device = -1;
    FAKE_GPU();
    CHECK_EQ(ist_device_identify(0, &id), IST_OK);
    CHECK_EQ(CreateDXGIFactory(&IID_IDXGIFactory, (void **)&factory), S_OK);
    CHECK_EQ(ist_device_to_adapter(0, factory, &adapter), IST_OK);
    CHECK_EQ(ist_device_from_adapter(adapter, &device), IST_OK);
    CHECK_EQ(device, 0);
    DXGI_ADAPTER_DESC desc;
    CHECK_EQ(IDXGIAdapter_GetDesc(adapter, &desc), S_OK);
    CHECK_MEM(&desc.AdapterLuid, id.luid, sizeof(id.luid));
    CHECK_EQ(desc.VendorId, 0x10de);
    IDXGIAdapter_Release(adapter);
    IDXGIFactory_Release(factory);
}

TEST(without_a_context_the_reason_says_how_to_get_one)
{
    const struct interop_calls *calls = NULL;
    CUdevice device = -1;
    FAKE_GPU();
    CHECK_EQ(interop_calls_get(&calls), IST_OK);
    CHECK_EQ(interop_current_device(calls, &device), IST_BAD_CALL);
    CHECK(strstr(ist_explain(), "no CUDA context is current") != NULL);
    CHECK_EQ(device, -1);
}
