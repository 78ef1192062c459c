/* SPDX-License-Identifier: MIT */
/* Each test here must fail in its own way, except the last, which skips: the harness is checked
 * by what this program prints in the end. */
#include "test.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

unsigned test_patience_ms(void)
{
    return 300; /* what is left behind here stays */
}

TEST(check_of_a_false_condition)
{
    CHECK(1 + 1 == 3);
}

TEST(integers_that_differ)
{
    CHECK_EQ(-1, UINT64_C(0xffffffff)); /* 64 bits wide: the sign is extended */
}

TEST(strings_that_differ)
{
    CHECK_STR("left", NULL);
}

TEST(bytes_that_differ)
{
    CHECK_MEM("abcd", "abXd", 4);
}

TEST(pointers_that_differ)
{
    int a = 0;
    CHECK_PTR_EQ(&a, NULL);
}

static void *fail_elsewhere(void *unused)
{
    (void)unused;
    CHECK(!"a check in another thread");
    return NULL;
}

TEST(check_in_another_thread)
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

TEST(fd_left_open)
{
    CHECK(dup(STDOUT_FILENO) >= 0);
}

TEST(memory_left_mapped)
{
    int fd = memfd_create("isthmus-left", MFD_CLOEXEC);
    CHECK(fd >= 0);
    CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
    CHECK_EQ(close(fd), 0);
}

TEST(skipped)
{
    SKIP("counted, not failed");
}
