/* SPDX-License-Identifier: MIT */
/* ISTHMUS_STRICT is read once a process, so each setting gets a process of its own. */
#include "unit/core/rig.h"

#include "core/strict.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned lines;

static void count_line(void *user, int level, const char *channel, const char *text)
{
    (void)user;
    if (level == LOG_WARN && strcmp(channel, "strict") == 0 && strstr(text, "ISTHMUS_STRICT"))
        lines++;
}

static enum ist_status judge_size(unsigned size)
{
    return tolerate(IST_BAD_FORMAT, "size %u is odd", size);
}

/* Runs `look` in a process with this setting; what it answers is that process' end. */
static int in_process(const char *setting, int (*look)(void))
{
    pid_t child = test_fork();
    if (child == 0) {
        if (setting)
            setenv("ISTHMUS_STRICT", setting, 1);
        else
            unsetenv("ISTHMUS_STRICT");
        log_set_sink(count_line, NULL);
        _exit(look());
    }
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int is_strict(void)
{
    return strict_enabled();
}

/* 0: allowed twice, logged once, and no reason is kept. */
static int allows(void)
{
    (void)answer(IST_OK, "before");
    bool allowed = judge_size(3) == IST_OK && judge_size(5) == IST_OK;
    return !(allowed && lines == 1 && strcmp(status_reason(), "before") == 0);
}

/* 0: refused each time, with the status and the reason of the place. */
static int refuses(void)
{
    bool first = judge_size(3) == IST_BAD_FORMAT && strstr(status_reason(), "size 3 is odd");
    bool second = judge_size(5) == IST_BAD_FORMAT && strstr(status_reason(), "size 5 is odd");
    return !(first && second && lines == 0);
}

TEST(one_is_strict_and_nothing_else)
{
    CHECK_EQ(in_process("1", is_strict), 1);
    CHECK_EQ(in_process(NULL, is_strict), 0);
    CHECK_EQ(in_process("", is_strict), 0);
    CHECK_EQ(in_process("0", is_strict), 0);
    CHECK_EQ(in_process("yes", is_strict), 0);
}

/* The setting that means nothing is told. */
static int warns(void)
{
    (void)strict_enabled();
    return (int)lines;
}

TEST(a_setting_that_is_none_is_told)
{
    CHECK_EQ(in_process("yes", warns), 1);
    CHECK_EQ(in_process("0", warns), 0);
    CHECK_EQ(in_process("", warns), 0);
}

TEST(what_is_tolerated_is_logged_once_a_place)
{
    CHECK_EQ(in_process(NULL, allows), 0);
    CHECK_EQ(in_process("0", allows), 0);
}

TEST(strict_refuses_with_the_reason)
{
    CHECK_EQ(in_process("1", refuses), 0);
}
