/* SPDX-License-Identifier: MIT */
/* Keyed mutexes: the documented sequences, threads that block, order through queues. */
#include "unit/core/rig.h"

#include <signal.h>

/* Two devices and an imported semaphore: parties are told apart by address only. */
static const char party_a, party_b, party_c;

static struct resource *mutex_resource(void)
{
    struct resource_desc desc = {
        .shape = {.dimension = DIMENSION_BUFFER, .width = 4096},
        .sharing = SHARING_KMT,
        .keyed_mutex = true,
    };
    struct resource *r = NULL;
    CHECK_EQ(resource_create(rig_session(), rig_device(), &desc, HOLDER_COM, &r), IST_OK);
    return r;
}

static enum ist_status acquire(struct resource *r, const void *party, uint64_t key)
{
    return kmutex_acquire(&r->kmutex, party, key, 0, NULL);
}

static enum ist_status release(struct resource *r, const void *party, uint64_t key)
{
    return kmutex_release(&r->kmutex, party, key, NULL);
}

TEST(a_new_mutex_is_free_with_key_zero)
{
    struct resource *r = mutex_resource();
    CHECK_EQ(release(r, &party_a, 0), IST_NOT_OWNER);
    CHECK_EQ(release(r, &party_a, 1), IST_NOT_OWNER);
    CHECK_EQ(acquire(r, &party_a, 1), IST_TIMEOUT);
    CHECK(!kmutex_owned_by(&r->kmutex, &party_a));
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK);
    CHECK(kmutex_owned_by(&r->kmutex, &party_a));
    CHECK(!kmutex_owned_by(&r->kmutex, &party_b));
    rig_drop(&r->object);
}

TEST(the_owner_does_not_acquire_twice)
{
    struct resource *r = mutex_resource();
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK);
    CHECK_EQ(acquire(r, &party_a, 0), IST_ALREADY_OWNER);
    CHECK_EQ(acquire(r, &party_a, 1), IST_ALREADY_OWNER);
    CHECK_EQ(kmutex_acquire(&r->kmutex, &party_a, 0, DEADLINE_NEVER, NULL), IST_ALREADY_OWNER);
    CHECK_EQ(release(r, &party_a, 0), IST_OK);
    rig_drop(&r->object);
}

TEST(the_next_one_needs_the_key_of_the_release)
{
    struct resource *r = mutex_resource();
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK);
    CHECK_EQ(release(r, &party_a, 1), IST_OK);
    CHECK_EQ(release(r, &party_a, 1), IST_NOT_OWNER);
    CHECK_EQ(acquire(r, &party_a, 0), IST_TIMEOUT);
    CHECK_EQ(acquire(r, &party_a, 2), IST_TIMEOUT);
    CHECK_EQ(acquire(r, &party_a, 1), IST_OK);
    CHECK_EQ(release(r, &party_a, 7), IST_OK);
    CHECK_EQ(acquire(r, &party_b, 7), IST_OK);
    CHECK_EQ(release(r, &party_b, 0), IST_OK);
    rig_drop(&r->object);
}

TEST(others_neither_acquire_nor_release_what_is_owned)
{
    struct resource *r = mutex_resource();
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK);
    CHECK_EQ(acquire(r, &party_b, 0), IST_TIMEOUT);
    CHECK_EQ(acquire(r, &party_b, 1), IST_TIMEOUT);
    CHECK_EQ(release(r, &party_b, 0), IST_NOT_OWNER);
    CHECK_EQ(release(r, &party_b, 1), IST_NOT_OWNER);
    CHECK(kmutex_owned_by(&r->kmutex, &party_a));
    CHECK_EQ(release(r, &party_a, 0), IST_OK);
    CHECK_EQ(acquire(r, &party_b, 0), IST_OK);
    CHECK_EQ(release(r, &party_b, 0), IST_OK);
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK);
    rig_drop(&r->object);
}

TEST(keys_have_sixty_four_bits)
{
    struct resource *r = mutex_resource();
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK);
    CHECK_EQ(release(r, &party_a, UINT64_C(0x100000001)), IST_OK);
    CHECK_EQ(acquire(r, &party_b, 1), IST_TIMEOUT);
    CHECK_EQ(acquire(r, &party_b, UINT64_C(0x100000001)), IST_OK);
    CHECK_EQ(release(r, &party_b, UINT64_MAX), IST_OK);
    CHECK_EQ(acquire(r, &party_a, UINT32_MAX), IST_TIMEOUT);
    CHECK_EQ(acquire(r, &party_a, UINT64_MAX), IST_OK);
    rig_drop(&r->object);
}

