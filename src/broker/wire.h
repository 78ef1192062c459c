/* SPDX-License-Identifier: MIT */
/*
 * The messages between clients and broker, byte by byte as docs/wire.md writes them. Encoding
 * and decoding allocate nothing, keep nothing and trust nothing; whatever decodes is encoded
 * again to the same bytes. File descriptors travel beside the bytes (channel.h).
 */
#ifndef ISTHMUS_BROKER_WIRE_H
#define ISTHMUS_BROKER_WIRE_H

#include "core/parcel.h"
#include "core/remote.h"

#include <stddef.h>
#include <stdint.h>

#define WIRE_MAGIC 0x5349U /* "IS" */
#define WIRE_VERSION 1U    /* what both sides must speak; HELLO and ANSWER never change */
#define WIRE_HEADER 16U
#define WIRE_MAX 4096U
#define WIRE_TEXT REMOTE_KEY_BYTES /* longest text with its final 0, which does not travel */
#define WIRE_REPORTS 24U           /* reports in one message */

/* What a type's body holds, in this order. */
enum wire_field {
    WIRE_HAS_STATUS = 1 << 0,   /* u32, wire_status_*() */
    WIRE_HAS_NUMBER = 1 << 1,   /* u32 */
    WIRE_HAS_ACCESS = 1 << 2,   /* u32 */
    WIRE_HAS_FLAGS = 1 << 3,    /* u32 */
    WIRE_HAS_PID = 1 << 4,      /* u32 */
    WIRE_HAS_VALUE = 1 << 5,    /* u64 */
    WIRE_HAS_VERSIONS = 1 << 6, /* two u32: the lowest and the highest that the sender speaks */
    WIRE_HAS_PARCEL = 1 << 7,   /* id, u32 kind, u32 mask of fds, u64 bytes */
    WIRE_HAS_ID = 1 << 8,       /* 16 bytes */
    WIRE_HAS_KEY = 1 << 9,      /* u16 length, then bytes without a 0 */
    WIRE_HAS_WORDS = 1 << 10,   /* the same */
    WIRE_HAS_LIST = 1 << 11,    /* u16 count, then that many reports */
    WIRE_HAS_FDS = 1 << 12, /* no bytes: the fds of the parcel's mask come with the message */
};

/*
 * WIRE_TYPE(name, number, fields): 1-31 requests, 32-63 posts, 64-95 answers, 96-127 events;
 * from 128 on records of the broker's journal, which never travel.
 */
