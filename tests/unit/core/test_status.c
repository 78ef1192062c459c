/* SPDX-License-Identifier: MIT */
/* The table of statuses against the documented codes, and how reasons are kept. */
#include "unit/core/rig.h"

/* Windows' and CUDA's numbers, written down a second time from their documents. */
static const struct {
    enum ist_status status;
    const char *name;
    uint32_t hresult;
    int cuda;
    uint32_t win32;
} rows[] = {
    {IST_OK, "IST_OK", 0, 0, 0},
    {IST_BAD_ARG, "IST_BAD_ARG", 0x80070057, 1, 87},               /* E_INVALIDARG */
    {IST_BAD_POINTER, "IST_BAD_POINTER", 0x80070057, 1, 87},       /* as Direct3D 11 answers */
    {IST_BAD_HANDLE, "IST_BAD_HANDLE", 0x80070057, 400, 6},        /* ERROR_INVALID_HANDLE */
    {IST_WRONG_TYPE, "IST_WRONG_TYPE", 0x80070057, 400, 6},        /* a name of another type */
    {IST_BAD_CALL, "IST_BAD_CALL", 0x887A0001, 400, 1},            /* DXGI_ERROR_INVALID_CALL */
    {IST_BAD_NAME, "IST_BAD_NAME", 0x887A0001, 1, 123},            /* ERROR_INVALID_NAME */
    {IST_BAD_FORMAT, "IST_BAD_FORMAT", 0x80070057, 1, 87},         /* E_INVALIDARG */
    {IST_BAD_CHANNELS, "IST_BAD_CHANNELS", 0x80070057, 20, 87},    /* channel descriptor */
    {IST_NAME_TOO_LONG, "IST_NAME_TOO_LONG", 0x887A0001, 1, 206},  /* FILENAME_EXCED_RANGE */
    {IST_NAME_TAKEN, "IST_NAME_TAKEN", 0x887A002C, 304, 183},      /* NAME_ALREADY_EXISTS */
    {IST_NOT_FOUND, "IST_NOT_FOUND", 0x80070002, 304, 2},          /* FILE_NOT_FOUND */
    {IST_ACCESS_DENIED, "IST_ACCESS_DENIED", 0x80070005, 304, 5},  /* E_ACCESSDENIED */
    {IST_NO_MEMORY, "IST_NO_MEMORY", 0x8007000E, 2, 8},            /* E_OUTOFMEMORY */
    {IST_NO_RESOURCES, "IST_NO_RESOURCES", 0x8007000E, 304, 1450}, /* NO_SYSTEM_RESOURCES */
    {IST_NOT_OWNER, "IST_NOT_OWNER", 0x887A0001, 400, 288},        /* ERROR_NOT_OWNER */
    {IST_ALREADY_OWNER, "IST_ALREADY_OWNER", 0x887A0001, 400, 288}, /* not recursive */
    {IST_TIMEOUT, "IST_TIMEOUT", 0x102, 909, 258},                  /* WAIT_TIMEOUT */
    {IST_ABANDONED, "IST_ABANDONED", 0x80, 304, 128},               /* WAIT_ABANDONED */
    {IST_BUSY, "IST_BUSY", 0x887A000A, 600, 170},                   /* WAS_STILL_DRAWING */
    {IST_NO_INTERFACE, "IST_NO_INTERFACE", 0x80004002, 400, 50},    /* E_NOINTERFACE */
    {IST_NOT_SUPPORTED, "IST_NOT_SUPPORTED", 0x80004001, 801, 50},  /* E_NOTIMPL */
    {IST_WRONG_DEVICE, "IST_WRONG_DEVICE", 0x80070057, 101, 87},    /* INVALID_DEVICE */
    {IST_DEVICE_LOST, "IST_DEVICE_LOST", 0x887A0005, 46, 31},       /* DEVICE_REMOVED */
    {IST_NO_BROKER, "IST_NO_BROKER", 0x887A0022, 304, 1722}, /* NOT_CURRENTLY_AVAILABLE */
    {IST_QUOTA, "IST_QUOTA", 0x8007000E, 304, 1816},         /* ERROR_NOT_ENOUGH_QUOTA */
    {IST_VERSION, "IST_VERSION", 0x887A0004, 304, 1306},     /* ERROR_REVISION_MISMATCH */
    {IST_BAD_PARCEL, "IST_BAD_PARCEL", 0x80070057, 304, 13}, /* ERROR_INVALID_DATA */
};

