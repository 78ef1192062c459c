/* SPDX-License-Identifier: MIT */
/*
 * A record: u32 checksum, then a message, whose header gives its size. A write that fails (a
 * full disk) stops the journal with one line in the log: the broker goes on, only its successor
 * will know less.
 */
#include "broker/journal.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL_FILE "journal"
#define JOURNAL_NEW "journal.new"
#define EPOCH_FILE "epoch"
#define EPOCH_LAST 15U
#define CHECKSUM 4U
#define LONG_RECORDS 4096 /* shorter files are left as they are */
#define FILE_LIMIT (256U << 20)

static uint32_t checksum(const unsigned char *bytes, size_t size)
{
    uint32_t sum = 2166136261U;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * 16777619U;
    return sum;
}

static uint32_t number_at(const unsigned char *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* Answers how many bytes were whole records. */
static size_t read_whole(const unsigned char *bytes, size_t size, struct wire_message *scratch,
                         void (*fn)(const struct wire_message *record, void *arg), void *arg,
                         size_t *records)
{
    size_t at = 0, count = 0;
    while (size - at >= CHECKSUM + WIRE_HEADER) {
        const unsigned char *record = bytes + at + CHECKSUM;
        uint32_t length = number_at(record + 4);
        if (length < WIRE_HEADER || length > size - at - CHECKSUM ||
            number_at(bytes + at) != checksum(record, length) ||
            wire_decode(record, length, scratch) || scratch->type < WIRE_FIRST_RECORD)
            break;
        fn(scratch, arg);
        at += CHECKSUM + length;
        count++;
    }
    *records = count;
    return at;
}

size_t journal_read(const unsigned char *bytes, size_t size, struct wire_message *scratch,
                    void (*fn)(const struct wire_message *record, void *arg), void *arg)
{
    size_t records;
    read_whole(bytes, size, scratch, fn, arg, &records);
    return records;
}

static void add(struct journal *journal, const struct wire_message *record)
{
    unsigned char bytes[CHECKSUM + WIRE_MAX];
    if (journal->fd < 0)
        return;
    size_t size = wire_encode(record, bytes + CHECKSUM);
    uint32_t sum = checksum(bytes + CHECKSUM, size);
    for (unsigned i = 0; i < CHECKSUM; i++)
        bytes[i] = (unsigned char)(sum >> (8 * i));
    size += CHECKSUM;
    if (write(journal->fd, bytes, size) == (ssize_t)size) {
        journal->records++;
        return;
    }
    log_line(LOG_ERROR, "broker", "the journal cannot be written: %s", strerror(errno));
    close(journal->fd);
    journal->fd = -1;
}

/* Pids and start times mean nothing after the machine has started again. */
static void read_boot(char *out, size_t size)
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, out, size - 1) : 0;
    out[got > 0 ? got : 0] = 0;
    out[strcspn(out, "\n")] = 0;
    if (fd >= 0)
        close(fd);
}

static int open_file(int folder, const char *name, int flags)
{
    return openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static unsigned char *read_all(int folder, size_t *size)
{
    struct stat st;
    int fd = open_file(folder, JOURNAL_FILE, O_RDONLY);
    unsigned char *bytes = NULL;
    *size = 0;
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        st.st_size <= (off_t)FILE_LIMIT)
        bytes = malloc((size_t)st.st_size);
    if (bytes) {
        ssize_t got = read(fd, bytes, (size_t)st.st_size);
        *size = got > 0 ? (size_t)got : 0;
    }
    close(fd);
    return bytes;
}

struct replay {
    void (*fn)(const struct wire_message *record, void *arg);
    void *arg;
    char boot[64];
    bool same_boot;
};

static void replay(const struct wire_message *record, void *arg)
{
    struct replay *r = arg;
    if (record->type == WIRE_J_BOOT)
        r->same_boot = strcmp(record->words, r->boot) == 0;
    else if (r->same_boot)
        r->fn(record, r->arg);
}

