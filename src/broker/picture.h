/* SPDX-License-Identifier: MIT */
/*
 * The state of the user's objects, put together from the broker's lines: what it knows itself
 * and what each process reports. Objects that only reports know (they crossed by a program's
 * own sockets) are here, too.
 */
#ifndef ISTHMUS_BROKER_PICTURE_H
#define ISTHMUS_BROKER_PICTURE_H

#include "broker/wire.h"

/* One process's part in an object. */
struct picture_report {
    uint32_t pid;
    struct remote_report report;
};

struct picture_object {
    unsigned char id[16];
    uint32_t kind, number; /* number 0: none */
    uint64_t bytes;
    bool at_broker;
    struct wire_message *names; /* LINE_NAME and LINE_HOLDER lines */
    size_t name_count;
    struct picture_report *reports;
    size_t report_count;
    unsigned under_way; /* handles in mailboxes */
    uint32_t owner;     /* the process that holds the mutex; 0: none, or nobody knows */
};

struct picture_client {
    uint32_t pid;
    bool silent;
    char program[WIRE_TEXT];
};

struct picture {
    uint32_t broker_pid, protocol;
    double uptime_s;
    char version[WIRE_TEXT];
    struct picture_client *clients;
    size_t client_count;
    struct picture_object *objects;
    size_t object_count;
};

/* Takes one line in; false without memory. */
bool picture_add(struct picture *picture, const struct wire_message *line);
void picture_free(struct picture *picture);

#endif
