/* SPDX-License-Identifier: MIT */
/*
 * One table says which fields a type has; one function each writes and reads a field. All
 * numbers are little-endian. The reader stops at the first byte that the writer would not have
 * written: unknown bits, a text with a 0 inside, bytes behind the end.
 */
#include "broker/wire.h"

#include <string.h>

struct wire_row {
    const char *name;
    uint32_t type, fields;
};

static const struct wire_row rows[] = {
#define WIRE_TYPE(name, number, fields) {#name, (number), (fields)},
    WIRE_TYPES(WIRE_TYPE)
#undef WIRE_TYPE
};

/* Never change a number: an older or newer build reads it. */
static const struct {
    enum ist_status status;
    uint32_t wire;
} statuses[] = {
    {IST_OK, 0},          {IST_BAD_ARG, 1},        {IST_BAD_HANDLE, 2},  {IST_NAME_TAKEN, 3},
    {IST_NOT_FOUND, 4},   {IST_ACCESS_DENIED, 5},  {IST_NO_MEMORY, 6},   {IST_NO_RESOURCES, 7},
    {IST_TIMEOUT, 8},     {IST_BUSY, 9},           {IST_NO_BROKER, 10},  {IST_QUOTA, 11},
    {IST_VERSION, 12},    {IST_NOT_SUPPORTED, 13}, {IST_WRONG_TYPE, 14}, {IST_BAD_CALL, 15},
    {IST_BAD_PARCEL, 16},
};

static const struct wire_row *row_of(uint32_t type)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].type == type)
            return &rows[i];
    return NULL;
}

const char *wire_type_name(uint32_t type)
{
    const struct wire_row *row = row_of(type);
    return row ? row->name : "unknown";
}

uint32_t wire_status_from(enum ist_status status)
{
    for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
        if (statuses[i].status == status)
            return statuses[i].wire;
    return 1;
}

enum ist_status wire_status_to(uint32_t wire)
{
    for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
        if (statuses[i].wire == wire)
            return statuses[i].status;
    return IST_BAD_ARG;
}

void wire_start(struct wire_message *message, enum wire_type type)
{
    memset(message, 0, sizeof(*message));
    message->type = type;
}

unsigned wire_fd_count(const struct wire_message *message)
{
    const struct wire_row *row = row_of(message->type);
    if (!row || !(row->fields & WIRE_HAS_FDS))
        return 0;
    return (unsigned)__builtin_popcount(message->parcel.fds);
}

/* Bytes on their way in or out: `at` moves on, `bad` stays set once it is. */
struct cursor {
    unsigned char *out;
    const unsigned char *in;
    size_t at, end;
    const char *bad;
};

static bool room(struct cursor *c, size_t size)
{
    if (!c->bad && c->end - c->at < size)
        c->bad = c->in ? "it ends too early" : "it does not fit into a message";
    return !c->bad;
}

static void put(struct cursor *c, uint64_t value, unsigned size)
{
    if (!room(c, size))
        return;
    for (unsigned i = 0; i < size; i++)
        c->out[c->at++] = (unsigned char)(value >> (8 * i));
}

static uint64_t get(struct cursor *c, unsigned size)
{
    uint64_t value = 0;
    if (!room(c, size))
        return 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)c->in[c->at++] << (8 * i);
    return value;
}

/* Each field is named once: written, or read, as the cursor goes. */
static void pass32(struct cursor *c, uint32_t *field)
{
    if (c->out)
        put(c, *field, 4);
    else
        *field = (uint32_t)get(c, 4);
}

static void pass64(struct cursor *c, uint64_t *field)
{
    if (c->out)
        put(c, *field, 8);
    else
        *field = get(c, 8);
}

static void pass_id(struct cursor *c, unsigned char id[16])
{
    if (!room(c, 16))
        return;
    if (c->out)
        memcpy(c->out + c->at, id, 16);
    else
        memcpy(id, c->in + c->at, 16);
    c->at += 16;
}

static void pass_flag(struct cursor *c, bool *field)
{
    uint32_t value = *field;
    pass32(c, &value);
    if (value > 1 && !c->bad)
        c->bad = "a flag is neither 0 nor 1";
    *field = value;
}

/* The counted bytes of a text; its final 0 does not travel. */
static void pass_text(struct cursor *c, char text[WIRE_TEXT])
{
    size_t length = c->out ? strnlen(text, WIRE_TEXT) : (size_t)get(c, 2);
    if (length >= WIRE_TEXT && !c->bad)
        c->bad = "a text is too long";
    if (c->out)
        put(c, length, 2);
    if (!room(c, length))
        return;
    if (c->out)
        memcpy(c->out + c->at, text, length);
    else
        memcpy(text, c->in + c->at, length);
    if (memchr(c->out ? c->out + c->at : c->in + c->at, 0, length))
        c->bad = "a text has a 0 inside";
    c->at += length;
}

