/* SPDX-License-Identifier: MIT */
/* All pairs of a handle or a name with what takes one, as calls of the matrix. */
#ifndef TESTS_WRONG_PAIRS_H
#define TESTS_WRONG_PAIRS_H

#include "call.h"

/* The same as a mistake, for which the call is made up instead of changed. */
struct pair {
    struct call call;
    char text[96];
    int64_t code; /* CUDA's, an HRESULT or a Win32 error; 0: the right pair */
    const char *word;
    const char *sample;
};

/* Calls fn for each pair, until all were told. */
void pairs_each(void (*fn)(const struct pair *pair, void *arg), void *arg);

#endif
