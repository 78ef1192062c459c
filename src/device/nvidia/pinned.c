/* SPDX-License-Identifier: MIT */
/*
 * Pinned memory: mapped by us, registered with the driver. Shared mappings, so that a fork does
 * not give the process other pages than the GPU has. No state.
 */
#include "device/nvidia/nvidia.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum ist_status nv_pinned_create(struct nvidia *nv, size_t size, const char *purpose,
                                 void **out)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return refuse(IST_NO_MEMORY, "no %zu bytes of memory for %s: %s", size, purpose,
                      strerror(errno));
    enum ist_status status =
        NV_CALL(nv, purpose, host_register, at, size, NV_HOST_PORTABLE | NV_HOST_DEVICEMAP);
    if (status != IST_OK) {
        munmap(at, size);
        return status;
    }
    *out = at;
    return IST_OK;
}

/* With the device lost, or in the child of a fork, only the mapping ends. */
void nv_pinned_destroy(struct nvidia *nv, void *at, size_t size)
{
    if (nv_alive(nv))
        (void)driver.host_unregister(at);
    munmap(at, size);
}
