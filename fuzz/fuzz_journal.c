/* SPDX-License-Identifier: MIT */
/*
 * A journal of any content is read up to its first broken record, and what was read can be
 * forgotten. The input is records without their checksums, so that the fuzzer gets past them.
 */
#include "broker/journal.h"
#include "broker/past.h"
#include "check.h"

#include <string.h>
#include <unistd.h>

#define RECORD_MAX (WIRE_MAX + 4)

static uint32_t checksum(const unsigned char *bytes, size_t size)
{
    uint32_t sum = 2166136261U;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * 16777619U;
    return sum;
}

/* Puts a checksum before each stretch that has a message's header; the rest as it is. */
static size_t add_checksums(const uint8_t *data, size_t size, unsigned char *out)
{
    size_t at = 0, length = 0;
    while (size - at >= WIRE_HEADER) {
        size_t record = data[at + 4] | (size_t)data[at + 5] << 8;
        if (record < WIRE_HEADER || record > size - at)
            break;
        uint32_t sum = checksum(data + at, record);
        memcpy(out + length, &sum, 4); /* little-endian, as the machines that fuzz are */
        memcpy(out + length + 4, data + at, record);
        length += record + 4;
        at += record;
    }
    memcpy(out + length, data + at, size - at);
    return length + size - at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wire_message scratch;
    struct loop loop;
    struct past past;
    unsigned char *bytes = malloc(size + size / 4 + 16);
    MUST(bytes && loop_init(&loop) && past_init(&past, &loop));
    size_t length = add_checksums(data, size, bytes);
    journal_read(bytes, length, &scratch, past_record, &past);
    past_begin(&past);
    past_returned(&past, getpid(), 0);
    past_finish(&past);
    loop_finish(&loop);
    free(bytes);
    return 0;
}
