/* SPDX-License-Identifier: MIT */
/*
 * What core asks of other processes: numbers, names and handles that cross. Declared by core,
 * implemented by src/broker/client*.c, which speaks to the user's broker.
 *
 * Every call is one round trip to the broker on a socket that the whole process shares, under
 * one lock; the post (drop) is sent and not waited for. Without a broker (switched off, no
 * executable, no folder) the requests answer IST_NO_BROKER and the post does nothing: names and
 * numbers then work within the process. Requests that only look something up never start a
 * broker. All calls are safe from any thread.
 *
 * The hooks are called with the client's lock held: hold none of the locks that they take while
 * calling a function of this file, and call none of it from a hook.
 */
#ifndef ISTHMUS_CORE_REMOTE_H
#define ISTHMUS_CORE_REMOTE_H

#include "core/object.h"
#include "core/parcel.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define REMOTE_KEY_BYTES 1104 /* a name's folded key with its directory, and the final 0 */

/* Values that the broker gives to handles pushed into another process have this bit. */
#define REMOTE_VALUE_BIT 0x20000000U

/* How a name is found: name.c makes both texts. */
struct remote_name {
    const char *key, *exact; /* folded with its directory; as it was given */
    bool exact_case;         /* `exact` must fit, too */
};

/* A handle under way between processes. The parcel's fds belong to whoever has the struct. */
struct remote_handle {
    struct parcel parcel;
    uint32_t access;
    unsigned flags;                  /* HANDLE_* */
    uint32_t value;                  /* remote_take(): what it is called here */
    char name_key[REMOTE_KEY_BYTES]; /* "": the handle holds no name */
};

/* One object as this process holds it: a line of `isthmus ls`. */
struct remote_report {
    unsigned char id[16];
    enum object_kind kind;
    uint64_t bytes;              /* of the payload */
    uint32_t held[HOLDER_KINDS]; /* holders of this process by kind */
    bool has_mutex, has_fence;
    uint32_t mutex_state; /* 0 free, 1 held, 2 abandoned */
    uint32_t mutex_owner; /* the thread id that the page names while it is held */
    uint64_t mutex_key;   /* while it is free */
    uint64_t fence_value;
    uint32_t fence_waiters;
};

/* What the client needs to ask core. */
struct remote_hooks {
    /* Visits every crossed object that has an owner here: after the broker's death they are
     * registered again. The parcel is borrowed for the call. */
    void (*each_crossed)(void (*visit)(void *arg, const struct parcel *parcel), void *arg);
    /* The same objects, as `isthmus ls` shows them. */
    void (*report)(void (*visit)(void *arg, const struct remote_report *report), void *arg);
    /* Another process duplicates our handle `value` (and closes it, if close_source). Fills
     * *out, whose fds the client then owns. IST_BAD_HANDLE and what parcel_make() answers;
     * IST_BUSY: perhaps it is just arriving here, ask again. */
    enum ist_status (*give)(uint64_t value, bool close_source, struct remote_handle *out);
    /* Handles were pushed to us: remote_take() has them. Alone called without the lock. */
    void (*mail)(void);
};

/* Before the first other call; `hooks` lives for ever. Connects to nothing yet. */
void remote_start(const struct remote_hooks *hooks);

/*
 * The object's number, the same for every process that asks. The parcel is borrowed.
 * IST_NO_BROKER, IST_QUOTA (the reason names the limit), IST_NO_RESOURCES.
 */
enum ist_status remote_publish(const struct parcel *parcel, uint32_t *kmt) MUST_CHECK;

/* The object behind a number; *out is the caller's. IST_BAD_HANDLE: no live object has it. */
enum ist_status remote_find_number(uint32_t kmt, struct parcel *out) MUST_CHECK;

/*
 * Gives the object a name, held once by this process. IST_NAME_TAKEN, IST_QUOTA, IST_NO_BROKER.
 */
enum ist_status remote_bind(const struct remote_name *name, const struct parcel *parcel,
                            uint32_t access) MUST_CHECK;

/* IST_NOT_FOUND: no process has a handle of that name. *out is the caller's. */
enum ist_status remote_find_name(const struct remote_name *name, struct parcel *out) MUST_CHECK;

/*
 * Holds of a name are counted: each call of remote_hold_name(), remote_bind(), and each handle
 * with a name out of remote_take() or remote_pull() is one, for remote_drop_name(). Holding
 * answers IST_NOT_FOUND if the name has gone, or is another's now.
 */
enum ist_status remote_hold_name(const char *key, const unsigned char id[16]) MUST_CHECK;
void remote_drop_name(const char *key, const unsigned char id[16]);

/*
 * For fork: the child inherits names without a hold. This ends those that it has not held since
 * then: threads of the parent were at them.
 */
void remote_names_adopted(void);

/*
 * A new handle in process `target`: *value is its value there. name_key NULL or "": none.
 * IST_NOT_FOUND: no such process. IST_ACCESS_DENIED: another user's. IST_QUOTA, IST_NO_BROKER.
 */
enum ist_status remote_push(pid_t target, const struct parcel *parcel, uint32_t access,
                            unsigned flags, const char *name_key, uint32_t *value) MUST_CHECK;

/* What another process pushed to us under `value` (0: the oldest); taken once.
 * IST_BAD_HANDLE. */
enum ist_status remote_take(uint32_t value, struct remote_handle *out) MUST_CHECK;

/*
 * A copy of handle `value` of process `source`. IST_NOT_FOUND, IST_ACCESS_DENIED as above,
 * IST_NOT_SUPPORTED: it uses no broker. IST_TIMEOUT: it does not answer. IST_BAD_HANDLE.
 */
enum ist_status remote_pull(pid_t source, uint64_t value, bool close_source,
                            struct remote_handle *out) MUST_CHECK;

#endif
