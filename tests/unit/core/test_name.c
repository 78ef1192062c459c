/* SPDX-License-Identifier: MIT */
/* Names: folding, prefixes, lengths, collisions, and a life as long as their handles have. */
#include "core/kmt.h"
#include "core/name.h"
#include "unit/core/rig.h"

#define ALL 0x1f0003U

static enum ist_status create(struct fence *fence, const char *name, uint32_t *out)
{
    return handle_create(&fence->object, name, ALL, 0, out);
}

static enum ist_status find(const char *name)
{
    struct object *found = (struct object *)1;
    enum ist_status status = name_get(rig_session(), name, OBJECT_FENCE, HOLDER_IMPORT, &found);
    if (status == IST_OK)
        object_drop(found, HOLDER_IMPORT);
    else
        CHECK_PTR_EQ(found, (struct object *)1);
    return status;
}

static void close_handle(uint32_t h)
{
    CHECK_EQ(handle_close(rig_session(), h), IST_OK);
}

TEST(a_name_leads_to_its_object)
{
    struct fence *fence = rig_fence(0);
    struct object *found = NULL;
    uint32_t h = 0;
    CHECK_EQ(find("plain"), IST_NOT_FOUND);
    CHECK_EQ(create(fence, "plain", &h), IST_OK);
    CHECK_EQ(name_get(rig_session(), "plain", OBJECT_ANY, HOLDER_IMPORT, &found), IST_OK);
    CHECK_PTR_EQ(found, &fence->object);
    CHECK_EQ(object_held(found, HOLDER_IMPORT), 1);
    object_drop(found, HOLDER_IMPORT);
    close_handle(h);
    rig_drop(&fence->object);
}

TEST(a_name_dies_with_its_last_handle_not_with_the_object)
{
    struct fence *fence = rig_fence(0);
    uint32_t h = 0;
    CHECK_EQ(create(fence, "short", &h), IST_OK);
    close_handle(h);
    CHECK_EQ(find("short"), IST_NOT_FOUND);
    CHECK_EQ(create(fence, "short", &h), IST_OK); /* and can be given again */
    CHECK_EQ(find("short"), IST_OK);
    close_handle(h);
    rig_drop(&fence->object);
}

TEST(duplicates_share_the_name_and_nameless_handles_do_not)
{
    struct fence *fence = rig_fence(0);
    uint32_t a = 0, b = 0, other = 0;
    CHECK_EQ(create(fence, "dup", &a), IST_OK);
    CHECK_EQ(create(fence, NULL, &other), IST_OK);
    CHECK_EQ(handle_duplicate(rig_session(), a, NULL, 0, &b), IST_OK);
    close_handle(a);
    CHECK_EQ(find("dup"), IST_OK);
    close_handle(b);
    CHECK_EQ(find("dup"), IST_NOT_FOUND); /* though another handle of the object is open */
    close_handle(other);
    rig_drop(&fence->object);
}

TEST(a_handle_opened_by_name_keeps_the_name)
{
    struct fence *fence = rig_fence(7);
    uint32_t a = 0, b = 0;
    struct handle_info info;
    CHECK_EQ(create(fence, "opened", &a), IST_OK);
    CHECK_EQ(name_open_handle(rig_session(), "OPENED", OBJECT_FENCE, 3, HANDLE_INHERIT, &b),
             IST_OK);
    CHECK_EQ(handle_query(rig_session(), b, &info), IST_OK);
    CHECK_EQ(info.access, 3);
    CHECK_EQ(info.flags, HANDLE_INHERIT);
    CHECK_EQ(info.handle_count, 2);
    close_handle(a);
    rig_drop(&fence->object);
    CHECK_EQ(find("opened"), IST_OK);
    CHECK_EQ(fence_value(fence), 7);
    close_handle(b);
    CHECK_EQ(find("opened"), IST_NOT_FOUND);
    b = 77;
    CHECK_EQ(name_open_handle(rig_session(), "opened", OBJECT_FENCE, 3, 0, &b), IST_NOT_FOUND);
    CHECK_EQ(b, 77);
}

TEST(an_object_may_have_two_names)
{
    struct fence *fence = rig_fence(0);
    uint32_t a = 0, b = 0;
    CHECK_EQ(create(fence, "one", &a), IST_OK);
    CHECK_EQ(create(fence, "two", &b), IST_OK);
    close_handle(a);
    CHECK_EQ(find("one"), IST_NOT_FOUND);
    CHECK_EQ(find("two"), IST_OK);
    close_handle(b);
    rig_drop(&fence->object);
}

