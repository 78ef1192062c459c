/* SPDX-License-Identifier: MIT */
/* Finding and starting the executable, and what is said when that fails. */
#include "broker/client_start.h"
#include "rig.h"

#include "base/futex.h"

TEST(it_is_found_beside_the_library_or_where_the_setting_says)
{
    char path[4096];
    unsetenv("ISTHMUS_BROKER_PATH");
    CHECK(client_find_broker(path, sizeof(path)));
    CHECK(strstr(path, "libexec/isthmus/isthmus-broker"));
    setenv("ISTHMUS_BROKER_PATH", "/nowhere/broker", 1);
    CHECK(!client_find_broker(path, sizeof(path)));
    CHECK_EQ(client_start_broker(deadline_after_ms(1000)), IST_NO_BROKER);
    CHECK(strstr(ist_explain(), "ISTHMUS_BROKER_PATH"));
    unsetenv("ISTHMUS_BROKER_PATH");
}

/* It runs, but is no broker: the end of its pipe tells, not the deadline. */
TEST(an_executable_that_gives_up_is_not_waited_for)
{
    setenv("ISTHMUS_BROKER_PATH", "/bin/true", 1);
    int64_t late = deadline_after_ms(30000);
    CHECK_EQ(client_start_broker(late), IST_OK);
    CHECK(clock_now_ns() < late);
    unsetenv("ISTHMUS_BROKER_PATH");
}

TEST(a_broker_listens_when_starting_it_returns)
{
    struct rig_folder folder = rig_folder_lasting();
    char path[96];
    struct stat st;
    CHECK_EQ(client_start_broker(deadline_after_ms(20000)), IST_OK);
    pid_t broker = rig_broker(&folder);
    CHECK(broker > 1);
    snprintf(path, sizeof(path), "%s/socket", folder.path);
    CHECK(stat(path, &st) == 0 && S_ISSOCK(st.st_mode));
    CHECK(getpgid(broker) != getpgid(0));
    CHECK_EQ(client_start_broker(deadline_after_ms(20000)), IST_OK); /* gives up at once */
    CHECK_EQ(rig_broker(&folder), broker);
    rig_broker_end(&folder);
    rig_folder_end(&folder);
}
