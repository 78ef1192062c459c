/* SPDX-License-Identifier: MIT */
/* The table of statuses and the last reason of each thread. */
#include "core/status.h"

#include "base/atomics.h"
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_REASON 512
#define MAX_LOGGED_REFUSALS 200 /* a program that probes must not flood its own log */

static const struct status_codes table[] = {
#define IST_STATUS(name, text, hresult, cuda, win32) \
    [name] = {#name, text, hresult, cuda, win32},
#include <isthmus/status.def>
#undef IST_STATUS
};

static _Thread_local char reason[MAX_REASON];
static atomic_uint refusals_logged; /* a count only: publishes nothing */

const struct status_codes *status_codes(enum ist_status status)
{
    return &table[(unsigned)status < ARRAY_SIZE(table) ? status : IST_BAD_ARG];
}

const char *status_reason(void)
{
    return reason;
}

static void log_refusal(enum ist_status status)
{
    unsigned n = add_relaxed(&refusals_logged, 1);
    if (n < MAX_LOGGED_REFUSALS || log_enabled(LOG_INFO, "refuse"))
        log_line(LOG_WARN, "refuse", "%s (%s)", reason, status_codes(status)->name);
    else if (n == MAX_LOGGED_REFUSALS)
        log_line(LOG_WARN, "refuse", "more refusals follow; ISTHMUS_LOG=refuse:info shows all");
}

enum ist_status refuse(enum ist_status status, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(reason, sizeof(reason), fmt, args);
    va_end(args);
    log_refusal(status);
    return status;
}

enum ist_status answer(enum ist_status status, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(reason, sizeof(reason), fmt, args);
    va_end(args);
    return status;
}
