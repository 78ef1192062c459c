/* SPDX-License-Identifier: MIT */
/*
 * Rules of ISTHMUS_LOG are read once, at the first line. The last rule that fits a channel
 * counts. The sink is guarded by sink_lock; writing to standard error needs no lock.
 */
#include "base/log.h"

#include "base/atomics.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_RULES 16
#define MAX_CHANNEL 16
#define MAX_LINE 1024

struct rule {
    char channel[MAX_CHANNEL]; /* "": every channel */
    enum log_level level;
};

static const char *const level_names[] = {"off", "error", "warn", "info", "debug", "trace"};

static pthread_once_t rules_once = PTHREAD_ONCE_INIT;
static struct rule rules[MAX_RULES] = {{"", LOG_WARN}}; /* fixed once read */
static unsigned rule_count = 1;

static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
static log_sink sink;
static void *sink_user;

static bool level_parse(const char *text, enum log_level *out)
{
    for (unsigned i = 0; i < ARRAY_SIZE(level_names); i++)
        if (strcmp(text, level_names[i]) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    return false;
}

static void rule_add(char *text)
{
    struct rule rule = {"", LOG_WARN};
    char *level = strchr(text, ':');
    if (level) {
        *level++ = 0;
        snprintf(rule.channel, sizeof(rule.channel), "%s", text);
    }
    if (!level_parse(level ? level : text, &rule.level))
        fprintf(stderr,
                "isthmus: ISTHMUS_LOG: '%s' is no level (off error warn info debug "
                "trace)\n",
                level ? level : text);
    else if (rule_count < MAX_RULES)
        rules[rule_count++] = rule;
}

static void rules_read(void)
{
    const char *env = getenv("ISTHMUS_LOG");
    _cleanup_(freep) char *copy = env ? strdup(env) : NULL;
    char *rest = NULL;
    for (char *word = copy ? strtok_r(copy, ", ", &rest) : NULL; word;
         word = strtok_r(NULL, ", ", &rest))
        rule_add(word);
}

bool log_enabled(enum log_level level, const char *channel)
{
    enum log_level limit = LOG_OFF;
    pthread_once(&rules_once, rules_read);
    for (unsigned i = 0; i < rule_count; i++)
        if (!rules[i].channel[0] || strcmp(rules[i].channel, channel) == 0)
            limit = rules[i].level;
    return level <= limit;
}

void log_set_sink(log_sink fn, void *user)
{
    pthread_mutex_lock(&sink_lock);
    sink = fn;
    sink_user = user;
    pthread_mutex_unlock(&sink_lock);
}

void log_forked(void)
{
    pthread_mutex_init(&sink_lock, NULL);
}

static void write_line(enum log_level level, const char *channel, const char *text)
{
    char line[MAX_LINE + 64];
    int n = snprintf(line, sizeof(line), "isthmus: %s: %s: %s\n", level_names[level], channel,
                     text);
    if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
        return; /* nowhere left to say it */
}

void log_line(enum log_level level, const char *channel, const char *fmt, ...)
{
    if (!log_enabled(level, channel))
        return;

    char text[MAX_LINE];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    pthread_mutex_lock(&sink_lock);
    log_sink fn = sink;
    void *user = sink_user;
    pthread_mutex_unlock(&sink_lock);
    if (fn)
        fn(user, level, channel, text);
    else
        write_line(level, channel, text);
}
