/* SPDX-License-Identifier: MIT */
/* Lets the record see when the library closes a handle. */
#ifndef TESTS_WINDOWS_CLOSE_HANDLE_H
#define TESTS_WINDOWS_CLOSE_HANDLE_H

#include <stdbool.h>

/* Before the library's first call. False: its import was not found. */
bool close_handle_watch(void);

#endif
