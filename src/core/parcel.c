/* SPDX-License-Identifier: MIT */
/*
 * Descriptions, and what makes and opens parcels. A description is a plain struct in a memfd
 * that is sealed against everything, so what was checked once stays true. No lock of its own.
 *
 * Opening assumes a hostile sender: each fd's type, size and seals are asked of the kernel, the
 * layout is computed again from the description, and everything that would be used later is
 * compared with it before anything is mapped.
 */
#include "core/parcel.h"

#include "base/gate.h"
#include "core/fence.h"
#include "core/life.h"
#include "core/resource.h"
#include "core/session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U /* since Linux 6.3 */
#endif

#define MAGIC 0x48545349U /* "ISTH" in memory */
#define VERSION 1U
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

enum { HAS_KEYED_MUTEX = 1, IS_CUBE = 2, IS_RENDER_TARGET = 4, ALL_BITS = 7 };

/* As it lies in the memfd; for all processes of one machine. Zero where a kind needs
 * nothing. */
struct description {
    uint32_t magic, version;
    struct id_key id;
    unsigned char device[16]; /* uuid */
    uint32_t kind;            /* enum object_kind */
    uint32_t fence_flags;     /* fences: the creator's */
    uint64_t payload;         /* resources: bytes of the payload fd */
    uint32_t sharing, bits;   /* resources, as all that follows */
    uint32_t dimension, format;
    uint64_t width;
    uint32_t height, depth, levels, slices;
    uint32_t row_align, unused;
    unsigned char creator[RESOURCE_CREATOR_BYTES];
};

_Static_assert(sizeof(struct description) == 168, "a new layout is a new version");

static const char *const fd_names[] = {"description", "sync page", "payload", "life pipe"};

void parcel_init(struct parcel *parcel)
{
    *parcel = (struct parcel){.kind = OBJECT_ANY};
    for (unsigned i = 0; i < PARCEL_FDS; i++)
        parcel->fd[i] = -1;
}

void parcel_close(struct parcel *parcel)
{
    for (unsigned i = 0; i < PARCEL_FDS; i++)
        if (parcel->fd[i] >= 0)
            close(take(&parcel->fd[i], -1));
}

static void fd_closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* ---- Making ---- */

static void describe_resource(const struct resource *r, struct description *out)
{
    const struct layout_request *shape = &r->desc.shape;
    memcpy(out->device, r->device->uuid, sizeof(out->device));
    out->payload = r->memory.size;
    out->sharing = r->desc.sharing;
    out->bits = (r->desc.keyed_mutex ? HAS_KEYED_MUTEX : 0U) | (r->desc.cube ? IS_CUBE : 0U) |
                (r->desc.render_target ? IS_RENDER_TARGET : 0U);
    out->dimension = shape->dimension;
    out->format = shape->format;
    out->width = shape->width;
    out->height = shape->height;
    out->depth = shape->depth;
    out->levels = shape->levels;
    out->slices = shape->slices;
    out->row_align = shape->row_align;
    memcpy(out->creator, r->desc.creator, sizeof(out->creator));
}

static void describe(struct object *object, struct id_key id, struct description *out)
{
    *out = (struct description){.magic = MAGIC,
                                .version = VERSION,
                                .id = id,
                                .kind = object->kind};
    if (object->kind == OBJECT_RESOURCE) {
        describe_resource(resource_from_object(object), out);
    } else {
        const struct fence *fence = fence_from_object(object);
        memcpy(out->device, fence->device->uuid, sizeof(out->device));
        out->fence_flags = fence->flags;
    }
}

