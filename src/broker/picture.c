/* SPDX-License-Identifier: MIT */
/* Arrays that grow; an object is looked for by its id, from the last one on: lines that belong
 * together come together. */
#include "broker/picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more: doubles when the count is a power of two. */
static bool grow(void **array, size_t count, size_t each)
{
    if (count & (count - 1))
        return true;
    void *wider = realloc(*array, (count ? count * 2 : 1) * each);
    if (wider)
        *array = wider;
    return wider;
}

static struct picture_object *object_of(struct picture *p, const unsigned char id[16])
{
    for (size_t i = p->object_count; i-- > 0;)
        if (memcmp(p->objects[i].id, id, 16) == 0)
            return &p->objects[i];
    if (!grow((void **)&p->objects, p->object_count, sizeof(*p->objects)))
        return NULL;
    struct picture_object *object = &p->objects[p->object_count++];
    *object = (struct picture_object){0};
    memcpy(object->id, id, 16);
    return object;
}

static bool add_broker(struct picture *p, const struct wire_message *line)
{
    p->broker_pid = line->pid;
    p->protocol = line->number;
    p->uptime_s = (double)line->value / 1e9;
    snprintf(p->version, sizeof(p->version), "%s", line->words);
    return true;
}

static bool add_client(struct picture *p, const struct wire_message *line)
{
    if (!grow((void **)&p->clients, p->client_count, sizeof(*p->clients)))
        return false;
    struct picture_client *client = &p->clients[p->client_count++];
    client->pid = line->pid;
    client->silent = line->flags & WIRE_SILENT;
    snprintf(client->program, sizeof(client->program), "%s", line->words);
    return true;
}

static bool add_object(struct picture *p, const struct wire_message *line)
{
    struct picture_object *object = object_of(p, line->parcel.id);
    if (!object)
        return false;
    object->at_broker = true;
    object->kind = line->parcel.kind;
    object->bytes = line->parcel.bytes;
    object->number = line->number;
    return true;
}

static bool add_name(struct picture *p, const struct wire_message *line)
{
    struct picture_object *object = object_of(p, line->id);
    if (!object || !grow((void **)&object->names, object->name_count, sizeof(*object->names)))
        return false;
    object->names[object->name_count++] = *line;
    return true;
}

static bool add_report(struct picture *p, uint32_t pid, const struct remote_report *report)
{
    struct picture_object *object = object_of(p, report->id);
    if (!object ||
        !grow((void **)&object->reports, object->report_count, sizeof(*object->reports)))
        return false;
    object->reports[object->report_count++] = (struct picture_report){pid, *report};
    if (!object->at_broker) {
        object->kind = report->kind;
        object->bytes = report->bytes;
    }
    return true;
}

static bool add_mail(struct picture *p, const struct wire_message *line)
{
    struct picture_object *object = object_of(p, line->id);
    if (object)
        object->under_way++;
    return object;
}

bool picture_add(struct picture *p, const struct wire_message *line)
{
    bool ok = true;
    switch (line->type) {
    case WIRE_LINE_BROKER: return add_broker(p, line);
    case WIRE_LINE_CLIENT: return add_client(p, line);
    case WIRE_LINE_OBJECT: return add_object(p, line);
    case WIRE_LINE_NAME:
    case WIRE_LINE_HOLDER: return add_name(p, line);
    case WIRE_LINE_MAIL: return add_mail(p, line);
    case WIRE_LINE_REPORT:
        for (unsigned i = 0; i < line->report_count && ok; i++)
            ok = add_report(p, line->pid, &line->report[i]);
        return ok;
    default: return true;
    }
}

void picture_free(struct picture *p)
{
    for (size_t i = 0; i < p->object_count; i++) {
        free(p->objects[i].names);
        free(p->objects[i].reports);
    }
    free(p->objects);
    free(p->clients);
    *p = (struct picture){0};
}
