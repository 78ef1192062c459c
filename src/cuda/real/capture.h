/* SPDX-License-Identifier: MIT */
/* Fences in streams that are being captured: they become nodes of the graph. */
#ifndef ISTHMUS_CUDA_REAL_CAPTURE_H
#define ISTHMUS_CUDA_REAL_CAPTURE_H

#include "core/fence.h"
#include "cuda/real/stream.h"

int real_capture_signal(const struct real_stream *stream, struct fence *fence, uint64_t value)
    MUST_CHECK;
int real_capture_wait(const struct real_stream *stream, struct fence *fence, uint64_t value)
    MUST_CHECK;

#endif
