/* SPDX-License-Identifier: MIT */
/**
 * Isthmus: Direct3D 11 and CUDA on one piece of memory, on Linux.
 *
 * Programs use Microsoft's and NVIDIA's own names (libisthmus-d3d11, libcudart). This header
 * holds what those APIs lack: the reason of the last refusal, the log and the version.
 */
#ifndef ISTHMUS_ISTHMUS_H
#define ISTHMUS_ISTHMUS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Marks what libisthmus exports. */
#define IST_API __attribute__((visibility("default")))

#define IST_VERSION_MAJOR 0
#define IST_VERSION_MINOR 1
#define IST_VERSION_PATCH 0

/**
 * What an Isthmus call answers. The fronts translate it into HRESULT, cudaError_t, CUresult and
 * Win32 codes by one table (src/core/status.def).
 */
enum ist_status {
#define IST_STATUS(name, text, hresult, cuda, win32) name,
#include <isthmus/status.def>
#undef IST_STATUS
    IST_STATUS_COUNT
};

/**
 * The reason of the last refusal in this thread: which field, what it held, what was expected.
 * Returns a string that lives until the next refusal of this thread; empty if there was none.
 * Any thread. Never blocks.
 */
IST_API const char *ist_explain(void);

/**
 * The name of a status, such as "IST_NOT_FOUND"; "unknown status" for other values.
 * Returns a constant string. Any thread. Never blocks.
 */
IST_API const char *ist_status_name(enum ist_status status);

/**
 * The version of the loaded library as "major.minor.patch". Compare with IST_VERSION_*.
 * Returns a constant string. Any thread. Never blocks.
 */
IST_API const char *ist_version(void);

/**
 * Takes the log lines instead of standard error.
 * @sink  Called with the user pointer, a level (1 error .. 5 trace), a channel and one line
 *        without a newline. NULL puts standard error back. It must not call Isthmus.
 * @user  Borrowed, handed to @sink as it is.
 * Any thread; a line that is being written may still reach the old sink.
 */
IST_API void ist_log_set_sink(void (*sink)(void *user, int level, const char *channel,
                                           const char *text),
                              void *user);

#ifdef __cplusplus
}
#endif

#endif
