/* SPDX-License-Identifier: MIT */
/* What isthmus.h promises, on top of core. */
#include "base/log.h"
#include "core/live.h"
#include "core/status.h"

#define STRING(x) #x
#define VERSION(a, b, c) STRING(a) "." STRING(b) "." STRING(c)

const char *ist_explain(void)
{
    return status_reason();
}

const char *ist_status_name(enum ist_status status)
{
    return (unsigned)status < IST_STATUS_COUNT ? status_codes(status)->name : "unknown status";
}

const char *ist_version(void)
{
    return VERSION(IST_VERSION_MAJOR, IST_VERSION_MINOR, IST_VERSION_PATCH);
}

size_t ist_report_live_objects(FILE *out)
{
    return live_report(out);
}

void ist_log_set_sink(void (*sink)(void *user, int level, const char *channel,
                                   const char *text),
                      void *user)
{
    log_set_sink(sink, user);
}
