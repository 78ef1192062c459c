/* SPDX-License-Identifier: MIT */
/*
 * The test harness, for C and C++: a program is a set of TEST() functions, main() is in test.c.
 *
 *     TEST(value_starts_at_what_was_asked)
 *     {
 *         CHECK_EQ(fence_value(f), 7);
 *     }
 *
 * A failing check prints what it found and leaves the test; the other tests still run. When a
 * test ends, nothing that it made may be left: no fd, no memory object of ours mapped, no live
 * core object. What a program makes once and keeps belongs into test_warm_up().
 *
 * Options of every program: --list, --filter SUBSTR, -v. Exit 0: passed, 1: failed, 77: every
 * test was skipped.
 */
#ifndef ISTHMUS_TEST_H
#define ISTHMUS_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 1 under that sanitizer, 0 elsewhere. */
#if defined(__has_feature)
#define TEST_HAS(feature) __has_feature(feature)
#else
#define TEST_HAS(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || TEST_HAS(address_sanitizer)
#define TEST_ADDRESS_SANITIZER 1
#else
#define TEST_ADDRESS_SANITIZER 0
#endif
#if defined(__SANITIZE_THREAD__) || TEST_HAS(thread_sanitizer)
#define TEST_THREAD_SANITIZER 1
#else
#define TEST_THREAD_SANITIZER 0
#endif

#ifdef __cplusplus
extern "C" {
#define TEST_ASSERT static_assert
#else
#define TEST_ASSERT _Static_assert
#endif

struct test_case {
    const char *name;
    const char *file;
    void (*run)(void);
    struct test_case *next; /* set by test_register() */
};

/* A place in a test's source: what a failure names first. */
struct test_where {
    const char *file;
    int line;
};

/*
 * Hooks that a test program may define; the defaults are enough for most.
 * test_warm_up() runs once, before anything is counted.
 * test_live_objects() says how many shareable objects exist now; the default asks the core.
 * test_patience_ms() says how long a leak must last to be one; the default suits busy machines.
 */
void test_warm_up(void);
unsigned test_patience_ms(void);
size_t test_live_objects(void);

void test_register(struct test_case *test);

/*
 * The functions behind the macros. A failure leaves the test by longjmp; in a thread other than
 * the one that runs the tests it is only recorded, because there is nothing to jump to.
 */
void test_check(struct test_where at, bool ok, const char *text);
void test_check_eq(struct test_where at, const char *text, uint64_t found, uint64_t wanted,
                   size_t width);
void test_check_ptr(struct test_where at, const char *text, const void *found,
                    const void *wanted);
void test_check_str(struct test_where at, const char *text, const char *found,
                    const char *wanted);
void test_check_mem(struct test_where at, const char *text, const void *found,
                    const void *wanted, size_t size);
void test_fail(struct test_where at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void test_skip(struct test_where at, const char *reason);

#define TEST_HERE test_here(__FILE__, __LINE__)

static inline struct test_where test_here(const char *file, int line)
{
    struct test_where at;
    at.file = file;
    at.line = line;
    return at;
}

/* Defines a test and registers it before main() runs, in the order of the source. */
#define TEST(test_name)                                                                 \
    static void test_run_##test_name(void);                                             \
    __attribute__((constructor)) static void test_add_##test_name(void)                 \
    {                                                                                   \
        static struct test_case self = {#test_name, __FILE__, test_run_##test_name, 0}; \
        test_register(&self);                                                           \
    }                                                                                   \
    static void test_run_##test_name(void)

#define CHECK(cond) test_check(TEST_HERE, (cond) ? true : false, #cond)

/*
 * Integers, enums and pointers, compared as C's == would after the usual conversions: -1 and
 * 0xffffffffu are equal, as an HRESULT and its literal must be. The found value comes first.
 */
#define CHECK_EQ(found, wanted)                                                                \
    do {                                                                                       \
        TEST_ASSERT(__builtin_classify_type(found) != 8, "CHECK_EQ takes no floating point");  \
        test_check_eq(TEST_HERE, #found " == " #wanted, (uint64_t)(found), (uint64_t)(wanted), \
                      sizeof(found) > sizeof(wanted) ? sizeof(found) : sizeof(wanted));        \
    } while (0)

#define CHECK_PTR_EQ(found, wanted)                                         \
    test_check_ptr(TEST_HERE, #found " == " #wanted, (const void *)(found), \
                   (const void *)(wanted))

/* Strings; NULL equals only NULL. */
#define CHECK_STR(found, wanted) \
    test_check_str(TEST_HERE, #found " == " #wanted, (found), (wanted))

/* Bytes: prints the first difference and how many there are. */
#define CHECK_MEM(found, wanted, size) \
    test_check_mem(TEST_HERE, #found " == " #wanted, (found), (wanted), (size))

/* Ends the test here; it counts as skipped, with this reason. */
#define SKIP(reason) test_skip(TEST_HERE, reason)

#ifdef __cplusplus
}
#endif

#endif
