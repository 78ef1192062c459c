/* SPDX-License-Identifier: MIT */
/* Who a connection is, and what goes with it. */
#include "broker/proc.h"
#include "server_rig.h"

TEST(a_process_is_known_by_pid_and_start)
{
    uint64_t start = proc_start(getpid(), NULL);
    struct server *server = rig_server();
    struct raw a = raw_client(server);
    struct peer *peer = peer_of_process(server, getpid(), start);
    CHECK(peer);
    CHECK_STR(peer->program, "test_unit_broke");
    CHECK_PTR_EQ(peer_of_process(server, getpid(), start + 1), NULL);
    raw_close(&a);
    CHECK_PTR_EQ(peer_of_process(server, getpid(), start), NULL);
    rig_server_end(server);
}

TEST(closing_either_socket_ends_the_client_and_its_names)
{
    struct server *server = rig_server();
    struct parcel p = rig_parcel();
    for (unsigned i = 0; i < 2; i++) {
        struct raw a = raw_client(server), b = raw_client(server);
        CHECK_EQ(raw_bind(&a, "LA", &p), IST_OK);
        close(i ? a.events : a.sock);
        if (i)
            a.events = -1;
        else
            a.sock = -1;
        CHECK_EQ(raw_find_name(&b, "LA"), IST_NOT_FOUND);
        CHECK_EQ(server->client_count, 1);
        raw_close(&a);
        raw_close(&b);
    }
    rig_drop(&p);
    rig_server_end(server);
}
