/* SPDX-License-Identifier: MIT */
/* Other processes, as far as handles go there. */
#ifndef ISTHMUS_INTEROP_PROCESS_H
#define ISTHMUS_INTEROP_PROCESS_H

#include "interop/theirs.h"

#include "core/status.h"

/* This process, by the number that OpenProcess() takes. */
uint32_t process_own(void);

/*
 * Gives another process a handle of what `handle` stands for, which stays open.
 * IST_NOT_SUPPORTED: nothing here has Win32's functions. Others: what Windows answered.
 */
enum ist_status process_give(HANDLE handle, uint32_t process, HANDLE *out) MUST_CHECK;

#endif
