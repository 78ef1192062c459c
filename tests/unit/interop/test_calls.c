/* SPDX-License-Identifier: MIT */
/* The table of the driver's functions, and its answers as statuses with sentences. */
#include "rig.h"

#include "interop/calls.h"

TEST(finds_every_function_of_the_driver)
{
    const struct interop_calls *calls = NULL, *again = NULL;
    CHECK_EQ(interop_calls_get(&calls), IST_OK);
    CHECK(calls->cuImportExternalMemory == cuImportExternalMemory);
    CHECK(calls->cuMemFree_v2 == cuMemFree);
    CHECK(calls->cuMipmappedArrayDestroy == cuMipmappedArrayDestroy);
    CHECK(calls->cuDeviceGetUuid_v2 != NULL);
    CHECK(calls->CloseHandle == CloseHandle);
    CHECK_EQ(interop_calls_get(&again), IST_OK);
    CHECK_PTR_EQ(again, calls);
}

TEST(current_device_is_the_thread_s)
{
    const struct interop_calls *calls = NULL;
    CUdevice device = -1;
    CHECK_EQ(interop_calls_get(&calls), IST_OK);
    CHECK_EQ(interop_current_device(calls, &device), IST_OK);
    CHECK_EQ(device, 0);
}

TEST(an_answer_names_the_call_the_number_and_the_callee_s_reason)
{
    const struct interop_calls *calls = NULL;
    CHECK_EQ(interop_calls_get(&calls), IST_OK);
    CHECK_EQ(CU(calls, cuDestroyExternalMemory, (CUexternalMemory)0x1234), IST_BAD_HANDLE);
    CHECK(strstr(ist_explain(), "cuDestroyExternalMemory() answered 400: ") != NULL);
    interop_before();
    CHECK_EQ(interop_cuda("cuThing", CUDA_ERROR_NOT_SUPPORTED), IST_NOT_SUPPORTED);
    CHECK(strstr(ist_explain(), "cuThing() answered 801 (") != NULL);
    CHECK_EQ(interop_cuda("cuThing", CUDA_SUCCESS), IST_OK);
}

TEST(numbers_become_statuses)
{
    static const struct {
        int code;
        enum ist_status status;
    } rows[] = {
        {1, IST_BAD_ARG},         {2, IST_NO_MEMORY},       {3, IST_BAD_CALL},
        {100, IST_NOT_SUPPORTED}, {101, IST_WRONG_DEVICE},  {201, IST_BAD_CALL},
        {304, IST_NOT_FOUND},     {400, IST_BAD_HANDLE},    {600, IST_BUSY},
        {700, IST_DEVICE_LOST},   {801, IST_NOT_SUPPORTED}, {909, IST_TIMEOUT},
        {999, IST_BAD_CALL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        CHECK_EQ(interop_cuda("cuThing", (CUresult)rows[i].code), rows[i].status);
    CHECK_EQ(interop_com("Thing", S_OK), IST_OK);
    CHECK_EQ(interop_com("Thing", E_INVALIDARG), IST_BAD_ARG);
    CHECK_EQ(interop_com("Thing", E_OUTOFMEMORY), IST_NO_MEMORY);
    CHECK_EQ(interop_com("Thing", DXGI_ERROR_INVALID_CALL), IST_BAD_CALL);
    interop_before(); /* no reason of anybody's */
    CHECK_EQ(interop_com("Thing", E_FAIL), IST_BAD_CALL);
    CHECK(strstr(ist_explain(), "Thing() answered 0x80004005, which says no more") != NULL);
}
