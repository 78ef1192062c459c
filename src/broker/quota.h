/* SPDX-License-Identifier: MIT */
/*
 * What a process may make the broker keep. Each thing is charged to the process that brought
 * it, however many connections that opens, until the thing goes; all together to the broker.
 */
#ifndef ISTHMUS_BROKER_QUOTA_H
#define ISTHMUS_BROKER_QUOTA_H

#include "base/list.h"
#include "core/status.h"

#include <stdint.h>
#include <sys/types.h>

enum quota_kind { QUOTA_OBJECTS, QUOTA_FDS, QUOTA_BYTES, QUOTA_NAMES, QUOTA_KINDS };

struct quota {
    uint64_t each[QUOTA_KINDS]; /* limits of one process */
    uint64_t all[QUOTA_KINDS];  /* limits of the broker */
    uint64_t used[QUOTA_KINDS];
    struct list accounts;
};

/* One process. Lives while a connection of it or something charged to it does. */
struct account {
    struct list link; /* in quota.accounts */
    struct quota *quota;
    pid_t pid;
    uint64_t start;
    unsigned refs;
    uint64_t used[QUOTA_KINDS];
};

/* What a thing costs. */
struct charge {
    uint64_t amount[QUOTA_KINDS];
};

/* The limits from the environment; `fd_limit` is what the broker's process may open. */
void quota_init(struct quota *quota, uint64_t fd_limit);

/* The process's account, held once more; NULL without memory. */
struct account *account_get(struct quota *quota, pid_t pid, uint64_t start);
void account_hold(struct account *account);
void account_drop(struct account *account);

/*
 * Charges all of it or nothing; holds the account until quota_give_back(). `why` gets the limit
 * that was reached, in words, with its variable.
 */
enum ist_status quota_charge(struct account *account, const struct charge *charge, char *why,
                             size_t why_size) MUST_CHECK;
void quota_give_back(struct account *account, const struct charge *charge);

#endif
