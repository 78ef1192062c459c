/* SPDX-License-Identifier: MIT */
/* Checks for programs that are built apart from the tests, in C, C++ and nvcc's C++. */
#ifndef TESTS_INTEROP_CHECK_H
#define TESTS_INTEROP_CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* Ends the program with 1 and says which line did not hold. */
#define CHECK(cond)                                                    \
    do {                                                               \
        if (!(cond)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
            exit(1);                                                   \
        }                                                              \
    } while (0)

/* Two numbers, shown when they differ. */
#define CHECK_EQ(found, wanted)                                                             \
    do {                                                                                    \
        long long found_ = (long long)(found), wanted_ = (long long)(wanted);               \
        if (found_ != wanted_) {                                                            \
            fprintf(stderr, "%s:%d: %s is %lld, wanted %lld\n", __FILE__, __LINE__, #found, \
                    found_, wanted_);                                                       \
            exit(1);                                                                        \
        }                                                                                   \
    } while (0)

#endif
