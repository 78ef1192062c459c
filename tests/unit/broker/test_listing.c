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

static unsigned count_lines(struct raw *tool, uint32_t wanted)
{
    unsigned count = 0;
    uint32_t type;
    do {
        wire_start(&tool->m, WIRE_NEXT);
        type = raw_ask(tool, NULL);
        count += type == wanted;
    } while (type > 1 && type != WIRE_LINE_END);
    CHECK_EQ(type, WIRE_LINE_END);
    return count;
}

static struct raw open_tool(struct server *server, pid_t pid)
{
    struct raw tool = raw_open_as(server, pid);
    wire_start(&tool.m, WIRE_HELLO);
    tool.m.version_low = tool.m.version_high = WIRE_VERSION;
    tool.m.flags = WIRE_TOOL;
    CHECK_EQ(raw_ask(&tool, NULL), WIRE_WELCOME);
    return tool;
}

/* What a client reports is for all who wait for it, and is kept for nobody else. */
TEST(two_that_list_at_once_see_the_same)
{
    struct server *server = rig_server();
    struct raw a = raw_client(server);
    struct raw tools[2] = {open_tool(server, getpid()), open_tool(server, getppid())};
    for (unsigned i = 0; i < 2; i++) {
        wire_start(&tools[i].m, WIRE_LIST);
        raw_send(&tools[i], NULL);
        CHECK_EQ(raw_receive(&tools[i]), 0);
    }
    for (unsigned i = 0; i < 3; i++) {
        wire_start(&a.m, i < 2 ? WIRE_REPORT : WIRE_REPORT_END);
        a.m.report_count = i < 2;
        a.m.seq = ++a.event_seq;
        CHECK_EQ(channel_send(a.events, &a.m, NULL, MSG_DONTWAIT), CHANNEL_OK);
    }
    rig_turn(server);
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQ(raw_receive(&tools[i]), WIRE_ANSWER);
        CHECK_EQ(count_lines(&tools[i], WIRE_LINE_REPORT), 2);
    }
    CHECK_PTR_EQ(container_of(server->peers.next, struct peer, link)->reports, NULL);
    raw_close(&a);
    raw_close(&tools[0]);
    raw_close(&tools[1]);
    rig_server_end(server);
}

TEST(one_process_reads_one_list_at_a_time)
{
    struct server *server = rig_server();
    struct raw tools[3] = {open_tool(server, getpid()), open_tool(server, getpid()),
                           open_tool(server, getppid())};
    static const enum ist_status wanted[3] = {IST_OK, IST_QUOTA, IST_OK};
    for (unsigned i = 0; i < 3; i++) {
        wire_start(&tools[i].m, WIRE_LIST);
        CHECK_EQ(raw_ask(&tools[i], NULL), WIRE_ANSWER);
        CHECK_EQ(raw_status(&tools[i]), wanted[i]);
    }
    CHECK_EQ(count_lines(&tools[1], WIRE_LINE_BROKER), 0);
    CHECK_EQ(count_lines(&tools[0], WIRE_LINE_BROKER), 1); /* to its end: now the other may */
    wire_start(&tools[1].m, WIRE_LIST);
    CHECK_EQ(raw_ask(&tools[1], NULL), WIRE_ANSWER);
    CHECK_EQ(count_lines(&tools[1], WIRE_LINE_BROKER), 1);
    for (unsigned i = 0; i < 3; i++)
        raw_close(&tools[i]);
    rig_server_end(server);
}
