/* SPDX-License-Identifier: MIT */
/* What the checks of the harness must accept; must_fail.c has what they must refuse. */
#include "test.h"

#include <sys/mman.h>
#include <unistd.h>

static bool warm;

void test_warm_up(void)
{
    warm = true;
}

TEST(warm_up_ran_first)
{
    CHECK(warm);
}

TEST(integers_compare_as_in_c)
{
    int code = (int)0x80070057u;
    CHECK_EQ(code, 0x80070057u);
    CHECK_EQ(-1, UINT64_MAX);
    CHECK_EQ((unsigned char)255, 255L);
}

TEST(arguments_are_evaluated_once)
{
    int calls = 0;
    CHECK_EQ(++calls, 1);
    CHECK_EQ(calls, 1);
}

TEST(null_strings_are_equal)
{
    const char *none = NULL;
    CHECK_STR(none, NULL);
    CHECK_STR("same", "same");
}

TEST(what_is_given_back_is_no_leak)
{
    int fd = memfd_create("isthmus-given-back", MFD_CLOEXEC);
    void *at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(fd >= 0 && at != MAP_FAILED);
    CHECK_EQ(munmap(at, 4096), 0);
    CHECK_EQ(close(fd), 0);
}
