/* SPDX-License-Identifier: MIT */
/* One picture as text, one line an object and one line a holder; or as one JSON object. */
#include "broker/show.h"

#include <inttypes.h>
#include <string.h>

static const char *const holder_words[HOLDER_KINDS] = {
    [HOLDER_COM] = "com",         [HOLDER_HANDLE] = "handle", [HOLDER_IMPORT] = "import",
    [HOLDER_MAPPING] = "mapping", [HOLDER_WORK] = "work",
};
static const char *const mutex_words[] = {"free", "held", "abandoned"};

static const char *kind_word(uint32_t kind)
{
    return kind == OBJECT_FENCE ? "fence" : "resource";
}

static const char *mutex_word(uint32_t state)
{
    return state < 3 ? mutex_words[state] : "unknown";
}

/* The report that says most about the sync page; all of them read the same page. */
static const struct remote_report *sync_of(const struct picture_object *object)
{
    for (size_t i = 0; i < object->report_count; i++)
        if (object->reports[i].report.has_mutex || object->reports[i].report.has_fence)
            return &object->reports[i].report;
    return NULL;
}

/* Names are whatever other processes gave: nothing of them may steer a terminal. */
static void put_text(const char *text, FILE *out)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        bool high = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0; /* U+0080 to U+009F */
        fputc(*at < 0x20 || *at == 0x7f || high ? '?' : *at, out);
        at += high;
    }
}

static const char *program_of(const struct picture *p, uint32_t pid)
{
    for (size_t i = 0; i < p->client_count; i++)
        if (p->clients[i].pid == pid)
            return p->clients[i].program;
    return "?";
}

static void put_owner(const struct picture *p, const struct picture_object *o,
                      const struct remote_report *sync, FILE *out)
{
    fputs("  mutex held by ", out);
    if (o->owner) {
        fprintf(out, "%u (", o->owner);
        put_text(program_of(p, o->owner), out);
        fputs("), ", out);
    }
    fprintf(out, "thread %u", sync->mutex_owner);
}

static void put_sync(const struct picture *p, const struct picture_object *o, FILE *out)
{
    const struct remote_report *sync = sync_of(o);
    if (!sync)
        return;
    if (sync->has_mutex && sync->mutex_state == 1)
        put_owner(p, o, sync, out);
    else if (sync->has_mutex && sync->mutex_state == 0)
        fprintf(out, "  mutex free, key %" PRIu64, sync->mutex_key);
    else if (sync->has_mutex)
        fprintf(out, "  mutex %s", mutex_word(sync->mutex_state));
    if (sync->has_fence)
        fprintf(out, "  value %" PRIu64 ", %u waiting", sync->fence_value, sync->fence_waiters);
}

static void put_report(const struct picture *p, const struct picture_report *r, FILE *out)
{
    fprintf(out, "    %u (", r->pid);
    put_text(program_of(p, r->pid), out);
    fputs("):", out);
    for (unsigned kind = 0; kind < HOLDER_KINDS; kind++)
        if (r->report.held[kind])
            fprintf(out, " %u %s", r->report.held[kind], holder_words[kind]);
    fputc('\n', out);
}

static void put_object(const struct picture *p, const struct picture_object *o, FILE *out)
{
    fprintf(out, "%-8s  %12" PRIu64 " bytes  ", kind_word(o->kind), o->bytes);
    if (o->number)
        fprintf(out, "0x%08x", o->number);
    else
        fprintf(out, "%-10s", "-");
    for (size_t i = 0; i < o->name_count; i++) {
        if (o->names[i].type != WIRE_LINE_NAME)
            continue;
        fputs(o->names[i].key[0] == 'G' ? "  \"Global\\" : "  \"", out);
        put_text(o->names[i].words, out);
        fputc('"', out);
    }
    put_sync(p, o, out);
    fputc('\n', out);
    for (size_t i = 0; i < o->report_count; i++)
        put_report(p, &o->reports[i], out);
    if (o->under_way)
        fprintf(out, "    %u handle%s under way to another process\n", o->under_way,
                o->under_way == 1 ? "" : "s");
}

void show_text(const struct picture *p, FILE *out)
{
    for (size_t i = 0; i < p->object_count; i++)
        put_object(p, &p->objects[i], out);
    if (!p->object_count)
        fputs("nothing is shared between processes\n", out);
    for (size_t i = 0; i < p->client_count; i++)
        if (p->clients[i].silent) {
            fprintf(out, "process %u (", p->clients[i].pid);
            put_text(p->clients[i].program, out);
            fputs(") does not answer: what it holds is not shown\n", out);
        }
}

