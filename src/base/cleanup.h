/* SPDX-License-Identifier: MIT */
/*
 * What every file needs to own and hand over things: cleanup attribute, take(), container_of.
 */
#ifndef ISTHMUS_BASE_CLEANUP_H
#define ISTHMUS_BASE_CLEANUP_H

#include <stddef.h>
#include <stdlib.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Hands the value of a local over: yields it and leaves `empty` behind for the cleanup. */
#define take(ptr, empty)                                   \
    __extension__({                                        \
        __typeof__(ptr) take_from_ = (ptr);                \
        __typeof__(*take_from_) take_value_ = *take_from_; \
        *take_from_ = (empty);                             \
        take_value_;                                       \
    })

#define container_of(ptr, type, member)                                 \
    __extension__({                                                     \
        const __typeof__(((type *)0)->member) *member_ptr_ = (ptr);     \
        (type *)((char *)(size_t)member_ptr_ - offsetof(type, member)); \
    })

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void freep(void *p)
{
    free(*(void **)p);
}

/* Rounds up to a power of two. The caller has checked that size + align cannot overflow. */
static inline size_t align_up(size_t size, size_t align)
{
    return (size + align - 1) & ~(align - 1);
}

#endif
