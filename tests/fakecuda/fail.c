/* SPDX-License-Identifier: MIT */
/* Failing on demand: rules from the environment and from tests. Its own lock. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

enum { RULES = 32 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t read_once = PTHREAD_ONCE_INIT;
static struct rule {
    char name[64];
    size_t left; /* calls until it fails; 0: the rule is free */
    int code;
} rules[RULES];

/* The codes after which a context answers nothing else any more. */
bool code_loses(int code)
{
    return code == CUDA_ERROR_ECC_UNCORRECTABLE || code == CUDA_ERROR_ILLEGAL_ADDRESS ||
           code == CUDA_ERROR_LAUNCH_TIMEOUT ||
           (code >= CUDA_ERROR_ASSERT && code <= CUDA_ERROR_LAUNCH_FAILED &&
            code != CUDA_ERROR_TOO_MANY_PEERS &&
            code != CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED &&
            code != CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
}

static void rule_add(const char *name, size_t n, int code)
{
    for (struct rule *rule = rules; rule < rules + RULES; rule++) {
        if (rule->left)
            continue;
        snprintf(rule->name, sizeof(rule->name), "%s", name);
        rule->code = code ? code : CUDA_ERROR_UNKNOWN;
        rule->left = n;
        return;
    }
}

static void read_environment(void)
{
    const char *text = getenv("ISTHMUS_FAKECUDA_FAIL");
    char name[64];
    size_t n;
    int code, used;
    while (text && *text) {
        code = 0;
        if (sscanf(text, "%63[^:,]:%zu%n:%d%n", name, &n, &used, &code, &used) < 2)
            stop_process("ISTHMUS_FAKECUDA_FAIL has no rule at \"%s\"", text);
        rule_add(name, n, code);
        text += used + (text[used] == ',');
    }
}

void fakecuda_fail(const char *name, size_t n, int code)
{
    pthread_once(&read_once, read_environment);
    pthread_mutex_lock(&lock);
    if (n)
        rule_add(name, n, code);
    else
        memset(rules, 0, sizeof(rules));
    pthread_mutex_unlock(&lock);
}

CUresult fail_check(const char *name)
{
    int code = 0;
    pthread_once(&read_once, read_environment);
    pthread_mutex_lock(&lock);
    for (struct rule *rule = rules; rule < rules + RULES; rule++)
        if (rule->left && strcmp(rule->name, name) == 0 && --rule->left == 0)
            code = rule->code;
    pthread_mutex_unlock(&lock);
    return (CUresult)code;
}
