/* SPDX-License-Identifier: MIT */
/* The words of a page: values up and down, peaks, slots of pending releases, slices. */
#include "unit/core/sync_rig.h"

TEST(a_line_goes_up_and_down)
{
    struct sync_line line = {.value = 5};
    sync_line_set(&line, 5);
    CHECK_EQ(load_relaxed(&line.rewinds), 0);
    sync_line_set(&line, UINT64_MAX);
    CHECK_EQ(load_relaxed(&line.value), UINT64_MAX);
    sync_line_set(&line, 3);
    CHECK_EQ(load_relaxed(&line.value), 3);
    CHECK_EQ(load_relaxed(&line.rewinds), 1);
    CHECK_EQ(load_relaxed(&line.rewinder), 0);
}

TEST(who_is_late_sees_what_was_reached_and_taken_back)
{
    struct sync_line line = {.value = 0};
    uint32_t since = sync_line_since(&line);
    sync_line_set(&line, 8);
    sync_line_set(&line, 0);
    CHECK(sync_line_reached(&line, 8, since));
    CHECK(!sync_line_reached(&line, 9, since));
    CHECK(!sync_line_reached(&line, 1, sync_line_since(&line))); /* came after the rewind */
    for (unsigned i = 0; i < SYNC_PEAKS - 1; i++) {
        sync_line_set(&line, 2);
        sync_line_set(&line, 0);
    }
    CHECK(sync_line_reached(&line, 8, since)); /* the sixteenth still stands there */
    sync_line_set(&line, 2);
    sync_line_set(&line, 0);
    CHECK(!sync_line_reached(&line, 8, since)); /* the documented limit */
    CHECK(sync_line_reached(&line, 2, since));
}

TEST(the_count_of_rewinds_may_wrap)
{
    struct sync_line line = {.value = 9, .rewinds = UINT32_MAX};
    uint32_t since = sync_line_since(&line);
    sync_line_set(&line, 1);
    CHECK_EQ(load_relaxed(&line.rewinds), 0);
    CHECK(sync_line_reached(&line, 9, since));
    CHECK(!sync_line_reached(&line, 10, since));
}

TEST(a_dead_rewinder_is_passed_by)
{
    struct sync_line line = {.value = 9, .rewinder = 1};
    sync_line_set(&line, 12); /* up: does not ask */
    int64_t start = clock_now_ns();
    sync_line_set(&line, 1);
    CHECK_EQ(load_relaxed(&line.value), 1);
    CHECK(clock_now_ns() - start < INT64_C(5000000000));
    CHECK_EQ(load_relaxed(&line.rewinder), 0);
}

/* Raised and lowered by several at a time: no waiter is told of a value that never was. */
static void *up_and_down(void *arg)
{
    struct sync_line *line = arg;
    for (unsigned i = 0; i < 20000; i++) {
        sync_line_set(line, 4);
        sync_line_set(line, 0);
    }
    return NULL;
}

TEST(peaks_are_values_that_were_reached)
{
    struct sync_line line = {.value = 0};
    pthread_t a = rig_start(up_and_down, &line), b = rig_start(up_and_down, &line);
    for (unsigned i = 0; i < 20000; i++) {
        uint32_t since = sync_line_since(&line);
        CHECK(!sync_line_reached(&line, 5, since));
    }
    rig_join(a);
    rig_join(b);
    CHECK_EQ(load_relaxed(&line.value), 0);
}

TEST(the_end_of_a_line_satisfies_all)
{
    struct sync_line line = {.value = 0};
    CHECK(!sync_line_reached(&line, UINT64_MAX, 0));
    sync_line_end(&line);
    CHECK(sync_line_reached(&line, UINT64_MAX, 0));
}

struct page {
    struct sync_page *page;
    int fd;
};

static struct page page_new(void)
{
    struct page p = {.fd = -1};
    CHECK_EQ(sync_page_create(&p.page, &p.fd), IST_OK);
    return p;
}

static void page_free(struct page *p)
{
    sync_page_close(p->page);
    close(p->fd);
}

