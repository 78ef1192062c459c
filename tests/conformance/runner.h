/* SPDX-License-Identifier: MIT */
/*
 * The parts of the runner. A case runs in a process of its own (process.h), where body.c emits
 * events, one line each; the runner collects them into an outcome (outcome.h), from which the
 * table and the JSON are made. Events reach the runner as they happen, so what a case found
 * before it crashed or hung is not lost. Peers (peer.h) emit the same events to their case.
 */
#ifndef ISTHMUS_CONFORMANCE_RUNNER_H
#define ISTHMUS_CONFORMANCE_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "conformance.h"
#include "probe.h"

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* ---- The list of cases (registry.c) ---- */

/* Sorted by group and number; ended by NULL. Belongs to the registry. */
struct conf_case **registry_sorted(size_t *count);
/* By id or full name; NULL if there is none. */
const struct conf_case *registry_find(const char *name);
/* `*`, `?` and `[A-D]`; the whole name or the id must fit. NULL fits everything. */
bool registry_fits(const struct conf_case *self, const char *glob);

/* ---- Inside the child (body.c) ---- */

/* Runs one case and emits its events to `out`. True if nothing differed: then what is left
 * in the process is all freed, and leak checkers may look. */
bool body_run(const struct conf_case *self, FILE *out);
/* The same for what a peer does; its differences are the events. */
void body_role(void (*run)(void), FILE *out);
/* The name under which the child tells the facts about the machine instead. */
#define BODY_MACHINE "machine"
void body_machine(FILE *out);

/* ---- What came of a case (outcome.c) ---- */

enum conf_result { RESULT_PASS, RESULT_FAIL, RESULT_TODO, RESULT_SKIP, RESULTS };

struct outcome {
    const struct conf_case *self;
    enum conf_result result;
    char *reason;  /* of a skip, or the known gap */
    char *differs; /* why our answer is not Windows' */
    char **different;
    size_t different_count;
    double seconds;
    bool ended; /* the case came to its end */
    bool skipped;
};

const char *result_word(enum conf_result result);
/* One line of the child, without its newline; changed on the way. */
void outcome_event(struct outcome *o, char *line);
void outcome_different(struct outcome *o, const char *format, ...) CONF_PRINTF(2, 3);
/* When the child is gone: decides the result. */
void outcome_close(struct outcome *o);
void outcome_free(struct outcome *o);
/* A line of the child that tells about the machine. */
void machine_event(struct probe_machine *m, char *line);
/* Writes one event; body.c's half. Whole lines, also from several threads. */
void event_write(FILE *out, const char *kind, const char *text);
/* Cuts a line into kind and text, in place. NULL for what is no event. */
char *event_split(char *line);

/* ---- Processes (process_linux.c, process_windows.c) ---- */

struct child_end {
    bool started;
    bool hung;       /* it was ended after the time was up */
    unsigned code;   /* its exit code */
    int signal;      /* Linux: what ended it; 0: it exited */
    const char *how; /* the signal's or exception's name, or why it was not started */
};

/* Runs a case (or BODY_MACHINE if `self` is NULL) in a process of its own and hands over each
 * line that it writes. */
struct child_end process_run(const struct conf_case *self, unsigned timeout_s,
                             void (*line)(void *user, char *line), void *user);
/* Before anything else: where the program lies, for those who start it again. */
void process_init(int argc, char **argv);
/* Sets a variable of the environment for this process and its children. */
void process_setenv(const char *name, const char *value, bool keep);
bool process_is_terminal(FILE *file);

/* Around a run of the suite: what it needs of the system for itself alone, and that nothing of
 * it stays, be it a file or a process (stage_linux.c; on Windows there is nothing to do). */
bool stage_open(void);
void stage_close(void);

/* ---- Peers (peer.c, peer_linux.c, peer_windows.c) ---- */

/* NULL if there is none. */
const struct conf_role *role_find(const char *name);
/* In a process that was started as a peer: plays the role. */
void peer_main(const char *role, const char *word);
/* Kills those that a case has left. */
void peers_clear(void);

/* A process and the pipes to and from it, as the system names them: fds or handles. */
struct peer_process {
    uintptr_t id, to, from;
};

/* In the peer, first of all: it must not outlive its case. */
void peer_process_begin(void);
/* NULL, or why it cannot be started. */
const char *peer_process_start(struct peer_process *p, const char *role, const char *word);
/* 0: its end is closed, or the time is up. The deadline is of now_ms(). */
size_t peer_process_read(struct peer_process *p, char *to, size_t size, uint64_t deadline);
bool peer_process_write(struct peer_process *p, const char *text, size_t size);
/* Both let go of it. NULL: it has ended with exit code 0. True: it lived until now. */
const char *peer_process_wait(struct peer_process *p, uint64_t deadline);
bool peer_process_kill(struct peer_process *p);

/* ---- What is left behind (probe_*.c) ---- */

struct leftovers {
    size_t objects, fds, maps;
};
struct leftovers leftovers_count(void);

/* ---- Reports ---- */

struct counts {
    unsigned of[RESULTS];
};

struct summary {
    struct outcome *outcomes;
    size_t count;
    double seconds;
    struct probe_machine machine;
};

struct counts summary_count(const struct summary *s, char group, char mark); /* 0: any */
void table_head(FILE *out);
void table_row(FILE *out, const struct outcome *o);
void table_summary(FILE *out, const struct summary *s);
/* False with errno set if the file cannot be written. */
bool json_write(const char *path, const struct summary *s);

/* The names of codes (codes.c): "E_INVALIDARG", or NULL. The kinds are conformance.h's. */
const char *code_name(int kind, uint64_t value);

#endif