TEST(an_abandoned_mutex_is_lost_for_good)
{
    struct resource *r = mutex_resource();
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK);
    kmutex_abandon(&r->kmutex, &party_b); /* it owns nothing: nothing happens */
    CHECK(kmutex_owned_by(&r->kmutex, &party_a));
    kmutex_abandon(&r->kmutex, &party_a);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(acquire(r, &party_b, 0), IST_ABANDONED);
        CHECK_EQ(acquire(r, &party_a, 5), IST_ABANDONED);
        CHECK_EQ(release(r, &party_b, 0), IST_NOT_OWNER);
        CHECK_EQ(release(r, &party_a, 0), IST_NOT_OWNER);
    }
    CHECK(!kmutex_owned_by(&r->kmutex, &party_b));
    CHECK_EQ(kmutex_acquire(&r->kmutex, &party_b, 0, DEADLINE_NEVER, NULL), IST_ABANDONED);
    rig_drop(&r->object);
}

TEST(undo_makes_an_acquire_as_if_it_had_not_been)
{
    struct resource *r = mutex_resource();
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK);
    CHECK_EQ(release(r, &party_a, 9), IST_OK);
    CHECK_EQ(acquire(r, &party_b, 9), IST_OK);
    kmutex_undo(&r->kmutex, &party_a); /* not its */
    CHECK(kmutex_owned_by(&r->kmutex, &party_b));
    kmutex_undo(&r->kmutex, &party_b);
    CHECK(!kmutex_owned_by(&r->kmutex, &party_b));
    CHECK_EQ(release(r, &party_b, 1), IST_NOT_OWNER);
    CHECK_EQ(acquire(r, &party_a, 9), IST_OK); /* still the key of the last release */
    rig_drop(&r->object);
}

TEST(a_timeout_is_never_early)
{
    struct resource *r = mutex_resource();
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK);
    CHECK_EQ(release(r, &party_a, 5), IST_OK);
    for (int i = 0; i < 3; i++) {
        int64_t deadline = deadline_after_ms(30);
        CHECK_EQ(kmutex_acquire(&r->kmutex, &party_b, 6, deadline, NULL), IST_TIMEOUT);
        CHECK(clock_now_ns() >= deadline);
        CHECK(clock_now_ns() < deadline + INT64_C(5000000000));
    }
    CHECK_EQ(kmutex_acquire(&r->kmutex, &party_b, 6, -1, NULL), IST_TIMEOUT);
    CHECK_EQ(atomic_load(&r->kmutex.waiting), 0);
    CHECK_EQ(acquire(r, &party_b, 5), IST_OK);
    rig_drop(&r->object);
}

TEST(a_report_says_what_is)
{
    struct resource *r = mutex_resource();
    CHECK(!kmutex_look(&r->kmutex).owned);
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK);
    struct kmutex_report report = kmutex_look(&r->kmutex);
    CHECK(report.owned && !report.abandoned);
    CHECK_EQ(kill((pid_t)report.helper, 0), 0); /* a thread of ours */
    CHECK_EQ(release(r, &party_a, 42), IST_OK);
    report = kmutex_look(&r->kmutex);
    CHECK(!report.owned && !report.abandoned);
    CHECK_EQ(report.key, 42);
    CHECK_EQ(report.helper, 0);
    CHECK_EQ(acquire(r, &party_a, 42), IST_OK);
    kmutex_abandon(&r->kmutex, &party_a);
    CHECK(kmutex_look(&r->kmutex).abandoned);
    rig_drop(&r->object);
}

struct acquirer {
    struct resource *r;
    const void *party;
    uint64_t key;
    uint32_t ms;
    enum ist_status status;
    atomic_bool done;
};

static void *acquire_it(void *arg)
{
    struct acquirer *a = arg;
    a->status = kmutex_acquire(&a->r->kmutex, a->party, a->key, deadline_after_ms(a->ms), NULL);
    atomic_store(&a->done, true);
    return NULL;
}

