/* SPDX-License-Identifier: MIT */
/* NT handles between processes: DuplicateHandle, inheritance by fork, and bare fds. */
#include "actor.h"
#include "gpu/primary.h"
#include "test.h"

#include <windows.h>

#include <d3d11_4.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NT ((UINT)D3D11_RESOURCE_MISC_SHARED | (UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define KEYED_NT \
    ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX | (UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)
#define BAD_HANDLE ((uint32_t)HRESULT_FROM_WIN32(ERROR_INVALID_HANDLE))

static struct actor *a, *b;
static uint64_t handle;

/* A buffer in a, slot 0, with its handle. */
static void two(UINT misc, uint64_t seed)
{
    a = actor_start();
    b = actor_start();
    CHECK_EQ(ASK(a, make_buffer, .a = misc, .b = seed), 0);
    handle = GET(a, nt_handle);
}

TEST(pushed_into_another_process)
{
    stage_open();
    two(KEYED_NT, 1);
    uint64_t there = GET(a, push, .a = handle, .b = (uint64_t)b->pid);
    CHECK_EQ(ASK(b, open_nt, .a = there), 0);
    CHECK_EQ(ASK(b, cu_memory, .slot = 1, .a = there), 0);
    CHECK_EQ(ASK(b, cu_mutex, .slot = 1, .a = there), 0);
    CHECK_EQ(ASK(b, cu_read, .slot = 1, .a = 1), 0);
    CHECK_EQ(ASK(b, close, .a = there), 0);
    CHECK_EQ(ASK(b, close, .a = there), BAD_HANDLE);
    CHECK_EQ(ASK(a, close, .a = handle), 0);
    CHECK_EQ(ASK(a, drop), 0);
    CHECK_EQ(ASK(b, read, .a = 1), 0);
    stage_close();
}

/* In the mailbox it is a reference, although nobody has touched it yet. */
TEST(pushed_and_not_yet_used)
{
    stage_open();
    two(NT, 2);
    uint64_t there = GET(a, push, .a = handle, .b = (uint64_t)b->pid);
    actor_quit(a); /* and its handle with it */
    CHECK_EQ(ASK(b, open_nt, .a = there), 0);
    CHECK_EQ(ASK(b, read, .a = 2), 0);
    CHECK_EQ(ASK(b, close, .a = there), 0);
    stage_close();
}

TEST(pushed_and_closed_without_use)
{
    stage_open();
    two(NT, 3);
    uint64_t there = GET(a, push, .a = handle, .b = (uint64_t)b->pid);
    CHECK_EQ(ASK(a, close, .a = handle), 0);
    CHECK_EQ(ASK(a, drop), 0);
    CHECK_EQ(ASK(b, close, .a = there), 0);
    CHECK_EQ(broker_objects(), 0);
    CHECK_EQ(ASK(b, open_nt, .a = there), (uint32_t)E_INVALIDARG);
    stage_close();
}

TEST(pushed_with_the_source_closed)
{
    stage_open();
    two(NT, 4);
    uint64_t there = GET(a, push, .a = handle, .b = (uint64_t)b->pid,
                         .c = DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE);
    CHECK_EQ(ASK(a, close, .a = handle), BAD_HANDLE);
    CHECK_EQ(ASK(b, open_nt, .a = there), 0);
    CHECK_EQ(ASK(b, read, .a = 4), 0);
    CHECK_EQ(ASK(b, close, .a = there), 0);
    stage_close();
}

TEST(pulled_out_of_another_process)
{
    stage_open();
    two(NT, 5);
    CHECK_EQ(ASK(a, nt_handle, .name = "known"), 0); /* who shares nothing is not asked */
    uint64_t here = GET(b, pull, .a = handle, .b = (uint64_t)a->pid);
    CHECK_EQ(ASK(b, open_nt, .a = here), 0);
    CHECK_EQ(ASK(b, read, .a = 5), 0);
    CHECK_EQ(ASK(b, close, .a = here), 0);
    here = GET(b, pull, .a = handle, .b = (uint64_t)a->pid,
               .c = DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE);
    CHECK_EQ(ASK(a, close, .a = handle), BAD_HANDLE);
    CHECK_EQ(ASK(b, close, .a = here), 0);
    stage_close();
}

TEST(what_duplicating_refuses)
{
    stage_open();
    two(NT, 6);
    CHECK_EQ(ASK(b, open_process, .a = 0x3ffffffc),
             (uint32_t)HRESULT_FROM_WIN32(ERROR_INVALID_PARAMETER));
    CHECK_EQ(ASK(a, nt_handle, .name = "known"), 0);
    CHECK_EQ(ASK(b, push, .a = 0x1234, .b = (uint64_t)a->pid), BAD_HANDLE);
    CHECK_EQ(ASK(b, pull, .a = 0x1234, .b = (uint64_t)a->pid), BAD_HANDLE);
    uint64_t process = GET(b, open_process, .a = (uint64_t)a->pid);
    CHECK_EQ(ASK(b, close, .a = process), 0);
    CHECK_EQ(ASK(a, close, .a = handle), 0);
    CHECK(ASK(b, pull, .a = handle, .b = (uint64_t)a->pid) != 0);
    stage_close();
}

