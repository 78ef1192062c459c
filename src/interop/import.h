/* SPDX-License-Identifier: MIT */
/* The one way into CUDA, whatever an object was found by. */
#ifndef ISTHMUS_INTEROP_IMPORT_H
#define ISTHMUS_INTEROP_IMPORT_H

#include "interop/calls.h"
#include "interop/shape.h"

/* What an object is found by: exactly one. */
struct source {
    HANDLE handle; /* NT handle, borrowed */
    HANDLE number; /* KMT number */
    const wchar_t *name;
};

/* IST_BAD_HANDLE with a sentence: the value cannot be an NT handle; cannot be a KMT number. */
enum ist_status import_check_handle(HANDLE handle) MUST_CHECK;
enum ist_status import_check_number(HANDLE number) MUST_CHECK;

enum ist_status import_check_name(const wchar_t *name) MUST_CHECK;

/* Closes a handle that was taken over or made; status and reason of the import stay. */
enum ist_status import_close_taken(HANDLE handle, enum ist_status status) MUST_CHECK;

/* What is asked of every import before anything is made. */
struct import {
    const struct interop_calls *calls;
    struct ist_import_options options;
    struct ist_resource_desc desc;
    struct shape shape;
    CUdevice device;
};

/*
 * Checks options, description, device and *out; makes nothing.
 * IST_WRONG_DEVICE: the current device is not the one of the description's LUID.
 */
enum ist_status import_prepare(const struct ist_resource_desc *desc,
                               const struct ist_import_options *options,
                               const struct ist_resource *out, struct import *prepared)
    MUST_CHECK;

/* Imports and maps; on failure nothing is left and *out is untouched. */
enum ist_status import_resource(const struct import *prepared, const struct source *source,
                                struct ist_resource *out) MUST_CHECK;

/*
 * Frees the parts of an import that are set: mapping, memory, mutex. Goes on past failures and
 * answers the first.
 */
enum ist_status import_end(const struct interop_calls *calls, const struct ist_resource *r);

/* A semaphore of a fence (`mutex` false) or a keyed mutex. */
enum ist_status import_sync(const struct interop_calls *calls, const struct source *source,
                            bool mutex, CUexternalSemaphore *out) MUST_CHECK;

/*
 * IST_WRONG_DEVICE: `device` is not the adapter with `luid`, by LUID and UUID; the reason names
 * both devices. A driver without LUIDs and an adapter that is none of ours: IST_OK.
 */
enum ist_status import_check_device(const struct interop_calls *calls, CUdevice device,
                                    const uint8_t luid[8]) MUST_CHECK;

#endif
