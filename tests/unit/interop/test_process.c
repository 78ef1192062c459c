/* SPDX-License-Identifier: MIT */
/* Handles for other processes: what is answered when it cannot be done. Broker: none here. */
#include "rig.h"

#include "interop/process.h"

#include <unistd.h>

TEST(a_process_has_the_number_that_win32_says)
{
    CHECK_EQ(process_own(), GetCurrentProcessId());
}

TEST(a_handle_that_cannot_go_stays)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 64, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL), there = (HANDLE)0x1234;
    CHECK_EQ(process_give(handle, 0x7ffffff0, &there), IST_BAD_ARG); /* nobody's number */
    CHECK(strstr(ist_explain(), "OpenProcess() answered error 87") != NULL);
    CHECK_EQ(process_give(handle, (uint32_t)getppid(), &there), IST_NO_BROKER);
    CHECK(strstr(ist_explain(), "DuplicateHandle() answered error 1722") != NULL);
    CHECK(there == (HANDLE)0x1234);
    CHECK(CloseHandle(handle));
    CHECK_EQ(process_give(handle, (uint32_t)getppid(), &there), IST_BAD_HANDLE);
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}

/* To oneself it is a second handle. */
TEST(a_handle_for_this_process_is_another_one)
{
    struct d3d d = d3d_new();
    ID3D11Resource *buffer = d3d_buffer(&d, 64, MISC_NT);
    HANDLE handle = d3d_nt(buffer, NULL), there = NULL;
    CHECK_EQ(process_give(handle, process_own(), &there), IST_OK);
    CHECK(there != NULL && there != handle);
    CHECK(CloseHandle(handle));
    CHECK(CloseHandle(there));
    ID3D11Resource_Release(buffer);
    d3d_finish(&d);
}
