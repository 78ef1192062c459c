/* SPDX-License-Identifier: MIT */
/* Limits: reached, told with their variable, given back. */
#include "server_rig.h"

static struct server *limited(const char *variable, const char *value)
{
    setenv(variable, value, 1);
    struct server *server = rig_server();
    unsetenv(variable);
    return server;
}

static void end_all(struct server *server, struct raw *a, struct parcel *p, unsigned count)
{
    raw_close(a);
    for (unsigned i = 0; i < count; i++)
        rig_drop(&p[i]);
    rig_turn(server);
    for (unsigned i = 0; i < QUOTA_KINDS; i++)
        CHECK_EQ(server->quota.used[i], 0);
    CHECK(list_empty(&server->quota.accounts));
    server_free(server);
}

/* Publishes until refused: how many were taken. */
static unsigned publish_until(struct raw *a, struct parcel *p, unsigned most)
{
    for (unsigned i = 0; i < most; i++) {
        p[i] = rig_parcel();
        if (!raw_publish(a, &p[i]))
            return i;
    }
    return most;
}

TEST(objects_are_limited_per_process_and_come_back_with_their_end)
{
    struct server *server = limited("ISTHMUS_QUOTA_OBJECTS", "5");
    struct raw a = raw_client(server), other = raw_client_as(server, getppid());
    struct parcel p[8];
    CHECK_EQ(publish_until(&a, p, 8), 5);
    CHECK_EQ(raw_status(&a), IST_QUOTA);
    CHECK(strstr(a.m.words, "ISTHMUS_QUOTA_OBJECTS"));
    CHECK(strstr(a.m.words, "limit of 5"));
    CHECK(raw_publish(&other, &p[5]));      /* another process has limits of its own */
    struct raw second = raw_client(server); /* a second connection has not */
    struct parcel more = rig_parcel();
    CHECK_EQ(raw_publish(&second, &more), 0);
    rig_drop(&p[0]);
    CHECK(raw_publish(&second, &more));
    rig_drop(&more);
    raw_close(&second);
    raw_close(&other);
    end_all(server, &a, p, 6);
}

TEST(names_are_limited)
{
    struct server *server = limited("ISTHMUS_QUOTA_NAMES", "2");
    struct raw a = raw_client(server);
    struct parcel p = rig_parcel();
    CHECK_EQ(raw_bind(&a, "La", &p), IST_OK);
    CHECK_EQ(raw_bind(&a, "Lb", &p), IST_OK);
    CHECK_EQ(raw_bind(&a, "Lc", &p), IST_QUOTA);
    CHECK(strstr(a.m.words, "ISTHMUS_QUOTA_NAMES"));
    CHECK_EQ(raw_find_name(&a, "Lc"), IST_NOT_FOUND);
    end_all(server, &a, &p, 1);
}

TEST(bytes_and_fds_are_limited)
{
    struct server *server = limited("ISTHMUS_QUOTA_BYTES", "30000");
    struct raw a = raw_client(server);
    struct parcel p[8];
    CHECK_EQ(publish_until(&a, p, 8), 30000 / (RIG_BYTES + 4096 + 256));
    CHECK_EQ(raw_status(&a), IST_QUOTA);
    end_all(server, &a, p, 3);
    server = limited("ISTHMUS_QUOTA_FDS", "9");
    a = raw_client(server);
    CHECK_EQ(publish_until(&a, p, 8), 2);
    CHECK(strstr(a.m.words, "ISTHMUS_QUOTA_FDS"));
    end_all(server, &a, p, 3);
}

TEST(the_brokers_own_fds_are_a_limit_for_all)
{
    struct server_options options = {.folder = -1,
                                     .listener = -1,
                                     .fd_limit = 64 + 40,
                                     .idle_ms = 1000};
    struct server *server = server_new(&options);
    struct raw a = raw_client(server), b = raw_client_as(server, getppid());
    struct parcel p[12], q[12];
    CHECK_EQ(publish_until(&a, p, 12), 7); /* three quarters */
    CHECK_EQ(publish_until(&b, q, 12), 3);
    CHECK_EQ(raw_status(&b), IST_QUOTA);
    CHECK(strstr(b.m.words, "RLIMIT_NOFILE"));
    for (unsigned i = 0; i < 4; i++)
        rig_drop(&q[i]);
    raw_close(&b);
    end_all(server, &a, p, 8);
}

TEST(mail_is_charged_to_its_sender_until_it_is_taken)
{
    struct server *server = limited("ISTHMUS_QUOTA_OBJECTS", "2");
    struct raw a = raw_client_as(server, getppid()), b = raw_client(server);
    struct parcel p = rig_parcel();
    uint32_t values[2];
    for (unsigned i = 0; i < 3; i++) {
        wire_start(&a.m, WIRE_PUSH);
        channel_put_parcel(&a.m.parcel, &p);
        a.m.pid = (uint32_t)getpid();
        CHECK_EQ(raw_ask(&a, p.fd), i < 2 ? WIRE_IS_NUMBER : WIRE_ANSWER);
        if (i < 2)
            values[i] = a.m.number;
    }
    CHECK_EQ(raw_status(&a), IST_QUOTA);
    CHECK(values[0] != values[1]);
    wire_start(&b.m, WIRE_TAKE);
    b.m.number = values[1];
    CHECK_EQ(raw_ask(&b, NULL), WIRE_IS_HANDLE);
    CHECK_EQ(b.m.number, values[1]);
    CHECK_EQ(server->quota.used[QUOTA_OBJECTS], 1);
    wire_start(&b.m, WIRE_FORGET);
    b.m.number = values[0];
    raw_send(&b, NULL);
    raw_close(&b);
    end_all(server, &a, &p, 1);
}

TEST(a_setting_that_is_no_number_is_not_used)
{
    struct server *server = limited("ISTHMUS_QUOTA_NAMES", "many");
    CHECK_EQ(server->quota.each[QUOTA_NAMES], 16384);
    server_free(server);
}

/* However many there are, a part stays for sockets: who holds objects keeps nobody out. */
TEST(fds_for_sockets_are_nobodys)
{
    struct quota quota;
    static const uint64_t cases[][2] = {{10, 0},
                                        {104, 40},
                                        {1024, 896},
                                        {1 << 20, (1 << 20) - 4096}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        quota_init(&quota, cases[i][0]);
        CHECK_EQ(quota.all[QUOTA_FDS], cases[i][1]);
        CHECK(quota.each[QUOTA_FDS] <= cases[i][1] / 4 * 3);
    }
}
