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
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Marks what libisthmus exports; src/isthmus.map keeps the list, and lint compares. On Windows
 * a .def file names the exports, so no compiler there needs a mark.
 */
#if defined(__GNUC__) && !defined(_WIN32)
#define IST_API __attribute__((visibility("default")))
#else
#define IST_API
#endif

#define IST_VERSION_MAJOR 0 /**< what a program was compiled with: ist_version() may differ */
#define IST_VERSION_MINOR 1 /**< before 1.0 a new minor version may break programs */
#define IST_VERSION_PATCH 0 /**< repairs only */

/**
 * What an Isthmus call answers. The fronts translate it into HRESULT, cudaError_t, CUresult and
 * Win32 codes by one table (isthmus/status.def).
 */
enum ist_status {
#define IST_STATUS(name, text, hresult, cuda, win32) name,
#include <isthmus/status.def>
#undef IST_STATUS
    IST_STATUS_COUNT /**< how many there are */
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

/**
 * Lists the shareable objects that are alive in this process: resources (textures, buffers,
 * arrays), fences and events, one paragraph each with description, NT handles, names, KMT
 * number, age, and who holds it: COM objects, NT handles, imports, mappings, queued work.
 *
 * With ISTHMUS_SITES=1 in the environment each holder's call site is listed too: function,
 * program and offset of your call into D3D11, Win32 or CUDA, its callers, and a command line
 * for addr2line that turns them into files and lines. ISTHMUS_LEAKS=1 records sites as well,
 * and prints this report to standard error when the process ends (by exit() or return from
 * main(), after its own atexit handlers) and something is left. The exit status stays as it
 * is. A forked child does not report.
 *
 * Not listed, since they are no shareable objects: D3D11 devices, contexts, views and queries,
 * CUDA streams, and memory from cudaMalloc().
 * @out  Borrowed; NULL only counts.
 * Returns how many objects are alive.
 * Any thread, also while others make and release objects: what comes and goes meanwhile may be
 * missing. Takes no lock for longer than a look at a list; writes to @out without one.
 */
IST_API size_t ist_report_live_objects(FILE *out);

#ifdef __cplusplus
}
#endif

#include <isthmus/query.h>
#include <isthmus/share.h>

#endif
