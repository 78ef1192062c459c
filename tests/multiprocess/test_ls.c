/* SPDX-License-Identifier: MIT */
/*
 * What `isthmus ls` and `isthmus broker --status` tell of three processes: kind, size, name,
 * number, holders by process and kind, the mutex with its owner, the fence with who waits.
 */
#include "actor.h"
#include "gpu/primary.h"
#include "test.h"

#include <windows.h>

#include <d3d11_4.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYED ((UINT)D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX)
#define NT ((UINT)D3D11_RESOURCE_MISC_SHARED | (UINT)D3D11_RESOURCE_MISC_SHARED_NTHANDLE)

static struct actor *a, *b, *c;
static uint64_t number, handle;

/* a makes a keyed buffer, a named one and a fence; b opens all of it; c imports with CUDA. */
static void three(void)
{
    stage_open();
    a = actor_start();
    b = actor_start();
    c = actor_start();
    CHECK_EQ(ASK(a, make_buffer, .a = KEYED), 0);
    number = GET(a, kmt);
    CHECK_EQ(ASK(a, make_buffer, .slot = 1, .a = NT), 0);
    handle = GET(a, nt_handle, .slot = 1, .name = "ls-buffer");
    CHECK_EQ(ASK(a, make_fence, .slot = 2, .a = 7), 0);
    GET(a, fence_handle, .slot = 2, .name = "Global\\ls-fence");
    CHECK_EQ(ASK(b, open_kmt, .a = number), 0);
    CHECK_EQ(ASK(b, open_name, .slot = 1, .name = "ls-buffer"), 0);
    CHECK_EQ(ASK(b, cu_fence, .slot = 2, .name = "Global\\ls-fence"), 0);
    CHECK_EQ(ASK(c, cu_memory, .slot = 1, .name = "ls-buffer"), 0);
}

/* The line of the object that holds `word`, with the lines of its holders; free it. */
static char *about(const char *word)
{
    char *text = broker_says("--ls"), *line = text, *found = NULL;
    while (line && *line && !found) {
        char *end = line;
        do
            end = strchr(end, '\n') ? strchr(end, '\n') + 1 : end + strlen(end);
        while (*end == ' ');
        char *at = strstr(line, word);
        if (at && at < end)
            found = strndup(line, (size_t)(end - line));
        line = end;
    }
    free(text);
    return found ? found : strdup("");
}

/* True if the block about `word` has all the other texts. */
static bool tells(const char *word, const char *one, const char *two)
{
    char *text = about(word);
    bool all = strstr(text, one) && strstr(text, two);
    free(text);
    return all;
}

static const char *line_of(const struct actor *who, const char *what)
{
    static char lines[4][128];
    static unsigned next;
    char *line = lines[next++ % 4];
    snprintf(line, sizeof(lines[0]), "%d (exe):%s\n", (int)who->pid, what);
    return line;
}

static const char *number_word(void)
{
    static char word[16];
    snprintf(word, sizeof(word), "0x%08x", (unsigned)number);
    return word;
}

/* Of pages, or of a GPU's granules. */
static unsigned buffer_bytes(void)
{
    return gpu_device_wanted() ? 2 << 20 : 65536;
}

static const char *buffer_line(const char *then)
{
    static char line[64];
    snprintf(line, sizeof(line), "resource %13u bytes%s", buffer_bytes(), then);
    return line;
}

TEST(kind_size_name_number_and_holders)
{
    three();
    CHECK(EVENTUALLY(tells(number_word(), buffer_line(""), "mutex free, key 0")));
    CHECK(tells(number_word(), line_of(a, " 1 com"), line_of(b, " 1 com")));
    CHECK(tells("\"ls-buffer\"", buffer_line("  -  "), line_of(a, " 1 com 1 handle")));
    CHECK(tells("\"ls-buffer\"", line_of(b, " 1 com"),
                line_of(c, gpu_device_wanted() ? " 1 import" : " 1 import 1 mapping")));
    CHECK(tells("\"Global\\ls-fence\"", "fence                0 bytes  -  ",
                "value 7, 0 waiting"));
    CHECK(
        tells("\"Global\\ls-fence\"", line_of(a, " 1 com 1 handle"), line_of(b, " 1 import")));
    CHECK_EQ(ASK(a, context_wait, .slot = 2, .a = 8), 0);
    CHECK_EQ(ASK(a, write, .slot = 1, .a = 1), 0); /* stands in line */
    CHECK(EVENTUALLY(tells("\"ls-buffer\"", line_of(a, " 1 com 1 handle 1 work"), "")));
    CHECK_EQ(ASK(b, cu_signal, .slot = 2, .a = 8), 0);
    CHECK(EVENTUALLY(tells("\"ls-buffer\"", line_of(a, " 1 com 1 handle"), "")));
    CHECK_EQ(ASK(c, cu_drop, .slot = 1), 0);
    CHECK(EVENTUALLY(!tells("\"ls-buffer\"", line_of(c, ""), "")));
    stage_close();
}

