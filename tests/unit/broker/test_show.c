/* SPDX-License-Identifier: MIT */
/* The executable as a tool, beside clients that answer and one that is stopped. */
#include "broker/client_start.h"
#include "rig.h"

static int hold(void *arg)
{
    struct rig_wire *wire = arg;
    char byte;
    uint32_t number;
    WANT(remote_publish(rig_hold(rig_parcel()), &number) == IST_OK);
    rig_put(wire->to_test[1], "x", 1);
    WANT(rig_get(wire->to_child[0], &byte, 1));
    return 0;
}

/* Runs the executable with one option; its output in `text`. */
static int run(const char *option, char *text, size_t size)
{
    char path[4096], command[5000];
    CHECK(client_find_broker(path, sizeof(path)));
    snprintf(command, sizeof(command), "%s %s 2>&1", path, option);
    FILE *out = popen(command, "re");
    CHECK(out);
    size_t got = fread(text, 1, size - 1, out);
    text[got] = 0;
    return WEXITSTATUS(pclose(out));
}

static unsigned count(const char *text, const char *what)
{
    unsigned found = 0;
    for (; (text = strstr(text, what)); text++)
        found++;
    return found;
}

/* Lists until exactly so many are late: on a loaded machine one that answers may be, too. */
static bool list(unsigned late, char *text, size_t size)
{
    for (unsigned i = 0; i < 20; i++)
        if (run("--ls", text, size) == 0 && count(text, "does not answer") == late)
            return true;
    return false;
}

TEST(without_a_broker_it_says_so_and_starts_none)
{
    struct rig_folder folder = rig_folder_new();
    char text[4096];
    CHECK_EQ(run("--ls", text, sizeof(text)), 0);
    CHECK(strstr(text, "no broker runs"));
    CHECK_EQ(run("--ls-json", text, sizeof(text)), 0);
    CHECK(strstr(text, "\"objects\":[]"));
    CHECK_EQ(run("--status", text, sizeof(text)), 0);
    CHECK_EQ(run("--stop", text, sizeof(text)), 0);
    CHECK_EQ(run("--nonsense", text, sizeof(text)), 2);
    CHECK_EQ(rig_broker(&folder), 0);
    rig_folder_end(&folder);
}

TEST(a_stopped_client_is_shown_as_such_and_blocks_nothing)
{
    struct rig_folder folder = rig_folder_new();
    struct rig_wire a = rig_wire_new(), b = rig_wire_new();
    char byte, text[8192];
    pid_t good = rig_child(hold, &a), stopped = rig_child(hold, &b);
    CHECK(rig_get(a.to_test[0], &byte, 1) && rig_get(b.to_test[0], &byte, 1));
    CHECK(list(0, text, sizeof(text)));
    CHECK(strstr(text, "1 com 1 handle"));
    CHECK(strstr(text, "mutex free, key 77"));
    CHECK(rig_stop(stopped));
    CHECK(list(1, text, sizeof(text)));
    CHECK(strstr(text, "1 com 1 handle"));
    CHECK_EQ(run("--status", text, sizeof(text)), 0);
    CHECK(strstr(text, "objects   2, of these 2 with a number"));
    CHECK_EQ(run("--stop", text, sizeof(text)), 1);
    CHECK(strstr(text, "2 processes share objects"));
    CHECK_EQ(kill(stopped, SIGCONT), 0);
    rig_put(a.to_child[1], "x", 1);
    rig_put(b.to_child[1], "x", 1);
    CHECK_EQ(rig_join(good), 0);
    CHECK_EQ(rig_join(stopped), 0);
    rig_wire_end(&a);
    rig_wire_end(&b);
    rig_folder_end(&folder);
}