static void await_waiters(struct resource *r, unsigned count)
{
    for (int i = 0; i < 5000; i++) {
        if (atomic_load(&r->kmutex.waiting) == count)
            return;
        rig_nap(1);
    }
    CHECK(!"the waiters never came");
}

TEST(a_release_with_the_key_wakes_and_another_key_does_not)
{
    struct resource *r = mutex_resource();
    struct acquirer a = {.r = r, .party = &party_b, .key = 7, .ms = UINT32_MAX};
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK);
    pthread_t thread = rig_start(acquire_it, &a);
    await_waiters(r, 1);
    CHECK_EQ(release(r, &party_a, 8), IST_OK);
    rig_nap(20);
    CHECK(!atomic_load(&a.done));
    CHECK_EQ(acquire(r, &party_a, 8), IST_OK);
    CHECK_EQ(release(r, &party_a, 7), IST_OK);
    rig_join(thread);
    CHECK_EQ(a.status, IST_OK);
    CHECK(kmutex_owned_by(&r->kmutex, &party_b));
    rig_drop(&r->object);
}

TEST(of_two_waiters_for_a_key_exactly_one_gets_it)
{
    struct resource *r = mutex_resource();
    struct acquirer a = {.r = r, .party = &party_b, .key = 3, .ms = 20000}, b = a;
    b.party = &party_c;
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK);
    pthread_t ta = rig_start(acquire_it, &a), tb = rig_start(acquire_it, &b);
    await_waiters(r, 2);
    CHECK_EQ(release(r, &party_a, 3), IST_OK);
    while (!atomic_load(&a.done) && !atomic_load(&b.done))
        rig_nap(1);
    rig_nap(20);
    CHECK(atomic_load(&a.done) + atomic_load(&b.done) == 1);
    CHECK_EQ(release(r, atomic_load(&a.done) ? &party_b : &party_c, 3), IST_OK);
    rig_join(ta);
    rig_join(tb);
    CHECK_EQ(a.status, IST_OK);
    CHECK_EQ(b.status, IST_OK);
    rig_drop(&r->object);
}

TEST(abandoning_wakes_everybody_who_waits)
{
    struct resource *r = mutex_resource();
    struct acquirer a = {.r = r, .party = &party_b, .key = 3, .ms = UINT32_MAX}, b = a;
    b.party = &party_c;
    b.key = 4;
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK);
    pthread_t ta = rig_start(acquire_it, &a), tb = rig_start(acquire_it, &b);
    await_waiters(r, 2);
    kmutex_abandon(&r->kmutex, &party_a);
    rig_join(ta);
    rig_join(tb);
    CHECK_EQ(a.status, IST_ABANDONED);
    CHECK_EQ(b.status, IST_ABANDONED);
    rig_drop(&r->object);
}

TEST(undo_hands_the_mutex_to_one_who_waits)
{
    struct resource *r = mutex_resource();
    struct acquirer a = {.r = r, .party = &party_b, .key = 0, .ms = 20000};
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK);
    pthread_t thread = rig_start(acquire_it, &a);
    await_waiters(r, 1);
    kmutex_undo(&r->kmutex, &party_a);
    rig_join(thread);
    CHECK_EQ(a.status, IST_OK);
    rig_drop(&r->object);
}

enum { TURNS = 3000 };

struct counter {
    struct resource *r;
    const void *party;
    uint64_t mine, theirs;
    unsigned *plain; /* only the owner may touch it */
    unsigned failed;
};

static void *take_turns(void *arg)
{
    struct counter *c = arg;
    for (unsigned i = 0; i < TURNS; i++) {
        if (kmutex_acquire(&c->r->kmutex, c->party, c->mine, rig_late(), NULL) != IST_OK)
            c->failed++;
        ++*c->plain;
        if (kmutex_release(&c->r->kmutex, c->party, c->theirs, NULL) != IST_OK)
            c->failed++;
    }
    return NULL;
}

TEST(two_parties_take_turns_by_their_keys)
{
    unsigned plain = 0;
    struct resource *r = mutex_resource();
    struct counter a = {r, &party_a, 0, 1, &plain, 0}, b = {r, &party_b, 1, 0, &plain, 0};
    pthread_t ta = rig_start(take_turns, &a), tb = rig_start(take_turns, &b);
    rig_join(ta);
    rig_join(tb);
    CHECK_EQ(a.failed + b.failed, 0);
    CHECK_EQ(plain, 2 * TURNS);
    rig_drop(&r->object);
}

