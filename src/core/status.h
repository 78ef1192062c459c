/* SPDX-License-Identifier: MIT */
/* Statuses and reasons. Whoever knows the reason calls refuse() once; all others pass on. */
#ifndef ISTHMUS_CORE_STATUS_H
#define ISTHMUS_CORE_STATUS_H

#include "base/cleanup.h"
#include "base/export.h"

#include <isthmus/isthmus.h>

/* One row of the table: what each front answers for a status. */
struct status_codes {
    const char *name, *meaning;
    uint32_t hresult;
    int cuda;
    uint32_t win32;
};

/* Never NULL; an unknown status gets the row of IST_BAD_ARG. */
const struct status_codes *status_codes(enum ist_status status) FRONT_API(status_codes);

/*
 * Keeps the reason for ist_explain(), logs it (channel "refuse", level warn) and returns
 * `status`:
 *     return refuse(IST_BAD_ARG, "flags 0x%x lack ...", flags);
 */
enum ist_status refuse(enum ist_status status, const char *fmt, ...) FRONT_API(refuse)
    PRINTF_LIKE(2, 3);

/* For answers that are no mistake (a poll that timed out): the reason is kept, not logged. */
enum ist_status answer(enum ist_status status, const char *fmt, ...) FRONT_API(answer)
    PRINTF_LIKE(2, 3);

/* The last reason of this thread; "" if there was none. */
const char *status_reason(void) FRONT_API(status_reason);

#endif