static int memfd_new(void)
{
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = memfd_create("isthmus-object", flags | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("isthmus-object", flags);
    return fd;
}

static enum ist_status write_description(struct object *object, struct id_key id, int *out)
{
    struct description d;
    _cleanup_(fd_closep) int fd = memfd_new();
    if (fd < 0)
        return refuse(IST_NO_RESOURCES, "no memfd for a description: %s", strerror(errno));
    describe(object, id, &d);
    if (write(fd, &d, sizeof(d)) != (ssize_t)sizeof(d) || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
        return refuse(IST_NO_MEMORY, "cannot write a description: %s", strerror(errno));
    *out = take(&fd, -1);
    return IST_OK;
}

static enum ist_status check_shareable(const struct object *object)
{
    if (object->kind == OBJECT_FENCE)
        return IST_OK;
    if (object->kind != OBJECT_RESOURCE)
        return refuse(IST_NOT_SUPPORTED, "%s stays in its process: resources and fences cross",
                      object_kind_name(object->kind));
    const struct resource *r = container_of(object, const struct resource, object);
    if (r->desc.sharing != SHARING_NONE)
        return IST_OK;
    return refuse(IST_NOT_SUPPORTED, "the resource was not created to be shared");
}

/* The fds of the thing itself, which stay the object's. */
static enum ist_status borrow_fds(struct object *object, int fd[PARCEL_FDS])
{
    if (object->kind == OBJECT_FENCE)
        return fence_share(fence_from_object(object), &fd[PARCEL_SYNC]);
    struct resource *r = resource_from_object(object);
    fd[PARCEL_PAYLOAD] = r->memory.fd;
    return r->desc.keyed_mutex ? kmutex_share(&r->kmutex, &fd[PARCEL_SYNC]) : IST_OK;
}

static enum ist_status duplicate(const int from[PARCEL_FDS], struct parcel *out)
{
    for (unsigned i = 0; i < PARCEL_FDS; i++) {
        out->fd[i] = from[i] < 0 ? -1 : fcntl(from[i], F_DUPFD_CLOEXEC, 3);
        if (from[i] >= 0 && out->fd[i] < 0)
            return refuse(IST_NO_RESOURCES, "cannot duplicate the %s: %s", fd_names[i],
                          strerror(errno));
    }
    return IST_OK;
}

/* Under the crossing's lock: the description is written once, the pipe may not turn meanwhile.
 */
static enum ist_status collect_locked(struct crossing *c, int fd[PARCEL_FDS],
                                      struct parcel *out)
{
    if (c->description < 0) {
        enum ist_status status = write_description(c->object, c->entry.key, &c->description);
        if (status != IST_OK)
            return status;
    }
    if (c->state != LIFE_HELD || c->pipe < 0)
        return refuse(IST_BAD_HANDLE, "%s has ended", object_kind_name(c->object->kind));
    fd[PARCEL_DESCRIPTION] = c->description;
    fd[PARCEL_LIFE] = c->pipe;
    return duplicate(fd, out);
}

static uint64_t payload_bytes(struct object *object)
{
    return object->kind == OBJECT_RESOURCE ? resource_from_object(object)->memory.size : 0;
}

enum ist_status parcel_make(struct object *object, struct parcel *out)
{
    int borrowed[PARCEL_FDS] = {-1, -1, -1, -1};
    struct crossing *c;
    _cleanup_(parcel_close) struct parcel parcel;
    parcel_init(&parcel);
    enum ist_status status = check_shareable(object);
    if (status == IST_OK)
        status = crossing_get(object, &c);
    if (status == IST_OK)
        status = borrow_fds(object, borrowed);
    if (status != IST_OK)
        return status;

    gate_lock(&c->lock);
    status = collect_locked(c, borrowed, &parcel);
    gate_unlock(&c->lock);
    if (status != IST_OK)
        return status;
    *out = parcel;
    parcel_init(&parcel);
    memcpy(out->id, &c->entry.key, sizeof(out->id));
    out->kind = object->kind;
    out->bytes = payload_bytes(object);
    return IST_OK;
}

/* ---- Opening ---- */

static enum ist_status bad(const char *what, const char *why)
{
    return refuse(IST_BAD_PARCEL, "the parcel's %s %s", what, why);
}

/*
 * Only a memfd can be sealed, so reading it never waits for anybody. One byte more than there
 * should be is asked for: that tells the size.
 */
static enum ist_status read_description(int fd, struct description *out)
{
    unsigned char bytes[sizeof(*out) + 1] = {0};
    const char *what = fd_names[PARCEL_DESCRIPTION];
    if (fd < 0)
        return bad(what, "is missing");
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0)
        return bad(what, "is no memfd");
    if ((seals & SEALS) != SEALS)
        return bad(what, "is not sealed: it could change after it was checked");
    ssize_t size = pread(fd, bytes, sizeof(bytes), 0);
    if (size < 8)
        return bad(what, "is too short");
    memcpy(out, bytes, sizeof(*out));
    if (out->magic != MAGIC)
        return bad(what, "is something else");
    if (out->version != VERSION)
        return refuse(IST_VERSION,
                      "the object was made by a library with object version %u, "
                      "this one reads version %u",
                      out->version, VERSION);
    return size == (ssize_t)sizeof(*out) ? IST_OK : bad(what, "has the wrong size");
}

/* Both ends of a pipe may be passed on; only the one that says "I have it" is right. */
static enum ist_status check_life(int fd)
{
    struct stat st;
    const char *what = fd_names[PARCEL_LIFE];
    if (fd < 0)
        return bad(what, "is missing");
    if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode))
        return bad(what, "is no pipe");
    return (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY ? IST_OK : bad(what, "is no write end");
}

