/* SPDX-License-Identifier: MIT */
/* Each question reads one small file; a process that ends meanwhile is none. */
#include "broker/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define START_FIELD 22 /* of stat, counted from 1 */

static bool read_about(pid_t pid, const char *file, char *out, size_t size)
{
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, out, size - 1) : 0;
    if (fd >= 0)
        close(fd);
    out[got > 0 ? got : 0] = 0;
    return got > 0;
}

struct stat_line {
    char state;
    uint64_t start;
};

static bool read_stat(pid_t pid, struct stat_line *out)
{
    char text[512];
    if (!read_about(pid, "stat", text, sizeof(text)))
        return false;
    const char *at = strrchr(text, ')'); /* the program's name may hold anything */
    if (!at || !at[1])
        return false;
    out->state = at[2];
    for (unsigned field = 2; at && field < START_FIELD; field++)
        at = strchr(at + 1, ' ');
    out->start = at ? strtoull(at + 1, NULL, 10) : 0;
    return at;
}

/* The `number`-th number behind a word of status. */
static bool read_status(pid_t pid, const char *word, unsigned number, unsigned long *out)
{
    char text[1024];
    char *at = read_about(pid, "status", text, sizeof(text)) ? strstr(text, word) : NULL;
    if (!at)
        return false;
    at += strlen(word);
    for (unsigned i = 0; i < number; i++) {
        char *end;
        *out = strtoul(at, &end, 10);
        if (end == at)
            return false;
        at = end;
    }
    return true;
}

uint64_t proc_start(pid_t pid, uid_t *uid)
{
    struct stat_line stat;
    unsigned long user;
    if (!read_stat(pid, &stat))
        return 0;
    /* Not the owner of the files in /proc: a process with secrets is root's. */
    if (uid && !read_status(pid, "\nUid:", 2, &user))
        return 0;
    if (uid)
        *uid = (uid_t)user;
    return stat.start;
}

bool proc_can_answer(pid_t pid, uint64_t start)
{
    struct stat_line stat;
    return read_stat(pid, &stat) && (!start || stat.start == start) && stat.state &&
           !strchr("TtZX", stat.state);
}

bool proc_has_ended(pid_t pid)
{
    struct pollfd one = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    if (one.fd < 0)
        return errno == ESRCH || errno == EINVAL;
    bool ended = poll(&one, 1, 0) == 1;
    close(one.fd);
    return ended;
}

void proc_program(pid_t pid, char *out, size_t size)
{
    read_about(pid, "comm", out, size);
    out[strcspn(out, "\n")] = 0;
}

pid_t proc_of_thread(uint32_t thread)
{
    unsigned long process;
    return read_status((pid_t)thread, "\nTgid:", 1, &process) ? (pid_t)process : 0;
}
