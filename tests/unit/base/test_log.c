/* SPDX-License-Identifier: MIT */
/* The log: rules by level and channel, one line a write, a sink, things said once. */
#include "test.h"

#include "base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Swaps standard error for a pipe while it lives. */
struct capture {
    int saved, reader;
};

static struct capture capture_start(void)
{
    int ends[2];
    CHECK_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    struct capture c = {dup(STDERR_FILENO), ends[0]};
    CHECK(dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[1]);
    return c;
}

static void capture_end(struct capture c, char *out, size_t size)
{
    dup2(c.saved, STDERR_FILENO);
    close(c.saved);
    size_t at = 0;
    for (ssize_t n; at < size - 1 && (n = read(c.reader, out + at, size - 1 - at)) > 0;)
        at += (size_t)n;
    out[at] = '\0';
    close(c.reader);
}

static char complaint[512];

/* The rules are read once, at the first question. */
void test_warm_up(void)
{
    setenv("ISTHMUS_LOG", "info,loud:trace,silent:off,odd:nonsense", 1);
    struct capture c = capture_start();
    log_enabled(LOG_INFO, "any");
    capture_end(c, complaint, sizeof(complaint));
}

TEST(rules_choose_by_channel)
{
    CHECK(log_enabled(LOG_ERROR, "any"));
    CHECK(log_enabled(LOG_INFO, "any"));
    CHECK(!log_enabled(LOG_DEBUG, "any"));
    CHECK(log_enabled(LOG_TRACE, "loud"));
    CHECK(!log_enabled(LOG_ERROR, "silent"));
    CHECK(log_enabled(LOG_INFO, "odd")); /* its rule was no rule */
    CHECK(!log_enabled(LOG_TRACE, "lou"));
}

TEST(a_word_that_is_no_level_is_named)
{
    CHECK(strstr(complaint, "nonsense") != NULL);
    CHECK(strstr(complaint, "ISTHMUS_LOG") != NULL);
}

TEST(lines_go_to_standard_error_with_level_and_channel)
{
    char text[256];
    struct capture c = capture_start();
    log_line(LOG_WARN, "any", "value %d of %s", 7, "it");
    log_line(LOG_DEBUG, "any", "unheard");
    log_line(LOG_ERROR, "silent", "unheard");
    capture_end(c, text, sizeof(text));
    CHECK_STR(text, "isthmus: warn: any: value 7 of it\n");
}

TEST(a_huge_line_is_cut_and_keeps_its_end)
{
    static char huge[8192], text[8192];
    memset(huge, 'x', sizeof(huge) - 1);
    struct capture c = capture_start();
    log_line(LOG_WARN, "any", "%s", huge);
    capture_end(c, text, sizeof(text));
    size_t length = strlen(text);
    CHECK(length > 500);
    CHECK(length < 2000);
    CHECK_EQ(text[length - 1], '\n');
    CHECK(strchr(text, '\n') == text + length - 1);
}

struct heard {
    unsigned lines;
    int level;
    char channel[32], text[128];
};

static void hear(void *user, int level, const char *channel, const char *text)
{
    struct heard *h = user;
    h->lines++;
    h->level = level;
    snprintf(h->channel, sizeof(h->channel), "%s", channel);
    snprintf(h->text, sizeof(h->text), "%s", text);
}

TEST(a_sink_takes_the_lines)
{
    struct heard h = {0};
    char text[256];
    struct capture c = capture_start();
    log_set_sink(hear, &h);
    log_line(LOG_TRACE, "loud", "one %s", "word");
    log_line(LOG_TRACE, "any", "unheard");
    log_set_sink(NULL, NULL);
    log_line(LOG_ERROR, "any", "back");
    capture_end(c, text, sizeof(text));
    CHECK_EQ(h.lines, 1);
    CHECK_EQ(h.level, LOG_TRACE);
    CHECK_STR(h.channel, "loud");
    CHECK_STR(h.text, "one word");
    CHECK_STR(text, "isthmus: error: any: back\n");
}

static void *say_once(void *unused)
{
    for (int i = 0; i < 1000; i++)
        log_once(LOG_WARN, "any", "said by %d", 1);
    return unused;
}

TEST(log_once_says_it_once)
{
    char text[256];
    pthread_t threads[4];
    struct capture c = capture_start();
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, say_once, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    capture_end(c, text, sizeof(text));
    CHECK_STR(text, "isthmus: warn: any: said by 1\n");
}

static void *say_much(void *arg)
{
    for (int i = 0; i < 200; i++)
        log_line(LOG_WARN, "any", "%s", (char *)arg);
    return NULL;
}

TEST(lines_of_threads_do_not_mix)
{
    static char text[65536];
    pthread_t a, b;
    struct capture c = capture_start();
    char as[] = "aaaaaaaaaaaaaaaa", bs[] = "bbbbbbbbbbbbbbbb";
    pthread_create(&a, NULL, say_much, as);
    pthread_create(&b, NULL, say_much, bs);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    capture_end(c, text, sizeof(text));
    unsigned lines = 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        CHECK(strcmp(line, "isthmus: warn: any: aaaaaaaaaaaaaaaa") == 0 ||
              strcmp(line, "isthmus: warn: any: bbbbbbbbbbbbbbbb") == 0);
        lines++;
    }
    CHECK_EQ(lines, 400);
}
