/* SPDX-License-Identifier: MIT */
/* The robust list: taken and left by any thread, never twice, and the kernel marks the dead. */
#include "unit/core/sync_rig.h"

struct page {
    struct sync_page *page;
    int fd;
};

static struct page page_new(void)
{
    struct page p = {.fd = -1};
    CHECK_EQ(sync_page_create(&p.page, &p.fd), IST_OK);
    CHECK_EQ(robust_start(), IST_OK);
    return p;
}

static void page_free(struct page *p)
{
    sync_page_close(p->page);
    close(p->fd);
}

TEST(a_word_is_taken_from_what_it_was)
{
    struct page p = page_new();
    _Atomic uint32_t *word = &p.page->mutex.owner;
    CHECK(robust_take(word, SYNC_FREE | 1, 0) == NULL);
    struct robust_helper *by = robust_take(word, SYNC_FREE, SYNC_WAITERS);
    CHECK(by != NULL);
    CHECK_EQ(load_relaxed(word), robust_id(by) | SYNC_WAITERS);
    CHECK(robust_owns(load_relaxed(word)));
    CHECK(robust_take(word, robust_id(by) | SYNC_WAITERS, 0) == NULL); /* ours already */
    CHECK(robust_leave(by, word, SYNC_FREE | 5));
    CHECK_EQ(load_relaxed(word), SYNC_FREE | 5);
    CHECK(!robust_owns(load_relaxed(word)));
    page_free(&p);
}

TEST(what_a_peer_wrote_over_is_not_left_but_forgotten)
{
    struct page p = page_new();
    _Atomic uint32_t *word = &p.page->mutex.owner;
    struct robust_helper *by = robust_take(word, SYNC_FREE, 0);
    CHECK(by != NULL);
    store_relaxed(word, SYNC_FREE | 9); /* a lie: the list knows better */
    CHECK(robust_take(word, SYNC_FREE | 9, 0) == NULL);
    CHECK(!robust_leave(by, word, SYNC_FREE));
    CHECK_EQ(load_relaxed(word), SYNC_FREE | 9);
    by = robust_take(word, SYNC_FREE | 9, 0);
    CHECK(by != NULL);
    CHECK(robust_leave(by, word, SYNC_FREE));
    page_free(&p);
}

static void *leave_it(void *arg)
{
    struct sync_page *page = arg;
    struct robust_helper *by = robust_take(&page->mutex.pending[0].word, 0, 0);
    return robust_leave(by, &page->mutex.pending[0].word, 0) ? NULL : arg;
}

TEST(any_thread_takes_and_leaves)
{
    struct page p = page_new();
    for (int i = 0; i < 50; i++) {
        void *failed;
        pthread_t thread = rig_start(leave_it, p.page);
        CHECK_EQ(pthread_join(thread, &failed), 0);
        CHECK(failed == NULL);
    }
    page_free(&p);
}

enum { MANY = 250, WORDS = 9 };

static _Atomic uint32_t *nth_word(struct sync_page *page, unsigned n)
{
    return n < SYNC_PENDING ? &page->mutex.pending[n].word : &page->mutex.owner;
}

/* More words than the kernel walks for one thread, left in another order. */
static void hold_many(struct page *p, struct robust_helper **by)
{
    for (unsigned i = 0; i < MANY * WORDS; i++) {
        _Atomic uint32_t *word = nth_word(p[i / WORDS].page, i % WORDS);
        by[i] = robust_take(word, load_relaxed(word), 0);
        CHECK(by[i] != NULL);
    }
}

TEST(more_words_than_one_list_may_have)
{
    static struct page p[MANY];
    static struct robust_helper *by[MANY * WORDS];
    for (unsigned i = 0; i < MANY; i++)
        p[i] = page_new();
    hold_many(p, by);
    CHECK(by[0] != by[MANY * WORDS - 1]);
    for (unsigned k = 0; k < MANY * WORDS; k++) {
        unsigned i = k * 7 % (MANY * WORDS);
        CHECK(robust_leave(by[i], nth_word(p[i / WORDS].page, i % WORDS), 0));
    }
    for (unsigned i = 0; i < MANY; i++)
        page_free(&p[i]);
}

static struct page inherited[MANY];

static void die_with_words(struct peer *peer)
{
    static struct robust_helper *by[MANY * WORDS];
    EXPECT(peer, robust_start() == IST_OK);
    hold_many(inherited, by);
    atomic_store(&peer->stage->child, 1);
    pause();
}

TEST(the_kernel_marks_every_word_of_the_dead)
{
    struct peer peer = {.stage = stage_new()};
    SKIP_UNLESS_PROCESSES();
    for (unsigned i = 0; i < MANY; i++)
        inherited[i] = page_new();
    peer_start(&peer, die_with_words);
    CHECK(stage_await(&peer.stage->child, 1));
    peer_kill(&peer);
    for (unsigned i = 0; i < MANY * WORDS; i++)
        CHECK_EQ(load_relaxed(nth_word(inherited[i / WORDS].page, i % WORDS)), SYNC_DIED);
    for (unsigned i = 0; i < MANY; i++)
        page_free(&inherited[i]);
    stage_free(peer.stage);
}

/* What the kernel could not know of: an id that nobody has. */
TEST(an_owner_that_is_gone_is_marked_by_who_looks)
{
    struct page p = page_new();
    _Atomic uint32_t *word = &p.page->mutex.owner;
    store_relaxed(word, 0x1ffffffe); /* more than a thread id can be */
    store_relaxed(&p.page->mixed, 1);
    sync_word_check(word);
    CHECK_EQ(load_relaxed(word), 0x1ffffffe); /* it may live where we cannot see it */
    store_relaxed(&p.page->mixed, 0);
    sync_word_check(word);
    CHECK_EQ(load_relaxed(word), SYNC_DIED);
    store_relaxed(word, (uint32_t)getpid());
    sync_word_check(word);
    CHECK_EQ(load_relaxed(word), getpid());
    store_relaxed(word, SYNC_FREE);
    sync_word_check(word);
    CHECK_EQ(load_relaxed(word), SYNC_FREE);
    page_free(&p);
}