TEST(many_parties_share_one_key)
{
    unsigned plain = 0;
    static const char parties[4];
    struct resource *r = mutex_resource();
    struct counter c[4];
    pthread_t t[4];
    for (int i = 0; i < 4; i++) {
        c[i] = (struct counter){r, &parties[i], 0, 0, &plain, 0};
        t[i] = rig_start(take_turns, &c[i]);
    }
    for (int i = 0; i < 4; i++) {
        rig_join(t[i]);
        CHECK_EQ(c[i].failed, 0);
    }
    CHECK_EQ(plain, 4 * TURNS);
    rig_drop(&r->object);
}

/* Deadlines that just pass while the mutex is handed over: owned exactly when IST_OK. */
static void *acquire_shortly(void *arg)
{
    struct counter *c = arg;
    uint64_t seed = (uintptr_t)c->party;
    for (unsigned i = 0; i < TURNS; i++) {
        int64_t deadline = clock_now_ns() + rig_random(&seed) % 60000;
        if (kmutex_acquire(&c->r->kmutex, c->party, 0, deadline, NULL) != IST_OK) {
            c->failed += kmutex_owned_by(&c->r->kmutex, c->party);
            continue;
        }
        ++*c->plain;
        c->failed += kmutex_release(&c->r->kmutex, c->party, 0, NULL) != IST_OK;
    }
    return NULL;
}

TEST(timeouts_race_with_hand_overs)
{
    unsigned plain = 0;
    static const char parties[4];
    struct resource *r = mutex_resource();
    struct counter c[4];
    pthread_t t[4];
    for (int i = 0; i < 4; i++) {
        c[i] = (struct counter){r, &parties[i], 0, 0, &plain, 0};
        t[i] = rig_start(acquire_shortly, &c[i]);
    }
    for (int i = 0; i < 4; i++) {
        rig_join(t[i]);
        CHECK_EQ(c[i].failed, 0);
    }
    CHECK(plain > 0);
    CHECK_EQ(acquire(r, &party_a, 0), IST_OK); /* free again, nobody lost it */
    rig_drop(&r->object);
}

static void add_ten(void *user)
{
    *(unsigned *)user += 10;
}

static void twice(void *user)
{
    *(unsigned *)user *= 2;
}

/* The mutex passes at once, the work behind it in order: 10 first, then doubled. */
TEST(ownership_passes_at_the_call_and_order_through_the_queues)
{
    unsigned value = 0;
    struct resource *r = mutex_resource();
    struct fence *gate = rig_fence(0);
    struct queue *a = rig_queue(), *b = rig_queue();
    CHECK_EQ(kmutex_acquire(&r->kmutex, &party_a, 0, 0, a), IST_OK);
    CHECK_EQ(queue_wait_fence(a, gate, 1), IST_OK);
    CHECK_EQ(queue_call(a, add_ten, &value), IST_OK);
    CHECK_EQ(kmutex_release(&r->kmutex, &party_a, 1, a), IST_OK);

    CHECK_EQ(kmutex_acquire(&r->kmutex, &party_b, 1, 0, b), IST_OK); /* not blocked */
    CHECK_EQ(queue_call(b, twice, &value), IST_OK);
    CHECK_EQ(kmutex_release(&r->kmutex, &party_b, 2, b), IST_OK);
    CHECK_EQ(queue_sync(b, queue_ticket(b), rig_soon()), IST_TIMEOUT);
    CHECK_EQ(value, 0);
    fence_signal(gate, 1);
    CHECK_EQ(rig_finish_queue(b), IST_OK);
    CHECK_EQ(value, 20);
    queue_unref(a);
    queue_unref(b);
    rig_drop(&gate->object);
    rig_drop(&r->object);
}

