/* SPDX-License-Identifier: MIT */
/* Whether ISTHMUS_STRICT is set, and what follows for one mistake. */
#include "core/strict.h"

#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_REASON 512

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool strict; /* fixed once read */

static void strict_read(void)
{
    const char *env = getenv("ISTHMUS_STRICT");
    strict = env && strcmp(env, "1") == 0;
    if (env && *env && !strict && strcmp(env, "0") != 0)
        log_line(LOG_WARN, "strict", "ISTHMUS_STRICT is '%s': 1 refuses more, 0 does not", env);
}

bool strict_enabled(void)
{
    pthread_once(&once, strict_read);
    return strict;
}

enum ist_status strict_judge(atomic_flag *said, enum ist_status status, const char *fmt, ...)
{
    bool refused = strict_enabled();
    if (!refused && atomic_flag_test_and_set_explicit(said, memory_order_relaxed))
        return IST_OK;

    char reason[MAX_REASON];
    va_list args;
    va_start(args, fmt);
    vsnprintf(reason, sizeof(reason), fmt, args);
    va_end(args);
    if (refused)
        return refuse(status, "%s", reason);
    log_line(LOG_WARN, "strict", "%s (allowed; ISTHMUS_STRICT=1 refuses it)", reason);
    return IST_OK;
}