TEST(the_mutex_and_its_owner)
{
    char owner[64];
    three();
    CHECK_EQ(ASK(b, acquire, .a = 0, .b = 0), 0);
    snprintf(owner, sizeof(owner), "mutex held by %d (exe), thread ", (int)b->pid);
    CHECK(EVENTUALLY(tells(number_word(), owner, "")));
    CHECK_EQ(ASK(b, release, .a = 9), 0);
    CHECK(EVENTUALLY(tells(number_word(), "mutex free, key 9", "")));
    CHECK_EQ(ASK(b, acquire, .a = 9, .b = 0), 0);
    actor_kill(b);
    CHECK(EVENTUALLY(tells(number_word(), "mutex abandoned", "")));
    CHECK(!tells(number_word(), "(exe)", line_of(b, "")));
    stage_close();
}

TEST(the_fence_and_who_waits)
{
    three();
    CHECK_EQ(ASK(b, cu_wait, .slot = 2, .a = 9), 0);
    CHECK_EQ(ASK(c, cu_fence, .slot = 2, .name = "Global\\ls-fence"), 0);
    TELL(a, host_wait, .slot = 2, .a = 9);
    /* A GPU waits by itself: that is work of b then. */
    const char *two_wait = gpu_device_wanted() ? "value 7, 1 waiting" : "value 7, 2 waiting";
    CHECK(EVENTUALLY(tells("\"Global\\ls-fence\"", two_wait, "")));
    CHECK_EQ(ASK(c, cu_signal, .slot = 2, .a = 9), 0);
    CHECK_EQ(actor_hear(a), 0);
    CHECK(EVENTUALLY(tells("\"Global\\ls-fence\"", "value 9, 0 waiting", "")));
    stage_close();
}

/* Also while the target is stopped and cannot fetch it; that it does not answer is said. */
TEST(a_handle_under_way_and_who_does_not_answer)
{
    char silent[96];
    three();
    CHECK_EQ(kill(c->pid, SIGSTOP), 0);
    uint64_t there = GET(a, push, .a = handle, .b = (uint64_t)c->pid);
    CHECK(EVENTUALLY(tells("\"ls-buffer\"", "1 handle under way to another process", "")));
    snprintf(silent, sizeof(silent), "process %d (exe) does not answer", (int)c->pid);
    char *text = broker_says("--ls");
    CHECK(strstr(text, silent));
    free(text);
    CHECK_EQ(kill(c->pid, SIGCONT), 0);
    CHECK_EQ(ASK(c, close, .a = there), 0);
    stage_close();
}

TEST(the_same_as_json)
{
    char words[3][96];
    three();
    CHECK_EQ(ASK(b, acquire, .a = 0, .b = 0), 0);
    snprintf(words[0], sizeof(words[0]), "\"number\":%u", (unsigned)number);
    snprintf(words[1], sizeof(words[1]), "\"key\":0,\"owner\":%d,", (int)b->pid);
    snprintf(words[2], sizeof(words[2]), "\"global\":true,\"processes\":[%d]}", (int)a->pid);
    char *text = NULL;
    bool all = EVENTUALLY(({
        free(text);
        text = broker_says("--ls-json");
        strstr(text, words[0]) && strstr(text, words[1]) && strstr(text, words[2]) &&
            strstr(text, "\"fence\":{\"value\":7,\"waiters\":0}");
    }));
    if (!all)
        printf("%s\n", text);
    free(text);
    CHECK(all);
    CHECK_EQ(ASK(b, release, .a = 0), 0);
    stage_close();
}

TEST(the_brokers_state)
{
    char words[128];
    three();
    char *text = broker_says("--status");
    snprintf(words, sizeof(words), "process %d, up ", (int)broker_pid());
    CHECK(strstr(text, words));
    CHECK(strstr(text, "clients   3\n"));
    snprintf(words, sizeof(words),
             "objects   3, of these 1 with a number; 2 names; %u bytes of payload\n",
             2 * buffer_bytes());
    CHECK(strstr(text, words));
    free(text);
    stage_close();
}
