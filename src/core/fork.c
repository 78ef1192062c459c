/* SPDX-License-Identifier: MIT */
/* The gate's hooks in core's words. The lists and their lock are the gate's. */
#include "core/fork.h"

void fork_on_child(void (*fn)(void))
{
    const struct gate_hooks hooks = {.child = fn};
    gate_on_fork(&hooks);
}

void fork_on_adopt(void (*fn)(void))
{
    const struct gate_hooks hooks = {.adopt = fn};
    gate_on_fork(&hooks);
}
