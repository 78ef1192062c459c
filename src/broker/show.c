/* SPDX-License-Identifier: MIT */
/* Asks the running broker (never starts one) and prints; every wait is bounded. */
#include "broker/show.h"

#include "broker/channel.h"
#include "broker/folder.h"
#include "broker/proc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_S 5

/* A connection of a tool: it holds nothing and keeps no broker alive. */
struct link {
    int sock;
    uint32_t seq;
    struct wire_message message;
};

static int complain(const char *text)
{
    fprintf(stderr, "isthmus: %s\n", text);
    return 1;
}

/* The answer is in link->message. False: said why. */
static bool ask(struct link *link, enum wire_type type, uint32_t flags)
{
    struct wire_message *m = &link->message;
    int fds[PARCEL_FDS];
    const char *why = "it is not understood";
    wire_start(m, type);
    m->seq = ++link->seq;
    m->flags = flags;
    m->version_low = m->version_high = WIRE_VERSION;
    if (type == WIRE_HELLO)
        snprintf(m->words, sizeof(m->words), "%d.%d.%d", IST_VERSION_MAJOR, IST_VERSION_MINOR,
                 IST_VERSION_PATCH);
    enum channel_result sent = channel_send(link->sock, m, NULL, 0);
    if ((sent != CHANNEL_OK && sent != CHANNEL_CLOSED) || /* it may have said why it closes */
        channel_receive(link->sock, m, fds, 0, &why) != CHANNEL_OK) {
        complain("the broker does not answer");
        return false;
    }
    channel_close_fds(fds);
    if (m->type == WIRE_ANSWER && m->status) {
        complain(m->words);
        return false;
    }
    return true;
}

/* 0, 1 and said why, or -1: no broker runs. */
static int open_link(struct link *link)
{
    struct sockaddr_un address;
    const struct timeval limit = {.tv_sec = ANSWER_S};
    char why[512];
    int folder = folder_open(false, why, sizeof(why));
    link->sock = -1;
    link->seq = 0;
    if (folder < 0)
        return errno == ENOENT ? -1 : complain(why);
    socklen_t size = folder_address(folder, FOLDER_SOCKET, &address);
    link->sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    setsockopt(link->sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(link->sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    bool up = connect(link->sock, (struct sockaddr *)&address, size) == 0;
    bool none = !up && (errno == ENOENT || errno == ECONNREFUSED);
    close(folder);
    if (none)
        return -1;
    if (!up)
        return complain("the broker does not answer");
    return ask(link, WIRE_HELLO, WIRE_TOOL) ? 0 : 1;
}

static void close_link(struct link *link)
{
    if (link->sock >= 0)
        close(link->sock);
}

static bool has_report_of(const struct picture_object *object, uint32_t pid)
{
    for (size_t i = 0; i < object->report_count; i++)
        if (object->reports[i].pid == pid)
            return true;
    return false;
}

/* The page names a thread: of a process that has the object, or its number is of another space
 * of thread ids. */
static void find_owners(struct picture *picture)
{
    for (size_t i = 0; i < picture->object_count; i++) {
        struct picture_object *object = &picture->objects[i];
        for (size_t r = 0; r < object->report_count && !object->owner; r++) {
            const struct remote_report *report = &object->reports[r].report;
            uint32_t process = report->has_mutex && report->mutex_owner
                                   ? (uint32_t)proc_of_thread(report->mutex_owner)
                                   : 0;
            if (process && has_report_of(object, process))
                object->owner = process;
        }
    }
}

/* As open_link(). */
static int read_picture(struct picture *picture)
{
    struct link *link = malloc(sizeof(*link));
    if (!link)
        return complain("no memory");
    int failed = open_link(link);
    if (!failed && !ask(link, WIRE_LIST, 0))
        failed = 1;
    while (!failed) {
        if (!ask(link, WIRE_NEXT, 0))
            failed = 1;
        else if (link->message.type == WIRE_LINE_END)
            break;
        else if (!picture_add(picture, &link->message))
            failed = complain("no memory");
    }
    close_link(link);
    free(link);
    find_owners(picture);
    return failed;
}

int show_objects(bool json)
{
    struct picture picture = {0};
    int failed = read_picture(&picture);
    if (failed <= 0 && json)
        show_json(&picture, stdout);
    else if (failed < 0)
        puts("no broker runs: nothing is shared between processes");
    else if (!failed)
        show_text(&picture, stdout);
    picture_free(&picture);
    return failed > 0;
}

int show_status(void)
{
    struct picture p = {0};
    int failed = read_picture(&p);
    size_t numbers = 0, names = 0;
    uint64_t bytes = 0;
    for (size_t i = 0; i < p.object_count; i++) {
        numbers += p.objects[i].number != 0;
        bytes += p.objects[i].bytes;
        for (size_t n = 0; n < p.objects[i].name_count; n++)
            names += p.objects[i].names[n].type == WIRE_LINE_NAME;
    }
    if (failed < 0)
        puts("no broker runs; the first program that needs one starts it");
    else if (!failed)
        printf("broker    isthmus %s, protocol %u, process %u, up %.1f s\n"
               "clients   %zu\n"
               "objects   %zu, of these %zu with a number; %zu names; %llu bytes of payload\n",
               p.version, p.protocol, p.broker_pid, p.uptime_s, p.client_count, p.object_count,
               numbers, names, (unsigned long long)bytes);
    picture_free(&p);
    return failed > 0;
}

int show_stop(void)
{
    struct link *link = malloc(sizeof(*link));
    if (!link)
        return complain("no memory");
    int failed = open_link(link);
    if (!failed && !ask(link, WIRE_STOP, 0))
        failed = 1;
    close_link(link);
    free(link);
    if (failed < 0)
        puts("no broker runs");
    else if (!failed)
        puts("the broker has stopped");
    return failed > 0;
}
