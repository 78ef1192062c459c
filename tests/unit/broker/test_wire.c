/* SPDX-License-Identifier: MIT */
/* The codec: what is written is read back, what is read is written back, nothing else is. */
#include "broker/wire.h"
#include "test.h"

#include <string.h>

static const uint32_t types[] = {
#define WIRE_TYPE(name, number, fields) WIRE_##name,
    WIRE_TYPES(WIRE_TYPE)
#undef WIRE_TYPE
};

/* A message in which every field that its type may have holds something. */
static void fill(struct wire_message *m, uint32_t type)
{
    wire_start(m, type);
    m->seq = 0x01020304;
    m->status = 0x11121314;
    m->number = 0x21222324;
    m->access = 0x31323334;
    m->flags = 0x41424344;
    m->pid = 0x51525354;
    m->value = 0x6162636465666768;
    m->version_low = 1;
    m->version_high = 0x7172;
    memset(m->parcel.id, 0x5a, sizeof(m->parcel.id));
    m->parcel.kind = OBJECT_FENCE;
    m->parcel.fds = 0xb;
    m->parcel.bytes = 0x123456789a;
    memset(m->id, 0xa5, sizeof(m->id));
    strcpy(m->key, "LKEY");
    memset(m->words, 'w', WIRE_TEXT - 1);
    m->report_count = 2;
    for (unsigned i = 0; i < 2; i++) {
        m->report[i] = (struct remote_report){.kind = OBJECT_FENCE, .bytes = i + 1};
        m->report[i].held[HOLDER_WORK] = 9;
        m->report[i].has_fence = true;
        m->report[i].fence_value = UINT64_MAX - i;
        m->report[i].mutex_key = 4;
    }
}

TEST(every_type_goes_there_and_back)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        static struct wire_message m, back;
        unsigned char bytes[WIRE_MAX], again[WIRE_MAX];
        fill(&m, types[i]);
        size_t size = wire_encode(&m, bytes);
        CHECK(size >= WIRE_HEADER);
        CHECK_STR(wire_decode(bytes, size, &back), NULL);
        CHECK_EQ(back.type, types[i]);
        CHECK_EQ(back.seq, m.seq);
        CHECK_EQ(wire_encode(&back, again), size);
        CHECK_MEM(again, bytes, size);
        CHECK(strcmp(wire_type_name(types[i]), "unknown") != 0);
    }
}

TEST(fields_keep_their_values)
{
    static struct wire_message m, back;
    unsigned char bytes[WIRE_MAX];
    fill(&m, WIRE_BIND);
    CHECK_STR(wire_decode(bytes, wire_encode(&m, bytes), &back), NULL);
    CHECK_EQ(back.access, m.access);
    CHECK_EQ(back.flags, m.flags);
    CHECK_EQ(back.parcel.bytes, m.parcel.bytes);
    CHECK_EQ(back.parcel.kind, m.parcel.kind);
    CHECK_EQ(wire_fd_count(&back), 3);
    CHECK_STR(back.key, m.key);
    CHECK_STR(back.words, m.words);
    fill(&m, WIRE_REPORT);
    CHECK_STR(wire_decode(bytes, wire_encode(&m, bytes), &back), NULL);
    CHECK_EQ(back.report_count, 2);
    CHECK_EQ(back.report[1].fence_value, UINT64_MAX - 1);
    CHECK_EQ(back.report[0].held[HOLDER_WORK], 9);
    CHECK(back.report[0].has_fence && !back.report[0].has_mutex);
    CHECK_EQ(wire_fd_count(&back), 0);
}

TEST(every_truncation_and_every_extra_byte_is_refused)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        static struct wire_message m, back;
        unsigned char bytes[WIRE_MAX + 1] = {0};
        fill(&m, types[i]);
        size_t size = wire_encode(&m, bytes);
        for (size_t cut = 0; cut < size; cut++) {
            unsigned char part[WIRE_MAX];
            memcpy(part, bytes, cut);
            if (cut >= 8) { /* a header that tells the truth about a short message */
                part[4] = (unsigned char)cut;
                part[5] = (unsigned char)(cut >> 8);
            }
            CHECK(wire_decode(part, cut, &back) != NULL);
        }
        bytes[4] = (unsigned char)(size + 1);
        bytes[5] = (unsigned char)((size + 1) >> 8);
        CHECK(wire_decode(bytes, size + 1, &back) != NULL);
    }
}

/* One byte changed: refused, or a message that is written back as it was read. */
TEST(every_changed_byte_is_refused_or_kept)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        static struct wire_message m, back;
        unsigned char bytes[WIRE_MAX], again[WIRE_MAX];
        fill(&m, types[i]);
        m.words[40] = 0;
        size_t size = wire_encode(&m, bytes);
        for (size_t at = 0; at < size; at++)
            for (unsigned bit = 0; bit < 8; bit++) {
                bytes[at] ^= (unsigned char)(1U << bit);
                if (!wire_decode(bytes, size, &back)) {
                    CHECK_EQ(wire_encode(&back, again), size);
                    CHECK_MEM(again, bytes, size);
                }
                bytes[at] ^= (unsigned char)(1U << bit);
            }
    }
}

TEST(statuses_have_stable_numbers)
{
    static const struct {
        enum ist_status status;
        uint32_t wire;
    } kept[] = {{IST_OK, 0},     {IST_BAD_HANDLE, 2}, {IST_NAME_TAKEN, 3}, {IST_NOT_FOUND, 4},
                {IST_QUOTA, 11}, {IST_VERSION, 12},   {IST_BAD_PARCEL, 16}};
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
        CHECK_EQ(wire_status_from(kept[i].status), kept[i].wire);
        CHECK_EQ(wire_status_to(kept[i].wire), kept[i].status);
    }
    CHECK_EQ(wire_status_to(999), IST_BAD_ARG);
    CHECK_EQ(wire_status_from(IST_STATUS_COUNT), 1);
}

/* docs/wire.md shows these bytes. */
TEST(the_documented_bytes_are_written)
{
    static const unsigned char documented[] = {0x49, 0x53, 0x03, 0x00, 0x14, 0x00, 0x00,
                                               0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00,
                                               0x00, 0x00, 0x42, 0x00, 0x00, 0x44};
    struct wire_message m;
    unsigned char bytes[WIRE_MAX];
    wire_start(&m, WIRE_FIND_NUMBER);
    m.seq = 2;
    m.number = 0x44000042;
    CHECK_EQ(wire_encode(&m, bytes), sizeof(documented));
    CHECK_MEM(bytes, documented, sizeof(documented));
}
