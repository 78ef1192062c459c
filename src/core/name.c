/* SPDX-License-Identifier: MIT */
/*
 * The directory of names. Looking up folds case the way the system's C.UTF-8 tables do, so that
 * it does not depend on the user's locale. All entries are guarded by session->names_lock.
 */
#include "core/name.h"

#include "core/handle.h"
#include "core/session.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <wctype.h>

#define LOCAL_PREFIX "Local\\"
#define GLOBAL_PREFIX "Global\\"
#define MAX_UTF8 4 /* bytes of one character */

struct name {
    struct list link;      /* in session->names */
    struct object *object; /* not held: the handles hold it */
    unsigned handles;      /* handles of this entry; the last one removes it */
    const char *exact;     /* the name as it was given, behind the key */
    char key[];            /* folded, with its directory in front */
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

static uint32_t fold(uint32_t c)
{
    pthread_once(&fold_once, fold_init);
    if (fold_locale)
        return (uint32_t)towupper_l((wint_t)c, fold_locale);
    return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

/* Folds the part after the prefix into `out`. */
static enum ist_status fold_all(const char *utf8, char *out)
{
    unsigned units = 0;
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

static struct name *find_locked(struct session *session, const struct key *key,
                                enum object_kind kind)
{
    list_for_each (item, next, &session->names) {
        struct name *name = container_of(item, struct name, link);
        if (matches(name, key, kind))
            return name;
    }
    return NULL;
}

static struct name *name_new(struct object *object, const struct key *key)
{
    size_t folded = strlen(key->folded) + 1, exact = strlen(key->exact) + 1;
    struct name *entry = malloc(sizeof(*entry) + folded + exact);
    if (!entry)
        return NULL;
    entry->object = object;
    entry->handles = 1;
    memcpy(entry->key, key->folded, folded);
    entry->exact = memcpy(entry->key + folded, key->exact, exact);
    return entry;
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
    pthread_mutex_lock(&session->names_lock);
    const struct name *taken = find_locked(session, &key, object->kind);
    enum object_kind kind = taken ? taken->object->kind : OBJECT_ANY;
    if (!taken)
        list_append(&session->names, &entry->link);
    pthread_mutex_unlock(&session->names_lock);

    if (taken) {
        free(entry);
        return refuse(IST_NAME_TAKEN, "name \"%s\" belongs to %s that is alive", utf8,
                      object_kind_name(kind));
    }
    *out = entry;
    return IST_OK;
}

void name_hold(struct session *session, struct name *name)
{
    if (!name)
        return;
    pthread_mutex_lock(&session->names_lock);
    name->handles++;
    pthread_mutex_unlock(&session->names_lock);
}

void name_drop(struct session *session, struct name *name)
{
    if (!name)
        return;
    pthread_mutex_lock(&session->names_lock);
    bool last = --name->handles == 0;
    if (last)
        list_remove(&name->link);
    pthread_mutex_unlock(&session->names_lock);
    if (last)
        free(name);
}

/* Finds the entry, checks the kind and takes the holds, under one lock. */
static enum ist_status get(struct session *session, const char *utf8, enum object_kind kind,
                           enum holder as, struct object **object, struct name **entry)
{
    struct key key;
    enum ist_status status = make_key(utf8, &key);
    if (status != IST_OK)
        return status;

    pthread_mutex_lock(&session->names_lock);
    struct name *name = find_locked(session, &key, kind);
    enum object_kind found = name ? name->object->kind : OBJECT_ANY;
    bool fits = name && (kind == OBJECT_ANY || kind == found);
    if (fits) {
        *object = name->object;
        object_hold(name->object, as);
        if (entry) {
            name->handles++;
            *entry = name;
        }
    }
    pthread_mutex_unlock(&session->names_lock);

    if (!name)
        return refuse(IST_NOT_FOUND,
                      "no object is named \"%s\": a name lives only while a handle "
                      "made with it is open",
                      utf8);
    if (!fits)
        return refuse(IST_WRONG_TYPE, "name \"%s\" belongs to %s, %s was expected", utf8,
                      object_kind_name(found), object_kind_name(kind));
    return IST_OK;
}

enum ist_status name_get(struct session *session, const char *utf8, enum object_kind kind,
                         enum holder as, struct object **out)
{
    return get(session, utf8, kind, as, out, NULL);
}

enum ist_status name_open_handle(struct session *session, const char *utf8,
                                 enum object_kind kind, uint32_t access, unsigned flags,
                                 uint32_t *out)
{
    struct object *object;
    struct name *entry;
    enum ist_status status = get(session, utf8, kind, HOLDER_HANDLE, &object, &entry);
    if (status != IST_OK)
        return status;
    return handle_open_shared(object, entry, access, flags, out);
}
