/* SPDX-License-Identifier: MIT */
/*
 * Tests with whole processes. The test itself never uses the library: it starts actors (the
 * same program once more, by fork and exec), tells each what to do next and gets its answer, so
 * a test reads as one list of steps although they happen in several processes.
 *
 * An actor ends when its socket hangs up or its parent dies: none is left behind, however a
 * test ends. Everything happens in a private runtime folder, with a broker of its own.
 */
#ifndef TESTS_MULTIPROCESS_ACTOR_H
#define TESTS_MULTIPROCESS_ACTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { ACTORS_MAX = 16, SLOTS = 8, ACTOR_BYTES = 4096, ACTOR_FDS = 4 };

/* What an actor can be told; each is a function op_NAME in puppet*.c, described there. */
/* clang-format off */
#define ACTOR_OPS(X) \
    X(make_buffer) X(make_fence) X(nt_handle) X(fence_handle) X(kmt) X(open_nt) \
    X(open_kmt) X(open_name) X(open_fence) X(write) X(read) X(acquire) X(release) \
    X(pingpong) X(signal) X(context_wait) X(completed) X(host_wait) X(flush) X(drop) \
    X(cu_memory) X(cu_fence) X(cu_mutex) X(cu_write) X(cu_read) X(cu_acquire) \
    X(cu_release) X(cu_pingpong) X(cu_signal) X(cu_wait) X(cu_hold) X(cu_let_go) \
    X(cu_sync) X(cu_drop) X(close) X(close_all) X(push) X(pull) X(open_process) \
    X(duplicate) X(export) X(import) X(touch) X(crowd) X(fork_idle) X(fork_user) \
    X(end_child) X(twice) X(live) X(quit)
/* clang-format on */

enum actor_op {
#define X(name) DO_##name,
    ACTOR_OPS(X)
#undef X
        ACTOR_OP_COUNT
};

/* One thing to do: with the object in `slot`; a, b, c, name as the operation says. */
struct order {
    enum actor_op op;
    unsigned slot;
    uint64_t a, b, c;
    char name[280];
    unsigned fd_count; /* that come with it */
    int fds[ACTOR_FDS];
};

/* The code is an HRESULT; of a Win32 error HRESULT_FROM_WIN32; of CUDA CUDA_CODE(). */
struct answer {
    uint32_t code;
    uint64_t value;
    char why[256]; /* ist_explain(), if it failed */
    unsigned fd_count;
    int fds[ACTOR_FDS];
};

#define CUDA_CODE(e) cuda_code((unsigned)(e))
#define WRONG_BYTE 0x0bad0000u /* + the first byte that is not what it should be */

static inline uint32_t cuda_code(unsigned e)
{
    return e ? 0x0c0da000u | e : 0;
}

struct actor {
    pid_t pid; /* 0: ended */
    int socket;
    struct answer last;
};

/* Before the first actor; after the last. The end checks that the broker has gone, too. */
void stage_open(void);
void stage_close(void);
/* The same without a broker: ISTHMUS_BROKER=off. */
void stage_open_alone(void);
const char *stage_folder(void);

struct actor *actor_start(void);
void actor_tell(struct actor *actor, const struct order *order);
/* Waits for the answer to what was told; its code. */
uint32_t actor_hear(struct actor *actor);
/* True: an answer has come within that time. */
bool actor_answers(struct actor *actor, unsigned ms);
uint32_t actor_ask(struct actor *actor, const struct order *order);
/* Asks one that may die over it: false, and it is reaped. Else *code is its answer. */
bool actor_try(struct actor *actor, const struct order *order, uint32_t *code);
/* Lets it release all it has: fails the test if it has leaked something. */
void actor_quit(struct actor *actor);
void actor_kill(struct actor *actor);

#define TELL(actor, what, ...) actor_tell(actor, &(struct order){.op = DO_##what, __VA_ARGS__})
#define ASK(actor, what, ...) actor_ask(actor, &(struct order){.op = DO_##what, __VA_ARGS__})
/* Asks for what must succeed; gives the value. */
#define GET(actor, what, ...)                       \
    ({                                              \
        CHECK_EQ(ASK(actor, what, __VA_ARGS__), 0); \
        (actor)->last.value;                        \
    })

/* The broker of the stage: 0 if there is none. */
pid_t broker_pid(void);
/* Runs the broker's executable with that option; what it prints. Free it. */
char *broker_says(const char *option);
/* What `isthmus ls` lists: objects, and lines of processes that hold them. */
unsigned broker_objects(void);
unsigned broker_holders(void);

uint64_t now_ns(void);
void nap_ms(unsigned ms);
/* True as soon as the condition is; false after 20 s (a loaded machine's time). */
#define EVENTUALLY(condition)                                          \
    ({                                                                 \
        bool true_now = false;                                         \
        for (unsigned tries = 0; tries < 4000 && !true_now; tries++) { \
            true_now = (condition);                                    \
            if (!true_now)                                             \
                nap_ms(5);                                             \
        }                                                              \
        true_now;                                                      \
    })

/* The bytes that a test agrees on, by a seed; the index of the first wrong one, or -1. */
void bytes_fill(unsigned char *to, uint64_t seed);
int bytes_differ(const unsigned char *found, uint64_t seed);

/* Both sides of the socket. False: hung up. */
bool wire_send(int socket, const void *head, size_t size, const int *fds, unsigned count);
bool wire_receive(int socket, void *head, size_t size, int *fds, unsigned *count);

/* The actor's side: does what it is told until the socket hangs up. Returns its exit code. */
int puppet_main(int socket);

#endif
