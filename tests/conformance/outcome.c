/* SPDX-License-Identifier: MIT */
/*
 * Events and outcomes. An event is one line, `KIND<TAB>TEXT`, in which a backslash, a newline
 * and a carriage return are written as two characters. Outcomes own their strings.
 */
#include "conformance.h"
#include "runner.h"

#include <stdarg.h>
#include <stdlib.h>

#define EVENT_BYTES 8192
#define MOST_DIFFERENCES 40 /* of one case; the rest is only counted */

/* ---- The child's half ---- */

void event_write(FILE *out, const char *kind, const char *text)
{
    char line[EVENT_BYTES];
    size_t at = (size_t)snprintf(line, sizeof(line), "%s\t", kind);
    for (; *text && at + 4 < sizeof(line); text++) {
        const char *special = strchr("\\\n\r", *text);
        if (special)
            line[at++] = '\\';
        line[at++] = special ? "\\nr"[special - "\\\n\r"] : *text;
    }
    line[at++] = '\n';
    fwrite(line, 1, at, out);
    fflush(out);
}

/* ---- The runner's half ---- */

static char *copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *made = malloc(size);
    if (!made)
        abort();
    return memcpy(made, text, size);
}

/* In place; what is read is never behind what is written. */
static void unescape(char *text)
{
    char *to = text;
    for (; *text; text++) {
        if (*text == '\\' && text[1]) {
            text++;
            *to++ = *text == 'n' ? '\n' : *text == 'r' ? '\r' : *text;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
}

char *event_split(char *line)
{
    char *text = strchr(line, '\t');
    if (!text)
        return NULL;
    *text++ = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    unescape(text);
    return text;
}

static void add_difference(struct outcome *o, const char *text)
{
    size_t size = (o->different_count + 1) * sizeof(*o->different);
    char **grown = realloc(o->different, size);
    if (!grown)
        abort();
    o->different = grown;
    o->different[o->different_count++] = copy(text);
}

void outcome_different(struct outcome *o, const char *format, ...)
{
    char text[EVENT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    add_difference(o, text);
}

/* Several reasons become one text. */
static void append(char **to, const char *text)
{
    if (!*to) {
        *to = copy(text);
        return;
    }
    size_t size = strlen(*to) + strlen(text) + 3;
    char *grown = realloc(*to, size);
    if (!grown)
        abort();
    strcat(strcat(grown, "; "), text);
    *to = grown;
}

void outcome_event(struct outcome *o, char *line)
{
    const char *text = event_split(line);
    if (!text)
        return;
    if (strcmp(line, "diff") == 0) {
        if (o->different_count < MOST_DIFFERENCES)
            add_difference(o, text);
        else if (o->different_count == MOST_DIFFERENCES)
            add_difference(o, "... and more");
    } else if (strcmp(line, "gap") == 0) {
        append(&o->reason, text);
        o->result = RESULT_TODO;
    } else if (strcmp(line, "skip") == 0) {
        append(&o->reason, text);
        o->skipped = true;
    } else if (strcmp(line, "differs") == 0) {
        append(&o->differs, text);
    } else if (strcmp(line, "end") == 0) {
        o->seconds = strtod(text, NULL);
        o->ended = true;
    }
}

void outcome_close(struct outcome *o)
{
    bool gap = o->result == RESULT_TODO;
    if (!o->ended) {
        o->result = RESULT_FAIL; /* a crash is never a known gap */
    } else if (o->different_count) {
        o->result = gap ? RESULT_TODO : RESULT_FAIL;
    } else if (o->skipped) {
        o->result = RESULT_SKIP;
    } else if (gap) {
        o->result = RESULT_FAIL;
        outcome_different(o,
                          "passes although it is marked as a known gap (%s): remove the mark",
                          o->reason);
    } else {
        o->result = RESULT_PASS;
    }
}

void outcome_free(struct outcome *o)
{
    for (size_t i = 0; i < o->different_count; i++)
        free(o->different[i]);
    free(o->different);
    free(o->reason);
    free(o->differs);
}

const char *result_word(enum conf_result result)
{
    static const char *const words[RESULTS] = {"pass", "fail", "todo", "skip"};
    return words[result];
}

void machine_event(struct probe_machine *m, char *line)
{
    const struct {
        const char *kind;
        char *to;
        size_t size;
    } facts[] = {
        {"tool", m->tool, sizeof(m->tool)},       {"device", m->device, sizeof(m->device)},
        {"driver", m->driver, sizeof(m->driver)}, {"cuda", m->cuda, sizeof(m->cuda)},
        {"system", m->system, sizeof(m->system)},
    };
    const char *text = event_split(line);
    for (size_t i = 0; text && i < ARRAY_LENGTH(facts); i++) {
        if (strcmp(line, facts[i].kind) == 0)
            snprintf(facts[i].to, facts[i].size, "%s", text);
    }
}
