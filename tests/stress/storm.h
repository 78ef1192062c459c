/* SPDX-License-Identifier: MIT */
/*
 * The kill storm: eight processes make, name, open, acquire, signal, import, map and close
 * shared objects at random; a ninth kills and stops them, and their broker, and starts them
 * again. Every byte says which object it is of and which version, so that whoever reads knows
 * what must be there.
 */
#ifndef TESTS_STRESS_STORM_H
#define TESTS_STRESS_STORM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    SEATS = 8,
    ENTRIES = 16,
    CONTENT = 4096,     /* the bytes that are looked at */
    WIDTH = 256 * 1024, /* of a buffer: a leak shows in the machine's memory */
    LINE = 64,          /* a log has CONTENT / LINE lines; the first is its head */
    CODES = 64,
};

/* What an object is, in the low bits of its tag; the rest of the tag is new for each object. */
enum kind {
    CELL_NAMED, /* a buffer behind a keyed mutex; "M-tag" */
    CELL_NUMBER,
    LOG_NAMED, /* a buffer that only its maker writes, line after line, and a fence; "B-tag" */
    LOG_NUMBER,
    LOG_FENCE, /* in a mail: the fence of the log with this tag */
    KIND_BITS = 3,
};

#define KIND_OF(tag) ((enum kind)((tag) & ((1u << KIND_BITS) - 1)))
#define HEAD_OF(tag) ((tag) >> KIND_BITS)

/* One of the eight places; the process in it changes. */
struct seat {
    _Atomic uint32_t pid;
    _Atomic uint64_t steps;   /* how far it got: whoever hangs shows */
    _Atomic uint32_t doing;   /* index of the operation */
    _Atomic uint32_t pushing; /* pid: it may have a handle that it was not told of yet */
};

/* Where one worker tells another of a handle: the sender sets `full`, the receiver clears
 * it. */
struct letter {
    _Atomic bool full;
    uint32_t pid, handle, tag; /* of the receiver, for whom it is; what it gets */
};

/* In memory that all nine have. */
struct board {
    _Atomic uint32_t stop, next_tag;
    struct seat seats[SEATS];
    struct letter letters[SEATS][SEATS]; /* [from][to] */
    _Atomic uint64_t entries[ENTRIES];   /* KMT number << 32 | tag */
    _Atomic uint64_t checked, good, refused, abandoned, torn, failures;
    _Atomic uint64_t codes[CODES]; /* code << 32 | count, of what was refused */
    char failure[512];             /* of the first */
};

extern struct board *board;

/* A worker's whole life; its exit code. `pot`: a socket on which objects are passed as fds. */
int storm_worker(unsigned seat, int pot, uint64_t seed);

extern const char *const storm_words[]; /* of the operations */

/* storm_bytes.c: a cell's content is of one version, a log's lines are all of version 0. */
void put_line(unsigned char *to, uint32_t tag, uint32_t version, unsigned line);
void put_all(unsigned char *to, uint32_t tag, uint32_t version);
uint32_t word_at(const unsigned char *from, unsigned index);
uint32_t version_of(const unsigned char *found, uint32_t tag);
unsigned lines_of(const unsigned char *found, uint32_t tag);

struct rng {
    uint64_t state;
};
uint64_t rng_next(struct rng *rng);
unsigned below(struct rng *rng, unsigned n);

#endif
