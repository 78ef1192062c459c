/* SPDX-License-Identifier: MIT */
/* The test's side: starts actors, talks to them, ends them; and the folder with its broker. */
#include "actor.h"

#include "lock_holder.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef BROKER_EXECUTABLE
#error "the build says where the broker is"
#endif

#define ANSWER_MS 60000

static struct stage {
    char folder[40];
    struct actor actors[ACTORS_MAX];
    unsigned count;
    char refusal[256]; /* the last one, for a test that fails */
} stage;

/* The test's own process has nothing of the library in it. */
size_t test_live_objects(void)
{
    return 0;
}

uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void nap_ms(unsigned ms)
{
    struct timespec nap = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&nap, NULL);
}

void bytes_fill(unsigned char *to, uint64_t seed)
{
    for (size_t i = 0; i < ACTOR_BYTES; i += 8) {
        uint64_t word = (seed + i + 1) * UINT64_C(0x9e3779b97f4a7c15);
        word ^= word >> 29;
        memcpy(to + i, &word, 8);
    }
}

int bytes_differ(const unsigned char *found, uint64_t seed)
{
    unsigned char wanted[ACTOR_BYTES];
    bytes_fill(wanted, seed);
    for (int i = 0; i < ACTOR_BYTES; i++)
        if (found[i] != wanted[i])
            return i;
    return -1;
}

/* ---- The wire ---- */

union fd_room {
    struct cmsghdr head;
    char room[CMSG_SPACE(ACTOR_FDS * sizeof(int))];
};

bool wire_send(int socket, const void *head, size_t size, const int *fds, unsigned count)
{
    union fd_room room = {.room = {0}};
    struct iovec bytes = {(void *)(uintptr_t)head, size};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
    if (count) {
        message.msg_control = &room;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)size;
}

bool wire_receive(int socket, void *head, size_t size, int *fds, unsigned *count)
{
    union fd_room room = {.room = {0}};
    struct iovec bytes = {head, size};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = &room,
                             .msg_controllen = sizeof(room)};
    ssize_t got;
    do
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)size)
        return false;
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    *count = c ? (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int)) : 0;
    if (c)
        memcpy(fds, CMSG_DATA(c), *count * sizeof(int));
    return true;
}

/* ---- Actors ---- */

/* In place of main(): the program was started as an actor. */
__attribute__((constructor)) static void be_an_actor(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--actor") == 0)
        exit(puppet_main(atoi(argv[2])));
}

static void become_actor(int socket, pid_t parent)
{
    char number[16];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    snprintf(number, sizeof(number), "%d", socket);
    fcntl(socket, F_SETFD, 0);
    execl("/proc/self/exe", "actor", "--actor", number, (char *)NULL);
    _exit(127);
}

struct actor *actor_start(void)
{
    int ends[2];
    pid_t parent = getpid();
    CHECK(stage.count < ACTORS_MAX);
    struct actor *actor = &stage.actors[stage.count];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        become_actor(ends[1], parent);
    close(ends[1]);
    *actor = (struct actor){.pid = pid, .socket = ends[0]};
    stage.count++;
    CHECK(pid > 0);
    return actor;
}

void actor_tell(struct actor *actor, const struct order *order)
{
    CHECK(wire_send(actor->socket, order, sizeof(*order), order->fds, order->fd_count));
}

bool actor_answers(struct actor *actor, unsigned ms)
{
    struct pollfd one = {.fd = actor->socket, .events = POLLIN};
    return poll(&one, 1, (int)ms) == 1;
}

uint32_t actor_hear(struct actor *actor)
{
    if (!actor_answers(actor, ANSWER_MS))
        test_fail(TEST_HERE, "an actor does not answer");
    unsigned count = 0;
    int fds[ACTOR_FDS];
    if (!wire_receive(actor->socket, &actor->last, sizeof(actor->last), fds, &count))
        test_fail(TEST_HERE, "an actor has died");
    memcpy(actor->last.fds, fds, sizeof(fds));
    actor->last.fd_count = count;
    if (actor->last.code)
        snprintf(stage.refusal, sizeof(stage.refusal), "%s", actor->last.why);
    return actor->last.code;
}

uint32_t actor_ask(struct actor *actor, const struct order *order)
{
    actor_tell(actor, order);
    return actor_hear(actor);
}

static int reap(struct actor *actor)
{
    int status = 0;
    close(actor->socket);
    if (waitpid(actor->pid, &status, 0) != actor->pid)
        status = -1;
    actor->pid = 0;
    return status;
}

