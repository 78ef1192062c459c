/* SPDX-License-Identifier: MIT */
/* The list of live objects, and which site goes when a holder lets go. */
#include "unit/core/rig.h"

#include <errno.h>

/* All of `site` that holders of a kind were made at, counted together. */
struct seen {
    unsigned sites, holders, gone;
};

static struct seen look(struct object *object, enum holder as)
{
    size_t count;
    unsigned gone[HOLDER_KINDS];
    struct seen seen = {0};
    struct live_site *sites = live_sites(object, &count, gone);
    for (size_t i = 0; i < count; i++) {
        if (sites[i].as != as)
            continue;
        seen.sites++;
        seen.holders += sites[i].count;
    }
    seen.gone = gone[as];
    free(sites);
    return seen;
}

#define CHECK_SEEN(object, as, want_sites, want_holders, want_gone) \
    do {                                                            \
        struct seen seen_ = look((object), (as));                   \
        CHECK_EQ(seen_.sites, (want_sites));                        \
        CHECK_EQ(seen_.holders, (want_holders));                    \
        CHECK_EQ(seen_.gone, (want_gone));                          \
    } while (0)

/* True if a caller in a site is the function of that name. */
static bool names(const struct site *site, const char *function)
{
    for (unsigned i = 0; i < site->depth; i++) {
        struct site_place place;
        site_place(site->frame[i], &place);
        if (strncmp(place.function, function, strlen(function)) == 0)
            return true;
    }
    return false;
}

static bool listed(const struct object *object)
{
    size_t count;
    bool found = false;
    struct object **all = live_pin_all(&count);
    for (size_t i = 0; i < count; i++) {
        found |= all[i] == object;
        object_unpin(all[i]);
    }
    free(all);
    return found;
}

/*
 * Two places in the program that hold. The instruction behind the call keeps the frame, and is
 * another one in each: equal functions would be made one.
 */
static __attribute__((noinline)) void hold_at_first(struct object *object, enum holder as)
{
    object_hold(object, as);
    __asm__ volatile("# first");
}

static __attribute__((noinline)) void hold_at_second(struct object *object, enum holder as)
{
    object_hold(object, as);
    __asm__ volatile("# second");
}

static struct object *fresh(void)
{
    live_record_sites(true);
    return &rig_fence(1)->object;
}

static void done(struct object *object)
{
    object_drop(object, HOLDER_COM);
    live_record_sites(false);
}

TEST(objects_are_listed_from_creation_to_end)
{
    struct fence *fence = rig_fence(0);
    struct object *object = &fence->object;
    CHECK(listed(object));
    object_hold(object, HOLDER_WORK);
    object_drop(object, HOLDER_COM);
    CHECK(listed(object)); /* ended, but its memory is in use */
    object_drop(object, HOLDER_WORK);
    CHECK(!listed(object));
}

TEST(nothing_is_recorded_unless_asked)
{
    struct object *object = &rig_fence(0)->object;
    hold_at_first(object, HOLDER_IMPORT);
    CHECK_SEEN(object, HOLDER_COM, 0, 0, 0);
    CHECK_SEEN(object, HOLDER_IMPORT, 0, 0, 0);
    object_drop(object, HOLDER_IMPORT);
    object_drop(object, HOLDER_COM);
}

TEST(sites_name_the_function_that_holds)
{
    struct object *object = fresh();
    size_t count;
    unsigned gone[HOLDER_KINDS];
    hold_at_first(object, HOLDER_IMPORT);
    struct live_site *sites = live_sites(object, &count, gone);
    CHECK_EQ(count, 2); /* its creator and the import */
    for (size_t i = 0; i < count; i++)
        CHECK_EQ(names(&sites[i].site, "hold_at_first+"), sites[i].as == HOLDER_IMPORT);
    free(sites);
    object_drop(object, HOLDER_IMPORT);
    done(object);
}

TEST(equal_sites_are_counted_together)
{
    struct object *object = fresh();
    atomic_int left = 5;
    while (sub_relaxed(&left, 1) > 0) /* no compiler writes this loop out */
        hold_at_first(object, HOLDER_MAPPING);
    CHECK_SEEN(object, HOLDER_MAPPING, 1, 5, 0);
    for (int i = 0; i < 3; i++)
        object_drop(object, HOLDER_MAPPING);
    CHECK_SEEN(object, HOLDER_MAPPING, 1, 2, 0);
    for (int i = 0; i < 2; i++)
        object_drop(object, HOLDER_MAPPING);
    CHECK_SEEN(object, HOLDER_MAPPING, 0, 0, 0);
    done(object);
}

