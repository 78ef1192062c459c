/* SPDX-License-Identifier: MIT */
/*
 * A libcuda.so.1 of the tests' own that only writes down what it is called with: what a front
 * passes on, and that it passes on nothing else. tests/fakecuda is the one that does something.
 */
#ifndef TESTS_REAL_RECORDER_H
#define TESTS_REAL_RECORDER_H

#include <stddef.h>

/* Calls of a function since recorder_forget(). NULL: of the eight and cuDeviceGetLuid. */
unsigned recorder_calls(const char *name);

/* The last call of one of the eight: its arguments, and what its descriptor pointed to. */
struct recorder_call {
    const char *name;
    const void *args[4];
    unsigned char desc[576]; /* up to four elements of an array */
    size_t desc_size;
};
const struct recorder_call *recorder_last(void);

void recorder_forget(void);

/* What the eight answer from now on; 0 at first. */
void recorder_answer(int code);

/* The only device's. All zero at first. */
void recorder_uuid(const unsigned char uuid[16]);

/* The primary context ends, as cudaDeviceReset does it. The next one has another id. */
void recorder_reset(void);

/* A context that is not the primary one becomes the thread's; 0: none. */
void recorder_context(int which);

/* The file that a memory import got last, as fstat() saw it; it is closed. */
unsigned long long recorder_imported_inode(void);

#endif
