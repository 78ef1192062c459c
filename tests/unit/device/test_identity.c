/* SPDX-License-Identifier: MIT */
/* Numbers that other builds must come to as well: they are fixed here. */
#include "device/identity.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static const char *hex(const unsigned char *bytes, unsigned count)
{
    static char text[33];
    for (unsigned i = 0; i < count; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return text;
}

TEST(a_uuid_is_that_of_its_name)
{
    unsigned char one[16], two[16], other[16];
    identity_uuid("some machine isthmus cpu", one);
    identity_uuid("some machine isthmus cpu", two);
    identity_uuid("some machine isthmus cpv", other);
    CHECK_MEM(one, two, 16);
    CHECK(memcmp(one, other, 16) != 0);
    CHECK_EQ(one[6] >> 4, 8);
    CHECK_EQ(one[8] >> 6, 2);
}

TEST(a_luid_is_that_of_its_uuid)
{
    unsigned char uuid[16], luid[8], zero[8] = {0};
    for (unsigned i = 0; i < 16; i++)
        uuid[i] = (unsigned char)(i * 17);
    identity_luid(uuid, luid);
    CHECK_STR(hex(luid, 8), "5f173584c3e77d60");
    CHECK(memcmp(luid, zero, 4) != 0);
    uuid[15] ^= 1;
    unsigned char other[8];
    identity_luid(uuid, other);
    CHECK(memcmp(luid, other, 8) != 0);
}

TEST(a_luid_is_never_negative_nor_zero)
{
    unsigned char uuid[16] = {0}, luid[8];
    for (unsigned i = 0; i < 4096; i++) {
        uuid[i % 16] = (unsigned char)(uuid[i % 16] * 5 + i + 1);
        identity_luid(uuid, luid);
        CHECK(luid[7] < 0x80);
        CHECK(luid[0] & 1);
    }
}