TEST(without_a_queue_the_caller_waits_for_the_work)
{
    struct resource *r = mutex_resource();
    struct fence *gate = rig_fence(0);
    struct queue *a = rig_queue();
    CHECK_EQ(kmutex_acquire(&r->kmutex, &party_a, 0, 0, a), IST_OK);
    CHECK_EQ(queue_wait_fence(a, gate, 1), IST_OK);
    CHECK_EQ(kmutex_release(&r->kmutex, &party_a, 1, a), IST_OK);
    CHECK_EQ(kmutex_acquire(&r->kmutex, &party_b, 1, rig_soon(), NULL), IST_TIMEOUT);
    CHECK(!kmutex_owned_by(&r->kmutex, &party_b)); /* and has it not, with the key as before */
    fence_signal(gate, 1);
    CHECK_EQ(kmutex_acquire(&r->kmutex, &party_b, 1, rig_late(), NULL), IST_OK);
    CHECK_EQ(rig_finish_queue(a), IST_OK);
    queue_unref(a);
    rig_drop(&gate->object);
    rig_drop(&r->object);
}

/*
 * The second release comes through another queue while the first one's work is still held up:
 * it must neither overtake it nor be taken back by it when that work is done at last.
 */
static void check_overtaking(struct queue *second, struct fence *held_by)
{
    unsigned value = 0;
    struct resource *r = mutex_resource();
    struct fence *gate = rig_fence(0);
    struct queue *a = rig_queue(), *b = rig_queue(), *c = rig_queue();
    CHECK_EQ(kmutex_acquire(&r->kmutex, &party_a, 0, 0, a), IST_OK);
    CHECK_EQ(queue_wait_fence(a, gate, 1), IST_OK);
    CHECK_EQ(queue_call(a, add_ten, &value), IST_OK);
    CHECK_EQ(kmutex_release(&r->kmutex, &party_a, 1, a), IST_OK);
    CHECK_EQ(kmutex_acquire(&r->kmutex, &party_b, 1, 0, b), IST_OK);
    CHECK_EQ(kmutex_release(&r->kmutex, &party_b, 2, second), IST_OK);
    if (held_by)
        fence_signal(held_by, 1);

    CHECK_EQ(kmutex_acquire(&r->kmutex, &party_c, 2, 0, c), IST_OK);
    CHECK_EQ(queue_call(c, twice, &value), IST_OK);
    CHECK_EQ(queue_sync(c, queue_ticket(c), rig_soon()), IST_TIMEOUT);
    fence_signal(gate, 1);
    CHECK_EQ(rig_finish_queue(c), IST_OK);
    CHECK_EQ(value, 20);
    CHECK_EQ(rig_finish_queue(a), IST_OK);

    CHECK_EQ(kmutex_release(&r->kmutex, &party_c, 3, c), IST_OK);
    CHECK_EQ(kmutex_acquire(&r->kmutex, &party_a, 3, 0, a), IST_OK);
    CHECK_EQ(rig_finish_queue(a), IST_OK); /* nothing waits for a value that was taken back */
    queue_unref(a);
    queue_unref(b);
    queue_unref(c);
    rig_drop(&gate->object);
    rig_drop(&r->object);
}

TEST(a_release_through_another_queue_does_not_overtake)
{
    struct queue *idle = rig_queue();
    check_overtaking(idle, NULL);
    CHECK_EQ(rig_finish_queue(idle), IST_OK);
    queue_unref(idle);
}

TEST(a_release_through_a_busy_queue_does_not_overtake)
{
    struct fence *gate = rig_fence(0);
    struct queue *busy = rig_queue();
    CHECK_EQ(queue_wait_fence(busy, gate, 1), IST_OK);
    check_overtaking(busy, gate);
    CHECK_EQ(rig_finish_queue(busy), IST_OK);
    queue_unref(busy);
    rig_drop(&gate->object);
}

TEST(a_release_without_a_queue_does_not_overtake)
{
    check_overtaking(NULL, NULL);
}

TEST(queued_order_keeps_the_resource)
{
    struct resource *r = mutex_resource();
    struct fence *gate = rig_fence(0);
    struct queue *a = rig_queue();
    size_t before = object_live_count();
    CHECK_EQ(kmutex_acquire(&r->kmutex, &party_a, 0, 0, a), IST_OK);
    CHECK_EQ(queue_wait_fence(a, gate, 1), IST_OK);
    CHECK_EQ(kmutex_release(&r->kmutex, &party_a, 1, a), IST_OK);
    rig_drop(&r->object);
    CHECK_EQ(object_live_count(), before);
    fence_signal(gate, 1);
    CHECK_EQ(rig_finish_queue(a), IST_OK);
    CHECK_EQ(object_live_count(), before - 1);
    queue_unref(a);
    rig_drop(&gate->object);
}
