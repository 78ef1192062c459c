/* SPDX-License-Identifier: MIT */
/* Processes as objects; what crosses with their help: test_crossed.c. */
#include "unit/core/rig.h"

#include "core/process.h"

#include <sys/wait.h>
#include <unistd.h>

TEST(processes_that_do_not_exist_are_refused)
{
    struct process *process = NULL;
    CHECK_EQ(process_open(rig_session(), 0x7ffffff0, HOLDER_COM, &process), IST_BAD_ARG);
    CHECK_EQ(process_open(rig_session(), 0, HOLDER_COM, &process), IST_BAD_ARG);
    CHECK_EQ(process_open(rig_session(), -1, HOLDER_COM, &process), IST_BAD_ARG);
    CHECK_EQ(process_open(rig_session(), getpid(), HOLDER_COM, &process), IST_OK);
    CHECK(process_is_self(process) && process_is_alive(process));
    rig_drop(&process->object);
}

TEST(a_process_is_alive_until_it_ends)
{
    struct process *process = NULL;
    int gate[2];
    char byte;
    CHECK_EQ(pipe(gate), 0);
    pid_t pid = test_fork();
    if (pid == 0) {
        close(gate[1]);
        _exit(read(gate[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(gate[0]);
    CHECK_EQ(process_open(rig_session(), pid, HOLDER_COM, &process), IST_OK);
    CHECK(!process_is_self(process) && process_is_alive(process));
    CHECK(process_from_object(&process->object) == process);
    close(gate[1]);
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    CHECK(!process_is_alive(process));
    rig_drop(&process->object);
}