TEST(looking_up_ignores_case)
{
    struct fence *fence = rig_fence(0);
    uint32_t h = 0, other = 77;
    CHECK_EQ(create(fence, "Abc \xc3\xa4\xd0\x96", &h), IST_OK); /* a umlaut, cyrillic Zhe */
    CHECK_EQ(find("aBC \xc3\x84\xd0\xb6"), IST_OK);
    CHECK_EQ(find("abc \xc3\xa4\xd0\xb6"), IST_OK);
    CHECK_EQ(find("abc a\xd0\xb6"), IST_NOT_FOUND);
    CHECK_EQ(create(fence, "ABC \xc3\x84\xd0\x96", &other), IST_NAME_TAKEN);
    CHECK_EQ(other, 77);
    close_handle(h);
    rig_drop(&fence->object);
}

TEST(folding_does_not_depend_on_the_locale)
{
    struct fence *fence = rig_fence(0);
    uint32_t h = 0;
    CHECK_EQ(create(fence, "\xf0\x90\x90\xa8", &h), IST_OK); /* Deseret small long I */
    CHECK_EQ(find("\xf0\x90\x90\x80"), IST_OK);              /* and its capital */
    close_handle(h);
    rig_drop(&fence->object);
}

TEST(local_is_the_plain_directory_and_global_another)
{
    struct fence *a = rig_fence(1), *b = rig_fence(2);
    struct object *found = NULL;
    uint32_t ha = 0, hb = 0, hc = 77;
    CHECK_EQ(create(a, "Local\\dir", &ha), IST_OK);
    CHECK_EQ(find("dir"), IST_OK);
    CHECK_EQ(create(b, "dir", &hc), IST_NAME_TAKEN);
    CHECK_EQ(find("Global\\dir"), IST_NOT_FOUND);
    CHECK_EQ(create(b, "Global\\dir", &hb), IST_OK);
    CHECK_EQ(name_get(rig_session(), "Global\\DIR", OBJECT_FENCE, HOLDER_COM, &found), IST_OK);
    CHECK_PTR_EQ(found, &b->object);
    object_drop(found, HOLDER_COM);
    CHECK_EQ(name_get(rig_session(), "Local\\DIR", OBJECT_FENCE, HOLDER_COM, &found), IST_OK);
    CHECK_PTR_EQ(found, &a->object);
    object_drop(found, HOLDER_COM);
    close_handle(ha);
    CHECK_EQ(find("dir"), IST_NOT_FOUND);
    CHECK_EQ(find("Global\\dir"), IST_OK);
    close_handle(hb);
    rig_drop(&a->object);
    rig_drop(&b->object);
}

/* Prefixes are case-sensitive by the documents: other spellings hold a backslash too many. */
TEST(names_that_are_none_are_refused)
{
    static const char *const bad[] = {"",
                                      "Local\\",
                                      "Global\\",
                                      "a\\b",
                                      "\\",
                                      "Local\\a\\b",
                                      "Session\\1\\a",
                                      "local\\a",
                                      "a\xff",
                                      "\x80",
                                      "\xc3",
                                      "\xe2\x82",
                                      "\xed\xa0\x80",     /* half of a surrogate pair */
                                      "\xc0\xaf",         /* longer than it needs to be */
                                      "\xf4\x90\x80\x80", /* beyond the last character */
                                      "\xf8\x88\x80\x80\x80"};
    struct fence *fence = rig_fence(0);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        uint32_t h = 77;
        CHECK_EQ(create(fence, bad[i], &h), IST_BAD_NAME);
        CHECK_EQ(h, 77);
        CHECK_EQ(find(bad[i]), IST_BAD_NAME);
        CHECK(strlen(status_reason()) > 5);
    }
    CHECK_EQ(object_held(&fence->object, HOLDER_HANDLE), 0);
    rig_drop(&fence->object);
}

static void repeat(char *out, const char *character, unsigned count)
{
    for (*out = '\0'; count; count--)
        strcat(out, character);
}

/* 260 units of UTF-16 as Windows counts them: a character beyond 16 bits counts twice. */
TEST(length_is_counted_in_utf16_units)
{
    static const struct {
        const char *character;
        unsigned most;
    } rows[] = {{"x", 260},
                {"\xc3\xa4", 260},
                {"\xe2\x82\xac", 260},
                {"\xf0\x9f\x98\x80", 130}};
    struct fence *fence = rig_fence(0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char name[2000];
        uint32_t h = 77;
        repeat(name, rows[i].character, rows[i].most + 1);
        CHECK_EQ(create(fence, name, &h), IST_NAME_TOO_LONG);
        CHECK_EQ(find(name), IST_NAME_TOO_LONG);
        CHECK_EQ(h, 77);
        repeat(name, rows[i].character, rows[i].most);
        CHECK_EQ(create(fence, name, &h), IST_OK);
        CHECK_EQ(find(name), IST_OK);
        close_handle(h);
    }
    rig_drop(&fence->object);
}

