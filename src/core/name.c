/* SPDX-License-Identifier: MIT */
/*
 * The directory of names. Looking up folds case the way the system's C.UTF-8 tables do, so that
 * it does not depend on the user's locale. All entries are guarded by session->names_lock.
 *
 * The directory holds the names that handles of this process keep; those of other processes are
 * asked of the broker, which is the truth for all (events excepted: they stay here). No lock is
 * held meanwhile: an entry that the broker is being told of is NEW or LEAVING, and who meets a
 * leaving one waits until it has gone, so that a drop and the next hold keep their order.
 */
#include "core/name.h"

#include "base/gate.h"
#include "core/handle.h"
#include "core/life.h"
#include "core/parcel.h"
#include "core/remote.h"
#include "core/session.h"

#include <locale.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <wctype.h>

#define LOCAL_PREFIX "Local\\"
#define GLOBAL_PREFIX "Global\\"
#define MAX_UTF8 4 /* bytes of one character */

struct name {
    struct list link;      /* in a chain of session->names */
    struct object *object; /* not held: the handles hold it */
    unsigned handles;      /* handles of this entry; the last one removes it */
    enum { HERE, NEW, LEAVING } state;
    bool remote;       /* the broker holds it for us, under the object's id */
    const char *exact; /* the name as it was given, behind the key */
    char key[];        /* folded, with its directory in front */
};

