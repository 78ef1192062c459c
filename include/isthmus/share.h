/* SPDX-License-Identifier: MIT */
/**
 * Shared objects past the broker: the native doors. A program that has a Unix socket to another
 * one passes a texture, a buffer or a fence as file descriptors, and the other side makes a
 * handle of them that D3D11 and CUDA take like any other. Included by isthmus.h.
 */
#ifndef ISTHMUS_SHARE_H
#define ISTHMUS_SHARE_H

#ifndef ISTHMUS_ISTHMUS_H
#error "include isthmus/isthmus.h, which includes this file"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The most fds that a shared object is made of. In this order, without gaps: description, life
 * pipe, payload (resources), sync page (fences and resources with a keyed mutex).
 */
#define IST_HANDLE_FDS 4

/**
 * Takes the object behind an NT handle apart into fds, for a program that passes them to
 * another process itself (SCM_RIGHTS over a Unix socket): no broker is needed then.
 * @handle  An NT handle of a shareable resource or fence. Stays open.
 * @fds     Gets *count fds, close-on-exec, which the caller must close after sending them: they
 *          own the object as a handle does, so while one set is open it does not end.
 * @count   Gets how many there are. Both are untouched on failure.
 * IST_BAD_HANDLE, IST_NOT_SUPPORTED (an event or a process), IST_NO_RESOURCES, IST_NO_MEMORY.
 * Any thread. Never blocks.
 */
IST_API enum ist_status ist_handle_export_fds(void *handle, int fds[IST_HANDLE_FDS],
                                              unsigned *count);

/**
 * Makes an NT handle of what ist_handle_export_fds() gave in another process (or in this one).
 * @fds     The fds in the order in which they were given. They are taken in any case: all are
 *          closed when the call has failed. Nothing about them is trusted.
 * @count   How many, at most IST_HANDLE_FDS.
 * @handle  Gets a handle with all rights, which the caller must close with CloseHandle(); a
 *          program without the Win32 front calls ist_handle_close(). Untouched on failure.
 * IST_BAD_PARCEL: not the fds of an object, the reason says which one is wrong and why.
 * IST_VERSION: of another version. IST_WRONG_DEVICE: on a device that this process has not.
 * IST_BAD_HANDLE: the object has ended. IST_BAD_ARG, IST_NO_RESOURCES, IST_NO_MEMORY.
 * Any thread. Never blocks.
 */
IST_API enum ist_status ist_handle_import_fds(const int *fds, unsigned count, void **handle);

/**
 * Closes an NT handle, as CloseHandle() does.
 * IST_BAD_HANDLE: not open, or protected from closing. Any thread.
 */
IST_API enum ist_status ist_handle_close(void *handle);

#ifdef __cplusplus
}
#endif

#endif