/* Random bytes, with prefixes and pieces of UTF-8 among them: taken or refused, no more. */
TEST(random_bytes_do_no_harm)
{
    static const char pieces[][8] = {"Local\\",  "Global\\", "\\",   "a",
                                     "\xc3\xa4", "\xe2",     "\x80", "\xf0\x9f",
                                     "\xff",     "\xed\xbf", "Z",    "\xc0"};
    uint64_t seed = 3;
    struct fence *fence = rig_fence(0);
    for (int i = 0; i < 20000; i++) {
        char name[600] = "";
        for (unsigned n = rig_random(&seed) % (i % 50 ? 8 : 120); n > 0; n--)
            strcat(name, pieces[rig_random(&seed) % 12]);
        uint32_t h = 77;
        enum ist_status status = create(fence, name, &h);
        CHECK_EQ(find(name), status);
        if (status == IST_OK)
            close_handle(h);
        else
            CHECK(h == 77 && (status == IST_BAD_NAME || status == IST_NAME_TOO_LONG));
    }
    CHECK_EQ(object_held(&fence->object, HOLDER_HANDLE), 0);
    rig_drop(&fence->object);
}

TEST(huge_names_are_refused_without_harm)
{
    struct fence *fence = rig_fence(0);
    char *huge = malloc(1 << 20);
    uint32_t h = 77;
    CHECK(huge != NULL);
    memset(huge, 'y', (1 << 20) - 1);
    huge[(1 << 20) - 1] = '\0';
    CHECK_EQ(create(fence, huge, &h), IST_NAME_TOO_LONG);
    memcpy(huge, "Global\\", 7);
    CHECK_EQ(create(fence, huge, &h), IST_NAME_TOO_LONG);
    free(huge);
    rig_drop(&fence->object);
}

TEST(the_directory_is_common_to_all_kinds)
{
    struct fence *fence = rig_fence(0);
    struct event *event = rig_event(true);
    uint32_t h = 0, other = 77;
    CHECK_EQ(handle_create(&event->object, "common", ALL, 0, &h), IST_OK);
    CHECK_EQ(create(fence, "common", &other), IST_NAME_TAKEN);
    CHECK(strstr(status_reason(), "event") != NULL);
    CHECK_EQ(find("common"), IST_WRONG_TYPE);
    CHECK(strstr(status_reason(), "event") && strstr(status_reason(), "fence"));
    CHECK_EQ(name_open_handle(rig_session(), "common", OBJECT_FENCE, 1, 0, &other),
             IST_WRONG_TYPE);
    CHECK_EQ(object_held(&event->object, HOLDER_HANDLE), 1);
    close_handle(h);
    rig_drop(&event->object);
    rig_drop(&fence->object);
}

/* Stress: threads give, find and lose the same few names. */
enum { THREADS = 4, ROUNDS = 5000 };

static void *fight_for_names(void *arg)
{
    atomic_uint *wrong = arg;
    uint64_t seed = (uintptr_t)pthread_self();
    struct fence *fence = rig_fence(11);
    for (int i = 0; i < ROUNDS; i++) {
        const char name[] = {(char)('a' + rig_random(&seed) % 3), '\0'};
        struct object *found;
        uint32_t h = 0;
        if (create(fence, name, &h) == IST_OK) {
            if (name_get(rig_session(), name, OBJECT_ANY, HOLDER_COM, &found) != IST_OK) {
                atomic_fetch_add(wrong, 1);
            } else {
                if (found != &fence->object)
                    atomic_fetch_add(wrong, 1);
                object_drop(found, HOLDER_COM);
            }
            if (handle_close(rig_session(), h) != IST_OK)
                atomic_fetch_add(wrong, 1);
        } else if (name_open_handle(rig_session(), name, OBJECT_FENCE, 1, 0, &h) == IST_OK) {
            if (handle_close(rig_session(), h) != IST_OK)
                atomic_fetch_add(wrong, 1);
        }
    }
    rig_drop(&fence->object);
    return NULL;
}

TEST(threads_fight_for_names)
{
    atomic_uint wrong = 0;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = rig_start(fight_for_names, &wrong);
    for (int i = 0; i < THREADS; i++)
        rig_join(threads[i]);
    CHECK_EQ(atomic_load(&wrong), 0);
    for (unsigned i = 0; i < SESSION_NAME_CHAINS; i++) {
        const struct list *chain = &rig_session()->names[i];
        CHECK(!chain->next || list_empty(chain));
    }
}