/* Exactly the fds that the description speaks of. */
static enum ist_status check_presence(const struct description *d, const struct parcel *p)
{
    bool sync = d->kind == OBJECT_FENCE || (d->bits & HAS_KEYED_MUTEX);
    bool payload = d->kind == OBJECT_RESOURCE;
    if (sync != (p->fd[PARCEL_SYNC] >= 0))
        return bad(fd_names[PARCEL_SYNC], sync ? "is missing" : "is more than there should be");
    if (payload != (p->fd[PARCEL_PAYLOAD] >= 0))
        return bad(fd_names[PARCEL_PAYLOAD],
                   payload ? "is missing" : "is more than there should be");
    return IST_OK;
}

static struct device *find_device(const struct session *session, const unsigned char uuid[16])
{
    for (unsigned i = 0; i < session->device_count; i++)
        if (memcmp(session->devices[i]->uuid, uuid, 16) == 0)
            return session->devices[i];
    return NULL;
}

static enum ist_status check_kind(const struct description *d)
{
    const char *what = fd_names[PARCEL_DESCRIPTION];
    if (d->kind != OBJECT_RESOURCE && d->kind != OBJECT_FENCE)
        return bad(what, "names no kind that crosses");
    if (d->kind == OBJECT_FENCE)
        return IST_OK;
    if (d->sharing != SHARING_KMT && d->sharing != SHARING_NT)
        return bad(what, "is of a resource that is not shared");
    if (d->dimension > DIMENSION_3D || (d->bits & ~(uint32_t)ALL_BITS))
        return bad(what, "has values that do not exist");
    if ((d->bits & IS_CUBE) && (d->dimension != DIMENSION_2D || d->slices % 6 != 0))
        return bad(what, "speaks of a cube without six slices");
    return IST_OK;
}

static struct resource_desc resource_desc_of(const struct description *d)
{
    struct resource_desc desc = {
        .shape =
            {
                .dimension = d->dimension,
                .format = d->format,
                .width = d->width,
                .height = d->height,
                .depth = d->depth,
                .levels = d->levels,
                .slices = d->slices,
                .row_align = d->row_align,
            },
        .sharing = d->sharing,
        .keyed_mutex = (d->bits & HAS_KEYED_MUTEX) != 0,
        .cube = (d->bits & IS_CUBE) != 0,
        .render_target = (d->bits & IS_RENDER_TARGET) != 0,
    };
    memcpy(desc.creator, d->creator, sizeof(desc.creator));
    return desc;
}

/* A new object over the fds that it takes out of the parcel. */
static enum ist_status build(struct session *session, const struct description *d,
                             struct parcel *p, enum holder as, struct object **out)
{
    struct device *device = find_device(session, d->device);
    if (!device)
        return refuse(IST_WRONG_DEVICE, "the object lies on a device that this process has "
                                        "not");
    int sync = take(&p->fd[PARCEL_SYNC], -1);
    if (d->kind == OBJECT_FENCE) {
        struct fence *fence;
        enum ist_status status = fence_open(session, device, d->fence_flags, sync, as, &fence);
        if (status == IST_OK)
            *out = &fence->object;
        return status;
    }
    struct resource_desc desc = resource_desc_of(d);
    struct resource_fds fds = {.payload = take(&p->fd[PARCEL_PAYLOAD], -1),
                               .sync = sync,
                               .bytes = d->payload};
    struct resource *resource;
    enum ist_status status = resource_open(session, device, &desc, fds, as, &resource);
    if (status != IST_OK)
        return status;
    *out = &resource->object;
    return IST_OK;
}

