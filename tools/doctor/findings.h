/* SPDX-License-Identifier: MIT */
/*
 * What the doctor found: an answer to each question, what to do about it, and the facts behind
 * it for those who read JSON. Owned by one thread; ends with findings_finish().
 */
#ifndef ISTHMUS_TOOLS_DOCTOR_FINDINGS_H
#define ISTHMUS_TOOLS_DOCTOR_FINDINGS_H

#include "report.h"

#include <stdbool.h>
#include <stdio.h>

enum finding_word {
    FINDING_OK,
    FINDING_NOTE, /* programs run, but */
    FINDING_FAIL, /* they do not */
};

struct finding {
    enum finding_word word;
    char *subject; /* one word */
    char *text;    /* NULL if there was no memory for it; the others, too */
    char *advice;  /* what to do; NULL: nothing */
    char *facts;   /* members of a JSON object */
};

struct findings {
    struct finding *list;
    size_t count;
};

/* Without memory the finding is lost, and said so on standard error. */
void findings_add(struct findings *f, enum finding_word word, const char *subject,
                  const char *text, ...) PRINTF_LIKE(4, 5);
/* These two say more about the finding that was added last. */
void findings_advise(struct findings *f, const char *text, ...) PRINTF_LIKE(2, 3);
void findings_fact(struct findings *f, const char *key, const char *text, ...)
    PRINTF_LIKE(3, 4);

/* False if one of them is FINDING_FAIL. */
bool findings_good(const struct findings *f);
void findings_print(const struct findings *f, FILE *out);
void findings_print_json(const struct findings *f, FILE *out);
void findings_finish(struct findings *f);

/* From one process to another of this program: all of them, then all that arrive. */
void findings_send(const struct findings *f, FILE *out);
void findings_receive(struct findings *f, FILE *in);

#endif
