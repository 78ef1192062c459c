/* SPDX-License-Identifier: MIT */
/* Who is the broker of a runtime folder: whoever has its lock, as the kernel lists it. */
#ifndef TESTS_MULTIPROCESS_LOCK_HOLDER_H
#define TESTS_MULTIPROCESS_LOCK_HOLDER_H

#include <sys/types.h>

/* 0: no broker runs there. */
pid_t lock_holder(const char *folder);
/* Removes the folder with what brokers left in it. */
void folder_remove(const char *folder);

#endif
