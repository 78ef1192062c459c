/* SPDX-License-Identifier: MIT */
/* The record and the counts. Only the thread of the tests comes here. */
#include "fake.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_HANDLE 0x0ab00000u
#define HANDLES 256u

static char lines[1 << 16];
static size_t used;
static unsigned countdown;
static bool failed;
static int alive[FAKE_KINDS];
static unsigned handles;
static bool handle_open[HANDLES];

void fake_reset(void)
{
    used = 0;
    lines[0] = 0;
    countdown = 0;
    failed = false;
    fake_fail_with(CUDA_ERROR_UNKNOWN);
}

void fake_fail_at(unsigned n)
{
    countdown = n;
    failed = false;
}

bool fake_has_failed(void)
{
    return failed;
}

static void write_line(const char *format, va_list args)
{
    size_t room = sizeof(lines) - used;
    int n = vsnprintf(lines + used, room, format, args);
    if (n > 0 && (size_t)n + 2 < room) {
        used += (size_t)n;
        lines[used++] = '\n';
        lines[used] = 0;
    }
}

void fake_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(format, args);
    va_end(args);
}

bool fake_called(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(format, args);
    va_end(args);
    if (!countdown || --countdown)
        return false;
    failed = true;
    return true;
}

const char *fake_lines(void)
{
    return lines;
}

void fake_count(enum fake_kind kind, int step)
{
    alive[kind] += step;
    if (alive[kind] < 0)
        fake_note("DOUBLE RELEASE of kind %d", (int)kind);
}

int fake_alive(enum fake_kind kind)
{
    return alive[kind];
}

HANDLE fake_new_handle(void)
{
    unsigned index = handles++ % HANDLES;
    handle_open[index] = true;
    fake_count(FAKE_HANDLE, 1);
    return (HANDLE)(uintptr_t)(FIRST_HANDLE + 4 * index);
}

bool fake_owns_handle(HANDLE handle)
{
    uintptr_t value = (uintptr_t)handle;
    return value >= FIRST_HANDLE && value < FIRST_HANDLE + 4 * HANDLES;
}

/* A second close of one handle takes the count below 0, whichever handle is alive. */
void fake_close_handle(HANDLE handle)
{
    unsigned index = (unsigned)((uintptr_t)handle - FIRST_HANDLE) / 4;
    fake_note(handle_open[index] ? "CloseHandle" : "CloseHandle AGAIN");
    handle_open[index] = false;
    fake_count(FAKE_HANDLE, -1);
}
