/* SPDX-License-Identifier: MIT */
/* Where there is no driver, the library loads all the same and says what is missing. */
#include <isthmus/interop.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    struct ist_device_identity identity = IST_DEVICE_IDENTITY_INIT;
    enum ist_status status = ist_device_identify(0, &identity);
    printf("%s: %s\n", ist_status_name(status), ist_explain());
    return status == IST_NOT_SUPPORTED && strstr(ist_explain(), "no CUDA driver")
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
}
