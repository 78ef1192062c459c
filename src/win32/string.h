/* SPDX-License-Identifier: MIT */
/*
 * Names as programs give them (WCHAR, which is wchar_t) and as core keeps them (UTF-8).
 * Prefixes, case and length are core's business (core/name.h).
 */
#ifndef ISTHMUS_WIN32_STRING_H
#define ISTHMUS_WIN32_STRING_H

#include "core/status.h"

#include <windows.h>

/* Longer strings are refused before they are copied: no legal name has so many characters. */
#define WIN32_NAME_MAX_UNITS 300

/*
 * A UTF-8 copy of `wide` that the caller frees; NULL stays NULL. A surrogate pair, as sources
 * that widen UTF-16 by hand produce it, becomes one character. IST_BAD_NAME: half a pair, or a
 * value that is no character. IST_NAME_TOO_LONG, IST_NO_MEMORY.
 */
enum ist_status win32_utf8_from_wide(const WCHAR *wide, char **out) MUST_CHECK;

/* The same from an ANSI name, which is taken as UTF-8: a copy, so both ways end alike. */
enum ist_status win32_utf8_from_ansi(const char *ansi, char **out) MUST_CHECK;

#endif