/* Asked for a handle, it does not come to an answer. */
TEST(pulled_out_of_a_process_that_dies)
{
    stage_open();
    two(NT, 8);
    CHECK_EQ(ASK(a, nt_handle, .name = "known"), 0);
    CHECK_EQ(kill(a->pid, SIGSTOP), 0);
    CHECK_EQ(waitpid(a->pid, NULL, WUNTRACED), a->pid); /* every thread of it has stopped */
    TELL(b, pull, .a = handle, .b = (uint64_t)a->pid);
    CHECK(!actor_answers(b, 50));
    CHECK_EQ(kill(a->pid, SIGKILL), 0); /* its parent has not asked for its end yet */
    CHECK_EQ(actor_hear(b), (uint32_t)HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED));
    CHECK(strstr(b->last.why, "has ended"));
    actor_kill(a);
    stage_close();
}

/* What is in the mailbox of a process that is killed goes with it. */
TEST(pushed_into_a_process_that_dies)
{
    stage_open();
    two(NT, 7);
    GET(a, push, .a = handle, .b = (uint64_t)b->pid);
    CHECK_EQ(ASK(a, close, .a = handle), 0);
    actor_kill(b);
    struct actor *c = actor_start();
    CHECK_EQ(ASK(a, push, .a = handle, .b = (uint64_t)c->pid), BAD_HANDLE);
    CHECK_EQ(ASK(a, drop), 0);
    CHECK(EVENTUALLY(broker_objects() == 0));
    stage_close();
}

/* ---- Bare fds: two processes with a socket of their own, and no broker ---- */

static void passed(struct actor *from, uint64_t what, struct actor *to)
{
    CHECK_EQ(ASK(from, export, .a = what), 0);
    CHECK(from->last.fd_count >= 3 && from->last.fd_count <= ACTOR_FDS);
    struct order import = {.op = DO_import, .fd_count = from->last.fd_count};
    memcpy(import.fds, from->last.fds, sizeof(import.fds));
    actor_tell(to, &import);
    for (unsigned i = 0; i < import.fd_count; i++)
        close(import.fds[i]);
    CHECK_EQ(actor_hear(to), 0);
}

TEST(fds_carry_a_keyed_buffer)
{
    stage_open_alone();
    two(KEYED_NT, 0);
    passed(a, handle, b);
    uint64_t there = b->last.value;
    CHECK_EQ(ASK(b, open_nt, .a = there), 0);
    CHECK_EQ(ASK(b, cu_memory, .slot = 1, .a = there), 0);
    CHECK_EQ(ASK(b, cu_mutex, .slot = 1, .a = there), 0);
    CHECK_EQ(ASK(b, close, .a = there), 0);
    TELL(a, pingpong, .a = 100, .b = 0);
    TELL(b, cu_pingpong, .slot = 1, .a = 100, .b = 1);
    CHECK_EQ(actor_hear(b), 0);
    CHECK_EQ(actor_hear(a), 0);
    stage_close();
}

TEST(fds_carry_a_fence_and_the_last_holders_end)
{
    stage_open_alone();
    a = actor_start();
    b = actor_start();
    CHECK_EQ(ASK(a, make_fence, .a = 3), 0);
    passed(a, GET(a, fence_handle), b);
    uint64_t there = b->last.value;
    CHECK_EQ(ASK(b, cu_fence, .a = there), 0);
    CHECK_EQ(ASK(b, close, .a = there), 0);
    CHECK_EQ(ASK(b, cu_wait, .a = 4), 0);
    TELL(b, cu_sync);
    CHECK(!actor_answers(b, 50));
    CHECK_EQ(ASK(a, signal, .a = 4), 0);
    CHECK_EQ(actor_hear(b), 0);
    CHECK_EQ(ASK(b, cu_wait, .a = 100), 0);
    CHECK_EQ(ASK(b, cu_drop), 0);
    TELL(b, cu_sync);
    CHECK(!actor_answers(b, 200));
    actor_kill(a); /* the last holder */
    actor_hear(b);
    stage_close();
}

TEST(fds_in_flight_hold_the_object)
{
    stage_open_alone();
    two(NT, 12);
    CHECK_EQ(ASK(a, export, .a = handle), 0);
    struct order import = {.op = DO_import, .fd_count = a->last.fd_count};
    memcpy(import.fds, a->last.fds, sizeof(import.fds));
    actor_kill(a);
    CHECK_EQ(actor_ask(b, &import), 0); /* the test itself was the only holder */
    CHECK_EQ(ASK(b, open_nt, .a = b->last.value), 0);
    CHECK_EQ(ASK(b, read, .a = 12), 0);
    for (unsigned i = 0; i < import.fd_count; i++)
        close(import.fds[i]);
    stage_close();
}

