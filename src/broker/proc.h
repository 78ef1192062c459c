/* SPDX-License-Identifier: MIT */
/* What the kernel tells of a process in /proc, for both sides of the wire. Keeps nothing. */
#ifndef ISTHMUS_BROKER_PROC_H
#define ISTHMUS_BROKER_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The process's start time as the kernel counts it, which tells it from a later one of the same
 * pid; 0: no such process. `uid` (the effective one) may be NULL. */
uint64_t proc_start(pid_t pid, uid_t *uid);

/*
 * Whether a process could answer: it is there, began at `start` (0: whenever), and is not
 * stopped by a signal or a debugger. A loaded machine may keep it from answering all the same.
 */
bool proc_can_answer(pid_t pid, uint64_t start);

/* True also before its parent has asked for its end. */
bool proc_has_ended(pid_t pid);

/* The program's name as `ps` shows it; "" if there is no such process. */
void proc_program(pid_t pid, char *out, size_t size);

/* The process that a thread belongs to; 0: no such thread. */
pid_t proc_of_thread(uint32_t thread);

#endif
