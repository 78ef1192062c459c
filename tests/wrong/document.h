/* SPDX-License-Identifier: MIT */
/* docs/errors.md: the table of statuses, and reasons as the matrix has just got them. */
#ifndef TESTS_WRONG_DOCUMENT_H
#define TESTS_WRONG_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>

/* Keeps one sample. The strings but `reason` are borrowed; `why` says what it shows. */
void document_add(const char *function, const char *text, const char *why, int64_t code,
                  bool hresult, const char *reason);
void document_print(void);

#endif
