/* SPDX-License-Identifier: MIT */
/*
 * Which imports live. Structs of programs get copied; the number in them finds its entry here
 * or nothing, so a second release of a copy is an answer and no double free.
 */
#ifndef ISTHMUS_INTEROP_IMPORTS_H
#define ISTHMUS_INTEROP_IMPORTS_H

#include "core/status.h"

#include <stdbool.h>

enum import_kind { IMPORT_RESOURCE, IMPORT_FENCE };

/* A new number, never 0 and never one that was. IST_NO_MEMORY. */
enum ist_status imports_add(enum import_kind kind, uint64_t *out) MUST_CHECK;

/* IST_BAD_HANDLE, with the reason: no such import, or it has ended. */
enum ist_status imports_check(enum import_kind kind, uint64_t id) MUST_CHECK;

/* Ends the number; *held: its keyed mutex was acquired and not released. */
enum ist_status imports_remove(enum import_kind kind, uint64_t id, bool *held) MUST_CHECK;

/* Whether this import holds its keyed mutex; the caller has checked the number. */
bool imports_held(uint64_t id);

/* Sets that, and answers what it was: of several threads that let go one does. */
bool imports_hold(uint64_t id, bool held);

#endif
