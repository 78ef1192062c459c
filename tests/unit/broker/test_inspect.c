/* SPDX-License-Identifier: MIT */
/* Looking at a parcel's fds, and at whether anybody has the object still. */
#include "broker/inspect.h"
#include "rig.h"

TEST(a_good_parcel_passes_and_is_measured)
{
    struct parcel p = rig_parcel();
    struct inspect_facts facts;
    CHECK_STR(inspect_parcel(&p, &facts), NULL);
    CHECK_EQ(facts.fds, 4);
    CHECK_EQ(facts.bytes, 256 + 4096 + RIG_BYTES);
    close(p.fd[PARCEL_SYNC]);
    p.fd[PARCEL_SYNC] = -1;
    CHECK_STR(inspect_parcel(&p, &facts), NULL);
    CHECK_EQ(facts.fds, 3);
    rig_drop(&p);
}

TEST(only_the_payload_may_be_a_file_of_a_driver)
{
    struct parcel p = rig_parcel();
    struct inspect_facts facts;
    int device = open("/dev/zero", O_RDWR | O_CLOEXEC);
    CHECK(device >= 0);
    CHECK_EQ(dup3(device, p.fd[PARCEL_PAYLOAD], O_CLOEXEC), p.fd[PARCEL_PAYLOAD]);
    CHECK_STR(inspect_parcel(&p, &facts), NULL);
    CHECK_EQ(facts.fds, 4);
    CHECK_EQ(facts.bytes, 256 + 4096 + p.bytes);
    CHECK_EQ(dup3(device, p.fd[PARCEL_SYNC], O_CLOEXEC), p.fd[PARCEL_SYNC]);
    CHECK_STR(inspect_parcel(&p, &facts), "a file descriptor is no memory file");
    close(device);
    rig_drop(&p);
}

/* A hole in them is no change of size, so seals do not keep their pages. */
TEST(memory_in_huge_pages_is_refused)
{
    struct parcel p = rig_parcel();
    struct inspect_facts facts;
    int huge = memfd_create("huge", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB);
    if (huge < 0) {
        rig_drop(&p);
        SKIP("this kernel has no huge pages");
    }
    CHECK_EQ(ftruncate(huge, 1 << 30), 0); /* of no size that some machine has not */
    CHECK_EQ(fcntl(huge, F_ADD_SEALS, RIG_SEALS | F_SEAL_SEAL), 0);
    CHECK_EQ(dup3(huge, p.fd[PARCEL_PAYLOAD], O_CLOEXEC), p.fd[PARCEL_PAYLOAD]);
    const char *wrong = inspect_parcel(&p, &facts);
    CHECK(wrong && strstr(wrong, "huge pages"));
    close(huge);
    rig_drop(&p);
}

/* What nobody can measure counts as what is said, and is never less for being more. */
TEST(bytes_of_a_driver_are_counted_without_running_over)
{
    struct parcel p = rig_parcel();
    struct inspect_facts facts;
    int device = open("/dev/zero", O_RDWR | O_CLOEXEC);
    CHECK_EQ(dup3(device, p.fd[PARCEL_PAYLOAD], O_CLOEXEC), p.fd[PARCEL_PAYLOAD]);
    p.bytes = UINT64_MAX - 4096;
    CHECK_STR(inspect_parcel(&p, &facts), NULL);
    CHECK_EQ(facts.bytes, UINT64_MAX);
    close(device);
    rig_drop(&p);
}

TEST(a_pipe_is_over_when_its_last_writer_has_gone)
{
    struct parcel p = rig_parcel();
    int reader = inspect_reader(p.fd[PARCEL_LIFE]);
    CHECK(reader >= 0 && !inspect_over(reader));
    int second = inspect_writer(reader);
    CHECK(second >= 0);
    CHECK_EQ(fcntl(second, F_GETFL) & O_ACCMODE, O_WRONLY);
    rig_drop(&p);
    CHECK(!inspect_over(reader));
    close(second);
    CHECK(inspect_over(reader));
    second = inspect_writer(reader); /* an object may be revived */
    CHECK(!inspect_over(reader));
    close(second);
    close(reader);
}

TEST(files_are_known_by_what_they_are)
{
    struct parcel p = rig_parcel(), q = rig_parcel();
    int copy = dup(p.fd[PARCEL_PAYLOAD]);
    CHECK(inspect_same_file(copy, p.fd[PARCEL_PAYLOAD]));
    CHECK(!inspect_same_file(q.fd[PARCEL_PAYLOAD], p.fd[PARCEL_PAYLOAD]));
    CHECK(!inspect_same_file(-1, copy));
    close(copy);
    rig_drop(&p);
    rig_drop(&q);
}
