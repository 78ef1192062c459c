/* SPDX-License-Identifier: MIT */
/* The report of live objects: what it says of each kind of object and holder. */
#include "unit/core/rig.h"

#include "core/kmt.h"

#include <isthmus/isthmus.h>
#include <stdio.h>

static char *report(size_t *count)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    CHECK(out);
    *count = ist_report_live_objects(out);
    CHECK_EQ(fclose(out), 0);
    return text;
}

/* Fails with the whole report when a piece is missing. */
static void check_says(const char *text, const char *piece)
{
    if (!strstr(text, piece))
        test_fail(TEST_HERE, "no \"%s\" in:\n%s", piece, text);
}

static void check_silent_about(const char *text, const char *piece)
{
    if (strstr(text, piece))
        test_fail(TEST_HERE, "\"%s\" in:\n%s", piece, text);
}

static __attribute__((noinline)) struct resource *texture(void)
{
    struct resource_desc desc = {
        .shape = {.dimension = DIMENSION_2D,
                  .format = 28,
                  .width = 64,
                  .height = 32,
                  .depth = 1,
                  .levels = 1,
                  .slices = 1},
        .sharing = SHARING_NT,
        .keyed_mutex = true,
    };
    struct resource *r = NULL;
    CHECK_EQ(resource_create(rig_session(), rig_device(), &desc, HOLDER_COM, &r), IST_OK);
    return r;
}

TEST(nothing_is_said_when_nothing_is_left)
{
    size_t count;
    char *text = report(&count);
    CHECK_EQ(count, 0);
    CHECK_STR(text, "");
    free(text);
    CHECK_EQ(ist_report_live_objects(NULL), 0);
}

TEST(without_sites_the_report_says_how_to_get_them)
{
    struct fence *fence = rig_fence(77);
    size_t count;
    char *text = report(&count);
    CHECK_EQ(count, 1);
    CHECK_EQ(ist_report_live_objects(NULL), 1);
    check_says(text, "isthmus: 1 object is alive\n");
    check_says(text, "1. fence: value 77; ");
    check_says(text, "held by 1 COM object\n");
    check_says(text, "ISTHMUS_SITES=1 adds");
    check_silent_about(text, "addr2line");
    free(text);
    rig_drop(&fence->object);
}

TEST(a_resource_is_described_with_its_handles_names_and_number)
{
    struct resource *r = texture();
    uint32_t named = 0, plain = 0, kmt = 0;
    size_t count;
    char line[64];
    CHECK_EQ(handle_create(&r->object, "Local\\Frame A", 1, 0, &named), IST_OK);
    CHECK_EQ(handle_create(&r->object, NULL, 1, 0, &plain), IST_OK);
    CHECK_EQ(kmt_number(&r->object, &kmt), IST_OK);
    char *text = report(&count);
    check_says(text, "1. resource: 2D texture 64 x 32, R8G8B8A8_UNORM, 8192 bytes, shared by "
                     "NT handle, keyed mutex; ");
    snprintf(line, sizeof(line), "NT handle 0x%x, named \"Frame A\"\n", named);
    check_says(text, line);
    snprintf(line, sizeof(line), "NT handle 0x%x\n", plain);
    check_says(text, line);
    snprintf(line, sizeof(line), "global (KMT) handle 0x%x\n", kmt);
    check_says(text, line);
    check_says(text, "held by 1 COM object\n");
    check_says(text, "held by 2 NT handles\n");
    free(text);
    CHECK_EQ(handle_close(rig_session(), named), IST_OK);
    CHECK_EQ(handle_close(rig_session(), plain), IST_OK);
    rig_drop(&r->object);
}

static __attribute__((noinline)) void import_somewhere(struct object *object)
{
    object_hold(object, HOLDER_IMPORT);
    __asm__ volatile("# import");
}

static __attribute__((noinline)) void map_somewhere(struct object *object)
{
    object_hold(object, HOLDER_MAPPING);
    __asm__ volatile("# mapping");
}

static __attribute__((noinline)) struct event *event_from_here(void)
{
    struct event *event = rig_event(true);
    __asm__ volatile("");
    return event;
}

