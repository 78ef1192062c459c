/* SPDX-License-Identifier: MIT */
/* The identity of the cpu device: stable, unlike others', and never zero. */
#include "device/cpu/cpu.h"
#include "unit/core/rig.h"

#include <stdio.h>

TEST(there_is_one_device_and_it_is_described)
{
    const struct device *d = cpu_device();
    CHECK_PTR_EQ(cpu_device(), d);
    CHECK_PTR_EQ(rig_device(), d);
    CHECK_EQ(strncmp(d->description, "Isthmus CPU device (", 20), 0);
    CHECK(strlen(d->description) > 22);
    CHECK_EQ(d->description[strlen(d->description) - 1], ')');
    CHECK(!strchr(d->description, '\n'));
    CHECK(d->memory_bytes > 64U << 20);
    CHECK(d->ops->memory_create && d->ops->memory_destroy && d->ops->copy && d->ops->fill);
}

TEST(vendor_and_product_are_no_pci_numbers)
{
    CHECK(cpu_device()->vendor > 0xffff);
    CHECK(cpu_device()->product > 0xffff);
}

TEST(uuid_and_luid_are_well_formed)
{
    const struct device *d = cpu_device();
    static const unsigned char zero[16];
    CHECK(memcmp(d->uuid, zero, 16) != 0);
    CHECK_EQ(d->uuid[6] >> 4, 8);
    CHECK_EQ(d->uuid[8] >> 6, 2);
    CHECK(memcmp(d->luid, zero, 4) != 0); /* LowPart */
    CHECK(d->luid[7] < 0x80);             /* HighPart is a LONG: not negative */
}

TEST(the_session_finds_the_device_by_luid)
{
    unsigned char other[8];
    memcpy(other, cpu_device()->luid, sizeof(other));
    CHECK_PTR_EQ(device_by_luid(rig_session(), other), cpu_device());
    other[3] ^= 1;
    CHECK_PTR_EQ(device_by_luid(rig_session(), other), NULL);
}

/* The test runs itself again: another process must mint the same numbers. */
TEST(another_process_has_the_same_identity)
{
    const struct device *d = cpu_device();
    char line[128] = "", wanted[64] = "";
    if (getenv("RIG_PRINT_IDENTITY")) {
        for (int i = 0; i < 24; i++)
            printf("%02x", i < 16 ? d->uuid[i] : d->luid[i - 16]);
        printf("\n");
        return;
    }
    setenv("RIG_PRINT_IDENTITY", "1", 1);
    FILE *child = popen("exec $(readlink -f /proc/$PPID/exe) --filter another_process", "re");
    unsetenv("RIG_PRINT_IDENTITY");
    CHECK(child != NULL);
    CHECK(fgets(line, sizeof(line), child) != NULL);
    char rest[256];
    while (fgets(rest, sizeof(rest), child))
        ;
    CHECK_EQ(pclose(child), 0);
    for (int i = 0; i < 24; i++)
        snprintf(wanted + 2 * i, 3, "%02x", i < 16 ? d->uuid[i] : d->luid[i - 16]);
    line[strcspn(line, "\n")] = '\0';
    CHECK_STR(line, wanted);
}
