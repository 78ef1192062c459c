/* SPDX-License-Identifier: MIT */
/*
 * NT handles: per process, strong, with access bits. A value is a multiple of 4 below 2^30 and
 * carries a generation; closing it twice is refused. Values come in as 64 bits as the caller's
 * HANDLE holds them: only the low 32 count, the rest must be zero or their sign.
 */
#ifndef ISTHMUS_CORE_HANDLE_H
#define ISTHMUS_CORE_HANDLE_H

#include "core/object.h"

#define HANDLE_INHERIT 1U /* as Windows numbers them */
#define HANDLE_PROTECT_FROM_CLOSE 2U
#define HANDLE_FLAGS_ALL 3U

struct handle_info {
    enum object_kind kind;
    uint32_t access;
    unsigned flags;        /* HANDLE_* */
    unsigned handle_count; /* NT handles of the object */
    unsigned owner_count;  /* owners of every kind */
};

/*
 * A new handle that holds `object` once more, with a name if `name` is not NULL (UTF-8, see
 * name.h). IST_NAME_TAKEN, IST_BAD_NAME, IST_NAME_TOO_LONG, IST_NO_MEMORY, IST_NO_RESOURCES.
 */
enum ist_status handle_create(struct object *object, const char *name, uint32_t access,
                              unsigned flags, uint32_t *out) FRONT_API(handle_create)
    MUST_CHECK;

/*
 * The object behind a handle, held as `as` (an owner kind). `kind` OBJECT_ANY takes all.
 * IST_BAD_HANDLE: not live (the reason says: closed, never given out, or a KMT number).
 * IST_WRONG_TYPE: of another kind. IST_ACCESS_DENIED: lacks a bit of `access`.
 */
enum ist_status handle_get(struct session *session, uint64_t value, enum object_kind kind,
                           uint32_t access, enum holder as, struct object **out)
    FRONT_API(handle_get) MUST_CHECK;

/* IST_BAD_HANDLE as above, and for a handle that is protected from closing. */
enum ist_status handle_close(struct session *session, uint64_t value) FRONT_API(handle_close)
    MUST_CHECK;

/* A second handle of the same object, sharing its name. `access` NULL: the same rights. */
enum ist_status handle_duplicate(struct session *session, uint64_t value,
                                 const uint32_t *access, unsigned flags, uint32_t *out)
    FRONT_API(handle_duplicate) MUST_CHECK;

enum ist_status handle_query(struct session *session, uint64_t value, struct handle_info *out)
    FRONT_API(handle_query) MUST_CHECK;
enum ist_status handle_set_flags(struct session *session, uint64_t value, unsigned mask,
                                 unsigned flags) FRONT_API(handle_set_flags) MUST_CHECK;

/*
 * Calls fn for each open handle, for reports: under the handle's slot lock, so be short. `name`
 * is NULL for one without.
 */
void handle_each(struct session *session,
                 void (*fn)(uint32_t value, const struct object *object, const char *name,
                            void *arg),
                 void *arg);

/* What stands behind a handle; object and name are held like a handle's. */
struct name;
struct handle_parts {
    struct object *object;
    struct name *name;
    uint32_t access;
    unsigned flags;
};

/*
 * For process.c: one more holder of what stands behind a handle, dropped by name_drop() and
 * object_drop(HOLDER_HANDLE); and a new handle out of what another process sent. _known is for
 * the io thread, which must not wait for the broker: IST_BUSY if the handle may be arriving.
 */
struct remote_handle;
enum ist_status handle_share(struct session *session, uint64_t value, struct handle_parts *out)
    MUST_CHECK;
enum ist_status handle_share_known(struct session *session, uint64_t value,
                                   struct handle_parts *out) MUST_CHECK;
/* Ends a handle, whose holds are the caller's now. IST_BAD_HANDLE, without a reason. */
enum ist_status handle_detach(struct session *session, uint64_t value, struct handle_parts *out)
    MUST_CHECK;
enum ist_status handle_accept(struct session *session, struct remote_handle *sent,
                              uint32_t *out) MUST_CHECK;

/* For the client (remote_hooks.mail): takes in what other processes put here. */
void handle_fetch(void);

/* For fork: in the child, before its first use of the library. */
void handle_adopt(void);

/*
 * For name.c: a handle out of holds that the caller took on both (consumed, also on failure).
 */
enum ist_status handle_open_shared(struct object *object, struct name *name, uint32_t access,
                                   unsigned flags, uint32_t *out) MUST_CHECK;

#endif