TEST(a_slot_tells_of_a_death_only_before_its_value)
{
    struct page p = page_new();
    struct sync_pending *pending = p.page->mutex.pending;
    CHECK(!sync_pending_died(pending));
    store_relaxed(&pending[3].value, 7);
    store_relaxed(&pending[3].word, SYNC_DIED | SYNC_WAITERS);
    CHECK(sync_pending_died(pending));
    store_relaxed(&p.page->mutex.order.value, 6);
    CHECK(sync_pending_died(pending));
    store_relaxed(&p.page->mutex.order.value, 7); /* what it stood for was done */
    CHECK(!sync_pending_died(pending));
    page_free(&p);
}

/* Slot 0 goes from one that died when its work was done to the next, and on: nothing is
 * lost. */
static void *take_slots_over(void *arg)
{
    struct sync_mutex *m = arg;
    for (uint64_t value = 1; !load_relaxed(&m->sequence); value++) {
        store_release(&m->pending[0].word, 77); /* taken from the dead, as by robust_take() */
        store_release(&m->pending[0].value, value);
        for (unsigned i = 0; i < 20; i++)
            spin_relax(); /* the work takes its time */
        store_release(&m->order.value, value);
        store_release(&m->pending[0].word, SYNC_DIED);
    }
    return NULL;
}

TEST(a_slot_that_is_taken_over_tells_of_no_death)
{
    struct page p = page_new();
    struct sync_mutex *m = &p.page->mutex;
    store_relaxed(&m->pending[0].word, SYNC_DIED);
    pthread_t thread = rig_start(take_slots_over, m);
    unsigned deaths = 0;
    for (unsigned i = 0; i < 3000000; i++)
        deaths += sync_pending_died(m->pending);
    store_relaxed(&m->sequence, 1);
    rig_join(thread);
    CHECK_EQ(deaths, 0);
    page_free(&p);
}

TEST(only_slots_of_other_processes_that_live_are_slept_on)
{
    struct page p = page_new();
    struct sync_pending *pending = p.page->mutex.pending;
    struct futex_word words[SYNC_PENDING];
    CHECK_EQ(robust_start(), IST_OK);
    struct robust_helper *by = robust_take(&pending[0].word, 0, 0); /* ours */
    CHECK(by != NULL);
    store_relaxed(&pending[1].word, SYNC_DIED);
    store_relaxed(&pending[2].word, SYNC_FREE | 3);
    store_relaxed(&pending[5].word, (uint32_t)getpid());
    CHECK_EQ(sync_pending_words(pending, words), 1);
    CHECK_PTR_EQ(words[0].word, &pending[5].word);
    CHECK_EQ(words[0].expected, (uint32_t)getpid() | SYNC_WAITERS);
    CHECK_EQ(load_relaxed(&pending[5].word), words[0].expected);
    CHECK(robust_leave(by, &pending[0].word, 0));
    page_free(&p);
}

TEST(breaking_a_mutex_ends_its_order)
{
    struct page p = page_new();
    sync_pending_break(p.page->mutex.pending);
    CHECK(sync_line_reached(&p.page->mutex.order, UINT64_MAX, 0));
    page_free(&p);
}

TEST(a_sleep_ends_with_a_slice_or_its_deadline)
{
    struct page p = page_new();
    struct sync_mutex *m = &p.page->mutex;
    uint32_t wake = load_relaxed(&m->order.wake);
    int64_t start = clock_now_ns(), deadline = start + 20000000;
    CHECK(!sync_sleep(&m->order.wake, wake, m->pending, deadline));
    CHECK(clock_now_ns() >= deadline);
    CHECK(!sync_sleep(&m->order.wake, wake, NULL, -1));
    CHECK(sync_sleep(&m->order.wake, wake + 1, NULL, DEADLINE_NEVER)); /* moved: not slept */
    CHECK(sync_sleep(&m->order.wake, wake, NULL, DEADLINE_NEVER));     /* a slice */
    store_relaxed(&m->pending[0].word, (uint32_t)getpid());
    CHECK(sync_sleep(&m->order.wake, wake, m->pending, DEADLINE_NEVER));
    CHECK(clock_now_ns() - start >= 2 * (int64_t)SYNC_SLICE_NS);
    page_free(&p);
}
