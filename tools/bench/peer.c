/* SPDX-License-Identifier: MIT */
/* Starting the other process, talking to it, and the bare word. Its parts: peer_parts.c. */
#include "bench/peer.h"

#include "bench/parts.h"

#include <linux/futex.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct peer peer_start(enum peer_part part)
{
    int ends[2];
    char file[24], number[24];
    struct peer peer;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0)
        fail_row("no socket for the other process");
    snprintf(file, sizeof(file), "%d", ends[1]);
    snprintf(number, sizeof(number), "%d", (int)part);
    const char *argv[] = {"/proc/self/exe", "bench", BENCH_PEER_OPTION, file, number, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addclose(&actions, ends[0]); /* or it would never hang up */
    if (posix_spawn(&peer.pid, argv[0], &actions, NULL, (char **)argv, environ) != 0)
        fail_row("the other process could not be started");
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    peer.socket = ends[0];
    return peer;
}

/* Whatever it is at: some parts wait for ever. */
void peer_end(struct peer *peer)
{
    kill(peer->pid, SIGKILL);
    waitpid(peer->pid, NULL, 0);
    close(peer->socket);
}

bool peer_send(int socket, const void *data, size_t size, const int *fds, unsigned count)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(PEER_FDS * sizeof(int))];
    } control = {.bytes = {0}};
    struct iovec part = {(void *)data, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        control.header = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(count * sizeof(int)),
            .cmsg_level = SOL_SOCKET,
            .cmsg_type = SCM_RIGHTS,
        };
        memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)size;
}

bool peer_receive(int socket, void *data, size_t size, int *fds, unsigned *count)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(PEER_FDS * sizeof(int))];
    } control;
    struct iovec part = {data, size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = fds ? &control : NULL,
                             .msg_controllen = fds ? sizeof(control) : 0};
    if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != (ssize_t)size)
        return false;
    const struct cmsghdr *header = fds ? CMSG_FIRSTHDR(&message) : NULL;
    if (fds)
        *count = header ? (unsigned)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int)) : 0;
    if (header)
        memcpy(fds, CMSG_DATA(header), *count * sizeof(int));
    return true;
}

/* The figures of src/core/spin.h, which tools do not see. */
enum { SPIN_MOST = 200, SPIN_LEAST = 10, SPIN_PROBE = 32 };

static unsigned spin_looks(struct peer_spin *s)
{
    return s->worth == 0 || s->turn++ % SPIN_PROBE == 0 ? SPIN_MOST : s->worth;
}

static void spin_learn(struct peer_spin *s, unsigned looks, unsigned used, bool paid)
{
    unsigned next = paid ? (s->worth * 3 + 2 * used + SPIN_LEAST + 4) / 4 : s->worth / 2;
    if (!paid && looks > s->worth && s->worth != 0)
        next = s->worth;
    s->worth = next < SPIN_LEAST ? SPIN_LEAST : next > SPIN_MOST ? SPIN_MOST : next;
}

void peer_word_await(struct peer_word *word, uint32_t turn, struct peer_spin *spin)
{
    uint32_t now = atomic_load(&word->turn);
    if (now == turn)
        return;
    unsigned looks = spin_looks(spin), used = 1;
    for (; used < looks && now != turn; used++) {
#ifdef __x86_64__
        __builtin_ia32_pause();
#endif
        now = atomic_load_explicit(&word->turn, memory_order_acquire);
    }
    spin_learn(spin, looks, used, now == turn);
    atomic_fetch_add(&word->sleepers, now != turn);
    bool counted = now != turn;
    while ((now = atomic_load(&word->turn)) != turn)
        (void)syscall(SYS_futex, &word->turn, FUTEX_WAIT, now, NULL, NULL, 0);
    if (counted)
        atomic_fetch_sub(&word->sleepers, 1);
}

void peer_word_pass(struct peer_word *word, uint32_t turn)
{
    atomic_store(&word->turn, turn);
    if (atomic_load(&word->sleepers))
        (void)syscall(SYS_futex, &word->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}
