/* SPDX-License-Identifier: MIT */
/*
 * The runner behind test.h: keeps the list of tests, runs each, counts what it left behind.
 * The list is built by constructors before main() and never changes after. Failures may be
 * recorded by any thread (current.failed is atomic); all else belongs to the main thread.
 */
#include "test.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum outcome { PASSED, FAILED, SKIPPED, OUTCOMES };

/* What must be the same before and after a test. */
struct leftovers {
    size_t fds;
    size_t maps;
    size_t objects;
};

static struct test_case *first_test;
static struct test_case **last_link = &first_test;

static struct {
    jmp_buf leave;       /* where a failing or skipping test goes */
    pthread_t thread;    /* the only thread that may jump there */
    atomic_bool failed;  /* any thread may set it */
    const char *skipped; /* the reason */
} current;

__attribute__((weak)) void test_warm_up(void)
{
}

__attribute__((weak)) unsigned test_patience_ms(void)
{
    return 10000;
}

/* The core's own count, where the program is linked with a core at all. */
extern size_t object_live_count(void) __asm__("ist_private_object_live_count")
    __attribute__((weak));

/* Memory that the cpu device keeps for the next object is nothing left behind. */
extern size_t recycle_flush(void) __asm__("ist_private_recycle_flush") __attribute__((weak));

__attribute__((weak)) size_t test_live_objects(void)
{
    return object_live_count ? object_live_count() : 0;
}

void test_register(struct test_case *test)
{
    *last_link = test;
    last_link = &test->next;
}

/* Prints where and what, records the failure and leaves the test if this thread can. */
static void fail_va(struct test_where at, const char *format, va_list args)
{
    fflush(stdout);
    flockfile(stderr);
    fprintf(stderr, "  %s:%d: ", at.file, at.line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    funlockfile(stderr);
    atomic_store(&current.failed, true);
    if (pthread_equal(pthread_self(), current.thread))
        longjmp(current.leave, 1);
}

void test_fail(struct test_where at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_va(at, format, args);
    va_end(args);
}

void test_skip(struct test_where at, const char *reason)
{
    if (!pthread_equal(pthread_self(), current.thread)) {
        test_fail(at, "SKIP in another thread: %s", reason);
        return;
    }
    current.skipped = reason;
    longjmp(current.leave, 1);
}

void test_check(struct test_where at, bool ok, const char *text)
{
    if (!ok)
        test_fail(at, "failed: %s", text);
}

void test_check_eq(struct test_where at, const char *text, uint64_t found, uint64_t wanted,
                   size_t width)
{
    uint64_t mask = width >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * width)) - 1;
    if ((found & mask) == (wanted & mask))
        return;
    test_fail(at,
              "failed: %s\n    found  %" PRId64 " (0x%" PRIx64 ")\n    wanted %" PRId64
              " (0x%" PRIx64 ")",
              text, (int64_t)found, found & mask, (int64_t)wanted, wanted & mask);
}

void test_check_ptr(struct test_where at, const char *text, const void *found,
                    const void *wanted)
{
    if (found != wanted)
        test_fail(at, "failed: %s\n    found  %p\n    wanted %p", text, found, wanted);
}

void test_check_str(struct test_where at, const char *text, const char *found,
                    const char *wanted)
{
    if (found == wanted || (found && wanted && strcmp(found, wanted) == 0))
        return;
    test_fail(at, "failed: %s\n    found  \"%s\"\n    wanted \"%s\"", text,
              found ? found : "(NULL)", wanted ? wanted : "(NULL)");
}

void test_check_mem(struct test_where at, const char *text, const void *found,
                    const void *wanted, size_t size)
{
    const unsigned char *f = found;
    const unsigned char *w = wanted;
    size_t first = size;
    size_t wrong = 0;
    if (!f || !w) {
        test_check_ptr(at, text, found, wanted);
        return;
    }
    for (size_t i = size; i-- > 0;) {
        if (f[i] != w[i]) {
            first = i;
            wrong++;
        }
    }
    if (wrong)
        test_fail(at,
                  "failed: %s\n    %zu of %zu bytes differ, the first at %zu (0x%zx):"
                  " found 0x%02x, wanted 0x%02x",
                  text, wrong, size, first, first, f[first], w[first]);
}