static bool same_file(int a, int b)
{
    struct stat first, second;
    return a >= 0 && b >= 0 && fstat(a, &first) == 0 && fstat(b, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* Somebody who knows the id of our object must not hang other fds under it. */
static enum ist_status check_same(struct crossing *c, const int fd[PARCEL_FDS])
{
    int ours[PARCEL_FDS] = {-1, -1, -1, -1};
    enum ist_status status = borrow_fds(c->object, ours);
    if (status != IST_OK)
        return status;
    gate_lock(&c->lock);
    bool life = c->pipe < 0 || same_file(c->pipe, fd[PARCEL_LIFE]);
    gate_unlock(&c->lock);
    bool payload = ours[PARCEL_PAYLOAD] < 0
                       ? fd[PARCEL_PAYLOAD] < 0
                       : same_file(ours[PARCEL_PAYLOAD], fd[PARCEL_PAYLOAD]);
    bool sync = ours[PARCEL_SYNC] < 0 ? fd[PARCEL_SYNC] < 0
                                      : same_file(ours[PARCEL_SYNC], fd[PARCEL_SYNC]);
    return life && payload && sync ? IST_OK
                                   : bad("fds", "belong to another object than its id says");
}

/* The object that this process has already, and its caller has pinned. */
static enum ist_status join(struct crossing *c, const int fd[PARCEL_FDS], int *write_end,
                            enum holder as, struct object **out)
{
    enum ist_status status = check_same(c, fd);
    if (status == IST_OK && !life_revive(c, as, write_end))
        status = refuse(IST_BAD_HANDLE, "%s has ended", object_kind_name(c->object->kind));
    if (status == IST_OK)
        *out = c->object;
    return status;
}

/* What the new object will need is there before the object is: nothing fails after that. */
static enum ist_status prepare(struct id_key id, struct parcel *p, struct crossing **out)
{
    enum ist_status status =
        crossing_new(id, p->fd[PARCEL_LIFE], p->fd[PARCEL_DESCRIPTION], out);
    if (status == IST_OK)
        p->fd[PARCEL_LIFE] = p->fd[PARCEL_DESCRIPTION] = -1;
    return status;
}

/*
 * The same object came in by another thread meanwhile: that one counts. The fds are with our
 * object by now; they must be of the same files, then it goes.
 */
static enum ist_status join_other(struct crossing *other, struct crossing *c, enum holder as,
                                  struct object **out)
{
    int ours[PARCEL_FDS] = {-1, -1, -1, -1};
    _cleanup_(fd_closep) int life = fcntl(c->pipe, F_DUPFD_CLOEXEC, 3);
    if (life < 0)
        return refuse(IST_NO_RESOURCES, "cannot keep the life pipe: %s", strerror(errno));
    enum ist_status status = borrow_fds(c->object, ours);
    ours[PARCEL_LIFE] = life;
    return status == IST_OK ? join(other, ours, &life, as, out) : status;
}

static enum ist_status open_new(struct session *session, const struct description *d,
                                struct parcel *p, enum holder as, struct object **out)
{
    struct crossing *c;
    struct object *object = NULL;
    enum ist_status status = prepare(d->id, p, &c);
    if (status != IST_OK)
        return status;
    status = build(session, d, p, as, &object);
    if (status != IST_OK) {
        crossing_free(c);
        return status;
    }
    struct crossing *other = crossing_enter(c, object);
    if (!other) {
        *out = object;
        return IST_OK;
    }
    status = join_other(other, c, as, out);
    object_drop(object, as);
    object_unpin(other->object);
    return status;
}

/* Only the description says whether the third fd of three is a payload. */
static void place_third(struct parcel *p, const struct description *d)
{
    if (p->kind == OBJECT_ANY && d->kind == OBJECT_FENCE && p->fd[PARCEL_SYNC] < 0)
        p->fd[PARCEL_SYNC] = take(&p->fd[PARCEL_PAYLOAD], -1);
}

static enum ist_status check(struct parcel *p, struct description *d)
{
    enum ist_status status = read_description(p->fd[PARCEL_DESCRIPTION], d);
    if (status == IST_OK)
        status = check_kind(d);
    if (status == IST_OK)
        place_third(p, d);
    if (status == IST_OK)
        status = check_life(p->fd[PARCEL_LIFE]);
    return status == IST_OK ? check_presence(d, p) : status;
}

enum ist_status parcel_open(struct session *session, struct parcel *taken, enum holder as,
                            struct object **out)
{
    _cleanup_(parcel_close) struct parcel p = *taken;
    struct description d;
    parcel_init(taken);
    enum ist_status status = check(&p, &d);
    if (status != IST_OK)
        return status;
    struct crossing *known = crossing_find(session, d.id);
    if (!known)
        return open_new(session, &d, &p, as, out);
    status = join(known, p.fd, &p.fd[PARCEL_LIFE], as, out);
    object_unpin(known->object);
    return status;
}

/* ---- Without gaps ---- */

static const unsigned fd_order[PARCEL_FDS] = {PARCEL_DESCRIPTION, PARCEL_LIFE, PARCEL_PAYLOAD,
                                              PARCEL_SYNC};

unsigned parcel_to_fds(const struct parcel *parcel, int fds[PARCEL_FDS])
{
    unsigned count = 0;
    for (unsigned i = 0; i < PARCEL_FDS; i++)
        if (parcel->fd[fd_order[i]] >= 0)
            fds[count++] = parcel->fd[fd_order[i]];
    return count;
}

void parcel_from_fds(const int *fds, unsigned count, struct parcel *out)
{
    parcel_init(out);
    for (unsigned i = 0; i < count && i < PARCEL_FDS; i++)
        out->fd[fd_order[i]] = fds[i];
}