/* The bytes of one character of UTF-8, or 0: those are none. */
static unsigned character(const unsigned char *at)
{
    unsigned size = at[0] < 0x80             ? 1
                    : (at[0] & 0xe0) == 0xc0 ? 2
                    : (at[0] & 0xf0) == 0xe0 ? 3
                                             : 4;
    uint32_t value = size == 1 ? at[0] : at[0] & (0x7fU >> size);
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (size == 4 && (at[0] & 0xf8) != 0xf0)
        return 0;
    for (unsigned i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3f);
    }
    bool surrogate = value >= 0xd800 && value < 0xe000;
    return value < least[size] || value > 0x10ffff || surrogate ? 0 : size;
}

/* Nobody checked that it is UTF-8; what is not is shown as the character for that. */
static void put_string(const char *text, FILE *out)
{
    fputc('"', out);
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        unsigned size = character(at);
        if (*at == '"' || *at == '\\')
            fprintf(out, "\\%c", *at);
        else if (!size)
            fputs("\\ufffd", out);
        else if (*at < 0x20)
            fprintf(out, "\\u%04x", *at);
        else
            fwrite(at, 1, size, out);
        at += size ? size : 1;
    }
    fputc('"', out);
}

static void put_id(const unsigned char id[16], FILE *out)
{
    for (unsigned i = 0; i < 16; i++)
        fprintf(out, "%02x", id[i]);
}

/* Lines of holders follow the line of their name. */
static void json_names(const struct picture_object *o, FILE *out)
{
    bool open = false, holder = false;
    fputs(",\"names\":[", out);
    for (size_t i = 0; i < o->name_count; i++) {
        const struct wire_message *m = &o->names[i];
        if (m->type == WIRE_LINE_NAME) {
            fputs(open ? "]},{\"name\":" : "{\"name\":", out);
            put_string(m->words, out);
            fprintf(out, ",\"global\":%s,\"processes\":[", m->key[0] == 'G' ? "true" : "false");
            open = true;
            holder = false;
        } else if (open) {
            fprintf(out, "%s%u", holder ? "," : "", m->pid);
            holder = true;
        }
    }
    fputs(open ? "]}]" : "]", out);
}

static void json_holders(const struct picture_object *o, FILE *out)
{
    fputs(",\"holders\":[", out);
    for (size_t i = 0; i < o->report_count; i++) {
        const struct picture_report *r = &o->reports[i];
        fprintf(out, "%s{\"process\":%u", i ? "," : "", r->pid);
        for (unsigned kind = 0; kind < HOLDER_KINDS; kind++)
            fprintf(out, ",\"%s\":%u", holder_words[kind], r->report.held[kind]);
        fputc('}', out);
    }
    fputc(']', out);
}

static void json_sync(const struct picture_object *o, FILE *out)
{
    const struct remote_report *sync = sync_of(o);
    if (sync && sync->has_mutex)
        fprintf(out,
                ",\"mutex\":{\"state\":\"%s\",\"key\":%" PRIu64 ",\"owner\":%u,\"owner_"
                "thread\":%u}",
                mutex_word(sync->mutex_state), sync->mutex_key, o->owner, sync->mutex_owner);
    if (sync && sync->has_fence)
        fprintf(out, ",\"fence\":{\"value\":%" PRIu64 ",\"waiters\":%u}", sync->fence_value,
                sync->fence_waiters);
}

static void json_object(const struct picture_object *o, FILE *out)
{
    fputs("{\"id\":\"", out);
    put_id(o->id, out);
    fprintf(out, "\",\"kind\":\"%s\",\"bytes\":%" PRIu64 ",\"number\":%u", kind_word(o->kind),
            o->bytes, o->number);
    json_names(o, out);
    json_holders(o, out);
    json_sync(o, out);
    fprintf(out, ",\"under_way\":%u}", o->under_way);
}

void show_json(const struct picture *p, FILE *out)
{
    fprintf(out, "{\"broker\":%u,\"processes\":[", p->broker_pid);
    for (size_t i = 0; i < p->client_count; i++) {
        fprintf(out, "%s{\"process\":%u,\"program\":", i ? "," : "", p->clients[i].pid);
        put_string(p->clients[i].program, out);
        fprintf(out, ",\"answers\":%s}", p->clients[i].silent ? "false" : "true");
    }
    fputs("],\"objects\":[", out);
    for (size_t i = 0; i < p->object_count; i++) {
        fputs(i ? ",\n" : "\n", out);
        json_object(&p->objects[i], out);
    }
    fputs("]}\n", out);
}
