/* SPDX-License-Identifier: MIT */
/* The report for programs: one JSON object, the same on Linux and on Windows. */
#include "conformance.h"
#include "runner.h"

#include <errno.h>
#include <time.h>

/* Bytes above 0x7f pass as they are: texts are UTF-8. NULL becomes null. */
static void put_string(FILE *out, const char *text)
{
    if (!text) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c == '\n')
            fputs("\\n", out);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void put_field(FILE *out, const char *name, const char *text, const char *after)
{
    fprintf(out, "\"%s\": ", name);
    put_string(out, text);
    fputs(after, out);
}

static void put_case(FILE *out, const struct outcome *o)
{
    char group[2] = {o->self->id[0], '\0'};
    fputs("    {", out);
    put_field(out, "id", o->self->id, ", ");
    put_field(out, "name", o->self->name, ",\n     ");
    put_field(out, "group", group, ", ");
    put_field(out, "mark", o->self->mark, ", ");
    put_field(out, "result", result_word(o->result), ", ");
    fprintf(out, "\"seconds\": %.3f,\n     ", o->seconds);
    put_field(out, "title", o->self->title, ",\n     ");
    put_field(out, "reason", o->reason, ",\n     ");
    put_field(out, "differs", o->differs, ",\n     ");
    fputs("\"different\": [", out);
    for (size_t i = 0; i < o->different_count; i++) {
        fputs(i ? ",\n        " : "\n        ", out);
        put_string(out, o->different[i]);
    }
    fputs("]}", out);
}

static void put_counts(FILE *out, const char *name, struct counts c, const char *after)
{
    fprintf(out, "\"%s\": {\"pass\": %u, \"fail\": %u, \"todo\": %u, \"skip\": %u}%s", name,
            c.of[RESULT_PASS], c.of[RESULT_FAIL], c.of[RESULT_TODO], c.of[RESULT_SKIP], after);
}

/* The counts for each letter of `letters` that has cases. */
static void put_table(FILE *out, const struct summary *s, bool marks, const char *letters)
{
    bool first = true;
    fprintf(out, "  \"%s\": {", marks ? "marks" : "groups");
    for (; *letters; letters++) {
        char name[2] = {*letters, '\0'};
        struct counts c = summary_count(s, marks ? 0 : *letters, marks ? *letters : 0);
        if (!c.of[RESULT_PASS] && !c.of[RESULT_FAIL] && !c.of[RESULT_TODO] &&
            !c.of[RESULT_SKIP])
            continue;
        fputs(first ? "\n    " : ",\n    ", out);
        put_counts(out, name, c, "");
        first = false;
    }
    fputs("\n  },\n", out);
}

static void put_head(FILE *out, const struct summary *s)
{
    char date[32] = "unknown";
    time_t now = time(NULL);
    const struct tm *utc = gmtime(&now);
    if (utc)
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", utc);
    fputs("{\n  ", out);
    put_field(out, "suite", "isthmus-conformance", ",\n  ");
    put_field(out, "tool", s->machine.tool, ",\n  ");
    put_field(out, "device", s->machine.device, ",\n  ");
    put_field(out, "driver", s->machine.driver, ",\n  ");
    put_field(out, "cuda", s->machine.cuda, ",\n  ");
    put_field(out, "system", s->machine.system, ",\n  ");
    put_field(out, "date", date, ",\n  ");
    fprintf(out, "\"seconds\": %.1f,\n  ", s->seconds);
    put_counts(out, "counts", summary_count(s, 0, 0), ",\n");
    put_table(out, s, false, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    put_table(out, s, true, "TDGP");
}

bool json_write(const char *path, const struct summary *s)
{
    FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    if (!out)
        return false;
    put_head(out, s);
    fputs("  \"cases\": [\n", out);
    for (size_t i = 0; i < s->count; i++) {
        put_case(out, &s->outcomes[i]);
        fputs(i + 1 < s->count ? ",\n" : "\n", out);
    }
    fputs("  ]\n}\n", out);
    bool ok = fflush(out) == 0 && !ferror(out);
    return (out == stdout || fclose(out) == 0) && ok;
}