static size_t count_fds(void)
{
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    if (!dir)
        return 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static size_t count_maps(void)
{
    char line[1024];
    size_t count = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps)
        return 0;
    while (fgets(line, sizeof(line), maps))
        count += strstr(line, "memfd:isthmus") != NULL;
    fclose(maps);
    return count;
}

static struct leftovers count_leftovers(void)
{
    if (recycle_flush)
        (void)recycle_flush();
    return (struct leftovers){count_fds(), count_maps(), test_live_objects()};
}

static bool same_leftovers(struct leftovers a, struct leftovers b)
{
    return a.fds == b.fds && a.maps == b.maps && a.objects == b.objects;
}

/* A worker may still be letting go when the test ends, on a busy machine late; a leak stays. */
static struct leftovers settle(struct leftovers before)
{
    const struct timespec nap = {0, 5 * 1000 * 1000};
    struct leftovers now = count_leftovers();
    for (unsigned ms = 0; ms < test_patience_ms() && !same_leftovers(before, now); ms += 5) {
        nanosleep(&nap, NULL);
        now = count_leftovers();
    }
    return now;
}

static enum outcome check_leftovers(const struct test_case *test, struct leftovers before)
{
    struct leftovers now = settle(before);
    if (same_leftovers(before, now))
        return PASSED;
    fflush(stdout);
    fprintf(stderr,
            "  %s: left behind by %s: fds %zu -> %zu, mappings %zu -> %zu, objects %zu -> "
            "%zu\n",
            test->file, test->name, before.fds, now.fds, before.maps, now.maps, before.objects,
            now.objects);
    return FAILED;
}

static enum outcome run_test(const struct test_case *test)
{
    struct leftovers before = count_leftovers();
    atomic_store(&current.failed, false);
    current.skipped = NULL;
    current.thread = pthread_self();
    if (setjmp(current.leave) == 0)
        test->run();
    if (atomic_load(&current.failed))
        return FAILED; /* what it left behind is no news */
    if (current.skipped)
        return SKIPPED;
    return check_leftovers(test, before);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static enum outcome run_and_tell(const struct test_case *test, bool verbose)
{
    static const char *const words[OUTCOMES] = {"ok", "FAIL", "skip"};
    double start = seconds_now();
    if (verbose) {
        printf("%s ...\n", test->name);
        fflush(stdout);
    }
    enum outcome outcome = run_test(test);
    printf("%-4s %s", words[outcome], test->name);
    if (outcome == SKIPPED)
        printf(": %s", current.skipped);
    if (verbose)
        printf(" (%.3f s)", seconds_now() - start);
    putchar('\n');
    fflush(stdout);
    return outcome;
}

struct options {
    const char *filter; /* only tests whose name contains this */
    bool list;
    bool verbose;
};

static struct options parse_options(int argc, char **argv)
{
    struct options options = {"", false, false};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--list") == 0) {
            options.list = true;
        } else if (strcmp(argv[i], "-v") == 0) {
            options.verbose = true;
        } else if (strcmp(argv[i], "--filter") == 0 && i + 1 < argc) {
            options.filter = argv[++i];
        } else {
            fprintf(stderr, "usage: %s [--list] [--filter SUBSTR] [-v]\n", argv[0]);
            exit(2);
        }
    }
    return options;
}

int main(int argc, char **argv)
{
    struct options options = parse_options(argc, argv);
    size_t count[OUTCOMES] = {0};
    if (!options.list)
        test_warm_up();
    for (const struct test_case *test = first_test; test; test = test->next) {
        if (!strstr(test->name, options.filter))
            continue;
        if (options.list)
            puts(test->name);
        else
            count[run_and_tell(test, options.verbose)]++;
    }
    if (options.list)
        return 0;
    printf("%zu passed, %zu failed, %zu skipped\n", count[PASSED], count[FAILED],
           count[SKIPPED]);
    if (count[FAILED] || !(count[PASSED] + count[SKIPPED]))
        return 1; /* a filter that fits nothing is a failure, too */
    return count[PASSED] ? 0 : 77;
}
