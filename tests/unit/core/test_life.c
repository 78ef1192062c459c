/* SPDX-License-Identifier: MIT */
/*
 * Life pipes: the last owner of all processes ends an object, however it went; hostile parcels
 * are refused, with the reason, and leave nothing behind.
 */
#include "unit/core/parcel_rig.h"

#include <sys/mman.h>
#include <sys/stat.h>

/* Opens what comes and owns it until the parent says, or is killed. */
static int owner_role(int socket)
{
    struct parcel parcel;
    struct object *object;
    if (!rig_receive_parcel(socket, &parcel) ||
        parcel_open(rig_session(), &parcel, HOLDER_IMPORT, &object) != IST_OK)
        return 1;
    rig_say(socket);
    rig_hear(socket);
    object_drop(object, HOLDER_IMPORT);
    return 0;
}

/* A waiting queue pins the fence without owning it. */
struct waiting {
    struct queue *queue;
    struct fence *fence;
};

static struct waiting wait_without_owner(struct rig_peer *peer)
{
    struct waiting w = {rig_queue(), rig_fence(0)};
    struct parcel parcel = rig_parcel(&w.fence->object);
    CHECK(rig_send_parcel(peer->socket, &parcel));
    parcel_close(&parcel);
    CHECK(rig_hear(peer->socket));
    CHECK_EQ(queue_wait_fence(w.queue, w.fence, 100), IST_OK);
    rig_drop(&w.fence->object);
    CHECK_EQ(queue_sync(w.queue, queue_ticket(w.queue), rig_soon()), IST_TIMEOUT);
    return w;
}

TEST(a_wait_without_owner_ends_when_the_other_process_closes)
{
    struct rig_peer peer = rig_fork(owner_role);
    struct waiting w = wait_without_owner(&peer);
    rig_say(peer.socket);
    CHECK_EQ(rig_finish_queue(w.queue), IST_OK);
    CHECK_EQ(rig_reap(&peer), 0);
    queue_unref(w.queue);
}

TEST(a_wait_without_owner_ends_when_the_other_process_is_killed)
{
    struct rig_peer peer = rig_fork(owner_role);
    struct waiting w = wait_without_owner(&peer);
    CHECK_EQ(kill(peer.pid, SIGKILL), 0);
    CHECK_EQ(rig_finish_queue(w.queue), IST_OK);
    CHECK_EQ(rig_reap(&peer), 128 + SIGKILL);
    queue_unref(w.queue);
}

/* Takes the parcel of our fence, and sends one of it back when it is told to. */
static int returning_role(int socket)
{
    struct parcel parcel;
    struct object *object;
    if (!rig_receive_parcel(socket, &parcel) ||
        parcel_open(rig_session(), &parcel, HOLDER_IMPORT, &object) != IST_OK)
        return 1;
    rig_say(socket);
    rig_hear(socket);
    if (parcel_make(object, &parcel) != IST_OK || !rig_send_parcel(socket, &parcel))
        return 2;
    parcel_close(&parcel);
    object_drop(object, HOLDER_IMPORT);
    return 0;
}

TEST(an_object_that_only_waits_is_revived_by_its_parcel)
{
    struct rig_peer peer = rig_fork(returning_role);
    struct waiting w = wait_without_owner(&peer);
    struct parcel parcel;
    struct object *object = NULL;
    rig_say(peer.socket);
    CHECK(rig_receive_parcel(peer.socket, &parcel));
    CHECK_EQ(rig_reap(&peer), 0);
    CHECK_EQ(parcel_open(rig_session(), &parcel, HOLDER_IMPORT, &object), IST_OK);
    CHECK_PTR_EQ(object, &w.fence->object);
    CHECK_EQ(queue_sync(w.queue, queue_ticket(w.queue), rig_soon()), IST_TIMEOUT);
    fence_signal(w.fence, 100);
    CHECK_EQ(rig_finish_queue(w.queue), IST_OK);
    object_drop(object, HOLDER_IMPORT);
    queue_unref(w.queue);
}

