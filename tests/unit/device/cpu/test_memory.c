/* SPDX-License-Identifier: MIT */
/* Memory of the cpu device: zeroed, sealed where it may be shared, given back whole. */
#include "device/cpu/cpu.h"
#include "unit/core/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static struct memory create(size_t size, bool shareable)
{
    struct memory m = {0};
    CHECK_EQ(cpu_memory_create(cpu_device(), size, shareable, &m), IST_OK);
    return m;
}

static bool is_zero(const unsigned char *base, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (base[i])
            return false;
    return true;
}

static const size_t sizes[] = {1,     255,     4096,    4097,         65535,
                               65536, 1000000, 2 << 20, (5 << 20) + 1};

TEST(memory_is_zeroed_whole_pages_and_writable)
{
    for (int shareable = 0; shareable <= 1; shareable++)
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            struct memory m = create(sizes[i], shareable);
            CHECK(m.size >= sizes[i]);
            CHECK_EQ(m.size % 4096, 0);
            CHECK_EQ((uintptr_t)m.base % 256, 0);
            CHECK_EQ(m.fd >= 0, shareable);
            CHECK(is_zero(m.base, m.size));
            memset(m.base, 0xee, m.size);
            cpu_memory_destroy(cpu_device(), &m);
            CHECK_PTR_EQ(m.base, NULL);
        }
}

/* The heap gives dirty pages back; they must not be seen by the next owner. */
TEST(memory_is_zeroed_again_when_it_comes_back)
{
    for (int i = 0; i < 100; i++) {
        struct memory m = create(3000, false);
        CHECK(is_zero(m.base, m.size));
        memset(m.base, 0xee, m.size);
        cpu_memory_destroy(cpu_device(), &m);
    }
}

TEST(shareable_memory_cannot_change_its_size)
{
    struct memory m = create(10000, true);
    int seals = fcntl(m.fd, F_GET_SEALS);
    CHECK((seals & (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) ==
          (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
    CHECK_EQ(ftruncate(m.fd, 0), -1);
    CHECK_EQ(errno, EPERM);
    CHECK_EQ(ftruncate(m.fd, 1 << 20), -1);
    CHECK_EQ(lseek(m.fd, 0, SEEK_END), (off_t)m.size);
    CHECK_EQ(fcntl(m.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    cpu_memory_destroy(cpu_device(), &m);
}

TEST(shareable_memory_is_seen_by_whoever_maps_its_fd)
{
    struct memory m = create(8192, true);
    char link[64], target[64] = "";
    unsigned char *other = mmap(NULL, m.size, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
    CHECK(other != MAP_FAILED);
    m.base[5000] = 77;
    CHECK_EQ(other[5000], 77);
    other[5001] = 78;
    CHECK_EQ(m.base[5001], 78);
    CHECK_EQ(munmap(other, m.size), 0);
    snprintf(link, sizeof(link), "/proc/self/fd/%d", m.fd);
    CHECK(readlink(link, target, sizeof(target) - 1) > 0);
    CHECK(strstr(target, "memfd:isthmus-payload") != NULL);
    cpu_memory_destroy(cpu_device(), &m);
}

static void check_refused(size_t size, bool shareable, enum ist_status status)
{
    struct memory m = {.base = (unsigned char *)1, .size = 2, .fd = 3};
    CHECK_EQ(cpu_memory_create(cpu_device(), size, shareable, &m), status);
    CHECK_PTR_EQ(m.base, (unsigned char *)1);
    CHECK_EQ(m.size, 2);
    CHECK_EQ(m.fd, 3);
}

TEST(impossible_sizes_are_refused)
{
    for (int shareable = 0; shareable <= 1; shareable++) {
        check_refused(0, shareable, IST_BAD_ARG);
        check_refused(SIZE_MAX, shareable, IST_NO_MEMORY);
        check_refused(SIZE_MAX - 4095, shareable, IST_NO_MEMORY);
        check_refused((size_t)1 << 62, shareable, IST_NO_MEMORY);
        check_refused(cpu_device()->memory_bytes + 1, shareable, IST_NO_MEMORY);
    }
}

TEST(no_fd_left_is_a_limit_not_an_accident)
{
    struct rlimit before, none;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    int lowest = dup(0);
    close(lowest);
    none = before;
    none.rlim_cur = (rlim_t)lowest; /* all below are taken */
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    struct memory m = {0};
    enum ist_status status = cpu_memory_create(cpu_device(), 4096, true, &m);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    CHECK_EQ(status, IST_NO_RESOURCES);
    CHECK(strstr(status_reason(), "memfd") != NULL);
}

TEST(destroying_nothing_does_nothing)
{
    struct memory m = {.base = NULL, .size = 0, .fd = -1};
    cpu_memory_destroy(cpu_device(), &m);
    CHECK_EQ(m.fd, -1);
}
