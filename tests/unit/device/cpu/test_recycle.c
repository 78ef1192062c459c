/* SPDX-License-Identifier: MIT */
/* Segments are used again: zeroed, bounded, and never one that somebody else may have. */
#include "device/cpu/cpu.h"
#include "device/cpu/recycle.h"
#include "unit/core/rig.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES (1UL << 20)

static struct memory create(size_t size)
{
    struct memory m = {0};
    CHECK_EQ(cpu_memory_create(cpu_device(), size, true, &m), IST_OK);
    return m;
}

static void destroy(struct memory *m)
{
    cpu_memory_destroy(cpu_device(), m);
    CHECK_PTR_EQ(m->base, NULL);
}

static size_t count_nonzero(const struct memory *m)
{
    size_t count = 0;
    for (size_t i = 0; i < m->size; i++)
        count += m->base[i] != 0;
    return count;
}

TEST(what_was_given_back_comes_again_zeroed)
{
    struct memory m = create(BYTES);
    unsigned char *base = m.base;
    memset(m.base, 0xa5, m.size);
    destroy(&m);
    m = create(BYTES);
    CHECK_PTR_EQ(m.base, base);
    CHECK_EQ(count_nonzero(&m), 0);
    destroy(&m);
    CHECK_EQ(recycle_flush(), 1);
}

/* The pages that nobody touched stay holes. */
TEST(only_pages_that_exist_are_written)
{
    struct stat st;
    struct memory m = create(BYTES);
    m.base[5] = m.base[BYTES / 2] = m.base[BYTES - 1] = 1;
    destroy(&m);
    m = create(BYTES);
    CHECK_EQ(fstat(m.fd, &st), 0);
    CHECK_EQ(st.st_blocks * 512, 3 * 4096);
    CHECK_EQ(count_nonzero(&m), 0);
    destroy(&m);
}

/* Every other page: finding them would cost more than new memory. */
TEST(a_segment_in_shreds_is_let_go)
{
    struct memory m = create(BYTES);
    for (size_t i = 0; i < BYTES; i += 8192)
        m.base[i] = 1;
    destroy(&m);
    CHECK_EQ(recycle_flush(), 0);
}

TEST(another_size_gets_memory_of_its_own)
{
    struct memory small = create(BYTES);
    destroy(&small);
    struct memory large = create(2 * BYTES);
    CHECK_EQ(large.size, 2 * BYTES);
    destroy(&large);
    CHECK_EQ(recycle_flush(), 2);
}

TEST(private_memory_is_not_kept)
{
    struct memory m = {0};
    CHECK_EQ(cpu_memory_create(cpu_device(), BYTES, false, &m), IST_OK);
    destroy(&m);
    CHECK_EQ(recycle_flush(), 0);
}

TEST(what_others_may_have_is_never_used_again)
{
    struct memory m = create(BYTES), opened = {0};
    int fd = fcntl(m.fd, F_DUPFD_CLOEXEC, 3);
    CHECK_EQ(cpu_memory_open(cpu_device(), fd, BYTES, &opened), IST_OK);
    memset(m.base, 7, m.size);
    m.epoch = 0; /* as a resource says that has crossed */
    destroy(&m);
    CHECK_EQ(count_nonzero(&opened), BYTES);
    destroy(&opened);
    CHECK_EQ(recycle_flush(), 0);
}

TEST(no_more_is_kept_than_promised)
{
    struct memory m[RECYCLE_SEGMENTS + 4], huge = create(RECYCLE_BYTES + 65536);
    for (unsigned i = 0; i < ARRAY_SIZE(m); i++)
        m[i] = create(65536);
    for (unsigned i = 0; i < ARRAY_SIZE(m); i++)
        destroy(&m[i]);
    destroy(&huge);
    CHECK_EQ(recycle_flush(), RECYCLE_SEGMENTS);
    for (unsigned i = 0; i < 3; i++)
        m[i] = create(RECYCLE_BYTES / 2);
    for (unsigned i = 0; i < 3; i++)
        destroy(&m[i]);
    CHECK_EQ(recycle_flush(), 2);
}

/* What the child does with its own copy: 0 if it never meets a segment of before the fork. */
static int child(struct memory *before)
{
    cpu_memory_destroy(cpu_device(), before);
    struct memory m = {0};
    if (recycle_flush() != 0 || cpu_memory_create(cpu_device(), BYTES, true, &m) != IST_OK)
        return 1;
    m.base[0] = 9;
    cpu_memory_destroy(cpu_device(), &m);
    return recycle_flush() == 1 ? 0 : 2;
}

TEST(a_fork_makes_everything_older_unfit)
{
    struct memory kept = create(BYTES), alive = create(BYTES);
    memset(alive.base, 3, alive.size);
    destroy(&kept);
    pid_t pid = test_fork();
    if (pid == 0)
        _exit(child(&alive));
    int status = -1;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    CHECK_EQ(alive.base[BYTES - 1], 3); /* not zeroed by the child's end of it */
    struct memory fresh = create(BYTES);
    CHECK_EQ(count_nonzero(&fresh), 0);
    destroy(&alive);
    CHECK_EQ(recycle_flush(), 1); /* of before the fork: what was kept; alive is gone */
    destroy(&fresh);
    CHECK_EQ(recycle_flush(), 1);
}

enum { THREADS = 4, ROUNDS = 300 };

/* Nobody gets what another one has. */
static void *create_and_destroy(void *user)
{
    uintptr_t mark = (uintptr_t)user;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct memory m = {0};
        if (cpu_memory_create(cpu_device(), 65536, true, &m) != IST_OK)
            return (void *)1;
        for (size_t k = 0; k < m.size; k += 4096)
            if (m.base[k])
                return (void *)2;
        memset(m.base, (int)mark, m.size);
        if (m.base[m.size - 1] != mark)
            return (void *)3;
        cpu_memory_destroy(cpu_device(), &m);
    }
    return NULL;
}

TEST(threads_share_the_cache)
{
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        threads[i] = rig_start(create_and_destroy, (void *)(i + 1));
    for (unsigned i = 0; i < THREADS; i++) {
        void *wrong = threads;
        CHECK_EQ(pthread_join(threads[i], &wrong), 0);
        CHECK_PTR_EQ(wrong, NULL);
    }
}
