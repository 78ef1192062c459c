/* SPDX-License-Identifier: MIT */
/* Which devices are found, and what ISTHMUS_DEVICE makes of that. */
#include "unit/core/rig.h"

TEST(the_cpu_device_is_always_there)
{
    struct device *found[4] = {NULL};
    unsetenv("ISTHMUS_DEVICE");
    CHECK_EQ(device_probe(found, 4), 1);
    CHECK_STR(found[0]->ops->name, "cpu");
    CHECK_PTR_EQ(found[1], NULL);
}

TEST(the_environment_picks_a_kind_and_never_another_one)
{
    struct device *found[4] = {NULL};
    setenv("ISTHMUS_DEVICE", "cpu", 1);
    CHECK_EQ(device_probe(found, 4), 1);
    setenv("ISTHMUS_DEVICE", "", 1);
    CHECK_EQ(device_probe(found, 4), 1);
    setenv("ISTHMUS_DEVICE", "abacus", 1);
    found[0] = NULL;
    CHECK_EQ(device_probe(found, 4), 0);
    CHECK_PTR_EQ(found[0], NULL);
    unsetenv("ISTHMUS_DEVICE");
}

TEST(no_more_are_written_than_there_is_room_for)
{
    struct device *found[1] = {NULL};
    CHECK_EQ(device_probe(found, 0), 0);
    CHECK_PTR_EQ(found[0], NULL);
}
