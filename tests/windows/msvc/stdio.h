/* SPDX-License-Identifier: MIT */
/*
 * What the public headers need of a C library, for a compiler that has Microsoft's dialect but
 * not their library: headers-msvc.sh. The compiler itself brings stddef.h and stdint.h.
 */
#ifndef TESTS_WINDOWS_MSVC_STDIO_H
#define TESTS_WINDOWS_MSVC_STDIO_H

typedef struct _iobuf FILE;

#endif
