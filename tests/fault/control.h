/* SPDX-License-Identifier: MIT */
/* What a test arms in other processes; see interpose.h. */
#ifndef TESTS_FAULT_CONTROL_H
#define TESTS_FAULT_CONTROL_H

#include "interpose.h"

#include <stdbool.h>

/* Makes the file in the stage's folder and sets the variable to its path. */
struct fault_control *control_open(const char *variable);
void control_close(struct fault_control *control);

/* From now on the n-th call of that kind fails in the other process, or is its last. */
void control_arm(struct fault_control *control, unsigned counter, long n, bool deadly);
/* Nothing fails any more. True: one did. */
bool control_disarm(struct fault_control *control);

#endif
