/* SPDX-License-Identifier: MIT */
/* Turns answers into sentences: the call as it stands in the source, up to its arguments. */
#include "demo/check.h"

#include "report.h"

#include <string.h>

bool check(long answer, long wanted, const char *call)
{
    if (answer != wanted)
        complain("%.*s answered %ld (0x%08x), not %ld: %s", (int)strcspn(call, "("), call,
                 answer, (unsigned)answer, wanted, ist_explain());
    return answer == wanted;
}
