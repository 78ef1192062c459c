/* SPDX-License-Identifier: MIT */
/*
 * What the predecessor knew: after kill -9 its journal tells which processes had something,
 * which numbers objects had and which names were held by whom. Until each such process has
 * registered again or ended, its names and numbers are kept free for it. Requests that depend
 * on that wait for PAST_WAIT_MS, or PAST_LATEST_MS while one of those processes could answer
 * (it is not stopped, only slow); afterwards they are answered without it.
 */
#ifndef ISTHMUS_BROKER_PAST_H
#define ISTHMUS_BROKER_PAST_H

#include "broker/source.h"
#include "broker/table.h"
#include "broker/wire.h"

#include <sys/types.h>

#define PAST_WAIT_MS 2000
#define PAST_LATEST_MS 20000

struct past {
    struct loop *loop;
    struct list processes; /* that have not come back */
    struct table objects;  /* number by id */
    struct table numbers;  /* the same objects by number */
    struct table names;
    int64_t deadline; /* requests wait no longer than until then for who is stopped, */
    int64_t latest;   /* and until then for who is slow */
    bool changed;     /* somebody came back or ended since the flag was cleared */
};

/* A name that the predecessor knew. */
struct past_name {
    struct table_link by_key;
    struct list holders;
    unsigned char id[16];
    uint32_t access;
    bool exact_case;
    const char *exact; /* behind the key */
    char key[];
};

bool past_init(struct past *past, struct loop *loop);
void past_finish(struct past *past);

/* Takes one record of the journal in. `arg` is the struct past. */
void past_record(const struct wire_message *record, void *arg);
/* After the last record: forgets what ended meanwhile, watches the rest. */
void past_begin(struct past *past);

/* What is still awaited, for a journal that is written anew: before what is true now. */
struct journal;
void past_write(struct past *past, struct journal *journal);

/* Somebody is still awaited, and a request may wait for it. */
bool past_may_wait(const struct past *past);

/* That process had something, and has neither come back nor ended. */
bool past_awaits(const struct past *past, pid_t pid, uint64_t start);

/* Every name that the process held, as the journal says. */
void past_each_name(struct past *past, pid_t pid, uint64_t start,
                    void (*fn)(const struct past_name *name, void *arg), void *arg);

/* That process has registered all that it has. */
void past_returned(struct past *past, pid_t pid, uint64_t start);

/* 0: none known. */
uint32_t past_number(const struct past *past, const unsigned char id[16]);
bool past_has_number(const struct past *past, uint32_t number);

/* The name as it was; NULL: nobody who is awaited held it. `holder` gets one of them. */
const struct past_name *past_name(const struct past *past, const char *key, pid_t *holder);

#endif
