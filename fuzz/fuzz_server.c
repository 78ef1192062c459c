/* SPDX-License-Identifier: MIT */
/*
 * A server and up to four connections, which send messages made of the input: mostly ones that
 * decode, with fds that are right, wrong or missing. Whatever they send, afterwards a good
 * client is served, and when all are gone nothing is left.
 */
#include "broker/channel.h"
#include "broker/server.h"
#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEERS 4
#define OBJECTS 4

struct client {
    int sock, events;
    uint32_t seq, event_seq;
};

static struct parcel objects[OBJECTS];
static struct client clients[PEERS];
static struct server *server;

static int memory(size_t size, int seals)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    MUST(fd >= 0 && ftruncate(fd, (off_t)size) == 0 && fcntl(fd, F_ADD_SEALS, seals) == 0);
    return fd;
}

static void make_object(unsigned index)
{
    int ends[2];
    struct parcel *p = &objects[index];
    memset(p->id, (int)index + 1, sizeof(p->id));
    p->kind = index % 2 ? OBJECT_FENCE : OBJECT_RESOURCE;
    p->bytes = 4096;
    MUST(pipe2(ends, O_CLOEXEC) == 0);
    close(ends[0]);
    p->fd[PARCEL_DESCRIPTION] = memory(64, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    p->fd[PARCEL_SYNC] = memory(4096, F_SEAL_SHRINK | F_SEAL_GROW);
    p->fd[PARCEL_PAYLOAD] = memory(4096, F_SEAL_SHRINK | F_SEAL_GROW);
    p->fd[PARCEL_LIFE] = ends[1];
}

static void drop_object(unsigned index)
{
    channel_close_fds(objects[index].fd);
}

static void turn(void)
{
    for (unsigned i = 0; i < 3; i++)
        server_turn(server, 0);
}

static void hang_up(struct client *c)
{
    if (c->sock >= 0)
        close(c->sock);
    if (c->events >= 0)
        close(c->events);
    c->sock = c->events = -1;
}

/* Reads what came; a hang-up or an answer, both are fine. The last answer stays in *m. */
static enum channel_result drain(int sock, struct wire_message *m, int *kept)
{
    enum channel_result result = CHANNEL_OK, last = CHANNEL_LATER;
    const char *why;
    int fds[PARCEL_FDS];
    while (sock >= 0 && result == CHANNEL_OK) {
        result = channel_receive(sock, m, fds, MSG_DONTWAIT, &why);
        MUST(result != CHANNEL_BAD); /* the broker itself sends only what is right */
        if (result == CHANNEL_OK)
            last = result;
        if (kept && result == CHANNEL_OK && fds[0] >= 0 && *kept < 0) {
            *kept = fds[0];
            fds[0] = -1;
        }
        channel_close_fds(fds);
    }
    return last == CHANNEL_OK ? last : result;
}

static void connect_client(struct client *c)
{
    static struct wire_message m;
    int pair[2];
    if (c->sock >= 0)
        return;
    MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
    *c = (struct client){.sock = pair[0], .events = -1, .seq = 1};
    MUST(server_add(server, pair[1], getpid(), geteuid()));
    wire_start(&m, WIRE_HELLO);
    m.seq = 1;
    m.version_low = m.version_high = WIRE_VERSION;
    MUST(channel_send(c->sock, &m, NULL, MSG_DONTWAIT) == CHANNEL_OK);
    turn();
    MUST(drain(c->sock, &m, &c->events) == CHANNEL_OK && m.type == WIRE_WELCOME);
}

static void put_key(struct input *in, char *text)
{
    static const char *const keys[] = {"", "La", "Lb", "Ga"};
    strcpy(text, keys[input_byte(in) % 4]);
}

/* Every field from a few values that mean something, or from the input as it is. */
static void make_message(struct input *in, struct wire_message *m)
{
    static const uint32_t numbers[] = {0x40400042, 0x40400082, 0x22000004, 0, 0x22000008, 1};
    wire_start(m, input_byte(in) % 137);
    uint8_t shape = input_byte(in);
    const struct parcel *object = &objects[shape % OBJECTS];
    m->number = shape & 16 ? input_u32(in) : numbers[input_byte(in) % 6];
    m->status = input_byte(in) % 20;
    m->flags = input_byte(in) % 4;
    m->access = input_byte(in);
    m->pid = shape & 32 ? input_u32(in) & 0x3ffff : (uint32_t)getpid();
    m->value = input_byte(in);
    m->version_low = m->version_high = 1;
    memcpy(m->id, object->id, sizeof(m->id));
    channel_put_parcel(&m->parcel, object);
    if (shape & 64)
        m->parcel.fds = input_byte(in) & 15;
    if (shape & 128)
        m->parcel.bytes = input_u32(in);
    put_key(in, m->key);
    put_key(in, m->words);
    m->report_count = input_byte(in) % 3;
}

/* The fds that the mask asks for, some of them exchanged. */
static void choose_fds(struct input *in, const struct wire_message *m, int fds[PARCEL_FDS])
{
    uint8_t twist = input_byte(in);
    const struct parcel *object = &objects[(m->id[0] - 1U) % OBJECTS];
    for (unsigned i = 0; i < PARCEL_FDS; i++)
        fds[i] = object->fd[(twist & 1U << i) ? (i + 1) % PARCEL_FDS : i];
    for (unsigned i = 0; i < PARCEL_FDS; i++)
        if (fds[i] < 0)
            fds[i] = STDERR_FILENO;
}

static void send_message(struct input *in, struct client *c, bool event)
{
    static struct wire_message m;
    int fds[PARCEL_FDS];
    if (c->sock < 0)
        return;
    make_message(in, &m);
    choose_fds(in, &m, fds);
    if (m.type == WIRE_STOP)
        return; /* it stops: nothing to be seen afterwards */
    m.seq = event ? ++c->event_seq : ++c->seq;
    channel_send(event ? c->events : c->sock, &m, fds, MSG_DONTWAIT);
}

static void send_raw(struct input *in, struct client *c)
{
    unsigned char bytes[128];
    size_t size = 1 + input_byte(in) % sizeof(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = input_byte(in);
    if (c->sock >= 0)
        channel_send_bytes(c->sock, bytes, size, NULL, 0, MSG_DONTWAIT);
}

static void step(struct input *in)
{
    static struct wire_message m;
    uint8_t op = input_byte(in);
    struct client *c = &clients[op >> 6];
    switch (op % 12) {
    case 0: hang_up(c); break;
    case 1: send_raw(in, c); break;
    case 2: send_message(in, c, true); break;
    case 3: turn(); break;
    case 4: drop_object(op >> 6); break;
    case 5:
        drop_object(op >> 6);
        make_object(op >> 6);
        break;
    case 6: drain(c->events, &m, NULL); break;
    default:
        connect_client(c);
        send_message(in, c, false);
        if (op & 16)
            turn();
        if (drain(c->sock, &m, NULL) == CHANNEL_CLOSED)
            hang_up(c);
        break;
    }
}

static void check_empty(void)
{
    for (unsigned i = 0; i < PEERS; i++)
        hang_up(&clients[i]);
    for (unsigned i = 0; i < OBJECTS; i++)
        drop_object(i);
    mailboxes_finish(&server->mail); /* this process lives on, so its mail would, too */
    list_init(&server->mail.boxes);
    turn();
    MUST(server->peer_count == 0 && server->client_count == 0);
    MUST(server->registry.by_id.count == 0 && server->registry.by_number.count == 0);
    MUST(server->registry.names.count == 0 && list_empty(&server->quota.accounts));
    for (unsigned i = 0; i < QUOTA_KINDS; i++)
        MUST(server->quota.used[i] == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct server_options options = {.folder = -1,
                                     .listener = -1,
                                     .fd_limit = 1024,
                                     .idle_ms = 1000};
    struct input in = {data, size};
    setenv("ISTHMUS_LOG", "off", 1);
    server = server_new(&options);
    MUST(server);
    for (unsigned i = 0; i < PEERS; i++)
        clients[i].sock = clients[i].events = -1;
    for (unsigned i = 0; i < OBJECTS; i++)
        make_object(i);
    for (unsigned i = 0; i < 200 && in.left; i++)
        step(&in);
    hang_up(&clients[0]);
    connect_client(&clients[0]); /* a good client is served whatever was before */
    check_empty();
    server_free(server);
    return 0;
}
