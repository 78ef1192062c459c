/* SPDX-License-Identifier: MIT */
/* The list of cases. Built by constructors before main() runs, sorted once, never changed
 * after. */
#include "conformance.h"
#include "runner.h"

#include <stdlib.h>

static struct conf_case *first_case;
static size_t case_count;
static struct conf_case **sorted;

/* A formatter may have made `D + P` of D+P before it became a string. */
static void remove_blanks(char *text)
{
    char *to = text;
    for (; *text; text++) {
        if (*text != ' ')
            *to++ = *text;
    }
    *to = '\0';
}

void conf_register(struct conf_case *self)
{
    remove_blanks(self->mark);
    self->next = first_case;
    first_case = self;
    case_count++;
}

/* A2 before A10, and by name where a number has several cases. */
static int compare(const void *left, const void *right)
{
    const struct conf_case *a = *(struct conf_case *const *)left;
    const struct conf_case *b = *(struct conf_case *const *)right;
    if (a->id[0] != b->id[0])
        return a->id[0] < b->id[0] ? -1 : 1;
    long first = strtol(a->id + 1, NULL, 10);
    long second = strtol(b->id + 1, NULL, 10);
    if (first != second)
        return first < second ? -1 : 1;
    return strcmp(a->name, b->name);
}

struct conf_case **registry_sorted(size_t *count)
{
    *count = case_count;
    if (sorted)
        return sorted;
    sorted = calloc(case_count + 1, sizeof(*sorted));
    if (!sorted)
        abort();
    size_t at = 0;
    for (struct conf_case *c = first_case; c; c = c->next)
        sorted[at++] = c;
    qsort(sorted, case_count, sizeof(*sorted), compare);
    return sorted;
}

const struct conf_case *registry_find(const char *name)
{
    for (const struct conf_case *c = first_case; c; c = c->next) {
        if (strcmp(c->name, name) == 0 || strcmp(c->id, name) == 0)
            return c;
    }
    return NULL;
}

/* `[A-D]`, at *glob: whether the character is one of them. *glob then stands behind it. */
static bool class_fits(const char **glob, char c)
{
    const char *g = *glob + 1;
    bool found = false;
    for (; *g && *g != ']'; g++) {
        char last = g[1] == '-' && g[2] && g[2] != ']' ? g[2] : *g;
        found = found || (c >= *g && c <= last);
        if (last != *g)
            g += 2;
    }
    *glob = *g ? g + 1 : g;
    return found;
}

static bool one_fits(const char **glob, char c)
{
    if (**glob == '[')
        return class_fits(glob, c);
    bool fits = **glob == '?' || **glob == c;
    if (fits)
        (*glob)++;
    return fits;
}

/* One star at a time: the last one seen takes another character whenever the rest fails. */
static bool glob_fits(const char *glob, const char *text)
{
    const char *star = NULL;
    const char *mark = NULL;
    while (*text) {
        if (*glob == '*') {
            star = ++glob;
            mark = text;
        } else if (*glob && one_fits(&glob, *text)) {
            text++;
        } else if (star) {
            glob = star;
            text = ++mark;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}

bool registry_fits(const struct conf_case *self, const char *glob)
{
    return !glob || glob_fits(glob, self->name) || glob_fits(glob, self->id);
}
