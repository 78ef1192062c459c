/* SPDX-License-Identifier: MIT */
/*
 * For tests of the command: a folder of their own, what goes to standard error as text, and the
 * command in a child process. Everything is undone by folder_finish().
 */
#ifndef ISTHMUS_TESTS_TOOLS_CAPTURE_H
#define ISTHMUS_TESTS_TOOLS_CAPTURE_H

#include "fork.h"
#include "test.h"

#include "command.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct folder {
    char path[64];
    char name[4][128]; /* files in it, for the tests to use */
};

static inline struct folder folder_new(void)
{
    struct folder f = {.path = "/tmp/isthmus-test-XXXXXX"};
    CHECK(mkdtemp(f.path) != NULL);
    for (size_t i = 0; i < 4; i++)
        snprintf(f.name[i], sizeof(f.name[i]), "%s/%zu.png", f.path, i);
    return f;
}

/* rmdir() fails if a file is left that no test knows of: a forgotten temporary one. */
static inline void folder_finish(struct folder *f)
{
    for (size_t i = 0; i < 4; i++)
        unlink(f->name[i]);
    CHECK_EQ(rmdir(f->path), 0);
}

/* Standard error goes into a file between these two. */
struct capture {
    int saved;
    int file;
    char text[4096];
};

static inline struct capture capture_start(void)
{
    struct capture c = {.saved = dup(STDERR_FILENO)};
    char path[] = "/tmp/isthmus-test-XXXXXX";
    fflush(stderr);
    c.file = mkstemp(path);
    CHECK(c.saved >= 0 && c.file >= 0);
    unlink(path);
    dup2(c.file, STDERR_FILENO);
    return c;
}

static inline void capture_end(struct capture *c)
{
    fflush(stderr);
    dup2(c->saved, STDERR_FILENO);
    ssize_t length = pread(c->file, c->text, sizeof(c->text) - 1, 0);
    c->text[length > 0 ? length : 0] = '\0';
    close(c->saved);
    close(c->file);
}

/* One sentence: exactly one line, from us. */
static inline int capture_is_one_line(const struct capture *c)
{
    const char *end = strchr(c->text, '\n');
    return strncmp(c->text, "isthmus: ", 9) == 0 && end && end[1] == '\0';
}

/* Runs the command in a child; its standard output is thrown away. Answers the exit code. */
static inline int command_in_child(struct capture *c, const char *const *words)
{
    char *argv[16] = {NULL}; /* argp turns the order round, so it gets its own */
    int argc = 0;
    int status = 0;
    for (; words[argc] && argc < 15; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc];
    *c = capture_start();
    fflush(stdout);
    pid_t child = test_fork();
    if (child == 0) {
        int nothing = open("/dev/null", O_WRONLY);
        dup2(nothing, STDOUT_FILENO);
        int code = command_main(argc, argv);
        fflush(stdout);
        _exit(code);
    }
    pid_t ended = child > 0 ? waitpid(child, &status, 0) : -1;
    capture_end(c);
    CHECK(ended == child);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#define COMMAND(c, ...) \
    command_in_child((c), (const char *const[]){"isthmus", __VA_ARGS__, NULL})

#endif
