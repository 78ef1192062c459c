/* SPDX-License-Identifier: MIT */
/*
 * What the broker knows: objects by id and by number, names, and who holds each name. A number
 * and a name hold nothing: an object goes when its life pipe hangs up, which is looked at
 * before every answer about it. A name goes with its last holder. The registry tells the
 * journal about everything that a successor must know.
 */
#ifndef ISTHMUS_BROKER_REGISTRY_H
#define ISTHMUS_BROKER_REGISTRY_H

#include "broker/journal.h"
#include "broker/quota.h"
#include "broker/source.h"
#include "broker/table.h"
#include "broker/wire.h"

struct registry {
    struct table by_id, by_number, names;
    struct loop *loop;
    struct journal *journal;
    uint32_t epoch;   /* 1..15: the top four bits of every number that we give out */
    uint32_t counter; /* the low 20 bits of the last one */
    /* Whether a number belongs to an object that has not come back yet. */
    bool (*is_reserved)(void *user, uint32_t number);
    void *user;
};

struct entry {
    struct source life; /* the read end; its hang-up is the object's end */
    struct table_link by_id, by_number;
    struct list names; /* of struct name_entry.link */
    struct registry *registry;
    unsigned char id[16];
    uint32_t kind, number; /* number 0: has none */
    uint64_t bytes;
    int fd[PARCEL_LIFE]; /* -1: has none */
    struct account *account;
    struct charge charge;
};

struct name_entry {
    struct table_link by_key;
    struct list link; /* in entry->names */
    struct list holds;
    struct entry *entry;
    struct account *account;
    struct charge charge;
    uint32_t access;
    bool exact_case;
    const char *exact; /* behind the key */
    char key[];
};

/* One holder of a name: a process, or a handle on its way to one. */
struct hold {
    struct list in_name, in_owner;
    struct name_entry *name;
    const struct list *owner;
    pid_t pid;
    uint64_t start;
    unsigned count; /* of answers that gave it; as many DROP_NAME end it */
};

bool registry_init(struct registry *registry, struct loop *loop, struct journal *journal);
void registry_finish(struct registry *registry);

/*
 * The object of a parcel, known or new, charged to `account`. Takes the fds (sets them to -1).
 * IST_BAD_PARCEL, IST_QUOTA, IST_NO_MEMORY, IST_NO_RESOURCES with words in `why`.
 */
enum ist_status entry_get(struct registry *registry, struct account *account,
                          const struct wire_parcel *what, int fds[PARCEL_FDS],
                          struct entry **out, char *why, size_t why_size) MUST_CHECK;

/* NULL: none that is alive. */
struct entry *entry_by_id(struct registry *registry, const unsigned char id[16]);
struct entry *entry_by_number(struct registry *registry, uint32_t number);

/* Gives it a number if it has none; false: no number is free. */
bool entry_give_number(struct entry *entry);
/* Gives it that number back after a restart; false: it is another's. */
bool entry_restore_number(struct entry *entry, uint32_t number);

/* The parcel for a client: fds[PARCEL_LIFE] is a new write end that the caller closes, the rest
 * is borrowed. False: the object has ended, or no fd is free. */
bool entry_lend(struct entry *entry, struct wire_parcel *what, int fds[PARCEL_FDS]);

/* Forgets it if neither number nor name leads to it. */
void entry_tidy(struct entry *entry);
void entry_remove(struct entry *entry);

/* What a name looks like on the wire. */
struct name_key {
    const char *key, *exact;
    bool exact_case;
};

struct name_entry *name_find(struct registry *registry, const struct name_key *key);
/* By key and id alone: what handles remember. */
struct name_entry *name_of(struct registry *registry, const char *key,
                           const unsigned char id[16]);

/* A new name without holders; the caller adds one or removes it. */
enum ist_status name_add(struct entry *entry, const struct name_key *key, uint32_t access,
                         struct account *account, struct name_entry **out, char *why,
                         size_t why_size) MUST_CHECK;
void name_remove(struct name_entry *name);

/* False without memory. Whoever holds the name already holds it once more. */
bool hold_add(struct name_entry *name, struct list *owner, pid_t pid, uint64_t start);
/* The last one takes the name with it. */
void hold_remove(struct hold *hold); /* all of it */
struct hold *hold_find(const struct name_entry *name, const struct list *owner);
/* A process may hold a name itself and by a handle on its way to it; the journal knows pids. */
bool name_is_held_by(const struct name_entry *name, pid_t pid, uint64_t start);

#endif
