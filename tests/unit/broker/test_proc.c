/* SPDX-License-Identifier: MIT */
/* What is read of processes: oneself, another one, one with secrets, none. */
#include "broker/proc.h"
#include "rig.h"

#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>

TEST(a_process_has_a_start_and_a_user)
{
    uid_t uid = 12345;
    uint64_t start = proc_start(getpid(), &uid);
    CHECK(start);
    CHECK_EQ(uid, geteuid());
    CHECK_EQ(proc_start(getpid(), NULL), start);
    CHECK_EQ(proc_start(0x3fffffff, NULL), 0);
}

/* /proc shows the files of a process with secrets as root's. */
TEST(a_process_that_cannot_be_dumped_is_its_users)
{
    uid_t uid = 12345;
    CHECK_EQ(prctl(PR_SET_DUMPABLE, 0), 0);
    CHECK(proc_start(getpid(), &uid));
    CHECK_EQ(prctl(PR_SET_DUMPABLE, 1), 0);
    CHECK_EQ(uid, geteuid());
}

/* Its name may hold what separates the fields behind it. */
TEST(a_name_with_a_parenthesis_hides_nothing)
{
    char name[32];
    uint64_t start = proc_start(getpid(), NULL);
    CHECK_EQ(prctl(PR_SET_NAME, ") T 1 (x"), 0);
    CHECK_EQ(proc_start(getpid(), NULL), start);
    CHECK(proc_can_answer(getpid(), start));
    proc_program(getpid(), name, sizeof(name));
    CHECK_STR(name, ") T 1 (x");
    proc_program(0x3fffffff, name, sizeof(name));
    CHECK_STR(name, "");
}

static int wait_for_word(void *arg)
{
    struct rig_wire *wire = arg;
    char byte;
    WANT(rig_get(wire->to_child[0], &byte, 1));
    return 0;
}

TEST(who_is_stopped_or_gone_cannot_answer)
{
    struct rig_wire wire = rig_wire_new();
    CHECK(proc_can_answer(getpid(), 0));
    CHECK(!proc_can_answer(0x3fffffff, 0));
    pid_t child = rig_child(wait_for_word, &wire);
    uint64_t start = proc_start(child, NULL);
    CHECK(!proc_can_answer(child, start + 1)); /* an earlier or later one of its pid */
    CHECK(proc_can_answer(child, start));
    CHECK(rig_stop(child));
    CHECK(!proc_has_ended(child));
    CHECK(!proc_can_answer(child, start));
    CHECK_EQ(kill(child, SIGKILL), 0);
    siginfo_t info;
    CHECK_EQ(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    CHECK(!proc_can_answer(child, start)); /* dead, and not yet asked for by its parent */
    CHECK(proc_has_ended(child));
    CHECK_EQ(rig_join(child), 1000 + SIGKILL);
    rig_wire_end(&wire);
}

static void *tell_thread(void *arg)
{
    *(pid_t *)arg = proc_of_thread((uint32_t)gettid());
    return NULL;
}

TEST(a_thread_leads_to_its_process)
{
    pthread_t thread;
    pid_t process = 0;
    CHECK_EQ(pthread_create(&thread, NULL, tell_thread, &process), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(process, getpid());
    CHECK_EQ(proc_of_thread((uint32_t)getpid()), getpid());
    CHECK_EQ(proc_of_thread(0x3fffffff), 0);
}