/* ---- Wrong fds: a hostile sender, while a pair goes on ---- */

static int sealed(off_t size, int seals)
{
    int fd = memfd_create("wrong", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    CHECK_EQ(ftruncate(fd, size), 0);
    CHECK_EQ(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

/*
 * No fd that is taken can shrink while it is mapped: F_SEAL_SHRINK is asked for before its size
 * is, and cannot be taken off, so the kernel refuses every ftruncate(); holes may be punched,
 * but reading one gives zeros. (In huge pages it may give SIGBUS: those are refused.)
 */
TEST(what_was_taken_cannot_shrink)
{
    stage_open_alone();
    two(KEYED_NT, 15);
    passed(a, handle, b);
    CHECK_EQ(ASK(b, open_nt, .a = b->last.value), 0);
    CHECK_EQ(ASK(b, read, .a = 15), 0);
    CHECK_EQ(ASK(a, export, .a = handle), 0);
    CHECK_EQ(a->last.fd_count, 4);
    bool gpu = gpu_device_wanted();
    for (unsigned i = gpu ? 3 : 2; i < 4; i++) { /* payload, if it is no GPU's; sync page */
        int fd = a->last.fds[i];
        CHECK_EQ(ftruncate(fd, 0), -1);
        CHECK_EQ(errno, EPERM);
        CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), -1);
        CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 << 20), 0);
    }
    CHECK_EQ(ASK(b, read, .a = 15) & 0xffff0000u, gpu ? 0 : WRONG_BYTE); /* it lives */
    CHECK(ASK(b, acquire, .a = 0, .b = 0) != 0); /* nobody of ours writes such a page */
    CHECK_EQ(ASK(b, write, .a = 16), 0);
    CHECK_EQ(ASK(b, read, .a = 16), 0);
    for (unsigned i = 0; i < a->last.fd_count; i++)
        close(a->last.fds[i]);
    stage_close();
}

/* The fds of a real object with one in its place: refused, whatever it is. */
static void refused(unsigned at, int wrong)
{
    struct order import = {.op = DO_import};
    CHECK_EQ(ASK(a, export, .a = handle), 0);
    import.fd_count = a->last.fd_count;
    memcpy(import.fds, a->last.fds, sizeof(import.fds));
    close(import.fds[at]);
    import.fds[at] = wrong;
    CHECK(actor_ask(b, &import) != 0);
    CHECK(b->last.why[0] != 0);
    for (unsigned i = 0; i < import.fd_count; i++)
        close(import.fds[i]);
}

TEST(wrong_fds_are_refused)
{
    stage_open_alone();
    two(KEYED_NT, 13);
    for (unsigned at = 0; at < 4; at++) {
        int ends[2];
        CHECK_EQ(pipe(ends), 0);
        close(ends[0]);
        if (at != 1) /* the write end of a pipe is right there; whose it is nobody can tell */
            refused(at, ends[1]);
        else
            close(ends[1]);
        refused(at, open("/tmp", O_RDONLY | O_DIRECTORY));
        refused(at, open("/dev/null", O_RDWR));
        refused(at, sealed(4096, 0)); /* could shrink while it is mapped */
        refused(at, sealed(0, F_SEAL_SHRINK | F_SEAL_GROW));
        refused(at, sealed(1, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
    }
    CHECK_EQ(GET(b, live), 1); /* its staging buffer: of all that, nothing is left */
    stage_close();
}

/* Sealed and of the right size, yet its pages can be taken away: see what_was_taken_...
 * above. */
TEST(a_payload_in_huge_pages_is_refused)
{
    int huge = memfd_create("huge", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB | 21 << 26);
    if (huge < 0)
        SKIP("this kernel has no huge pages of 2 MiB");
    stage_open_alone();
    a = actor_start();
    b = actor_start();
    CHECK_EQ(ASK(a, make_buffer, .a = NT, .c = 2 << 20), 0);
    handle = GET(a, nt_handle);
    CHECK_EQ(ftruncate(huge, 2 << 20), 0);
    CHECK_EQ(fcntl(huge, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), 0);
    refused(2, huge);
    CHECK(strstr(b->last.why, gpu_device_wanted() ? "no memory of this GPU" : "huge pages"));
    stage_close();
}

TEST(too_few_fds_are_refused)
{
    stage_open_alone();
    two(NT, 14);
    for (unsigned count = 0; count < 3; count++) {
        struct order import = {.op = DO_import, .fd_count = count};
        CHECK_EQ(ASK(a, export, .a = handle), 0);
        memcpy(import.fds, a->last.fds, sizeof(import.fds));
        CHECK(actor_ask(b, &import) != 0);
        for (unsigned i = 0; i < a->last.fd_count; i++)
            close(import.fds[i]);
    }
    stage_close();
}