TEST(each_holder_is_listed_with_its_site)
{
    live_record_sites(true);
    struct resource *r = texture();
    size_t count;
    import_somewhere(&r->object);
    import_somewhere(&r->object);
    map_somewhere(&r->object);
    char *text = report(&count);
    check_says(text, "held by 1 COM object\n        1 at ");
    check_says(text, "held by 2 imports\n        ");
    check_says(text, "held by 1 mapping\n        1 at ");
    check_says(text, "import_somewhere+0x");
    check_says(text, "map_somewhere+0x");
    check_says(text, "texture+0x");
    check_says(text, "(test_unit_api_report+0x");
    check_says(text, "\nFile and line: addr2line -Cfpie /");
    check_silent_about(text, "ISTHMUS_SITES");
    free(text);
    object_drop(&r->object, HOLDER_MAPPING);
    object_drop(&r->object, HOLDER_IMPORT);
    object_drop(&r->object, HOLDER_IMPORT);
    rig_drop(&r->object);
    live_record_sites(false);
}

TEST(what_only_work_keeps_is_told_apart)
{
    live_record_sites(true);
    struct fence *fence = rig_fence(5);
    size_t count;
    object_hold(&fence->object, HOLDER_WORK);
    rig_drop(&fence->object);
    char *text = report(&count);
    check_says(text, "fence: ended; ");
    check_says(text, "; nobody owns it, only its memory is in use\n");
    check_says(text, "held by 1 queued operation\n");
    check_silent_about(text, "COM object");
    free(text);
    object_drop(&fence->object, HOLDER_WORK);
    live_record_sites(false);
}

TEST(what_was_never_shared_is_an_array_of_cuda)
{
    struct resource_desc desc = {
        .shape =
            {.dimension = DIMENSION_1D, .format = 41, .width = 16, .levels = 1, .slices = 2},
    };
    struct resource *r = NULL;
    size_t count;
    CHECK_EQ(resource_create(rig_session(), rig_device(), &desc, HOLDER_IMPORT, &r), IST_OK);
    char *text = report(&count);
    check_says(text, "1. resource: 1D texture 16, R32_FLOAT, levels 1, slices 2, 128 bytes, "
                     "not "
                     "shared; ");
    check_says(text, "held by 1 CUDA array\n");
    free(text);
    object_drop(&r->object, HOLDER_IMPORT);
}

TEST(events_show_their_state_and_the_oldest_comes_first)
{
    live_record_sites(true);
    struct event *event = event_from_here();
    struct resource *r = rig_buffer(4096, SHARING_KMT);
    size_t count;
    event_set(event);
    char *text = report(&count);
    CHECK_EQ(count, 2);
    check_says(text, "isthmus: 2 objects are alive\n");
    check_says(text, "1. event: manual reset, set; ");
    check_says(text, "event_from_here+0x");
    check_says(text, "2. resource: buffer, 4096 bytes, shared by KMT number; ");
    free(text);
    rig_drop(&event->object);
    rig_drop(&r->object);
    live_record_sites(false);
}

TEST(a_site_that_may_be_gone_is_said_to_be_unsure)
{
    live_record_sites(true);
    struct fence *fence = rig_fence(5);
    size_t count;
    object_hold(&fence->object, HOLDER_IMPORT);
    import_somewhere(&fence->object);
    object_drop(&fence->object, HOLDER_IMPORT);
    char *text = report(&count);
    check_says(text, "held by 1 import, made at some of these sites\n");
    check_says(text, "which 1 of them went is not known\n");
    free(text);
    object_drop(&fence->object, HOLDER_IMPORT);
    rig_drop(&fence->object);
    live_record_sites(false);
}

struct churn {
    atomic_bool stop;
};

static void *make_and_drop(void *arg)
{
    struct churn *churn = arg;
    while (!load_acquire(&churn->stop)) {
        struct resource *r = texture();
        uint32_t handle = 0;
        CHECK_EQ(handle_create(&r->object, NULL, 1, 0, &handle), IST_OK);
        rig_drop(&r->object);
        CHECK_EQ(handle_close(rig_session(), handle), IST_OK);
        sched_yield();
    }
    return NULL;
}

TEST(reports_are_written_while_threads_work)
{
    struct churn churn = {false};
    pthread_t thread[3];
    live_record_sites(true);
    struct fence *fence = rig_fence(9);
    for (int i = 0; i < 3; i++)
        thread[i] = rig_start(make_and_drop, &churn);
    for (int i = 0; i < 30; i++) {
        size_t count;
        char *text = report(&count);
        CHECK(count >= 1);
        check_says(text, "1. fence: value 9; ");
        free(text);
    }
    store_release(&churn.stop, true);
    for (int i = 0; i < 3; i++)
        rig_join(thread[i]);
    rig_drop(&fence->object);
    live_record_sites(false);
}