bool actor_try(struct actor *actor, const struct order *order, uint32_t *code)
{
    int fds[ACTOR_FDS];
    unsigned count = 0;
    bool lives = wire_send(actor->socket, order, sizeof(*order), order->fds, order->fd_count);
    if (lives && !actor_answers(actor, ANSWER_MS))
        test_fail(TEST_HERE, "an actor neither answers nor dies");
    lives = lives &&
            wire_receive(actor->socket, &actor->last, sizeof(actor->last), fds, &count);
    for (unsigned i = 0; i < count; i++)
        close(fds[i]);
    actor->last.fd_count = 0;
    if (lives)
        *code = actor->last.code;
    else
        reap(actor);
    return lives;
}

void actor_quit(struct actor *actor)
{
    uint32_t code = ASK(actor, quit);
    if (code)
        test_fail(TEST_HERE, "an actor leaves with %u objects or fds too many: %s", code,
                  actor->last.why);
    int status = reap(actor);
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        test_fail(TEST_HERE, "an actor ended with status 0x%x", (unsigned)status);
}

void actor_kill(struct actor *actor)
{
    kill(actor->pid, SIGKILL);
    reap(actor);
}

/* ---- The stage ---- */

pid_t broker_pid(void)
{
    return stage.folder[0] ? lock_holder(stage.folder) : 0;
}

/* Where it was built; or beside this program, if both were taken to another machine. */
static const char *broker_path(void)
{
    static char path[4096];
    if (access(BROKER_EXECUTABLE, X_OK) == 0)
        return BROKER_EXECUTABLE;
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 64);
    path[length > 0 ? length : 0] = '\0';
    char *name = strrchr(path, '/');
    if (name)
        strcpy(name, "/../libexec/isthmus/isthmus-broker");
    return path;
}

char *broker_says(const char *option)
{
    char command[4200];
    char *text = calloc(1, 65536);
    snprintf(command, sizeof(command), "%s %s 2>&1", broker_path(), option);
    FILE *from = popen(command, "re");
    if (from) {
        size_t got = fread(text, 1, 65535, from);
        text[got] = 0;
        pclose(from);
    }
    return text;
}

static unsigned broker_lists(const char *what)
{
    unsigned found = 0;
    char *text = broker_says("--ls-json");
    for (const char *at = text; (at = strstr(at, what)); at++)
        found++;
    free(text);
    return found;
}

unsigned broker_objects(void)
{
    return broker_lists("\"under_way\":");
}

unsigned broker_holders(void)
{
    return broker_lists("\"com\":");
}

static void remove_folder(void)
{
    folder_remove(stage.folder);
    stage.folder[0] = 0;
}

/* What a test that failed left behind; also at the end of the program. */
static void clear_stage(void)
{
    if (stage.count && stage.refusal[0])
        printf("     the last refusal of the test that failed: %s\n", stage.refusal);
    stage.refusal[0] = 0;
    for (unsigned i = 0; i < stage.count; i++)
        if (stage.actors[i].pid > 0)
            actor_kill(&stage.actors[i]);
    stage.count = 0;
    pid_t broker = broker_pid();
    if (broker > 0)
        kill(broker, SIGKILL);
    if (stage.folder[0])
        remove_folder();
}

static void open_folder(void)
{
    static bool registered;
    if (!registered)
        atexit(clear_stage);
    registered = true;
    clear_stage();
    signal(SIGPIPE, SIG_IGN);
    /* In memory, as where it usually is: a loaded disk holds up a broker for seconds. */
    strcpy(stage.folder, access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm/isthmus-multi-XXXXXX"
                                                              : "/tmp/isthmus-multi-XXXXXX");
    CHECK(mkdtemp(stage.folder) != NULL);
    setenv("ISTHMUS_RUNTIME_DIR", stage.folder, 1);
    setenv("ISTHMUS_BROKER_IDLE_MS", "50", 1);
    setenv("ISTHMUS_LOG", "error", 0); /* what is refused here is meant to be */
    unsetenv("ISTHMUS_BROKER");
}

void stage_open(void)
{
    open_folder();
}

void stage_open_alone(void)
{
    open_folder();
    setenv("ISTHMUS_BROKER", "off", 1);
}

const char *stage_folder(void)
{
    return stage.folder;
}

void stage_close(void)
{
    for (unsigned i = 0; i < stage.count; i++)
        if (stage.actors[i].pid > 0)
            actor_quit(&stage.actors[i]);
    stage.count = 0;
    CHECK(EVENTUALLY(!broker_pid()));
    remove_folder();
}
