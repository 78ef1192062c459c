/* SPDX-License-Identifier: MIT */
/* Whatever the parser accepts is written back byte for byte, and read again as the same. */
#include "broker/wire.h"
#include "check.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wire_message message, again;
    unsigned char bytes[WIRE_MAX];
    if (wire_decode(data, size, &message))
        return 0;
    MUST(wire_encode(&message, bytes) == size);
    MUST(memcmp(bytes, data, size) == 0);
    MUST(!wire_decode(bytes, size, &again));
    MUST(memcmp(&message, &again, sizeof(message)) == 0);
    MUST(wire_fd_count(&message) <= PARCEL_FDS);
    return 0;
}
