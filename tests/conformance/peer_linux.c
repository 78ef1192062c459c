/* SPDX-License-Identifier: MIT */
/* The processes behind peers on Linux: posix_spawn, a pipe to each standard stream. A process
 * here is owned from its start until it was waited for. */
#include "conformance.h"
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* LeakSanitizer's: what this thread makes from then on is no leak. */
void lsan_disable(void) __asm__("__lsan_disable") __attribute__((weak));

/* The case may have died before the first call: then its end of the pipe is closed already.
 * What a role leaves is left on purpose. */
void peer_process_begin(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct pollfd in = {STDIN_FILENO, POLLIN, 0};
    if (poll(&in, 1, 0) == 1 && (in.revents & POLLHUP))
        _exit(1);
    if (lsan_disable)
        lsan_disable();
}

static int spawn(pid_t *pid, int in, int out, const char *role, const char *word)
{
    char *const argv[] = {(char *)(uintptr_t) "isthmus-conformance",
                          (char *)(uintptr_t) "--peer", (char *)(uintptr_t)role,
                          (char *)(uintptr_t)word, NULL};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    int error = posix_spawn(pid, "/proc/self/exe", &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

const char *peer_process_start(struct peer_process *p, const char *role, const char *word)
{
    int in[2], out[2];
    pid_t pid = 0;
    if (pipe2(in, O_CLOEXEC) != 0)
        return strerror(errno);
    if (pipe2(out, O_CLOEXEC) != 0) {
        close(in[0]);
        close(in[1]);
        return "no second pipe";
    }
    signal(SIGPIPE, SIG_IGN); /* a peer that is gone is an answer, too */
    int error = spawn(&pid, in[0], out[1], role, word);
    close(in[0]);
    close(out[1]);
    *p = (struct peer_process){(uintptr_t)pid, (uintptr_t)in[1], (uintptr_t)out[0]};
    if (!error)
        return NULL;
    close(in[1]);
    close(out[0]);
    return strerror(error);
}

size_t peer_process_read(struct peer_process *p, char *to, size_t size, uint64_t deadline)
{
    struct pollfd from = {(int)p->from, POLLIN, 0};
    for (;;) {
        uint64_t now = now_ms();
        int ready = now < deadline ? poll(&from, 1, (int)(deadline - now)) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        ssize_t got = ready > 0 ? read((int)p->from, to, size) : 0;
        return got > 0 ? (size_t)got : 0;
    }
}

bool peer_process_write(struct peer_process *p, const char *text, size_t size)
{
    return write((int)p->to, text, size) == (ssize_t)size;
}

static void let_go(struct peer_process *p)
{
    close((int)p->to);
    close((int)p->from);
}

/* NULL with the status; or why it had to be killed. */
static const char *wait_until(pid_t pid, uint64_t deadline, int *status)
{
    pid_t got;
    while ((got = waitpid(pid, status, WNOHANG)) == 0) {
        if (now_ms() >= deadline) {
            kill(pid, SIGKILL);
            waitpid(pid, status, 0);
            return "it does not end";
        }
        sleep_ms(1);
    }
    return got == pid ? NULL : "it cannot be waited for";
}

const char *peer_process_wait(struct peer_process *p, uint64_t deadline)
{
    static char text[64];
    int status = 0;
    const char *wrong = wait_until((pid_t)p->id, deadline, &status);
    let_go(p);
    if (wrong || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
        return wrong;
    if (WIFSIGNALED(status))
        return strsignal(WTERMSIG(status));
    snprintf(text, sizeof(text), "it ended with code %d", WEXITSTATUS(status));
    return text;
}

bool peer_process_kill(struct peer_process *p)
{
    int status = 0;
    kill((pid_t)p->id, SIGKILL);
    pid_t got = waitpid((pid_t)p->id, &status, 0);
    let_go(p);
    return got == (pid_t)p->id && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}