/* Decodes one character; 0 for what is not UTF-8 (or ends here). */
static unsigned decode(const unsigned char *s, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned len = s[0] < 0x80       ? 1
                   : s[0] >> 5 == 6  ? 2
                   : s[0] >> 4 == 14 ? 3
                   : s[0] >> 3 == 30 ? 4
                                     : 0;
    if (len == 0)
        return 0;
    uint32_t c = len == 1 ? s[0] : s[0] & (0x7fU >> len);
    for (unsigned i = 1; i < len; i++) {
        if (s[i] >> 6 != 2)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    *out = c;
    return len;
}

static unsigned encode(uint32_t c, char *out)
{
    unsigned len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (len == 1) {
        out[0] = (char)c;
        return 1;
    }
    for (unsigned i = len - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)((0xf00U >> len) | c);
    return len;
}

static locale_t fold_locale;
static pthread_once_t fold_once = PTHREAD_ONCE_INIT;

static void fold_init(void)
{
    fold_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* In the gate: newlocale() holds a lock that libc does not free in the child of a fork. */
static void fold_ready(void)
{
    gate_enter();
    pthread_once(&fold_once, fold_init);
    gate_leave();
}

static uint32_t fold(uint32_t c)
{
    if (fold_locale)
        return (uint32_t)towupper_l((wint_t)c, fold_locale);
    return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

/* Folds the part after the prefix into `out`. */
static enum ist_status fold_all(const char *utf8, char *out)
{
    unsigned units = 0;
    fold_ready();
    for (const unsigned char *s = (const unsigned char *)utf8; *s;) {
        uint32_t c;
        unsigned len = decode(s, &c);
        if (!len)
            return refuse(IST_BAD_NAME, "name \"%s\" is not UTF-8", utf8);
        if (c == '\\')
            return refuse(IST_BAD_NAME,
                          "name \"%s\": a backslash may follow only Local or Global", utf8);
        units += c >= 0x10000 ? 2 : 1;
        if (units > NAME_MAX_CHARS)
            return refuse(IST_NAME_TOO_LONG, "name \"%.40s...\" is longer than %d characters",
                          utf8, NAME_MAX_CHARS);
        out += encode(fold(c), out);
        s += len;
    }
    *out = 0;
    return units ? IST_OK : refuse(IST_BAD_NAME, "the name is empty");
}

#define KEY_BYTES (NAME_MAX_CHARS * MAX_UTF8 + 8)

/* What a name is found by. */
struct key {
    const char *exact;      /* the caller's string, behind its prefix */
    char folded[KEY_BYTES]; /* directory and folded name */
};

static enum ist_status make_key(const char *utf8, struct key *out)
{
    bool global = strncmp(utf8, GLOBAL_PREFIX, strlen(GLOBAL_PREFIX)) == 0;
    if (global)
        utf8 += strlen(GLOBAL_PREFIX);
    else if (strncmp(utf8, LOCAL_PREFIX, strlen(LOCAL_PREFIX)) == 0)
        utf8 += strlen(LOCAL_PREFIX);
    out->exact = utf8;
    out->folded[0] = global ? 'G' : 'L';
    return fold_all(utf8, out->folded + 1);
}

/* Windows looks graphics objects up without regard to case, events with it; tests show both. */
static bool matches(const struct name *name, const struct key *key, enum object_kind kind)
{
    return strcmp(name->key, key->folded) == 0 &&
           (kind != OBJECT_EVENT || strcmp(name->exact, key->exact) == 0);
}

/* FNV-1a, folded once more: the chains are chosen by its low bits. */
static struct list *chain_locked(struct session *session, const char *folded)
{
    uint64_t h = 0xcbf29ce484222325U;
    for (; *folded; folded++)
        h = (h ^ (unsigned char)*folded) * 0x100000001b3U;
    struct list *chain = &session->names[(h ^ h >> 32) % SESSION_NAME_CHAINS];
    if (!chain->next)
        list_init(chain);
    return chain;
}

/* Any entry of that name, whatever its state. */
static struct name *find_locked(struct session *session, const struct key *key,
                                enum object_kind kind)
{
    list_for_each (item, next, chain_locked(session, key->folded)) {
        struct name *name = container_of(item, struct name, link);
        if (matches(name, key, kind))
            return name;
    }
    return NULL;
}

/* Takes the lock when nobody is leaving under that name. */
static struct name *lock_and_find(struct session *session, const struct key *key,
                                  enum object_kind kind)
{
    for (;;) {
        gate_lock(&session->names_lock);
        struct name *name = find_locked(session, key, kind);
        if (!name || name->state != LEAVING)
            return name;
        gate_unlock(&session->names_lock);
        sched_yield();
    }
}

static struct name *name_new(struct object *object, const struct key *key)
{
    size_t folded = strlen(key->folded) + 1, exact = strlen(key->exact) + 1;
    struct name *entry = malloc(sizeof(*entry) + folded + exact);
    if (!entry)
        return NULL;
    *entry = (struct name){.object = object, .handles = 1, .state = NEW};
    memcpy(entry->key, key->folded, folded);
    entry->exact = memcpy(entry->key + folded, key->exact, exact);
    return entry;
}

static void free_unlinked(struct session *session, struct name *entry)
{
    gate_lock(&session->names_lock);
    list_remove(&entry->link);
    gate_unlock(&session->names_lock);
    free(entry);
}

/* Events stay in their process; so does everything where there is no broker. */
static bool crosses(const struct session *session, enum object_kind kind)
{
    return kind != OBJECT_EVENT && !session->alone;
}

static struct remote_name remote_name_of(const struct key *key)
{
    return (struct remote_name){.key = key->folded, .exact = key->exact};
}

/* The same name for all processes: another one may have it. */
static enum ist_status bind_remote(struct name *entry, const struct key *key)
{
    struct remote_name name = remote_name_of(key);
    _cleanup_(parcel_close) struct parcel parcel;
    parcel_init(&parcel);
    enum ist_status status = parcel_make(entry->object, &parcel);
    if (status == IST_NOT_SUPPORTED) /* nobody else could use it: its name stays here, too */
        return IST_OK;
    if (status == IST_OK)
        status = remote_bind(&name, &parcel, 0);
    entry->remote = status == IST_OK;
    return status == IST_NO_BROKER ? IST_OK : status;
}

static void set_here(struct session *session, struct name *entry)
{
    gate_lock(&session->names_lock);
    entry->state = HERE;
    gate_unlock(&session->names_lock);
}

enum ist_status name_bind(struct object *object, const char *utf8, struct name **out)
{
    struct key key;
    enum ist_status status = make_key(utf8, &key);
    if (status != IST_OK)
        return status;

    struct name *entry = name_new(object, &key);
    if (!entry)
        return refuse(IST_NO_MEMORY, "no memory for the name \"%s\"", utf8);

    struct session *session = object->session;
    const struct name *taken = lock_and_find(session, &key, object->kind);
    enum object_kind kind = taken ? taken->object->kind : OBJECT_ANY;
    if (!taken)
        list_append(chain_locked(session, entry->key), &entry->link);
    gate_unlock(&session->names_lock);

    if (taken) {
        free(entry);
        return refuse(IST_NAME_TAKEN, "name \"%s\" belongs to %s that is alive", utf8,
                      object_kind_name(kind));
    }
    if (crosses(session, object->kind))
        status = bind_remote(entry, &key);
    if (status != IST_OK) {
        free_unlinked(session, entry);
        return status;
    }
    set_here(session, entry);
    *out = entry;
    return IST_OK;
}

const char *name_text(const struct name *name)
{
    return name->exact;
}

const char *name_key(const struct name *name)
{
    return name->remote ? name->key : "";
}

void name_hold(struct session *session, struct name *name)
{
    if (!name)
        return;
    gate_lock(&session->names_lock);
    name->handles++;
    gate_unlock(&session->names_lock);
}

static void id_of(const struct object *object, unsigned char id[PARCEL_ID_BYTES])
{
    const struct crossing *c = load_acquire(&object->crossing);
    memcpy(id, &c->entry.key, PARCEL_ID_BYTES);
}

/* The broker hears of it before the name is free here. */
static void leave(struct session *session, struct name *name)
{
    unsigned char id[PARCEL_ID_BYTES];
    if (name->remote) {
        id_of(name->object, id);
        remote_drop_name(name->key, id);
    }
    free_unlinked(session, name);
}

void name_drop(struct session *session, struct name *name)
{
    if (!name)
        return;
    gate_lock(&session->names_lock);
    bool last = --name->handles == 0;
    if (last)
        name->state = LEAVING;
    gate_unlock(&session->names_lock);
    if (last)
        leave(session, name);
}

/* What a look-up wants. */
struct wanted {
    struct session *session;
    const char *utf8;
    enum object_kind kind, found;
    enum holder as;
};

/* Checks the kind and takes the holds, under one lock. IST_NOT_FOUND: no such name here. */
static enum ist_status get_here(struct wanted *want, const struct key *key,
                                struct object **object, struct name **entry)
{
    struct name *name = lock_and_find(want->session, key, want->kind);
    bool found = name && name->state == HERE;
    want->found = found ? name->object->kind : OBJECT_ANY;
    bool fits = found && (want->kind == OBJECT_ANY || want->kind == want->found);
    if (fits) {
        *object = name->object;
        object_hold(name->object, want->as);
        if (entry) {
            name->handles++;
            *entry = name;
        }
    }
    gate_unlock(&want->session->names_lock);
    return fits ? IST_OK : found ? IST_WRONG_TYPE : IST_NOT_FOUND;
}

/* What another process has named. */
static enum ist_status get_elsewhere(struct wanted *want, const struct key *key,
                                     struct object **object, struct name **entry)
{
    struct remote_name name = remote_name_of(key);
    struct parcel parcel;
    struct object *found;
    enum ist_status status = remote_find_name(&name, &parcel);
    if (status == IST_OK)
        status = parcel_open(want->session, &parcel, want->as, &found);
    if (status != IST_OK)
        return status;
    want->found = found->kind;
    if (want->kind != OBJECT_ANY && want->kind != found->kind)
        status = IST_WRONG_TYPE;
    else if (entry)
        status = name_attach(found, key->folded, key->exact, entry);
    if (status != IST_OK) {
        object_drop(found, want->as);
        return status;
    }
    *object = found;
    return IST_OK;
}

static enum ist_status get(struct wanted *want, struct object **object, struct name **entry)
{
    struct key key;
    enum ist_status status = make_key(want->utf8, &key);
    if (status != IST_OK)
        return status;
    status = get_here(want, &key, object, entry);
    if (status == IST_NOT_FOUND && crosses(want->session, want->kind))
        status = get_elsewhere(want, &key, object, entry);
    if (status == IST_NOT_FOUND || status == IST_NO_BROKER)
        return refuse(IST_NOT_FOUND,
                      "no object is named \"%s\": a name lives only while a handle "
                      "made with it is open",
                      want->utf8);
    if (status == IST_WRONG_TYPE)
        return refuse(IST_WRONG_TYPE, "name \"%s\" belongs to %s, %s was expected", want->utf8,
                      object_kind_name(want->found), object_kind_name(want->kind));
    return status;
}

enum ist_status name_get(struct session *session, const char *utf8, enum object_kind kind,
                         enum holder as, struct object **out)
{
    struct wanted want = {.session = session, .utf8 = utf8, .kind = kind, .as = as};
    return get(&want, out, NULL);
}

enum ist_status name_open_handle(struct session *session, const char *utf8,
                                 enum object_kind kind, uint32_t access, unsigned flags,
                                 uint32_t *out)
{
    struct wanted want = {.session = session, .utf8 = utf8, .kind = kind, .as = HOLDER_HANDLE};
    struct object *object;
    struct name *entry = NULL;
    enum ist_status status = get(&want, &object, &entry);
    if (status != IST_OK)
        return status;
    return handle_open_shared(object, entry, access, flags, out);
}

/* One more hold of an entry of this object, if it has one of that name. */
static struct name *join_entry(struct object *object, const struct key *key, bool *taken)
{
    for (;; sched_yield()) {
        struct name *name = lock_and_find(object->session, key, object->kind);
        bool undecided = name && name->state == NEW;
        bool ours = name && name->object == object && !undecided;
        *taken = name != NULL;
        if (ours)
            name->handles++;
        gate_unlock(&object->session->names_lock);
        if (!undecided)
            return ours ? name : NULL;
    }
}

/* The broker is told that this process holds the name now, too. */
static enum ist_status hold_remote(struct name *entry)
{
    unsigned char id[PARCEL_ID_BYTES];
    id_of(entry->object, id);
    enum ist_status status = remote_hold_name(entry->key, id);
    entry->remote = status == IST_OK;
    return status;
}

enum ist_status name_attach(struct object *object, const char *folded, const char *exact,
                            struct name **out)
{
    struct session *session = object->session;
    struct key key = {.exact = exact};
    bool taken;
    snprintf(key.folded, sizeof(key.folded), "%s", folded);
    *out = join_entry(object, &key, &taken);
    if (*out || taken)
        return *out ? IST_OK : IST_NOT_FOUND;

    struct name *entry = name_new(object, &key);
    if (!entry)
        return refuse(IST_NO_MEMORY, "no memory for a name");
    taken = lock_and_find(session, &key, object->kind) != NULL;
    if (!taken)
        list_append(chain_locked(session, entry->key), &entry->link);
    gate_unlock(&session->names_lock);
    if (taken) { /* by another thread, a moment ago */
        free(entry);
        return name_attach(object, folded, exact, out);
    }
    enum ist_status status = hold_remote(entry);
    if (status != IST_OK) {
        free_unlinked(session, entry);
        return status;
    }
    set_here(session, entry);
    *out = entry;
    return IST_OK;
}

static void adopt_chain(struct list *chain)
{
    list_for_each (item, next, chain) {
        struct name *name = container_of(item, struct name, link);
        if (name->state != HERE) { /* whoever was at it is the parent's; no handle has it */
            list_remove(item);
            free(name);
            continue;
        }
        if (name->remote)
            (void)hold_remote(name); /* or the name stays here */
    }
}

/* In the child of a fork: its handles hold their names for themselves. */
void name_adopt(struct session *session)
{
    for (unsigned i = 0; i < SESSION_NAME_CHAINS; i++)
        if (session->names[i].next)
            adopt_chain(&session->names[i]);
    if (!session->alone)
        remote_names_adopted();
}
