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

static void put_sync(const struct remote_report *sync, FILE *out)
{
    if (!sync)
        return;
    if (sync->has_mutex && sync->mutex_state == 1)
        fprintf(out, "  mutex held by thread %u", sync->mutex_owner);
    else if (sync->has_mutex && sync->mutex_state == 0)
        fprintf(out, "  mutex free, key %" PRIu64, sync->mutex_key);
    else if (sync->has_mutex)
        fprintf(out, "  mutex %s", mutex_word(sync->mutex_state));
    if (sync->has_fence)
        fprintf(out, "  value %" PRIu64 ", %u waiting", sync->fence_value, sync->fence_waiters);
}

static const char *program_of(const struct picture *p, uint32_t pid)
{
    for (size_t i = 0; i < p->client_count; i++)
        if (p->clients[i].pid == pid)
            return p->clients[i].program;
    return "?";
}

static void put_object(const struct picture *p, const struct picture_object *o, FILE *out)
{
    fprintf(out, "%-8s  %12" PRIu64 " bytes  ", kind_word(o->kind), o->bytes);
    if (o->number)
        fprintf(out, "0x%08x", o->number);
    else
        fprintf(out, "%-10s", "-");
    for (size_t i = 0; i < o->name_count; i++)
        if (o->names[i].type == WIRE_LINE_NAME)
            fprintf(out, "  \"%s%s\"", o->names[i].key[0] == 'G' ? "Global\\" : "",
                    o->names[i].words);
    put_sync(sync_of(o), out);
    fputc('\n', out);
    for (size_t i = 0; i < o->report_count; i++) {
        const struct picture_report *r = &o->reports[i];
        fprintf(out, "    %u (%s):", r->pid, program_of(p, r->pid));
        for (unsigned kind = 0; kind < HOLDER_KINDS; kind++)
            if (r->report.held[kind])
                fprintf(out, " %u %s", r->report.held[kind], holder_words[kind]);
        fputc('\n', out);
    }
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
        if (p->clients[i].silent)
            fprintf(out, "process %u (%s) does not answer: what it holds is not shown\n",
                    p->clients[i].pid, p->clients[i].program);
}

/* Names are UTF-8 already; only what JSON forbids is written differently. */
static void put_string(const char *text, FILE *out)
{
    fputc('"', out);
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at == '"' || *at == '\\')
            fprintf(out, "\\%c", *at);
        else if (*at < 0x20)
            fprintf(out, "\\u%04x", *at);
        else
            fputc(*at, out);
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

static void json_sync(const struct remote_report *sync, FILE *out)
{
    if (sync && sync->has_mutex)
        fprintf(out, ",\"mutex\":{\"state\":\"%s\",\"key\":%" PRIu64 ",\"owner_thread\":%u}",
                mutex_word(sync->mutex_state), sync->mutex_key, sync->mutex_owner);
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
    json_sync(sync_of(o), out);
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
