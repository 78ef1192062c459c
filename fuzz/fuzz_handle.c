/* SPDX-License-Identifier: MIT */
/*
 * Operations on handles, names and numbers in any order, with values that were given out, were
 * closed, or never existed. A live value always leads to its own object; at the end nothing is
 * alive.
 */
#include "check.h"
#include "core/event.h"
#include "core/fence.h"
#include "core/handle.h"
#include "core/kmt.h"
#include "core/name.h"
#include "core/session.h"

#include <string.h>

#define OBJECTS 4
#define HANDLES 16

struct given {
    uint32_t value;
    unsigned object; /* of `objects` */
    bool protected;  /* from being closed */
};

static struct object *objects[OBJECTS];
static struct given handles[HANDLES];

static struct object *make_object(struct session *session, unsigned index)
{
    struct fence *fence = NULL;
    struct event *event = NULL;
    if (index % 2) {
        MUST(event_create(session, true, false, &event) == IST_OK);
        return &event->object;
    }
    MUST(fence_create(session, session->devices[0], 1, 0, &fence) == IST_OK);
    return &fence->object;
}

static const char *name_from(struct input *in)
{
    static const char *const names[] = {NULL, "a", "A", "Local\\a", "Global\\a", "b", "\\", ""};
    return names[input_byte(in) % 8];
}

/* A value that was given out most of the time, else any. */
static uint64_t value_from(struct input *in)
{
    uint8_t which = input_byte(in);
    if (which < 200)
        return handles[which % HANDLES].value;
    uint64_t value = input_u32(in);
    return which & 1 ? value | (uint64_t)input_u32(in) << 32 : value;
}

static struct given *find(uint64_t value)
{
    for (unsigned i = 0; i < HANDLES; i++)
        if (handles[i].value && handles[i].value == value)
            return &handles[i];
    return NULL;
}

static struct given *free_place(void)
{
    for (unsigned i = 0; i < HANDLES; i++)
        if (!handles[i].value)
            return &handles[i];
    return NULL;
}

static void keep(uint32_t value, unsigned object, unsigned flags)
{
    struct given *place = free_place();
    MUST(place && value && value % 4 == 0 && value < 1U << 30 && !find(value));
    *place = (struct given){value, object, flags & HANDLE_PROTECT_FROM_CLOSE};
}

static unsigned index_of(const struct object *object)
{
    for (unsigned i = 0; i < OBJECTS; i++)
        if (objects[i] == object)
            return i;
    abort();
}

static void create(struct input *in)
{
    unsigned object = input_byte(in) % OBJECTS, flags = input_byte(in) % 4;
    const char *name = name_from(in);
    uint32_t value = 0;
    if (free_place() && handle_create(objects[object], name, 0x1f0003, flags, &value) == IST_OK)
        keep(value, object, flags);
}

static void look_up(struct session *session, struct input *in)
{
    uint64_t value = value_from(in);
    struct object *found = NULL;
    const struct given *known = find(value);
    enum ist_status status = handle_get(session, value, (enum object_kind)(input_byte(in) % 4),
                                        0, HOLDER_IMPORT, &found);
    MUST(status != IST_OK || (known && found == objects[known->object]));
    MUST(!known || status == IST_OK || status == IST_WRONG_TYPE);
    if (found)
        object_drop(found, HOLDER_IMPORT);
}

static void close_one(struct session *session, struct input *in)
{
    uint64_t value = value_from(in);
    struct given *known = find(value);
    enum ist_status status = handle_close(session, value);
    MUST((status == IST_OK) == (known && !known->protected));
    if (status == IST_OK)
        known->value = 0;
}

static void duplicate(struct session *session, struct input *in)
{
    uint64_t value = value_from(in);
    uint32_t access = input_u32(in), copy = 0;
    unsigned flags = input_byte(in) % 4;
    const struct given *known = find(value);
    if (!free_place())
        return;
    enum ist_status status =
        handle_duplicate(session, value, flags & 1 ? &access : NULL, flags, &copy);
    MUST(status != IST_OK || known);
    if (status == IST_OK)
        keep(copy, known->object, flags);
}

static void set_flags(struct session *session, struct input *in)
{
    uint64_t value = value_from(in);
    unsigned mask = input_byte(in) % 4, flags = input_byte(in) % 4;
    struct given *known = find(value);
    struct handle_info info;
    if (handle_set_flags(session, value, mask, flags) != IST_OK)
        return;
    MUST(known && handle_query(session, value, &info) == IST_OK);
    MUST(info.kind == objects[known->object]->kind && info.handle_count >= 1);
    known->protected = info.flags & HANDLE_PROTECT_FROM_CLOSE;
}

static void open_named(struct session *session, struct input *in)
{
    const char *name = name_from(in);
    struct object *found = NULL;
    uint32_t value = 0;
    if (!name || !free_place())
        return;
    enum object_kind kind = input_byte(in) & 1 ? OBJECT_EVENT : OBJECT_FENCE;
    if (name_open_handle(session, name, kind, 1, 0, &value) != IST_OK)
        return;
    MUST(handle_get(session, value, kind, 0, HOLDER_IMPORT, &found) == IST_OK);
    keep(value, index_of(found), 0);
    object_drop(found, HOLDER_IMPORT);
}

static void look_number_up(struct session *session, struct input *in)
{
    struct object *found = NULL;
    uint64_t number = input_byte(in) & 1 ? input_u32(in)
                                         : 0x40000002U | (uint32_t)(input_byte(in) << 6);
    if (kmt_get(session, number, OBJECT_ANY, HOLDER_IMPORT, &found) == IST_OK)
        object_drop(found, HOLDER_IMPORT);
}

static void step(struct session *session, struct input *in)
{
    switch (input_byte(in) % 8) {
    case 0:
    case 1: create(in); break;
    case 2: look_up(session, in); break;
    case 3: close_one(session, in); break;
    case 4: duplicate(session, in); break;
    case 5: set_flags(session, in); break;
    case 6: open_named(session, in); break;
    default: look_number_up(session, in); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    setenv("ISTHMUS_BROKER", "off", 1);
    setenv("ISTHMUS_LOG", "off", 1);
    struct session *session = session_default();
    memset(handles, 0, sizeof(handles));
    for (unsigned i = 0; i < OBJECTS; i++)
        objects[i] = make_object(session, i);
    for (unsigned i = 0; i < 400 && in.left; i++)
        step(session, &in);
    for (unsigned i = 0; i < HANDLES; i++) {
        if (!handles[i].value)
            continue;
        MUST(handle_set_flags(session, handles[i].value, HANDLE_FLAGS_ALL, 0) == IST_OK);
        MUST(handle_close(session, handles[i].value) == IST_OK);
    }
    for (unsigned i = 0; i < OBJECTS; i++)
        object_drop(objects[i], HOLDER_COM);
    MUST(object_live_count() == 0);
    return 0;
}
