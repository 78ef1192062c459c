/* SPDX-License-Identifier: MIT */
/* What is checked, and how it is told. Counts are atomic; a failure is printed as one line. */
#include "monkey.h"

#include <stdarg.h>
#include <stdio.h>

struct worker workers[WORKERS_MAX];
atomic_size_t checks_passed, checks_failed;

#define REPORTS_MAX 40 /* the first ones tell; the rest only count */

void monkey_fail(struct worker *w, const char *file, int line, const char *format, ...)
{
    va_list args;
    if (atomic_fetch_add(&checks_failed, 1) >= REPORTS_MAX)
        return;
    flockfile(stderr);
    fprintf(stderr, "  %s:%d: ", file, line);
    if (w)
        fprintf(stderr, "thread %u, operation %llu (%s): ", w->index,
                (unsigned long long)atomic_load(&w->number), atomic_load(&w->where));
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n    last reason: %s\n", ist_explain());
    funlockfile(stderr);
}

/* What each call answered, and how often: shows whether the monkey gets anywhere. */
static struct answer {
    const char *text;
    uint32_t code;
    size_t count;
} answers[512];
static pthread_mutex_t answers_lock = PTHREAD_MUTEX_INITIALIZER; /* guards answers */

static void count_answer(const char *text, uint32_t code)
{
    pthread_mutex_lock(&answers_lock);
    struct answer *a = answers, *end = answers + sizeof(answers) / sizeof(answers[0]) - 1;
    while (a < end && a->text && !(a->text == text && a->code == code))
        a++;
    a->text = text;
    a->code = code;
    a->count++;
    pthread_mutex_unlock(&answers_lock);
}

void answers_print(void)
{
    for (struct answer *a = answers; a->text; a++)
        printf("%9zu x 0x%08x %.100s\n", a->count, a->code, a->text);
}

bool check_code(struct worker *w, const char *file, int line, const char *text, uint32_t code,
                const uint32_t *list, size_t count)
{
    if (w)
        atomic_store_explicit(&w->call, text, memory_order_relaxed);
    if (options.codes)
        count_answer(text, code);
    for (size_t i = 0; i < count; i++)
        if (list[i] == code) {
            atomic_fetch_add_explicit(&checks_passed, 1, memory_order_relaxed);
            return true;
        }
    monkey_fail(w, file, line, "%s answered %u (0x%x)", text, code, code);
    return false;
}

static unsigned char pattern_byte(size_t i, unsigned salt, unsigned version)
{
    return (unsigned char)(i * 7 + i / 251 + salt * 13 + version * 31);
}

void pattern_fill(unsigned char *to, size_t size, unsigned salt, unsigned version)
{
    for (size_t i = 0; i < size; i++)
        to[i] = pattern_byte(i, salt, version);
}

size_t pattern_check(const unsigned char *at, size_t size, unsigned salt, unsigned version)
{
    size_t i = 0;
    while (i < size && at[i] == pattern_byte(i, salt, version))
        i++;
    return i;
}

uintptr_t pick_handle(struct worker *w)
{
    /* Values that no table ever gives out: their generation is 0. */
    static const uintptr_t garbage[] = {0,          4,          0x1234,
                                        0x1001,     0xdeadbeef, 0x40000002,
                                        0x40000042, 0xc0000002, 0x7ff00000000ULL};
    if (one_in(&w->rng, 12))
        return garbage[below(&w->rng, sizeof(garbage) / sizeof(garbage[0]))];
    return atomic_load(SLOT(w, handles));
}

const WCHAR *pick_name(struct worker *w)
{
    return one_in(&w->rng, 2) ? NULL : monkey_names[below(&w->rng, NAMES)];
}

cudaStream_t pick_stream(struct worker *w)
{
    switch (below(&w->rng, 12)) {
    case 0: return NULL;
    case 1: return cudaStreamPerThread;
    case 2: return w->stream;
    case 3: return (cudaStream_t)(uintptr_t)0x1c75010000000005ULL; /* generation 0: dead */
    default: return (cudaStream_t)atomic_load(SLOT(w, streams));
    }
}

void put_handle(struct worker *w, HANDLE handle)
{
    handle_discard(atomic_exchange(SLOT(w, handles), (uintptr_t)handle));
}