static void pass_parcel(struct cursor *c, struct wire_parcel *parcel)
{
    pass_id(c, parcel->id);
    pass32(c, &parcel->kind);
    pass32(c, &parcel->fds);
    pass64(c, &parcel->bytes);
    if (!c->bad && parcel->kind >= OBJECT_EVENT)
        c->bad = "no such kind of object";
    if (!c->bad && parcel->fds >= 1U << PARCEL_FDS)
        c->bad = "no such kind of file descriptor";
}

static void pass_report(struct cursor *c, struct remote_report *report)
{
    uint32_t kind = report->kind;
    pass_id(c, report->id);
    pass32(c, &kind);
    pass64(c, &report->bytes);
    for (unsigned i = 0; i < HOLDER_KINDS; i++)
        pass32(c, &report->held[i]);
    pass_flag(c, &report->has_mutex);
    pass_flag(c, &report->has_fence);
    pass32(c, &report->mutex_state);
    pass32(c, &report->mutex_owner);
    pass64(c, &report->mutex_key);
    pass64(c, &report->fence_value);
    pass32(c, &report->fence_waiters);
    if (!c->bad && kind >= OBJECT_EVENT)
        c->bad = "no such kind of object";
    report->kind = kind < OBJECT_EVENT ? (enum object_kind)kind : OBJECT_RESOURCE;
}

static void pass_reports(struct cursor *c, struct wire_message *m)
{
    if (c->out)
        put(c, m->report_count, 2);
    else
        m->report_count = (unsigned)get(c, 2);
    if (m->report_count > WIRE_REPORTS && !c->bad)
        c->bad = "it holds too many reports";
    for (unsigned i = 0; i < m->report_count && !c->bad; i++)
        pass_report(c, &m->report[i]);
}

/* The body, in the order of the field bits. */
static void pass_body(struct cursor *c, uint32_t fields, struct wire_message *m)
{
    if (fields & WIRE_HAS_STATUS)
        pass32(c, &m->status);
    if (fields & WIRE_HAS_NUMBER)
        pass32(c, &m->number);
    if (fields & WIRE_HAS_ACCESS)
        pass32(c, &m->access);
    if (fields & WIRE_HAS_FLAGS)
        pass32(c, &m->flags);
    if (fields & WIRE_HAS_PID)
        pass32(c, &m->pid);
    if (fields & WIRE_HAS_VALUE)
        pass64(c, &m->value);
    if (fields & WIRE_HAS_VERSIONS) {
        pass32(c, &m->version_low);
        pass32(c, &m->version_high);
    }
    if (fields & WIRE_HAS_PARCEL)
        pass_parcel(c, &m->parcel);
    if (fields & WIRE_HAS_ID)
        pass_id(c, m->id);
    if (fields & WIRE_HAS_KEY)
        pass_text(c, m->key);
    if (fields & WIRE_HAS_WORDS)
        pass_text(c, m->words);
    if (fields & WIRE_HAS_LIST)
        pass_reports(c, m);
}

static void put_header(struct cursor *c, const struct wire_message *m, size_t size)
{
    put(c, WIRE_MAGIC, 2);
    put(c, m->type, 2);
    put(c, size, 4);
    put(c, m->seq, 4);
    put(c, 0, 4);
}

size_t wire_encode(const struct wire_message *message, unsigned char out[WIRE_MAX])
{
    const struct wire_row *row = row_of(message->type);
    if (!row)
        return 0;
    /* Writing changes no field: the cast only serves the functions that do both. */
    struct cursor body = {.out = out, .at = WIRE_HEADER, .end = WIRE_MAX};
    pass_body(&body, row->fields, (struct wire_message *)(uintptr_t)message);
    struct cursor header = {.out = out, .end = WIRE_HEADER};
    put_header(&header, message, body.at);
    return body.bad ? 0 : body.at;
}

static const char *check_header(struct cursor *c, size_t size, struct wire_message *out)
{
    if (size < WIRE_HEADER || size > WIRE_MAX)
        return "its size is none that a message has";
    if (get(c, 2) != WIRE_MAGIC)
        return "it does not begin as our messages do";
    out->type = (uint32_t)get(c, 2);
    if (get(c, 4) != size)
        return "its header gives another size";
    out->seq = (uint32_t)get(c, 4);
    return get(c, 4) ? "its reserved field is not 0" : NULL;
}

const char *wire_decode(const unsigned char *bytes, size_t size, struct wire_message *out)
{
    struct cursor c = {.in = bytes, .end = size};
    memset(out, 0, sizeof(*out));
    const char *bad = check_header(&c, size, out);
    if (bad)
        return bad;
    const struct wire_row *row = row_of(out->type);
    if (!row)
        return "no such type of message";
    pass_body(&c, row->fields, out);
    if (!c.bad && c.at != size)
        return "bytes follow behind its end";
    return c.bad;
}
