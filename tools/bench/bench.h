/* SPDX-License-Identifier: MIT */
/*
 * What a row of `isthmus bench` is, and how it is measured: our way and the floor (the raw
 * primitive that nobody can beat) by turns in one run, so that both see the same machine. A
 * row runs in a process of its own (child.c), pinned as it says, and owns all that it makes.
 */
#ifndef ISTHMUS_TOOLS_BENCH_BENCH_H
#define ISTHMUS_TOOLS_BENCH_BENCH_H

#include "demo/rig.h"

#include <stdbool.h>
#include <stddef.h>

enum placement {
    ONE_CPU,   /* one thread works; it is pinned */
    SAME_CPU,  /* two parties take turns on one CPU */
    OTHER_CPU, /* two parties, each on a CPU of its own */
    ALL_CPUS,  /* nothing is pinned */
};

/* Over the repetitions: the middle one, and the tenth and ninetieth part. */
struct figure {
    double median, low, high;
};

#define NOTE_BYTES 120

struct result {
    struct figure ours, floor; /* of one operation, in the row's unit */
    struct figure ratio;       /* repetition by repetition */
    unsigned repetitions;
    char note[NOTE_BYTES]; /* what a reader should know besides; may be empty */
};

struct row {
    const char *name;  /* "import": what --only matches */
    const char *what;  /* our operation, in words */
    const char *floor; /* the raw primitive; NULL: the row has only an absolute target */
    const char *unit;  /* "ns", "bytes" */
    enum placement placement;
    double target; /* the largest good ratio, or figure if there is no floor; 0: none */
    size_t size;   /* what run() makes of it: bytes, objects, threads */
    /* False, with a sentence on standard error, if it could not be measured. */
    bool (*run)(const struct row *row, struct rig *rig, struct result *out);
};

/* Two ways of doing the same `count` times; each returns when it is done. */
struct pair {
    void (*ours)(void *user, unsigned count);
    void (*floor)(void *user, unsigned count); /* NULL: none */
    void *user;
};

/* Finds out how many operations make a good sample, then takes samples by turns. */
void measure(const struct pair *pair, struct result *out);

/* Median, low and high of `count` values, which get sorted. */
struct figure figure_of(double *values, size_t count);

/* CPUs of this process: `index` counts those that it was started with. False: there is none. */
bool pin_to(unsigned index);
void unpin(void);
unsigned cpu_count(void);

/* The rows in the order of the report, and how many there are (rows.c). */
extern const struct row rows[];
extern const size_t row_count;

/* One function for each kind of row; what they are about stands in the table. */
bool run_import(const struct row *row, struct rig *rig, struct result *out);
bool run_acquire_release(const struct row *row, struct rig *rig, struct result *out);
bool run_fence_turn(const struct row *row, struct rig *rig, struct result *out);
bool run_enqueue(const struct row *row, struct rig *rig, struct result *out);
bool run_stream_switch(const struct row *row, struct rig *rig, struct result *out);
bool run_update(const struct row *row, struct rig *rig, struct result *out);
bool run_copy_resource(const struct row *row, struct rig *rig, struct result *out);
bool run_cuda_memcpy(const struct row *row, struct rig *rig, struct result *out);
bool run_box(const struct row *row, struct rig *rig, struct result *out);
bool run_volume(const struct row *row, struct rig *rig, struct result *out);
bool run_slices(const struct row *row, struct rig *rig, struct result *out);
bool run_clear(const struct row *row, struct rig *rig, struct result *out);
bool run_create(const struct row *row, struct rig *rig, struct result *out);
bool run_start(const struct row *row, struct rig *rig, struct result *out);
bool run_object_memory(const struct row *row, struct rig *rig, struct result *out);
bool run_demo(const struct row *row, struct rig *rig, struct result *out);
bool run_import_fds(const struct row *row, struct rig *rig, struct result *out);
bool run_open_name(const struct row *row, struct rig *rig, struct result *out);
bool run_open_number(const struct row *row, struct rig *rig, struct result *out);
bool run_hand_over(const struct row *row, struct rig *rig, struct result *out);
bool run_growth_objects(const struct row *row, struct rig *rig, struct result *out);
bool run_growth_handles(const struct row *row, struct rig *rig, struct result *out);
bool run_growth_names(const struct row *row, struct rig *rig, struct result *out);
bool run_growth_streams(const struct row *row, struct rig *rig, struct result *out);
bool run_growth_waiters(const struct row *row, struct rig *rig, struct result *out);
bool run_threads_import(const struct row *row, struct rig *rig, struct result *out);
bool run_threads_close(const struct row *row, struct rig *rig, struct result *out);
bool run_threads_signal(const struct row *row, struct rig *rig, struct result *out);

/* In the size of a row of threads: all of them use the same object. */
#define THREADS_TOGETHER 0x100U

#endif