#define WIRE_TYPES(WIRE_TYPE)                                                                 \
    WIRE_TYPE(HELLO, 1, WIRE_HAS_FLAGS | WIRE_HAS_VERSIONS | WIRE_HAS_WORDS)                  \
    WIRE_TYPE(PUBLISH, 2, WIRE_HAS_PARCEL | WIRE_HAS_FDS)                                     \
    WIRE_TYPE(FIND_NUMBER, 3, WIRE_HAS_NUMBER)                                                \
    WIRE_TYPE(BIND, 4,                                                                        \
              WIRE_HAS_ACCESS | WIRE_HAS_FLAGS | WIRE_HAS_PARCEL | WIRE_HAS_KEY |             \
                  WIRE_HAS_WORDS | WIRE_HAS_FDS)                                              \
    WIRE_TYPE(FIND_NAME, 5, WIRE_HAS_FLAGS | WIRE_HAS_KEY | WIRE_HAS_WORDS)                   \
    WIRE_TYPE(HOLD_NAME, 6, WIRE_HAS_ID | WIRE_HAS_KEY)                                       \
    WIRE_TYPE(PUSH, 7,                                                                        \
              WIRE_HAS_ACCESS | WIRE_HAS_FLAGS | WIRE_HAS_PID | WIRE_HAS_PARCEL |             \
                  WIRE_HAS_KEY | WIRE_HAS_FDS)                                                \
    WIRE_TYPE(TAKE, 8, WIRE_HAS_NUMBER)                                                       \
    WIRE_TYPE(PULL, 9, WIRE_HAS_FLAGS | WIRE_HAS_PID | WIRE_HAS_VALUE)                        \
    WIRE_TYPE(LIST, 10, 0)                                                                    \
    WIRE_TYPE(NEXT, 11, 0)                                                                    \
    WIRE_TYPE(STOP, 12, 0)                                                                    \
    WIRE_TYPE(RESTORED, 13, 0)                                                                \
    WIRE_TYPE(DROP_NAME, 32, WIRE_HAS_ID | WIRE_HAS_KEY)                                      \
    WIRE_TYPE(FORGET, 33, WIRE_HAS_NUMBER)                                                    \
    WIRE_TYPE(RESTORE_OBJECT, 34, WIRE_HAS_PARCEL | WIRE_HAS_FDS)                             \
    WIRE_TYPE(RESTORE_NAME, 35,                                                               \
              WIRE_HAS_ACCESS | WIRE_HAS_FLAGS | WIRE_HAS_ID | WIRE_HAS_KEY | WIRE_HAS_WORDS) \
    WIRE_TYPE(REPORT, 36, WIRE_HAS_LIST)                                                      \
    WIRE_TYPE(REPORT_END, 37, 0)                                                              \
    WIRE_TYPE(GIVE, 38,                                                                       \
              WIRE_HAS_NUMBER | WIRE_HAS_ACCESS | WIRE_HAS_FLAGS | WIRE_HAS_PARCEL |          \
                  WIRE_HAS_KEY | WIRE_HAS_FDS)                                                \
    WIRE_TYPE(REFUSE, 39, WIRE_HAS_STATUS | WIRE_HAS_NUMBER | WIRE_HAS_WORDS)                 \
    WIRE_TYPE(ANSWER, 64, WIRE_HAS_STATUS | WIRE_HAS_WORDS)                                   \
    WIRE_TYPE(WELCOME, 65,                                                                    \
              WIRE_HAS_NUMBER | WIRE_HAS_FLAGS | WIRE_HAS_PID | WIRE_HAS_PARCEL |             \
                  WIRE_HAS_WORDS | WIRE_HAS_FDS)                                              \
    WIRE_TYPE(IS_NUMBER, 66, WIRE_HAS_NUMBER)                                                 \
    WIRE_TYPE(IS_PARCEL, 67, WIRE_HAS_PARCEL | WIRE_HAS_FDS)                                  \
    WIRE_TYPE(IS_HANDLE, 68,                                                                  \
              WIRE_HAS_NUMBER | WIRE_HAS_ACCESS | WIRE_HAS_FLAGS | WIRE_HAS_PARCEL |          \
                  WIRE_HAS_KEY | WIRE_HAS_FDS)                                                \
    WIRE_TYPE(LINE_BROKER, 69,                                                                \
              WIRE_HAS_NUMBER | WIRE_HAS_PID | WIRE_HAS_VALUE | WIRE_HAS_WORDS)               \
    WIRE_TYPE(LINE_CLIENT, 70, WIRE_HAS_FLAGS | WIRE_HAS_PID | WIRE_HAS_WORDS)                \
    WIRE_TYPE(LINE_OBJECT, 71, WIRE_HAS_NUMBER | WIRE_HAS_PID | WIRE_HAS_PARCEL)              \
    WIRE_TYPE(LINE_NAME, 72, WIRE_HAS_ACCESS | WIRE_HAS_ID | WIRE_HAS_KEY | WIRE_HAS_WORDS)   \
    WIRE_TYPE(LINE_HOLDER, 73, WIRE_HAS_PID | WIRE_HAS_ID | WIRE_HAS_KEY)                     \
    WIRE_TYPE(LINE_MAIL, 74, WIRE_HAS_NUMBER | WIRE_HAS_PID | WIRE_HAS_ID)                    \
    WIRE_TYPE(LINE_REPORT, 75, WIRE_HAS_PID | WIRE_HAS_LIST)                                  \
    WIRE_TYPE(LINE_END, 76, 0)                                                                \
    WIRE_TYPE(ASK_REPORT, 96, 0)                                                              \
    WIRE_TYPE(ASK_HANDLE, 97, WIRE_HAS_NUMBER | WIRE_HAS_FLAGS | WIRE_HAS_VALUE)              \
    WIRE_TYPE(MAIL, 98, 0)                                                                    \
    WIRE_TYPE(J_BOOT, 128, WIRE_HAS_WORDS)                                                    \
    WIRE_TYPE(J_CLIENT, 129, WIRE_HAS_PID | WIRE_HAS_VALUE)                                   \
    WIRE_TYPE(J_GONE, 130, WIRE_HAS_PID | WIRE_HAS_VALUE)                                     \
    WIRE_TYPE(J_OBJECT, 131, WIRE_HAS_NUMBER | WIRE_HAS_ID)                                   \
    WIRE_TYPE(J_ENDED, 132, WIRE_HAS_ID)                                                      \
    WIRE_TYPE(J_NAME, 133,                                                                    \
              WIRE_HAS_ACCESS | WIRE_HAS_FLAGS | WIRE_HAS_ID | WIRE_HAS_KEY | WIRE_HAS_WORDS) \
    WIRE_TYPE(J_UNNAME, 134, WIRE_HAS_ID | WIRE_HAS_KEY)                                      \
    WIRE_TYPE(J_HOLD, 135, WIRE_HAS_PID | WIRE_HAS_VALUE | WIRE_HAS_ID | WIRE_HAS_KEY)        \
    WIRE_TYPE(J_DROP, 136, WIRE_HAS_PID | WIRE_HAS_VALUE | WIRE_HAS_ID | WIRE_HAS_KEY)

