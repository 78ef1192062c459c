/* SPDX-License-Identifier: MIT */
/* Where there is no driver, the library loads all the same and says what is missing. */
#include <windows.h>

#include <isthmus/interop.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool refused(enum ist_status status)
{
    printf("%s: %s\n", ist_status_name(status), ist_explain());
    return status == IST_NOT_SUPPORTED && strstr(ist_explain(), "no CUDA driver");
}

static bool is_open(HANDLE handle)
{
    DWORD flags;
    return GetHandleInformation(handle, &flags);
}

/* What is taken is closed, also by a call that cannot begin. */
static bool handles_are_closed(void)
{
    struct ist_resource r = IST_RESOURCE_INIT;
    struct ist_fence fence = IST_FENCE_INIT;
    struct ist_resource_desc desc = IST_RESOURCE_DESC_INIT;
    HANDLE a = CreateEventA(NULL, TRUE, FALSE, NULL), b = CreateEventA(NULL, TRUE, FALSE, NULL);
    desc.dimension = 1;
    desc.width = 64;
    desc.misc_flags = 0x802;
    return is_open(a) && is_open(b) && refused(ist_import_handle_borrow(a, &desc, NULL, &r)) &&
           is_open(a) && refused(ist_import_handle_take(a, &desc, NULL, &r)) && !is_open(a) &&
           refused(ist_import_fence_take(b, &fence)) && !is_open(b);
}

int main(void)
{
    struct ist_device_identity identity = IST_DEVICE_IDENTITY_INIT;
    bool ok = refused(ist_device_identify(0, &identity)) && handles_are_closed();
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
