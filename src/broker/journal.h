/* SPDX-License-Identifier: MIT */
/*
 * What outlives the broker: a file to which each change is added by one write before it is
 * answered, so that after kill -9 a successor knows which numbers and names are still held, and
 * by whom. Records are messages of wire.h behind a checksum; reading stops at the first that is
 * broken. Without a folder nothing is kept.
 */
#ifndef ISTHMUS_BROKER_JOURNAL_H
#define ISTHMUS_BROKER_JOURNAL_H

#include "broker/wire.h"

#include <sys/types.h>

struct journal {
    int folder, fd; /* folder is borrowed; -1: nothing is kept */
    size_t records; /* in the file now */
    size_t kept;    /* after it was last written anew */
    struct wire_message *message;
};

/* Opens it; calls `fn` for each record of the predecessor. False: without memory. */
bool journal_open(struct journal *journal, int folder,
                  void (*fn)(const struct wire_message *record, void *arg), void *arg);
/* Nothing more is written: what is in the file is for the successor. */
void journal_stop(struct journal *journal);
void journal_close(struct journal *journal);

/* The epoch of this broker: one more than the predecessor's, 1..15. */
uint32_t journal_epoch(int folder);

void journal_process(struct journal *journal, enum wire_type type, pid_t pid, uint64_t start);
void journal_object(struct journal *journal, const unsigned char id[16], uint32_t number);
void journal_ended(struct journal *journal, const unsigned char id[16]);
void journal_name(struct journal *journal, const unsigned char id[16], const char *key,
                  const char *exact, uint32_t access, bool exact_case);
void journal_unname(struct journal *journal, const unsigned char id[16], const char *key);
/* J_HOLD or J_DROP */
void journal_hold(struct journal *journal, enum wire_type type, const unsigned char id[16],
                  const char *key, pid_t pid, uint64_t start);

/* So much of the file is about what has gone that it should be written anew. */
bool journal_is_long(const struct journal *journal);
/* Begins an empty file in which the caller writes all that is true; then _end(). */
bool journal_anew_begin(struct journal *journal);
void journal_anew_end(struct journal *journal);

/* Reads records from bytes; how many were whole. For the fuzzer, too. */
size_t journal_read(const unsigned char *bytes, size_t size, struct wire_message *scratch,
                    void (*fn)(const struct wire_message *record, void *arg), void *arg);

#endif
