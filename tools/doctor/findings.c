/* SPDX-License-Identifier: MIT */
/* The list, as text and as JSON. */
#include "doctor/findings.h"

#include <isthmus/isthmus.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {"ok", "note", "FAIL"};
static const char *const json_words[] = {"ok", "note", "fail"};

static void finish_one(const struct finding *one)
{
    free(one->subject);
    free(one->text);
    free(one->advice);
    free(one->facts);
}

/* Takes the strings. */
static bool append(struct findings *f, const struct finding *found)
{
    struct finding *list = realloc(f->list, (f->count + 1) * sizeof(*list));
    if (!list || !found->subject) {
        f->list = list ? list : f->list;
        complain("there is no memory to say what was found");
        finish_one(found);
        return false;
    }
    list[f->count++] = *found;
    f->list = list;
    return true;
}

void findings_add(struct findings *f, enum finding_word word, const char *subject,
                  const char *text, ...)
{
    struct finding found = {.word = word, .subject = strdup(subject)};
    va_list args;
    va_start(args, text);
    if (vasprintf(&found.text, text, args) < 0)
        found.text = NULL;
    va_end(args);
    (void)append(f, &found);
}

void findings_advise(struct findings *f, const char *text, ...)
{
    if (f->count == 0)
        return;
    struct finding *last = &f->list[f->count - 1];
    va_list args;
    free(last->advice);
    va_start(args, text);
    if (vasprintf(&last->advice, text, args) < 0)
        last->advice = NULL;
    va_end(args);
}

/* Names of files may hold anything. Bytes above 127 are taken for UTF-8. */
static void put_json(FILE *out, const char *text)
{
    putc('"', out);
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at == '"' || *at == '\\')
            fprintf(out, "\\%c", *at);
        else if (*at < ' ')
            fprintf(out, "\\u%04x", *at);
        else
            putc(*at, out);
    }
    putc('"', out);
}

/* The old facts and one more, in a new string. */
static char *facts_with(const char *old, const char *key, const char *value)
{
    char *made = NULL;
    size_t size;
    FILE *out = open_memstream(&made, &size);
    if (!out)
        return NULL;
    if (old)
        fprintf(out, "%s, ", old);
    put_json(out, key);
    fputs(": ", out);
    put_json(out, value);
    return fclose(out) == 0 ? made : NULL;
}

void findings_fact(struct findings *f, const char *key, const char *text, ...)
{
    char value[512];
    va_list args;
    if (f->count == 0)
        return;
    va_start(args, text);
    vsnprintf(value, sizeof(value), text, args);
    va_end(args);
    struct finding *last = &f->list[f->count - 1];
    char *facts = facts_with(last->facts, key, value);
    if (!facts)
        return; /* the old ones stay */
    free(last->facts);
    last->facts = facts;
}

bool findings_good(const struct findings *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->list[i].word == FINDING_FAIL)
            return false;
    }
    return true;
}

void findings_print(const struct findings *f, FILE *out)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct finding *one = &f->list[i];
        fprintf(out, "%-5s %-10s %s\n", words[one->word], one->subject,
                one->text ? one->text : "");
        if (one->advice)
            fprintf(out, "%-16s -> %s\n", "", one->advice);
    }
}

static void put_finding(const struct finding *one, FILE *out)
{
    fprintf(out, "  {\"subject\": \"%s\", \"verdict\": \"%s\", \"text\": ", one->subject,
            json_words[one->word]);
    put_json(out, one->text ? one->text : "");
    if (one->advice) {
        fputs(", \"advice\": ", out);
        put_json(out, one->advice);
    }
    if (one->facts)
        fprintf(out, ", \"facts\": {%s}", one->facts);
    putc('}', out);
}

void findings_print_json(const struct findings *f, FILE *out)
{
    fputs("{\"isthmus\": ", out);
    put_json(out, ist_version());
    fprintf(out, ", \"programs_run\": %s, \"findings\": [",
            findings_good(f) ? "true" : "false");
    for (size_t i = 0; i < f->count; i++) {
        fputs(i > 0 ? ",\n" : "\n", out);
        put_finding(&f->list[i], out);
    }
    fputs("\n]}\n", out);
}

void findings_finish(struct findings *f)
{
    for (size_t i = 0; i < f->count; i++)
        finish_one(&f->list[i]);
    free(f->list);
    *f = (struct findings){0};
}

/* ---- through a pipe: the word, then four strings, each with its length; NULL is 0 ---- */

static void send_text(const char *text, FILE *out)
{
    size_t size = text ? strlen(text) + 1 : 0;
    fwrite(&size, sizeof(size), 1, out);
    fwrite(text ? text : "", 1, size, out);
}

void findings_send(const struct findings *f, FILE *out)
{
    for (size_t i = 0; i < f->count; i++) {
        const struct finding *one = &f->list[i];
        fputc((int)one->word, out);
        send_text(one->subject, out);
        send_text(one->text, out);
        send_text(one->advice, out);
        send_text(one->facts, out);
    }
}

/* False: the other process ended in the middle. */
static bool receive_text(char **out, FILE *in)
{
    size_t size;
    if (fread(&size, sizeof(size), 1, in) != 1)
        return false;
    *out = size ? malloc(size) : NULL;
    return !size || (*out && fread(*out, 1, size, in) == size);
}

void findings_receive(struct findings *f, FILE *in)
{
    for (int word; (word = fgetc(in)) != EOF;) {
        struct finding one = {.word = (enum finding_word)word};
        bool whole = receive_text(&one.subject, in) && receive_text(&one.text, in) &&
                     receive_text(&one.advice, in) && receive_text(&one.facts, in);
        if (!whole) {
            finish_one(&one);
            return;
        }
        if (!append(f, &one))
            return;
    }
}
