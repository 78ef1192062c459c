/* SPDX-License-Identifier: MIT */
/*
 * isthmus-broker: started by the first process that needs it, gone when idle. Also answers
 * --ls, --status and --stop, for the command `isthmus`.
 *
 * Whoever starts it waits on descriptor READY_FD: one byte when the socket is there, the end of
 * file if this process gives up (another broker has the lock, or something is wrong).
 */
#include "broker/main.h"

#include "base/futex.h"
#include "base/log.h"
#include "broker/folder.h"
#include "broker/server.h"
#include "broker/show.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define IDLE_MS 3000
#define FIRST_MS 1000 /* for the client that started it: it may be slow to come */
#define BACKLOG 128

static int64_t idle_ms(void)
{
    const char *text = getenv("ISTHMUS_BROKER_IDLE_MS");
    char *end;
    long long value = text && *text ? strtoll(text, &end, 10) : IDLE_MS;
    if (text && *text && (*end || value < 0)) {
        log_line(LOG_ERROR, "broker", "ISTHMUS_BROKER_IDLE_MS: '%s' is no time in ms", text);
        return IDLE_MS;
    }
    return value;
}

/* As many files as the kernel allows: each object costs up to four. */
static uint64_t raise_fd_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 256;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

/* -1: another broker has it. The lock goes with the process. */
static int take_lock(int folder)
{
    int fd = openat(folder, FOLDER_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/*
 * With the lock held, a socket that is there is a dead one's. Ours takes its place in one step:
 * who looks for a broker finds the dead one's or ours, never none.
 */
static int open_listener(int folder)
{
    struct sockaddr_un address;
    socklen_t size = folder_address(folder, FOLDER_NEW_SOCKET, &address);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    unlinkat(folder, FOLDER_NEW_SOCKET, 0);
    if (bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, BACKLOG) == 0 &&
        renameat(folder, FOLDER_NEW_SOCKET, folder, FOLDER_SOCKET) == 0)
        return fd;
    log_line(LOG_ERROR, "broker", "the socket cannot be made: %s", strerror(errno));
    close(fd);
    return -1;
}

/* Nothing of whoever started us: session, folder, files, signal settings. */
static void detach(void)
{
    setsid();
    umask(077);
    if (chdir("/") != 0)
        log_line(LOG_WARN, "broker", "cannot leave the folder: %s", strerror(errno));
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static volatile sig_atomic_t told_to_end;

static void on_signal(int number)
{
    told_to_end = number;
}

/*
 * The end: nobody finds the socket any more, and whoever found it a moment ago is seen by the
 * last turns. True: somebody came, so it goes on after all.
 */
static bool somebody_came(struct server *server, int folder)
{
    if (server->stop || told_to_end)
        return false;
    unlinkat(folder, FOLDER_SOCKET, 0);
    server_turn(server, 0);
    server_turn(server, 0);
    if (!server->peer_count)
        return false;
    server->idle_since = clock_now_ns(); /* it may be one that never says anything */
    loop_remove(&server->loop, &server->listener);
    int fd = open_listener(folder);
    return fd >= 0 && loop_add(&server->loop, &server->listener, fd, true);
}

static int serve(int folder, int ready)
{
    struct server_options options = {.folder = folder, .fd_limit = raise_fd_limit()};
    options.idle_ms = idle_ms();
    options.first_ms = FIRST_MS;
    options.listener = open_listener(folder);
    struct server *server = options.listener >= 0 ? server_new(&options) : NULL;
    if (!server)
        return 1;
    if (ready >= 0) {
        if (write(ready, "", 1) != 1)
            log_line(LOG_INFO, "broker", "whoever started it has gone");
        close(ready);
    }
    signal(SIGTERM, on_signal);
    do {
        while (!server_is_over(server) && !told_to_end)
            server_turn(server, -1);
    } while (somebody_came(server, folder));
    unlinkat(folder, FOLDER_SOCKET, 0);
    server_free(server);
    return 0;
}

/* Descriptors that a program left open for its children are not ours. */
static int keep_ready_only(bool started_by_client)
{
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 2 && null >= 0; fd++)
        dup2(null, fd);
    if (!getenv("ISTHMUS_LOG") && null >= 0)
        dup2(null, STDERR_FILENO);
    unsigned first = started_by_client ? BROKER_READY_FD + 1 : STDERR_FILENO + 1;
    close_range(first, ~0U, 0);
    if (!started_by_client)
        return -1;
    fcntl(BROKER_READY_FD, F_SETFD, FD_CLOEXEC);
    return BROKER_READY_FD;
}

static int run(bool started_by_client)
{
    char why[512];
    int ready = keep_ready_only(started_by_client);
    /* First: a relative path is relative to the folder of whoever started us. */
    int folder = folder_open(true, why, sizeof(why));
    detach();
    if (folder < 0) {
        log_line(LOG_ERROR, "broker", "%s", why);
        return 1;
    }
    if (take_lock(folder) < 0)
        return 0;
    return serve(folder, ready);
}

/* The starter's child ends at once: nobody has to wait for the broker as for a child. */
static int run_as_daemon(void)
{
    pid_t child = fork();
    if (child < 0)
        return 1;
    if (child > 0)
        _exit(0);
    return run(true);
}

static int usage(FILE *out)
{
    fputs("usage: isthmus-broker [--foreground | --daemon]\n"
          "       isthmus-broker --ls | --ls-json | --status | --stop\n"
          "The broker of Isthmus; programs start it by themselves. See isthmus-broker(8).\n",
          out);
    return out == stderr ? 2 : 0;
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "--foreground";
    if (argc > 2)
        return usage(stderr);
    if (strcmp(word, "--daemon") == 0)
        return run_as_daemon();
    if (strcmp(word, "--foreground") == 0)
        return run(false);
    if (strcmp(word, "--ls") == 0 || strcmp(word, "--ls-json") == 0)
        return show_objects(word[4] != 0);
    if (strcmp(word, "--status") == 0)
        return show_status();
    if (strcmp(word, "--stop") == 0)
        return show_stop();
    return usage(strcmp(word, "--help") == 0 ? stdout : stderr);
}