TEST(the_last_owner_ends_the_object_for_parcels_too)
{
    struct fence *fence = rig_fence(0);
    struct queue *queue = rig_queue();
    struct parcel parcel = rig_parcel(&fence->object), dead;
    parcel_init(&dead);
    for (unsigned i = 0; i < PARCEL_FDS; i++)
        if (parcel.fd[i] >= 0 && i != PARCEL_LIFE)
            dead.fd[i] = fcntl(parcel.fd[i], F_DUPFD_CLOEXEC, 3);
    CHECK_EQ(queue_wait_fence(queue, fence, 100), IST_OK);
    rig_drop(&fence->object);
    CHECK_EQ(queue_sync(queue, queue_ticket(queue), rig_soon()), IST_TIMEOUT);
    parcel_close(&parcel); /* in flight: an owner of its own */
    CHECK_EQ(rig_finish_queue(queue), IST_OK);
    queue_unref(queue);
    struct object *object = NULL;
    CHECK_EQ(parcel_open(rig_session(), &dead, HOLDER_COM, &object), IST_BAD_PARCEL);
    CHECK(object == NULL);
}

/* ---- Hostile parcels ---- */

static void set_fd(struct parcel *parcel, unsigned index, int fd)
{
    if (parcel->fd[index] >= 0)
        close(parcel->fd[index]);
    parcel->fd[index] = fd;
}