enum wire_type {
#define WIRE_TYPE(name, number, fields) WIRE_##name = (number),
    WIRE_TYPES(WIRE_TYPE)
#undef WIRE_TYPE
};

#define WIRE_FIRST_POST 32U
#define WIRE_FIRST_ANSWER 64U
#define WIRE_FIRST_RECORD 128U

/* Bits of the field flags, by message. */
#define WIRE_TOOL 1U         /* HELLO: only asks, holds nothing, keeps no broker alive */
#define WIRE_EXACT_CASE 1U   /* BIND, FIND_NAME, RESTORE_NAME */
#define WIRE_CLOSE_SOURCE 1U /* PULL, ASK_HANDLE */
#define WIRE_SILENT 1U       /* LINE_CLIENT: it did not answer in time */
#define WIRE_RESTORE 1U      /* WELCOME: the broker has died before; register again */

struct wire_parcel {
    unsigned char id[16];
    uint32_t kind; /* enum object_kind, below OBJECT_EVENT */
    uint32_t fds;  /* bit n: the parcel has fd n */
    uint64_t bytes;
};

/* One message. Fields that its type does not have are zero. */
struct wire_message {
    uint32_t type, seq;
    uint32_t status, number, access, flags, pid;
    uint64_t value;
    uint32_t version_low, version_high;
    struct wire_parcel parcel;
    unsigned char id[16];
    char key[WIRE_TEXT], words[WIRE_TEXT];
    unsigned report_count;
    struct remote_report report[WIRE_REPORTS];
};

/* An empty message of that type. */
void wire_start(struct wire_message *message, enum wire_type type);

/* The bytes written to `out`; 0 for a type or a field that cannot be written. */
size_t wire_encode(const struct wire_message *message, unsigned char out[WIRE_MAX]);

/* NULL, or what is wrong with the bytes, in words. */
const char *wire_decode(const unsigned char *bytes, size_t size, struct wire_message *out);

/* How many fds come with a message of this content. */
unsigned wire_fd_count(const struct wire_message *message);

/* "PUBLISH"; "unknown". */
const char *wire_type_name(uint32_t type);

/* Statuses have numbers of their own on the wire: ours change when one is added. */
uint32_t wire_status_from(enum ist_status status);
enum ist_status wire_status_to(uint32_t wire);

#endif
