/* SPDX-License-Identifier: MIT */
/* wchar_t, for C: see stdio.h beside this file. */
#ifndef TESTS_WINDOWS_MSVC_WCHAR_H
#define TESTS_WINDOWS_MSVC_WCHAR_H

#include <stddef.h>

#endif
