/* SPDX-License-Identifier: MIT */
/*
 * A process for each case, by fork(). The runner itself never calls the libraries and has one
 * thread, so each child begins with libraries that nobody used before.
 */
#include "conformance.h"
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void process_init(int argc, char **argv)
{
    (void)argc;
    (void)argv;
}

void process_setenv(const char *name, const char *value, bool keep)
{
    setenv(name, value, !keep);
}

bool process_is_terminal(FILE *file)
{
    return isatty(fileno(file));
}

/* Called by ThreadSanitizer's runtime, if that is there: it sleeps a second at each end of a
 * process otherwise, which is minutes here. */
const char *__tsan_default_options(void) __attribute__((visibility("default")));
const char *__tsan_default_options(void)
{
    return "atexit_sleep_ms=0";
}

/* exit() lets leak checkers look; after a failure all kinds of things are still held. */
static void child_main(const struct conf_case *self, int fd)
{
    FILE *out = fdopen(fd, "w");
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a runner that is killed leaves nobody behind */
    if (!out)
        _exit(1);
    if (!self) {
        body_machine(out);
        _exit(0);
    }
    if (!body_run(self, out))
        _exit(0);
    fclose(out);
    exit(0);
}

/* Cuts what was read into lines; what is left over waits for the rest of its line. */
struct line_buffer {
    char text[16384];
    size_t used;
};

static void take_lines(struct line_buffer *b, void (*line)(void *user, char *line), void *user)
{
    char *start = b->text;
    char *end;
    b->text[b->used] = '\0';
    while ((end = strchr(start, '\n')) != NULL) {
        *end = '\0';
        line(user, start);
        start = end + 1;
    }
    b->used -= (size_t)(start - b->text);
    memmove(b->text, start, b->used);
    if (b->used == sizeof(b->text) - 1)
        b->used = 0; /* no event is that long */
}

/* Reads until the child closes its end, or is gone while somebody whom it started has the other
 * end still open. False when the time is up. */
static bool read_all(int fd, int process, unsigned timeout_s,
                     void (*line)(void *user, char *line), void *user)
{
    static struct line_buffer buffer;
    uint64_t deadline = now_ms() + (uint64_t)timeout_s * 1000;
    buffer.used = 0;
    for (;;) {
        uint64_t now = now_ms();
        struct pollfd wait[] = {{fd, POLLIN, 0}, {process, POLLIN, 0}};
        int ready = now < deadline ? poll(wait, 2, (int)(deadline - now)) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        if (!wait[0].revents)
            return true; /* the process has ended, and all it wrote was read */
        ssize_t got =
            read(fd, buffer.text + buffer.used, sizeof(buffer.text) - 1 - buffer.used);
        if (got <= 0)
            return true;
        buffer.used += (size_t)got;
        take_lines(&buffer, line, user);
    }
}

/* The pipe is closed; the process may still be on its way out, or stuck there. */
static int wait_end(pid_t pid, unsigned timeout_s, bool *hung)
{
    int status = 0;
    uint64_t deadline = now_ms() + (*hung ? 0 : (uint64_t)timeout_s * 1000);
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (now_ms() >= deadline) {
            *hung = true;
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            break;
        }
        sleep_ms(1);
    }
    return status;
}

struct child_end process_run(const struct conf_case *self, unsigned timeout_s,
                             void (*line)(void *user, char *line), void *user)
{
    struct child_end end = {0};
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) {
        end.how = strerror(errno);
        return end;
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        child_main(self, fds[1]);
    }
    close(fds[1]);
    if (pid < 0) {
        end.how = strerror(errno);
        close(fds[0]);
        return end;
    }
    /* -1 on a kernel before 5.3: poll() takes no notice of it. */
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    end.started = true;
    end.hung = !read_all(fds[0], process, timeout_s, line, user);
    if (process >= 0)
        close(process);
    close(fds[0]);
    int status = wait_end(pid, timeout_s, &end.hung);
    end.code = WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 0;
    end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    end.how = end.signal ? strsignal(end.signal) : NULL;
    return end;
}
