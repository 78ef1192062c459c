/* SPDX-License-Identifier: MIT */
/*
 * For the broker's tests: objects made of bare fds, a private runtime folder, and processes
 * that do one thing each. The process of the test itself never becomes a client: children do,
 * so that the harness finds every fd where it was.
 *
 * A child that fails ends every wait of the test for another one, and none outlives the test.
 */
#ifndef ISTHMUS_TESTS_BROKER_RIG_H
#define ISTHMUS_TESTS_BROKER_RIG_H

#include "core/parcel.h"
#include "core/remote.h"
#include "fork.h"
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if TEST_THREAD_SANITIZER
/* It would hold up each of our many short processes for a second. */
__attribute__((used, visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "atexit_sleep_ms=0";
}
#endif

#define RIG_SEALS (F_SEAL_SHRINK | F_SEAL_GROW)
#define RIG_BYTES 8192

__attribute__((unused)) static int rig_memfd(size_t size, int seals)
{
    int fd = memfd_create("broker-test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && (ftruncate(fd, (off_t)size) != 0 || fcntl(fd, F_ADD_SEALS, seals) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* An object as the broker sees one. Whoever has the parcel holds the object. */
__attribute__((unused)) static struct parcel rig_parcel(void)
{
    struct parcel p = {.kind = OBJECT_RESOURCE, .bytes = RIG_BYTES};
    int life[2];
    if (getrandom(p.id, sizeof(p.id), 0) != sizeof(p.id) || pipe2(life, O_CLOEXEC) != 0)
        abort();
    close(life[0]);
    p.fd[PARCEL_DESCRIPTION] = rig_memfd(256, RIG_SEALS | F_SEAL_WRITE);
    p.fd[PARCEL_SYNC] = rig_memfd(4096, RIG_SEALS);
    p.fd[PARCEL_PAYLOAD] = rig_memfd(RIG_BYTES, RIG_SEALS);
    p.fd[PARCEL_LIFE] = life[1];
    return p;
}

__attribute__((unused)) static void rig_drop(struct parcel *p)
{
    for (unsigned i = 0; i < PARCEL_FDS; i++) {
        if (p->fd[i] >= 0)
            close(p->fd[i]);
        p->fd[i] = -1;
    }
}

/* The number of live objects' worth of payload: what tells two parcels' objects apart. */
__attribute__((unused)) static bool rig_same(const struct parcel *a, const struct parcel *b)
{
    struct stat x, y;
    return memcmp(a->id, b->id, 16) == 0 && fstat(a->fd[PARCEL_PAYLOAD], &x) == 0 &&
           fstat(b->fd[PARCEL_PAYLOAD], &y) == 0 && x.st_ino == y.st_ino &&
           fcntl(b->fd[PARCEL_LIFE], F_GETFL) >= 0 &&
           (fcntl(b->fd[PARCEL_LIFE], F_GETFL) & O_ACCMODE) == O_WRONLY;
}

__attribute__((unused)) static struct remote_name rig_name(const char *key)
{
    return (struct remote_name){.key = key, .exact = key + 1};
}

__attribute__((unused)) static void rig_nap(unsigned ms)
{
    struct timespec nap = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&nap, NULL);
}

/* What this process holds, for the hooks of its client. */
static struct parcel rig_held[64];
static unsigned rig_held_count;

static void rig_each(void (*visit)(void *arg, const struct parcel *parcel), void *arg)
{
    for (unsigned i = 0; i < rig_held_count; i++)
        visit(arg, &rig_held[i]);
}

static void rig_report(void (*visit)(void *arg, const struct remote_report *report), void *arg)
{
    for (unsigned i = 0; i < rig_held_count; i++) {
        struct remote_report report = {.kind = rig_held[i].kind, .bytes = rig_held[i].bytes};
        memcpy(report.id, rig_held[i].id, sizeof(report.id));
        report.held[HOLDER_COM] = 1;
        report.held[HOLDER_HANDLE] = i + 1;
        report.has_mutex = true;
        report.mutex_key = 77;
        visit(arg, &report);
    }
}

/* Handle value v is the object v / 4. */
static enum ist_status rig_give(uint64_t value, bool close_source, struct remote_handle *out)
{
    if (value / 4 >= rig_held_count)
        return IST_BAD_HANDLE;
    struct parcel *p = &rig_held[value / 4];
    *out = (struct remote_handle){.parcel = *p, .access = 5, .flags = close_source};
    for (unsigned i = 0; i < PARCEL_FDS; i++)
        out->parcel.fd[i] = fcntl(p->fd[i], F_DUPFD_CLOEXEC, 3);
    return IST_OK;
}

/* Handles that came unasked; the client's thread counts one when it is all there. */
static struct remote_handle rig_fetched[64];
static atomic_uint rig_fetched_count;

static void rig_mail(void)
{
    unsigned i = atomic_load(&rig_fetched_count);
    while (i < 64 && remote_take(0, &rig_fetched[i]) == IST_OK)
        atomic_store(&rig_fetched_count, ++i);
}

/* Whoever is first, the caller or the client's thread: it comes once. */
__attribute__((unused)) static void rig_take(uint32_t value, struct remote_handle *out)
{
    for (;; rig_nap(1)) {
        if (remote_take(value, out) == IST_OK)
            return;
        for (unsigned i = 0; i < atomic_load(&rig_fetched_count); i++)
            if (rig_fetched[i].value == value) {
                *out = rig_fetched[i];
                return;
            }
    }
}

__attribute__((unused)) static const struct remote_hooks rig_hooks = {rig_each, rig_report,
                                                                      rig_give, rig_mail};

/* Makes an object that the hooks of this process know; *at is borrowed. */
__attribute__((unused)) static struct parcel *rig_hold(struct parcel parcel)
{
    rig_held[rig_held_count] = parcel;
    return &rig_held[rig_held_count++];
}

/* ---- Processes ---- */

/* Children of this process that were not joined yet. */
static pid_t rig_children[64];
static unsigned rig_child_count;

static void rig_forget_child(pid_t pid)
{
    for (unsigned i = 0; i < rig_child_count; i++)
        if (rig_children[i] == pid)
            rig_children[i] = rig_children[--rig_child_count];
}

/* Another one than `but` ended by itself, and not well: whoever waits for it waits in vain. */
static bool rig_child_failed(pid_t but)
{
    for (unsigned i = 0; i < rig_child_count; i++) {
        siginfo_t info = {.si_pid = 0};
        if (rig_children[i] == but ||
            waitid(P_PID, (id_t)rig_children[i], &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
            info.si_pid == 0)
            continue;
        bool killed = info.si_code == CLD_KILLED && info.si_status == SIGKILL; /* by the test */
        if (!killed && !(info.si_code == CLD_EXITED && info.si_status == 0))
            return true;
    }
    return false;
}

/* What a test that failed left running: it must not disturb the next one. */
static void rig_kill_children(void)
{
    for (unsigned i = 0; i < rig_child_count; i++) {
        kill(rig_children[i], SIGKILL);
        waitpid(rig_children[i], NULL, 0);
    }
    rig_child_count = 0;
}

/*
 * A process that runs fn(arg) as a client and ends with what that returns: 0, or the line of
 * the check that failed.
 */
__attribute__((unused)) static pid_t rig_child(int (*fn)(void *arg), void *arg)
{
    pid_t parent = getpid();
    fflush(NULL);
    pid_t pid = test_fork();
    if (pid == 0) {
        rig_child_count = 0;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        alarm(50);
        remote_start(&rig_hooks);
        _exit(fn(arg));
    }
    if (rig_child_count < sizeof(rig_children) / sizeof(rig_children[0]))
        rig_children[rig_child_count++] = pid;
    return pid;
}

/* If another child fails meanwhile, this one is ended: it may be waiting for that one. */
__attribute__((unused)) static int rig_join(pid_t pid)
{
    int status;
    pid_t got;
    while ((got = waitpid(pid, &status, WNOHANG)) == 0) {
        if (rig_child_failed(pid))
            kill(pid, SIGKILL);
        rig_nap(1);
    }
    rig_forget_child(pid);
    if (got != pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* The letter of the process's state; 'X': it has ended. */
static char rig_state(const char *stat_path)
{
    char text[512] = "", state = 'X';
    FILE *file = fopen(stat_path, "re");
    if (file && fgets(text, sizeof(text), file) && strrchr(text, ')'))
        sscanf(strrchr(text, ')') + 1, " %c", &state);
    if (file)
        fclose(file);
    return state;
}

static bool rig_all_stopped(pid_t pid)
{
    char path[64];
    struct dirent *task;
    bool all = true;
    snprintf(path, sizeof(path), "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    while (tasks && all && (task = readdir(tasks))) {
        if (task->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "/proc/%d/task/%.20s/stat", pid, task->d_name);
        all = strchr("TtZX", rig_state(path));
    }
    if (tasks)
        closedir(tasks);
    return all;
}

/* SIGSTOP only asks: with this, none of its threads runs any more. Ten seconds is a lot. */
__attribute__((unused)) static bool rig_stop(pid_t pid)
{
    if (pid < 2 || kill(pid, SIGSTOP) != 0)
        return false;
    for (unsigned i = 0; i < 10000; i++) {
        if (rig_all_stopped(pid))
            return true;
        rig_nap(1);
    }
    return false;
}

/* ---- The folder and its broker ---- */

/* A private folder; brokers in it end soon after their last client. */
struct rig_folder {
    char path[64];
};

static pid_t rig_broker(const struct rig_folder *folder);

__attribute__((unused)) static struct rig_folder rig_folder_new(void)
{
    static struct rig_folder folder;
    pid_t broker = folder.path[0] ? rig_broker(&folder) : 0;
    rig_kill_children();
    if (broker > 0)
        kill(broker, SIGKILL); /* of a test that failed */
    /* In memory, as where it usually is: a loaded disk holds up a broker for seconds. */
    bool memory = access("/dev/shm", W_OK | X_OK) == 0;
    strcpy(folder.path, memory ? "/dev/shm/isthmus-test-XXXXXX" : "/tmp/isthmus-test-XXXXXX");
    if (!mkdtemp(folder.path))
        abort();
    setenv("ISTHMUS_RUNTIME_DIR", folder.path, 1);
    setenv("ISTHMUS_BROKER_IDLE_MS", "150", 1);
    setenv("ISTHMUS_LOG", "error", 0);
    unsetenv("ISTHMUS_BROKER");
    return folder;
}

/* For tests in which the broker must outlive its clients; rig_broker_end() ends it then. */
__attribute__((unused)) static struct rig_folder rig_folder_lasting(void)
{
    struct rig_folder folder = rig_folder_new();
    setenv("ISTHMUS_BROKER_IDLE_MS", "60000", 1);
    return folder;
}

/* The process that has the broker's lock; 0: none. */
__attribute__((unused)) static pid_t rig_broker(const struct rig_folder *folder)
{
    char path[96], line[256];
    struct stat st;
    pid_t pid = 0;
    snprintf(path, sizeof(path), "%s/lock", folder->path);
    FILE *locks = fopen("/proc/locks", "re");
    if (stat(path, &st) == 0)
        while (locks && fgets(line, sizeof(line), locks)) {
            int owner;
            unsigned long inode;
            if (strstr(line, "FLOCK") && !strstr(line, "->") &&
                sscanf(line, "%*s %*s %*s %*s %d %*x:%*x:%lu", &owner, &inode) == 2 &&
                inode == st.st_ino)
                pid = owner;
        }
    if (locks)
        fclose(locks);
    return pid;
}

/* True once no broker runs any more; ten seconds is a loaded machine's time. */
__attribute__((unused)) static bool rig_broker_gone(const struct rig_folder *folder)
{
    for (unsigned i = 0; i < 2000; i++) {
        if (!rig_broker(folder))
            return true;
        rig_nap(5);
    }
    return false;
}

__attribute__((unused)) static void rig_broker_end(const struct rig_folder *folder)
{
    pid_t broker = rig_broker(folder);
    CHECK(broker > 1);
    CHECK_EQ(kill(broker, SIGTERM), 0);
}

/* False: a broker came meanwhile, one that a process started that did not wait for it. */
static bool rig_folder_remove(const struct rig_folder *folder)
{
    DIR *dir = opendir(folder->path);
    struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    return rmdir(folder->path) == 0 || errno == ENOENT;
}

/* Whatever connects or holds something was ended before, so the broker ends, too. */
__attribute__((unused)) static void rig_folder_end(const struct rig_folder *folder)
{
    bool removed = false;
    for (unsigned i = 0; i < 10 && !removed; i++) {
        CHECK(rig_broker_gone(folder));
        removed = rig_folder_remove(folder);
    }
    CHECK(removed);
}

/* In a child: a failed condition ends it with the number of its line (of the low 8 bits). */
#define WANT(condition)                                                                       \
    do {                                                                                      \
        if (!(condition)) {                                                                   \
            fprintf(stderr, "  %s:%d: child wants %s (%s)\n", __FILE__, __LINE__, #condition, \
                    ist_explain());                                                           \
            return (__LINE__ & 0xff) ? __LINE__ & 0xff : 1;                                   \
        }                                                                                     \
    } while (0)

/* Two-way signals between the test and a child: one byte each way. */
struct rig_wire {
    int to_child[2], to_test[2];
};

__attribute__((unused)) static struct rig_wire rig_wire_new(void)
{
    struct rig_wire w;
    if (pipe2(w.to_child, O_CLOEXEC) != 0 || pipe2(w.to_test, O_CLOEXEC) != 0)
        abort();
    return w;
}

__attribute__((unused)) static void rig_wire_end(struct rig_wire *w)
{
    for (unsigned i = 0; i < 2; i++) {
        close(w->to_child[i]);
        close(w->to_test[i]);
    }
}

__attribute__((unused)) static void rig_put(int fd, const void *bytes, size_t size)
{
    if (write(fd, bytes, size) != (ssize_t)size)
        abort();
}

/* False: nothing came within 45 s, or a child failed, maybe the one that should write. */
__attribute__((unused)) static bool rig_get(int fd, void *bytes, size_t size)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    bool failed = false;
    for (unsigned i = 0; i < 900 && !failed; i++) {
        failed = rig_child_failed(0); /* what it wrote before is there by now */
        if (poll(&one, 1, failed ? 0 : 50) == 1)
            return read(fd, bytes, size) == (ssize_t)size;
    }
    return false;
}

#endif