TEST(named_holders_take_their_own_site_along)
{
    struct object *object = fresh();
    int first, second;
    size_t count;
    unsigned gone[HOLDER_KINDS];
    hold_at_first(object, HOLDER_IMPORT);
    live_name_holder(object, HOLDER_IMPORT, &first);
    hold_at_second(object, HOLDER_IMPORT);
    live_name_holder(object, HOLDER_IMPORT, &second);
    CHECK_SEEN(object, HOLDER_IMPORT, 2, 2, 0);
    object_drop_by(object, HOLDER_IMPORT, &first);
    struct live_site *sites = live_sites(object, &count, gone);
    bool right = false;
    for (size_t i = 0; i < count; i++)
        right |= sites[i].as == HOLDER_IMPORT && names(&sites[i].site, "hold_at_second+");
    free(sites);
    CHECK(right);
    CHECK_SEEN(object, HOLDER_IMPORT, 1, 1, 0);
    object_drop_by(object, HOLDER_IMPORT, &second);
    done(object);
}

TEST(a_drop_of_unknown_site_is_told_and_not_guessed)
{
    struct object *object = fresh();
    hold_at_first(object, HOLDER_MAPPING);
    hold_at_second(object, HOLDER_MAPPING);
    object_drop(object, HOLDER_MAPPING);
    CHECK_SEEN(object, HOLDER_MAPPING, 2, 2, 1);
    object_drop(object, HOLDER_MAPPING);
    CHECK_SEEN(object, HOLDER_MAPPING, 0, 0, 0); /* none is left: nothing to tell */
    done(object);
}

TEST(handles_keep_their_site_also_when_duplicated)
{
    struct object *object = fresh();
    uint32_t first = 0, second = 0;
    CHECK_EQ(handle_create(object, NULL, 1, 0, &first), IST_OK);
    CHECK_EQ(handle_duplicate(rig_session(), first, NULL, 0, &second), IST_OK);
    CHECK_SEEN(object, HOLDER_HANDLE, 2, 2, 0);
    CHECK_EQ(handle_close(rig_session(), first), IST_OK);
    CHECK_SEEN(object, HOLDER_HANDLE, 1, 1, 0);
    CHECK_EQ(handle_close(rig_session(), second), IST_OK);
    CHECK_SEEN(object, HOLDER_HANDLE, 0, 0, 0);
    done(object);
}

TEST(switching_on_later_knows_nothing_of_older_holders)
{
    struct object *object = &rig_fence(0)->object;
    object_hold(object, HOLDER_IMPORT);
    live_record_sites(true);
    hold_at_first(object, HOLDER_IMPORT);
    CHECK_SEEN(object, HOLDER_IMPORT, 1, 1, 0);
    object_drop(object, HOLDER_IMPORT);
    object_drop(object, HOLDER_IMPORT);
    CHECK_SEEN(object, HOLDER_IMPORT, 0, 0, 0);
    done(object);
}

TEST(errno_survives_a_recorded_hold)
{
    struct object *object = fresh();
    errno = 4711;
    hold_at_first(object, HOLDER_IMPORT);
    CHECK_EQ(errno, 4711);
    object_drop(object, HOLDER_IMPORT);
    done(object);
}

#define THREADS 4
#define ROUNDS 300

static void *hold_and_let_go(void *arg)
{
    struct object *object = arg;
    for (int i = 0; i < ROUNDS; i++) {
        hold_at_first(object, HOLDER_MAPPING);
        hold_at_second(object, HOLDER_MAPPING);
        struct fence *own = rig_fence(3);
        object_drop(object, HOLDER_MAPPING);
        object_drop(&own->object, HOLDER_COM);
        object_drop(object, HOLDER_MAPPING);
    }
    return NULL;
}

TEST(threads_hold_and_report_at_once)
{
    struct object *object = fresh();
    pthread_t thread[THREADS];
    size_t size;
    char *text = NULL;
    for (int i = 0; i < THREADS; i++)
        thread[i] = rig_start(hold_and_let_go, object);
    for (int i = 0; i < 20; i++) {
        FILE *out = open_memstream(&text, &size);
        CHECK(live_report(out) >= 1);
        fclose(out);
        free(text);
    }
    for (int i = 0; i < THREADS; i++)
        rig_join(thread[i]);
    CHECK_SEEN(object, HOLDER_MAPPING, 0, 0, 0);
    CHECK_SEEN(object, HOLDER_COM, 1, 1, 0);
    done(object);
}
