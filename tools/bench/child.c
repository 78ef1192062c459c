/* SPDX-License-Identifier: MIT */
/* Parent and child are the same program, so the result travels as it lies in memory. */
#include "bench/child.h"

#include "bench/parts.h"
#include "report.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

noreturn void fail_row(const char *what)
{
    complain("%s", what);
    _exit(EXIT_TROUBLE);
}

static bool spawn_row(size_t index, int fd, pid_t *pid)
{
    char row[24], file[24];
    snprintf(row, sizeof(row), "%zu", index);
    snprintf(file, sizeof(file), "%d", fd);
    const char *argv[] = {"/proc/self/exe", "bench", BENCH_ROW_OPTION, file, row, NULL};
    return posix_spawn(pid, argv[0], NULL, NULL, (char **)argv, environ) == 0;
}

bool child_run(const struct row *row, struct result *out)
{
    int ends[2];
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    fcntl(ends[1], F_SETFD, 0); /* the child gets the writing end */
    bool started = spawn_row((size_t)(row - rows), ends[1], &pid);
    close(ends[1]);
    bool whole = started && read(ends[0], out, sizeof(*out)) == (ssize_t)sizeof(*out);
    close(ends[0]);
    if (started)
        waitpid(pid, NULL, 0);
    if (!whole)
        complain("row %s gave no result", row->name);
    return whole;
}

static void place(const struct row *row)
{
    if (row->placement == ALL_CPUS)
        unpin();
    else
        (void)pin_to(0);
}

int child_main(size_t index, int fd)
{
    struct rig rig;
    struct result result = {.repetitions = 0};
    if (index >= row_count)
        return EXIT_USAGE;
    const struct row *row = &rows[index];
    place(row);
    if (!rig_open(0, &rig))
        return EXIT_TROUBLE;
    bool ok = row->run(row, &rig, &result);
    rig_close(&rig);
    ok = ok && write(fd, &result, sizeof(result)) == (ssize_t)sizeof(result);
    return ok ? EXIT_OK : EXIT_TROUBLE;
}