TEST(every_status_has_the_documented_codes)
{
    CHECK_EQ(ARRAY_SIZE(rows), IST_STATUS_COUNT);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct status_codes *codes = status_codes(rows[i].status);
        CHECK_EQ(rows[i].status, i);
        CHECK_STR(codes->name, rows[i].name);
        CHECK_EQ(codes->hresult, rows[i].hresult);
        CHECK_EQ(codes->cuda, rows[i].cuda);
        CHECK_EQ(codes->win32, rows[i].win32);
        CHECK(strlen(codes->meaning) > 3);
    }
}

TEST(unknown_statuses_are_bad_arguments)
{
    CHECK_PTR_EQ(status_codes(IST_STATUS_COUNT), status_codes(IST_BAD_ARG));
    CHECK_PTR_EQ(status_codes((enum ist_status) - 1), status_codes(IST_BAD_ARG));
    CHECK_PTR_EQ(status_codes((enum ist_status)1000000), status_codes(IST_BAD_ARG));
}

TEST(refuse_returns_the_status_and_keeps_the_reason)
{
    CHECK_EQ(refuse(IST_BAD_CALL, "field %d is %s", 3, "odd"), IST_BAD_CALL);
    CHECK_STR(status_reason(), "field 3 is odd");
    CHECK_EQ(answer(IST_TIMEOUT, "no %s", "news"), IST_TIMEOUT);
    CHECK_STR(status_reason(), "no news");
}

TEST(a_long_reason_is_cut)
{
    char huge[4096];
    memset(huge, 'x', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    CHECK_EQ(refuse(IST_BAD_ARG, "%s", huge), IST_BAD_ARG);
    CHECK(strlen(status_reason()) >= 255);
    CHECK(strlen(status_reason()) < sizeof(huge) - 1);
    CHECK_EQ(strncmp(status_reason(), huge, strlen(status_reason())), 0);
}

static void *look_at_reason(void *arg)
{
    char *first = arg;
    strcpy(first, status_reason());
    refuse(IST_BAD_ARG, "of the other thread");
    return NULL;
}

TEST(each_thread_has_its_own_reason)
{
    char first[64] = "?";
    refuse(IST_BAD_ARG, "of this thread");
    rig_join(rig_start(look_at_reason, first));
    CHECK_STR(first, "");
    CHECK_STR(status_reason(), "of this thread");
}

struct heard {
    unsigned lines;
    int level;
    char channel[32], text[600];
};

static void hear(void *user, int level, const char *channel, const char *text)
{
    struct heard *h = user;
    h->lines++;
    h->level = level;
    strncpy(h->channel, channel, sizeof(h->channel) - 1);
    strncpy(h->text, text, sizeof(h->text) - 1);
}

TEST(refusals_are_logged_and_answers_are_not)
{
    struct heard h = {0};
    log_set_sink(hear, &h);
    refuse(IST_NAME_TAKEN, "name \"%s\" is taken", "x");
    answer(IST_TIMEOUT, "silence");
    log_set_sink(rig_quiet, NULL);
    CHECK_EQ(h.lines, 1);
    CHECK_EQ(h.level, LOG_WARN);
    CHECK_STR(h.channel, "refuse");
    CHECK(strstr(h.text, "name \"x\" is taken") != NULL);
    CHECK(strstr(h.text, "IST_NAME_TAKEN") != NULL);
}

/* Last: it spends what may be logged. */
TEST(a_program_that_probes_does_not_flood_its_log)
{
    struct heard h = {0};
    log_set_sink(hear, &h);
    for (int i = 0; i < 5000; i++)
        refuse(IST_BAD_ARG, "again");
    log_set_sink(rig_quiet, NULL);
    CHECK(h.lines > 10);
    CHECK(h.lines < 1000);
    CHECK(strstr(h.text, "ISTHMUS_LOG") != NULL); /* the last line says how to see all */
    CHECK_STR(status_reason(), "again");
}
