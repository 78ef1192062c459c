/* SPDX-License-Identifier: MIT */
/* Lists: whole, in order, bounded. */
#include "broker/listing.h"
#include "server_rig.h"

TEST(lines_come_back_in_order_and_a_limit_holds)
{
    struct listing *listing = listing_new();
    struct wire_message m;
    CHECK(listing);
    for (uint32_t i = 0; i < 1000; i++) {
        wire_start(&m, WIRE_LINE_CLIENT);
        m.pid = i;
        snprintf(m.words, sizeof(m.words), "program %u", i);
        CHECK(listing_add(listing, &m, SIZE_MAX));
    }
    CHECK(!listing_add(listing, &m, listing->size)); /* no room for one more */
    for (uint32_t i = 0; i < 1000; i++) {
        CHECK(listing_next(listing, &m));
        CHECK_EQ(m.pid, i);
    }
    CHECK(!listing_next(listing, &m));
    listing_free(listing);
    listing_free(NULL);
}

TEST(a_listing_names_clients_objects_names_and_mail)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server);
    struct parcel p = rig_parcel();
    static const uint32_t wanted[] = {WIRE_LINE_BROKER, WIRE_LINE_CLIENT, WIRE_LINE_OBJECT,
                                      WIRE_LINE_NAME,   WIRE_LINE_HOLDER, WIRE_LINE_MAIL,
                                      WIRE_LINE_END};
    CHECK(raw_publish(&a, &p));
    CHECK_EQ(raw_bind(&a, "LA", &p), IST_OK);
    wire_start(&a.m, WIRE_PUSH);
    channel_put_parcel(&a.m.parcel, &p);
    a.m.pid = (uint32_t)getpid();
    CHECK_EQ(raw_ask(&a, p.fd), WIRE_IS_NUMBER);
    struct listing *listing = listing_make(server);
    struct wire_message m;
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
        CHECK(listing_next(listing, &m));
        CHECK_EQ(m.type, wanted[i]);
    }
    listing_free(listing);
    wire_start(&a.m, WIRE_TAKE);
    CHECK_EQ(raw_ask(&a, NULL), WIRE_IS_HANDLE);
    raw_close(&a);
    rig_drop(&p);
    rig_server_end(server);
}
