/* SPDX-License-Identifier: MIT */
/* The public API: reasons, names of statuses, the version, the sink of the log. */
#include "unit/core/rig.h"

#include <isthmus/isthmus.h>
#include <stdio.h>

TEST(every_status_has_its_name)
{
#define IST_STATUS(name, text, hresult, cuda, win32) CHECK_STR(ist_status_name(name), #name);
#include <isthmus/status.def>
#undef IST_STATUS
}

TEST(other_values_have_no_name)
{
    CHECK_STR(ist_status_name(IST_STATUS_COUNT), "unknown status");
    CHECK_STR(ist_status_name((enum ist_status) - 1), "unknown status");
    CHECK_STR(ist_status_name((enum ist_status)123456), "unknown status");
}

TEST(the_version_is_that_of_the_header)
{
    char wanted[32];
    snprintf(wanted, sizeof(wanted), "%d.%d.%d", IST_VERSION_MAJOR, IST_VERSION_MINOR,
             IST_VERSION_PATCH);
    CHECK_STR(ist_version(), wanted);
}

static void *explain(void *out)
{
    *(const char **)out = strdup(ist_explain());
    return NULL;
}

TEST(explain_tells_the_last_refusal_of_this_thread)
{
    const char *others = NULL;
    CHECK_EQ(handle_close(rig_session(), 0x1234), IST_BAD_HANDLE);
    CHECK(strstr(ist_explain(), "0x1234") != NULL);
    rig_join(rig_start(explain, &others));
    CHECK_STR(others, "");
    free((void *)(uintptr_t)others);
    CHECK_EQ(handle_close(rig_session(), 0), IST_BAD_HANDLE);
    CHECK(strstr(ist_explain(), "NULL") != NULL);
}

struct heard {
    int lines, level;
    char channel[32], text[256];
};

static void hear(void *user, int level, const char *channel, const char *text)
{
    struct heard *h = user;
    h->lines++;
    h->level = level;
    snprintf(h->channel, sizeof(h->channel), "%s", channel);
    snprintf(h->text, sizeof(h->text), "%s", text);
}

TEST(a_sink_hears_of_refusals)
{
    struct heard h = {0};
    ist_log_set_sink(hear, &h);
    CHECK_EQ(handle_close(rig_session(), 0x4321), IST_BAD_HANDLE);
    ist_log_set_sink(rig_quiet, NULL);
    CHECK_EQ(handle_close(rig_session(), 0x4321), IST_BAD_HANDLE);
    CHECK_EQ(h.lines, 1);
    CHECK_EQ(h.level, 2); /* a warning, as the header numbers the levels */
    CHECK_STR(h.channel, "refuse");
    CHECK(strstr(h.text, "0x4321") != NULL);
    CHECK(!strchr(h.text, '\n'));
}
