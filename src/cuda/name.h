/* SPDX-License-Identifier: MIT */
/* The names in CUDA's descriptors, which say nothing of their encoding. */
#ifndef ISTHMUS_CUDA_NAME_H
#define ISTHMUS_CUDA_NAME_H

#include "core/status.h"

/*
 * A UTF-8 copy of `name`, which the caller frees. wchar_t of 32 bits if the second 16-bit
 * unit is zero, else UTF-16; a surrogate pair is one character in both. Nothing behind the
 * terminator is relied on. IST_BAD_NAME: empty, half a surrogate pair, no character.
 * IST_NAME_TOO_LONG, IST_NO_MEMORY.
 */
enum ist_status cu_name_decode(const void *name, char **out) MUST_CHECK;

#endif