static int memfd(size_t size, int seals)
{
    int fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    CHECK(fd >= 0);
    CHECK_EQ(ftruncate(fd, (off_t)size), 0);
    CHECK_EQ(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

#define SIZE_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static int some_pipe(int end)
{
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    close(ends[!end]);
    return ends[end];
}

static int directory(void)
{
    return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* A copy of the description with one byte changed, sealed like a real one. */
static int forged(const struct parcel *parcel, size_t at, unsigned char flip, size_t cut)
{
    unsigned char bytes[512];
    ssize_t size = pread(parcel->fd[PARCEL_DESCRIPTION], bytes, sizeof(bytes), 0);
    CHECK(size > 0 && at < (size_t)size);
    bytes[at] ^= flip;
    int fd = memfd_create("forged", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    CHECK_EQ(write(fd, bytes, (size_t)size - cut), size - (ssize_t)cut);
    CHECK_EQ(fcntl(fd, F_ADD_SEALS, SIZE_SEALS | F_SEAL_WRITE), 0);
    return fd;
}

/* Refused with this status, nothing left; the true object is unharmed. */
static void check_refused(struct parcel *parcel, enum ist_status wanted)
{
    struct object *object = NULL;
    CHECK_EQ(parcel_open(rig_session(), parcel, HOLDER_IMPORT, &object), wanted);
    CHECK(object == NULL);
    CHECK(status_reason()[0] != 0);
}

/* A parcel of an object that this process does not know. */
static struct parcel stranger(bool fence)
{
    struct object *object = fence ? &rig_fence(0)->object : &rig_keyed_texture()->object;
    struct parcel parcel = rig_parcel(object);
    rig_drop(object);
    return parcel;
}

TEST(wrong_fds_are_refused)
{
    for (unsigned index = 0; index < PARCEL_FDS; index++)
        for (unsigned what = 0; what < 6; what++) {
            struct parcel parcel = stranger(false);
            int fd = what == 0   ? -1
                     : what == 1 ? some_pipe(0)
                     : what == 2 ? directory()
                     : what == 3 ? memfd(65536, 0)
                     : what == 4 ? memfd(100, SIZE_SEALS)
                                 : open("/dev/null", O_RDWR | O_CLOEXEC);
            set_fd(&parcel, index, fd);
            check_refused(&parcel, IST_BAD_PARCEL);
        }
}

TEST(fds_that_should_not_be_there_are_refused)
{
    struct parcel parcel = stranger(true);
    set_fd(&parcel, PARCEL_PAYLOAD, memfd(65536, SIZE_SEALS));
    check_refused(&parcel, IST_BAD_PARCEL);
}

TEST(every_changed_byte_of_a_description_is_refused_or_harmless)
{
    struct parcel whole = stranger(false);
    struct stat st;
    CHECK_EQ(fstat(whole.fd[PARCEL_DESCRIPTION], &st), 0);
    for (size_t at = 0; at < (size_t)st.st_size; at++)
        for (unsigned char flip = 1; flip; flip = (unsigned char)(flip << 1)) {
            struct parcel parcel = stranger(false);
            struct object *object = NULL;
            set_fd(&parcel, PARCEL_DESCRIPTION, forged(&parcel, at, flip, 0));
            enum ist_status status = parcel_open(rig_session(), &parcel, HOLDER_COM, &object);
            if (status != IST_OK)
                continue;
            struct resource *r = resource_from_object(object);
            CHECK(r->memory.size >= r->layout.size); /* what it claims is all there */
            memset(r->memory.base, 1, r->layout.size);
            rig_drop(object);
        }
    parcel_close(&whole);
}

TEST(a_description_of_the_wrong_size_or_version_is_refused)
{
    struct parcel parcel = stranger(false);
    set_fd(&parcel, PARCEL_DESCRIPTION, forged(&parcel, 0, 0, 1));
    check_refused(&parcel, IST_BAD_PARCEL);
    parcel = stranger(false);
    set_fd(&parcel, PARCEL_DESCRIPTION, forged(&parcel, 4, 2, 0));
    check_refused(&parcel, IST_VERSION);
    parcel = stranger(false);
    set_fd(&parcel, PARCEL_DESCRIPTION, forged(&parcel, 24, 0xff, 0)); /* the device's uuid */
    check_refused(&parcel, IST_WRONG_DEVICE);
}

TEST(fds_of_another_object_under_a_known_id_are_refused)
{
    struct resource *r = rig_keyed_texture();
    struct parcel parcel = rig_parcel(&r->object), other = stranger(false);
    for (unsigned i = 0; i < PARCEL_FDS; i++) {
        if (i == PARCEL_DESCRIPTION)
            continue;
        struct parcel mixed;
        for (unsigned j = 0; j < PARCEL_FDS; j++)
            mixed.fd[j] = fcntl(i == j ? other.fd[j] : parcel.fd[j], F_DUPFD_CLOEXEC, 3);
        check_refused(&mixed, IST_BAD_PARCEL);
    }
    parcel_close(&parcel);
    parcel_close(&other);
    CHECK_EQ(object_held(&r->object, HOLDER_IMPORT), 0);
    rig_drop(&r->object);
}

TEST(a_read_end_is_no_life)
{
    struct parcel parcel = stranger(true);
    set_fd(&parcel, PARCEL_LIFE, some_pipe(0));
    check_refused(&parcel, IST_BAD_PARCEL);
}

static int signalling_role(int socket)
{
    struct parcel parcel;
    struct object *object;
    if (!rig_receive_parcel(socket, &parcel) ||
        parcel_open(rig_session(), &parcel, HOLDER_IMPORT, &object) != IST_OK)
        return 1;
    rig_say(socket);
    if (rig_hear(socket))
        fence_signal(fence_from_object(object), 5);
    rig_hear(socket);
    return 0; /* ends as an owner */
}

/* An event that waits for a fence is no owner of it, and hears of it all the same. */
TEST(an_event_hears_of_a_fence_that_only_another_process_owns)
{
    for (int signalled = 0; signalled < 2; signalled++) {
        struct rig_peer peer = rig_fork(signalling_role);
        struct fence *fence = rig_fence(0);
        struct event *event = rig_event(true);
        struct parcel parcel = rig_parcel(&fence->object);
        unsigned index = 9;
        CHECK(rig_send_parcel(peer.socket, &parcel));
        parcel_close(&parcel);
        CHECK(rig_hear(peer.socket));
        CHECK_EQ(fence_notify(fence, 5, event), IST_OK);
        rig_drop(&fence->object);
        CHECK(!rig_is_set(event));
        if (signalled)
            rig_say(peer.socket);
        else
            CHECK_EQ(kill(peer.pid, SIGKILL), 0);
        CHECK_EQ(event_wait(&event, 1, false, rig_late(), &index), IST_OK);
        CHECK_EQ(rig_reap(&peer), signalled ? 0 : 128 + SIGKILL);
        for (int i = 0; i < 10000 && object_live_count() > 1; i++)
            rig_nap(1); /* the hang-up frees the fence on the io thread */
        rig_drop(&event->object);
    }
}
