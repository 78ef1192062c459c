/* SPDX-License-Identifier: MIT */
/* Limits are read once, at the broker's start; what is no number is told and ignored. */
#include "broker/quota.h"

#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Of the broker's fds, for sockets (three a client), the journal and what is being received. */
#define FDS_KEPT_LEAST 64U
#define FDS_KEPT_MOST 4096U

static const struct {
    const char *variable, *what;
    uint64_t standard;
} kinds[QUOTA_KINDS] = {
    [QUOTA_OBJECTS] = {"ISTHMUS_QUOTA_OBJECTS", "objects", 16384},
    [QUOTA_FDS] = {"ISTHMUS_QUOTA_FDS", "file descriptors", 65536},
    [QUOTA_BYTES] = {"ISTHMUS_QUOTA_BYTES", "bytes", UINT64_C(1) << 40},
    [QUOTA_NAMES] = {"ISTHMUS_QUOTA_NAMES", "names", 16384},
};

static uint64_t limit_of(unsigned kind)
{
    const char *text = getenv(kinds[kind].variable);
    if (!text || !*text)
        return kinds[kind].standard;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (!errno && !*end && *text != '-')
        return value;
    log_line(LOG_ERROR, "broker", "%s: '%s' is not a number; the limit is %llu",
             kinds[kind].variable, text, (unsigned long long)kinds[kind].standard);
    return kinds[kind].standard;
}

void quota_init(struct quota *quota, uint64_t fd_limit)
{
    *quota = (struct quota){0};
    list_init(&quota->accounts);
    for (unsigned i = 0; i < QUOTA_KINDS; i++) {
        quota->each[i] = limit_of(i);
        quota->all[i] = UINT64_MAX;
    }
    /* One process must leave room for others, and all together room for work. */
    uint64_t kept = fd_limit / 8;
    kept = kept < FDS_KEPT_LEAST ? FDS_KEPT_LEAST : kept > FDS_KEPT_MOST ? FDS_KEPT_MOST : kept;
    uint64_t usable = fd_limit > kept ? fd_limit - kept : 0;
    quota->all[QUOTA_FDS] = usable;
    if (quota->each[QUOTA_FDS] > usable / 4 * 3)
        quota->each[QUOTA_FDS] = usable / 4 * 3;
}

struct account *account_get(struct quota *quota, pid_t pid, uint64_t start)
{
    list_for_each (item, next, &quota->accounts) {
        struct account *account = container_of(item, struct account, link);
        if (account->pid == pid && account->start == start) {
            account->refs++;
            return account;
        }
    }
    struct account *account = calloc(1, sizeof(*account));
    if (!account)
        return NULL;
    account->quota = quota;
    account->pid = pid;
    account->start = start;
    account->refs = 1;
    list_append(&quota->accounts, &account->link);
    return account;
}

void account_hold(struct account *account)
{
    account->refs++;
}

void account_drop(struct account *account)
{
    if (!account || --account->refs)
        return;
    list_remove(&account->link);
    free(account);
}

static bool fits(uint64_t used, uint64_t more, uint64_t limit)
{
    return used <= limit && more <= limit - used;
}

enum ist_status quota_charge(struct account *account, const struct charge *charge, char *why,
                             size_t why_size)
{
    struct quota *quota = account->quota;
    for (unsigned i = 0; i < QUOTA_KINDS; i++) {
        uint64_t more = charge->amount[i];
        if (!fits(account->used[i], more, quota->each[i])) {
            snprintf(why, why_size,
                     "process %d has %llu %s at the broker, %llu more would be above the limit "
                     "of %llu; %s at the broker's start sets another",
                     account->pid, (unsigned long long)account->used[i], kinds[i].what,
                     (unsigned long long)more, (unsigned long long)quota->each[i],
                     kinds[i].variable);
            return IST_QUOTA;
        }
        if (!fits(quota->used[i], more, quota->all[i])) {
            snprintf(why, why_size,
                     "the broker keeps %llu %s for all processes and can keep no more than "
                     "%llu (its RLIMIT_NOFILE)",
                     (unsigned long long)quota->used[i], kinds[i].what,
                     (unsigned long long)quota->all[i]);
            return IST_QUOTA;
        }
    }
    for (unsigned i = 0; i < QUOTA_KINDS; i++) {
        account->used[i] += charge->amount[i];
        quota->used[i] += charge->amount[i];
    }
    account->refs++;
    return IST_OK;
}

void quota_give_back(struct account *account, const struct charge *charge)
{
    if (!account)
        return;
    for (unsigned i = 0; i < QUOTA_KINDS; i++) {
        account->used[i] -= charge->amount[i];
        account->quota->used[i] -= charge->amount[i];
    }
    account_drop(account);
}
