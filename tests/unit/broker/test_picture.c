/* SPDX-License-Identifier: MIT */
/* Lines put together: what belongs to one object comes under it, in whatever order. */
#include "broker/picture.h"
#include "test.h"

#include <string.h>

TEST(lines_of_one_object_meet_whatever_their_order)
{
    struct picture p = {0};
    static struct wire_message m;
    for (unsigned i = 0; i < 100; i++) {
        wire_start(&m, WIRE_LINE_REPORT);
        m.pid = 10;
        m.report_count = 1;
        m.report[0].id[0] = (unsigned char)i;
        m.report[0].bytes = i;
        CHECK(picture_add(&p, &m));
    }
    for (unsigned i = 0; i < 50; i++) {
        wire_start(&m, WIRE_LINE_OBJECT);
        m.parcel.id[0] = (unsigned char)i;
        m.parcel.bytes = 1000;
        m.number = i + 1;
        CHECK(picture_add(&p, &m));
        wire_start(&m, WIRE_LINE_NAME);
        m.id[0] = (unsigned char)i;
        CHECK(picture_add(&p, &m));
        m.type = WIRE_LINE_MAIL;
        CHECK(picture_add(&p, &m));
    }
    CHECK_EQ(p.object_count, 100);
    for (unsigned i = 0; i < 100; i++) {
        CHECK_EQ(p.objects[i].report_count, 1);
        CHECK_EQ(p.objects[i].at_broker, i < 50);
        CHECK_EQ(p.objects[i].bytes, i < 50 ? 1000 : i);
        CHECK_EQ(p.objects[i].name_count, i < 50);
        CHECK_EQ(p.objects[i].under_way, i < 50);
    }
    picture_free(&p);
}