bool journal_open(struct journal *journal, int folder,
                  void (*fn)(const struct wire_message *record, void *arg), void *arg)
{
    *journal = (struct journal){.folder = folder, .fd = -1};
    journal->message = malloc(sizeof(*journal->message));
    if (!journal->message)
        return false;
    if (folder < 0)
        return true;
    size_t size, whole = 0;
    struct replay r = {.fn = fn, .arg = arg};
    read_boot(r.boot, sizeof(r.boot));
    _cleanup_(freep) unsigned char *bytes = read_all(folder, &size);
    if (bytes)
        whole = read_whole(bytes, size, journal->message, replay, &r, &journal->records);
    journal->fd = open_file(folder, JOURNAL_FILE, O_WRONLY | O_APPEND | O_CREAT);
    /* A predecessor that was killed while it wrote: behind that nothing would be read. */
    if (journal->fd >= 0 && whole < size && ftruncate(journal->fd, (off_t)whole) != 0)
        log_line(LOG_ERROR, "broker", "the journal's torn end stays: %s", strerror(errno));
    return true;
}

void journal_stop(struct journal *journal)
{
    if (journal->fd >= 0)
        close(journal->fd);
    journal->fd = -1;
}

void journal_close(struct journal *journal)
{
    journal_stop(journal);
    free(journal->message);
    *journal = (struct journal){.folder = -1, .fd = -1};
}

uint32_t journal_epoch(int folder)
{
    char text[16] = "";
    int fd = folder >= 0 ? open_file(folder, EPOCH_FILE, O_RDWR | O_CREAT) : -1;
    if (fd < 0)
        return 1;
    ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
    unsigned long last = got > 0 ? strtoul(text, NULL, 10) : 0;
    uint32_t epoch = (uint32_t)(last % EPOCH_LAST) + 1;
    int length = snprintf(text, sizeof(text), "%u\n", epoch);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)length, 0) != length)
        log_line(LOG_ERROR, "broker", "the epoch cannot be written: %s", strerror(errno));
    close(fd);
    return epoch;
}

void journal_process(struct journal *journal, enum wire_type type, pid_t pid, uint64_t start)
{
    wire_start(journal->message, type);
    journal->message->pid = (uint32_t)pid;
    journal->message->value = start;
    add(journal, journal->message);
}

void journal_object(struct journal *journal, const unsigned char id[16], uint32_t number)
{
    wire_start(journal->message, WIRE_J_OBJECT);
    memcpy(journal->message->id, id, 16);
    journal->message->number = number;
    add(journal, journal->message);
}

void journal_ended(struct journal *journal, const unsigned char id[16])
{
    wire_start(journal->message, WIRE_J_ENDED);
    memcpy(journal->message->id, id, 16);
    add(journal, journal->message);
}

static struct wire_message *about_name(struct journal *journal, enum wire_type type,
                                       const unsigned char id[16], const char *key)
{
    struct wire_message *message = journal->message;
    wire_start(message, type);
    memcpy(message->id, id, 16);
    snprintf(message->key, sizeof(message->key), "%s", key);
    return message;
}

void journal_name(struct journal *journal, const unsigned char id[16], const char *key,
                  const char *exact, uint32_t access, bool exact_case)
{
    struct wire_message *message = about_name(journal, WIRE_J_NAME, id, key);
    snprintf(message->words, sizeof(message->words), "%s", exact);
    message->access = access;
    message->flags = exact_case ? WIRE_EXACT_CASE : 0;
    add(journal, message);
}

void journal_unname(struct journal *journal, const unsigned char id[16], const char *key)
{
    add(journal, about_name(journal, WIRE_J_UNNAME, id, key));
}

void journal_hold(struct journal *journal, enum wire_type type, const unsigned char id[16],
                  const char *key, pid_t pid, uint64_t start)
{
    struct wire_message *message = about_name(journal, type, id, key);
    message->pid = (uint32_t)pid;
    message->value = start;
    add(journal, message);
}

bool journal_is_long(const struct journal *journal)
{
    return journal->fd >= 0 && journal->records > LONG_RECORDS &&
           journal->records / 4 > journal->kept;
}

bool journal_anew_begin(struct journal *journal)
{
    if (journal->folder < 0)
        return false;
    int fd = open_file(journal->folder, JOURNAL_NEW, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC);
    if (fd < 0)
        return false;
    if (journal->fd >= 0)
        close(journal->fd);
    journal->fd = fd;
    journal->records = 0;
    wire_start(journal->message, WIRE_J_BOOT);
    read_boot(journal->message->words, sizeof(journal->message->words));
    add(journal, journal->message);
    return true;
}

void journal_anew_end(struct journal *journal)
{
    journal->kept = journal->records;
    if (journal->fd >= 0 &&
        renameat(journal->folder, JOURNAL_NEW, journal->folder, JOURNAL_FILE) != 0)
        log_line(LOG_ERROR, "broker", "the journal cannot be renamed: %s", strerror(errno));
}
