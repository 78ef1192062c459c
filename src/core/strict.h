/* SPDX-License-Identifier: MIT */
/*
 * Strictness: what is wrong, but let pass by the real driver. ISTHMUS_STRICT=1 refuses it;
 * otherwise it is allowed and said once for each place in our code.
 */
#ifndef ISTHMUS_CORE_STRICT_H
#define ISTHMUS_CORE_STRICT_H

#include "core/status.h"

#include <stdatomic.h>
#include <stdbool.h>

/* True if ISTHMUS_STRICT is 1. Read once, at the first call; a load afterwards. */
bool strict_enabled(void) FRONT_API(strict_enabled);

/*
 * Strict: refuse(status, ...). Else IST_OK; the first time, `said` being clear, it is logged
 * (channel "strict", level warn) and nothing is kept for ist_explain(): it is no refusal.
 */
enum ist_status strict_judge(atomic_flag *said, enum ist_status status, const char *fmt, ...)
    FRONT_API(strict_judge) PRINTF_LIKE(3, 4);

/* strict_judge() with a flag of this place's own. */
#define tolerate(status, ...)                        \
    __extension__({                                  \
        static atomic_flag said_ = ATOMIC_FLAG_INIT; \
        strict_judge(&said_, (status), __VA_ARGS__); \
    })

#endif
