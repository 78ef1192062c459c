/* SPDX-License-Identifier: MIT */
/* The readable report: one row for each case, what differed below it, counts at the end. */
#include "conformance.h"
#include "runner.h"

#define MARKS "TDGP"

void table_head(FILE *out)
{
    fprintf(out, "%-5s %-4s %-6s  %s\n", "case", "mark", "result", "what is checked");
}

/* Continuation lines of a text stand under its beginning. */
static void put_indented(FILE *out, const char *label, const char *text)
{
    fprintf(out, "%19s%s", "", label);
    for (; *text; text++) {
        fputc(*text, out);
        if (*text == '\n')
            fprintf(out, "%21s", "");
    }
    fputc('\n', out);
}

void table_row(FILE *out, const struct outcome *o)
{
    const char *word = o->result == RESULT_FAIL ? "FAIL" : result_word(o->result);
    fprintf(out, "%-5s %-4s %-6s  %s\n", o->self->id, o->self->mark, word, o->self->title);
    if (o->reason && o->result != RESULT_FAIL)
        put_indented(out, o->result == RESULT_TODO ? "known gap: " : "because: ", o->reason);
    if (o->differs)
        put_indented(out, "not as Windows: ", o->differs);
    for (size_t i = 0; i < o->different_count; i++)
        put_indented(out, "", o->different[i]);
    fflush(out);
}

static char mark_of(const struct outcome *o)
{
    return o->self->mark[0];
}

struct counts summary_count(const struct summary *s, char group, char mark)
{
    struct counts counts = {{0}};
    for (size_t i = 0; i < s->count; i++) {
        const struct outcome *o = &s->outcomes[i];
        if ((!group || o->self->id[0] == group) && (!mark || mark_of(o) == mark))
            counts.of[o->result]++;
    }
    return counts;
}

static unsigned sum(struct counts c)
{
    unsigned total = 0;
    for (int r = 0; r < RESULTS; r++)
        total += c.of[r];
    return total;
}

/* A line only where there are cases. */
static void put_counts(FILE *out, const char *name, struct counts c)
{
    if (sum(c))
        fprintf(out, "%-26s %5u %5u %5u %5u %5u\n", name, sum(c), c.of[RESULT_PASS],
                c.of[RESULT_FAIL], c.of[RESULT_TODO], c.of[RESULT_SKIP]);
}

static void put_groups(FILE *out, const struct summary *s)
{
    for (char group = 'A'; group <= 'Z'; group++) {
        char name[16];
        snprintf(name, sizeof(name), "group %c", group);
        put_counts(out, name, summary_count(s, group, 0));
    }
}

/* A case with two marks counts under the first. */
static void put_marks(FILE *out, const struct summary *s)
{
    static const char *const names[] = {"T  tested or measured", "D  documented",
                                        "G  the CUDA guide", "P  our choice"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        put_counts(out, names[i], summary_count(s, 0, MARKS[i]));
}

void table_summary(FILE *out, const struct summary *s)
{
    struct counts all = summary_count(s, 0, 0);
    fprintf(out, "\n%-26s %5s %5s %5s %5s %5s\n", "", "cases", "pass", "FAIL", "todo", "skip");
    put_groups(out, s);
    put_marks(out, s);
    fprintf(out, "\n%s, %s; CUDA: %s; %s\n", s->machine.device, s->machine.driver,
            s->machine.cuda, s->machine.system);
    fprintf(out, "%zu cases: %u passed, %u failed, %u todo, %u skipped, in %.1f s\n", s->count,
            all.of[RESULT_PASS], all.of[RESULT_FAIL], all.of[RESULT_TODO], all.of[RESULT_SKIP],
            s->seconds);
}
